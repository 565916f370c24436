"""Forecasts: monthly demand with p10, p50 and p90 by workload and region, and what past forecasts were worth."""

from __future__ import annotations

from planner.demand.forecast.backtest import backtest
from planner.demand.forecast.forecast import Asked, Forecast, forecast
from planner.demand.forecast.history import HISTORY, History, history_of
from planner.demand.forecast.rows import demand_rows

__all__ = ["HISTORY", "Asked", "Forecast", "History", "backtest", "demand_rows", "forecast", "history_of"]
