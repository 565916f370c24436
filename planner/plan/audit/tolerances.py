"""How far a number may be off before it is a finding; the only place that says so."""

from __future__ import annotations

import pandas as pd

RATE_RELATIVE = 1e-6  # continuous quantities: as close as the solver keeps its rows
RATE_FLOOR = 1e-9  # below this a continuous quantity is nothing, in any unit
COUNTED_RELATIVE = 1e-9  # whole numbers times a share: rounding of the arithmetic, never a card
MONEY_RELATIVE = 1e-6
MONEY_FLOOR = 0.005  # half a cent
BINDING_RELATIVE = 1e-6  # a limit with less room than this share of it binds

WHOLE, COUNTED, RATE, MONEY = "whole", "counted", "rate", "money"
_RELATIVE = {WHOLE: 0.0, COUNTED: COUNTED_RELATIVE, RATE: RATE_RELATIVE, MONEY: MONEY_RELATIVE}
_FLOOR = {WHOLE: 0.0, COUNTED: RATE_FLOOR, RATE: RATE_FLOOR, MONEY: MONEY_FLOOR}


def tolerance(kind: pd.Series[str], activity: pd.Series[float], limit: pd.Series[float]) -> pd.Series[float]:
    """Allowed excess of each row, in its own unit; the larger of activity and limit sets the scale."""
    size = activity.abs().where(activity.abs() > limit.abs(), limit.abs())
    relative = size * kind.map(_RELATIVE).astype(float)
    return relative.clip(lower=kind.map(_FLOOR).astype(float))
