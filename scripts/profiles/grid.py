"""The 9 x 6 grid of request lengths, and what one bucket of it holds.

The edges are the ones that kept the capacity error within 1 % on six of seven traces (4 % on reasoning),
as long as a bucket is represented by its own mean and not by its edge (demand reference, section 3.4).
"""

from __future__ import annotations

import pandas as pd

INPUT_EDGES_TOKENS = [0, 512, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 1_048_576]
OUTPUT_EDGES_TOKENS = [0, 64, 256, 1_024, 4_096, 16_384, 131_072]

MEANS = ["mean_in", "mean_out", "mean_cached_in"]


def bucket_table(requests: pd.DataFrame) -> pd.DataFrame:
    """Put every request into its bucket of the grid, and average within the buckets.

    Parameters
    ----------
    requests : table, one row per request or per group of equal requests
        input_tokens [logical, cached included], output_tokens, cached_tokens [tokens],
        requests [count, the weight of the row].

    Returns
    -------
    table of the buckets that hold anything
        row, col [place in the grid], share [of requests, sums to 1], mean_in, mean_out,
        mean_cached_in [tokens per request].

    Raises
    ------
    ValueError
        A length lies outside the grid.
    """
    placed = requests.assign(
        row=pd.cut(requests["input_tokens"], INPUT_EDGES_TOKENS, labels=False),
        col=pd.cut(requests["output_tokens"], OUTPUT_EDGES_TOKENS, labels=False),
        mean_in=requests["input_tokens"] * requests["requests"],
        mean_out=requests["output_tokens"] * requests["requests"],
        mean_cached_in=requests["cached_tokens"] * requests["requests"],
    )
    outside = placed["row"].isna() | placed["col"].isna()
    if outside.any():
        raise ValueError(f"{int(outside.sum())} requests lie outside the grid of lengths")
    cells = placed.groupby(["row", "col"], as_index=False)[["requests", *MEANS]].sum()
    cells[MEANS] = cells[MEANS].div(cells["requests"], axis=0)
    cells["share"] = cells["requests"] / cells["requests"].sum()
    return cells.astype({"row": int, "col": int})[["row", "col", "share", *MEANS]]


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
