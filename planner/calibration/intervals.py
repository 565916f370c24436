"""How far off predictions are on what the calibration has not seen: the half width of the 80 % interval, in logs."""

from __future__ import annotations

from math import isnan

import numpy as np
import pandas as pd

from planner.calibration.predict import CLOSED, OFFLINE, PROMISED
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
    table: pd.DataFrame, by_model: pd.DataFrame, by_card: pd.DataFrame
) -> dict[tuple[str, str], float]:
    """Half widths by quantity and by what is known of the card.

    Parameters
    ----------
    table : measured rows
    by_model : predictions out of fold by llm: the card is known, the llm is not
    by_card : predictions out of fold by card: only the family is known, or nothing
    """
    found: dict[tuple[str, str], float] = {}
    for quantity in QUANTITIES:
        known = log_errors(table, by_model, quantity).abs()
        unknown = log_errors(table, by_card, quantity).abs()
        width = {
            CARD: known.quantile(COVERED),
            FAMILY: unknown[(by_card["known"] == FAMILY).to_numpy()].quantile(COVERED),
            GLOBAL: unknown[(by_card["known"] == GLOBAL).to_numpy()].quantile(COVERED),
        }
        widest = max(value for value in width.values() if not isnan(value))
        # Less knowledge is never a narrower interval; a level nobody was measured at takes the widest.
        width = {level: widest if isnan(value) else value for level, value in width.items()}
        width[FAMILY] = max(width[CARD], width[FAMILY])
        width[GLOBAL] = max(width[FAMILY], width[GLOBAL])
        found |= {(quantity, level): float(value) for level, value in width.items()}
    return found
