"""Predictions for rows of measurements: what each run should have shown, without ever looking at what it did.

Rows are grouped by how they were loaded, and each group is one array computation. A row whose layout is not stated is
predicted for every layout that fits, and the fastest counts: benchmarks publish the best they found.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.calibration.configurations import Catalogue
from planner.calibration.rows import rows_of
from planner.calibration.runs import Rows
from planner.serving.effects import Calibration
from planner.serving.requests import cache_per_request_bytes
from planner.units import MS_PER_S

FIGURES = ("tpot_ms", "ttft_ms", "req_s", "output_tok_s")


def predict(table: pd.DataFrame, calibration: Calibration, catalogue: Catalogue) -> pd.DataFrame:
    """What every row should have shown.

    Parameters
    ----------
    table : rows in the columns of the declared table `measurements`, in any order of columns; some may be absent
    calibration : effects and intervals
    catalogue : cards and llms

    Returns
    -------
    DataFrame in the order of ``table``
        kind, layout, tpot_ms, ttft_ms, req_s, output_tok_s (NaN where the kind has none), known (what is measured of
        the card), fits (whether weights and one request fit by our count), reason ('' where answered).
    """
    groups, reasons = rows_of(table, catalogue)
    blank = {name: np.nan for name in FIGURES}
    result = pd.DataFrame(
        {"kind": "", "layout": "", **blank, "known": "", "fits": True, "reason": reasons.to_numpy()},
        index=range(len(table)),
    )
    for rows in groups:
        means = rows.predict(calibration.efficiency(rows.subjects))
        answer = pd.DataFrame(
            {
                "at": rows.at, "kind": rows.kind, "layout": [s.configuration for s in rows.subjects],
                "tpot_ms": means.tpot_s * MS_PER_S, "ttft_ms": means.ttft_s * MS_PER_S, "req_s": means.requests_per_s,
                "output_tok_s": means.requests_per_s * rows.requests.output_tokens,
                "known": [calibration.known(s) for s in rows.subjects], "fits": one_fits(rows), "reason": "",
            }
        )  # fmt: skip
        best = answer.sort_values(["at", "fits", "req_s"], kind="stable").drop_duplicates("at", keep="last")
        result.loc[best["at"], list(result.columns)] = best.set_index("at")[list(result.columns)]
    return result


def one_fits(rows: Rows) -> NDArray[np.bool_]:
    """Whether weights and the cache of one whole request fit."""
    whole = cache_per_request_bytes(rows.work, rows.requests.input_tokens + rows.requests.output_tokens)
    result: NDArray[np.bool_] = whole <= rows.work.room_bytes
    return result
