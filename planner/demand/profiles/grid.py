"""The 9 x 6 grid of request lengths, and the sums of what lies in its buckets.

The edges are the ones that kept the capacity error within 1 % on six of seven traces (4 % on reasoning),
as long as a bucket is represented by its own mean and not by its edge (demand reference, section 3.4).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

INPUT_EDGES_TOKENS = [0, 512, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 1_048_576]
OUTPUT_EDGES_TOKENS = [0, 64, 256, 1_024, 4_096, 16_384, 131_072]

MEANS = ["mean_in", "mean_out", "mean_cached_in"]
Floats = npt.NDArray[np.float64]
_ROWS, _COLUMNS = len(INPUT_EDGES_TOKENS) - 1, len(OUTPUT_EDGES_TOKENS) - 1


class BucketSums:
    """Requests and tokens by bucket, added up piece by piece; sums of whole tokens are exact up to 2**53.

    Attributes
    ----------
    sums : array of 4 x 9 x 6: requests, input, output and cached input tokens
    """

    def __init__(self) -> None:
        self.sums: Floats = np.zeros((4, _ROWS, _COLUMNS))

    def add(
        self,
        input_tokens: Floats,
        output_tokens: Floats,
        cached_tokens: Floats,
        requests: Floats | None = None,
    ) -> None:
        """Add requests; lengths lie above the lower edge of a bucket and up to its upper edge.

        Parameters
        ----------
        input_tokens, output_tokens, cached_tokens : tokens per request; input is logical, cached included
        requests : weight of each row; 1 if not given

        Raises
        ------
        ValueError
            A length lies outside the grid.
        """
        row = np.searchsorted(INPUT_EDGES_TOKENS[1:], input_tokens, side="left")
        column = np.searchsorted(OUTPUT_EDGES_TOKENS[1:], output_tokens, side="left")
        outside = (row >= _ROWS) | (column >= _COLUMNS) | ~(input_tokens > 0) | ~(output_tokens > 0)
        if outside.any():
            raise ValueError(f"{int(outside.sum())} requests lie outside the grid of lengths")
        cell = row * _COLUMNS + column
        weight = np.ones(len(cell)) if requests is None else requests
        parts = (weight, weight * input_tokens, weight * output_tokens, weight * cached_tokens)
        for at, part in enumerate(parts):
            self.sums[at] += np.bincount(cell, part, _ROWS * _COLUMNS).reshape(_ROWS, _COLUMNS)

    def merge(self, other: BucketSums) -> None:
        """Add the sums of another part of the same requests."""
        self.sums += other.sums

    @property
    def requests(self) -> float:
        """All requests."""
        return float(self.sums[0].sum())

    def table(self) -> pd.DataFrame:
        """The buckets that hold anything: row, col [place in the grid], requests, share [of requests], and means.

        Means are mean_in, mean_out, mean_cached_in [tokens per request].
        """
        row, col = np.nonzero(self.sums[0])
        requests, into, out, cached = (part[row, col] for part in self.sums)
        return pd.DataFrame(
            {
                "row": row,
                "col": col,
                "requests": requests,
                "share": requests / requests.sum() if len(requests) else requests,
                "mean_in": into / requests,
                "mean_out": out / requests,
                "mean_cached_in": cached / requests,
            }
        )


def bucket_table(requests: pd.DataFrame) -> pd.DataFrame:
    """Put every request into its bucket of the grid, and average within the buckets.

    Parameters
    ----------
    requests : one row per request or per group of equal requests
        input_tokens [logical, cached included], output_tokens, cached_tokens [tokens],
        requests [count, the weight of the row].

    Returns
    -------
    row, col [place in the grid], share [of requests, sums to 1], mean_in, mean_out, mean_cached_in [tokens per request]

    Raises
    ------
    ValueError
        A length lies outside the grid.
    """
    sums = BucketSums()
    names = ("input_tokens", "output_tokens", "cached_tokens", "requests")
    sums.add(*(requests[name].to_numpy(float) for name in names))
    return sums.table().drop(columns="requests")


def with_edges(cells: pd.DataFrame) -> pd.DataFrame:
    """Replace the place in the grid by the edges: in_lo and out_lo exclusive, in_hi and out_hi inclusive."""
    edges = pd.DataFrame(
        {
            "in_lo": [INPUT_EDGES_TOKENS[row] for row in cells["row"]],
            "in_hi": [INPUT_EDGES_TOKENS[row + 1] for row in cells["row"]],
            "out_lo": [OUTPUT_EDGES_TOKENS[col] for col in cells["col"]],
            "out_hi": [OUTPUT_EDGES_TOKENS[col + 1] for col in cells["col"]],
        },
        index=cells.index,
    )
    return pd.concat([edges, cells[["share", *MEANS]]], axis=1)
