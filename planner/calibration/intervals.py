"""How far off predictions are on what the calibration has not seen: the half width of the 80 % interval, in logs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import numpy as np
import pandas as pd

from planner.calibration.kinds import CLOSED, OFFLINE, PROMISED
from planner.serving.effects import CARD, FAMILY, GLOBAL

COVERED = 0.80  # of measurements, by the interval
QUANTITIES = {"tpot": "tpot_ms", "ttft": "ttft_ms", "rate": "req_s"}
KINDS_OF = {"tpot": (CLOSED,), "ttft": (CLOSED,), "rate": (OFFLINE, PROMISED)}


def log_errors(table: pd.DataFrame, predictions: pd.DataFrame, quantity: str) -> pd.Series[float]:
    """Log of predicted over measured; NaN where either is missing or the kind of load is another."""
    name = QUANTITIES[quantity]
    measured = measured_rate(table) if name == "req_s" else table[name]
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.log(predictions[name].to_numpy(dtype=float) / measured.to_numpy(dtype=float))
    mine = predictions["kind"].isin(KINDS_OF[quantity]).to_numpy() & (table["quality"] != "C").to_numpy()
    return pd.Series(np.where(mine & np.isfinite(off), off, np.nan))


def measured_rate(table: pd.DataFrame) -> pd.Series[float]:
    """Requests/s: stated, else tokens made per second over tokens per answer."""
    rate = table["output_tok_s"] / table["output_tokens"]
    return table["req_s"].fillna(rate).astype(float)


def spreads(
    table: pd.DataFrame, known: Sequence[pd.DataFrame], by_card: pd.DataFrame
) -> dict[tuple[str, str], float]:
    """Half widths by quantity and by what is known of the card.

    Parameters
    ----------
    table : measured rows
    known : predictions out of fold by llm and by source: the card is known, what it runs is not
    by_card : predictions out of fold by card: only the family is known, or nothing
    """
    found: dict[tuple[str, str], float] = {}
    for quantity in QUANTITIES:
        wide = {
            CARD: _width([log_errors(table, fold, quantity) for fold in known], known),
            **{
                level: _width([log_errors(table, by_card, quantity)], [by_card], level)
                for level in (FAMILY, GLOBAL)
            },
        }
        widest = max(value for value in wide.values() if not isnan(value))
        # Less knowledge is never a narrower interval; a level nobody was measured at takes the widest.
        wide = {level: widest if isnan(value) else value for level, value in wide.items()}
        wide[FAMILY] = max(wide[CARD], wide[FAMILY])
        wide[GLOBAL] = max(wide[FAMILY], wide[GLOBAL])
        found |= {(quantity, level): float(value) for level, value in wide.items()}
    return found


def _width(
    errors: Sequence[pd.Series[float]], folds: Sequence[pd.DataFrame], level: str | None = None
) -> float:
    """Mean over the kinds of load of the width that holds 80 % of the rows of each: all kinds count alike."""
    off = pd.concat(errors).abs().to_numpy()
    kinds = pd.concat([fold["kind"] for fold in folds]).to_numpy()
    levels = pd.concat([fold["known"] for fold in folds]).to_numpy()
    mine = ~np.isnan(off) & ((levels == level) if level else True)
    each = [np.quantile(off[mine & (kinds == kind)], COVERED) for kind in pd.unique(kinds[mine])]
    return float(np.mean(each)) if each else np.nan
