"""Corrects predictions of a configuration by a few of its measured points.

The physics says how TPOT and TTFT change with the load; a few points say by what factor it is off. The log residual is
interpolated over log concurrency between the points and held flat beyond them, and the throughput follows from
Little's law. Source: reference/serving.md 2.4 and section 3, table (c).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.calibration.keys import joined

CONFIGURATION = [
    "source", "model", "accelerator", "engine", "engine_version", "measured", "precision", "mode", "load_type",
    "n_cards", "tp", "pp", "ep", "dp", "p_workers", "p_tp", "p_dp", "d_workers", "d_tp", "d_dp",
    "input_nominal", "output_nominal",
]  # fmt: skip
CORRECTED = ("tpot_ms", "ttft_ms")


def configuration_of(table: pd.DataFrame) -> pd.Series[str]:
    """One text per configuration: everything but the load; runs of the same text lie on one curve."""
    parts = table.reindex(columns=CONFIGURATION)
    nominal = {"input_nominal": "input_tokens", "output_nominal": "output_tokens"}
    for name, mean in nominal.items():
        parts[name] = parts[name].fillna(table[mean])
    return joined(parts, CONFIGURATION)


def pick(table: pd.DataFrame, number: int) -> NDArray[np.bool_]:
    """The given points: of every configuration with more than so many, that number spread over the load, ends first."""
    loads = table.assign(configuration=configuration_of(table), order=np.arange(len(table)))
    chosen = np.zeros(len(table), dtype=bool)
    for _, curve in loads.groupby("configuration"):
        ordered = curve.sort_values(["concurrency", "order"])
        if number and len(ordered) > number and ordered["concurrency"].notna().all():
            places = np.unique(np.linspace(0, len(ordered) - 1, number).round().astype(int)) if number > 1 else [
                len(ordered) // 2]  # fmt: skip
            chosen[ordered["order"].to_numpy()[places]] = True
    return chosen


def corrected(table: pd.DataFrame, predictions: pd.DataFrame, given: NDArray[np.bool_]) -> pd.DataFrame:
    """Predictions with the residuals of the given points taken out, configuration by configuration.

    Parameters
    ----------
    table : measured rows
    predictions : as `predict` returns them, in the same order
    given : which rows may be looked at
    """
    result = predictions.copy()
    configuration = configuration_of(table).to_numpy()
    load = np.log(table["concurrency"].to_numpy(dtype=float))
    mine = given
    for name in CORRECTED:
        off = np.log(table[name].to_numpy(dtype=float) / predictions[name].to_numpy(dtype=float))
        known = mine & np.isfinite(off) & np.isfinite(load)
        for value in np.unique(configuration[known]):
            curve = configuration == value
            points = np.flatnonzero(curve & known)
            points = points[np.argsort(load[points], kind="stable")]
            shift = np.interp(load[curve], load[points], off[points])
            result.loc[curve, name] = predictions.loc[curve, name] * np.exp(shift)
    touched = np.isin(configuration, np.unique(configuration[mine]))
    output = table["output_tokens"].to_numpy(dtype=float)
    cycle_s = (result["ttft_ms"] + (output - 1.0) * result["tpot_ms"]) / 1000.0
    rate = table["concurrency"].to_numpy(dtype=float) / cycle_s
    whole = touched & np.isfinite(rate)
    result.loc[whole, "req_s"] = rate[whole]
    result.loc[whole, "output_tok_s"] = (rate * output)[whole]
    return result
