"""What the forecast methods were worth: simulated series of known making, rolling origins, cost at equal service.

Run: python benchmarks/forecast_methods.py. Six monthly series of 48 months and six daily ones of 360 days grow 3 to
20 % a month, change their growth once, are launched into once, and shake by 8 % a month; days have a week. As the trial
of reference/demand.md section 4, with seeds of our own.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from planner.demand.forecast import HISTORY, backtest, history_of
from planner.demand.forecast.methods import available

SERIES = 6
WEEK = np.log([1.15, 1.2, 1.2, 1.15, 1.1, 0.6, 0.6])


def simulated(points: int, per_month: float, seed: int) -> np.ndarray:
    """Logs of one series."""
    random = np.random.default_rng(seed)
    growth = np.log1p(random.uniform(0.03, 0.20, 2)) / per_month
    change, launch = random.integers(points // 4, 3 * points // 4, 2)
    steps = np.where(np.arange(points) < change, growth[0], growth[1])
    steps = steps + 0.08 / np.sqrt(per_month) * random.standard_normal(points)
    steps[launch] += np.log(1.5)
    return 4.0 + steps.cumsum()


def history(dates: pd.DatetimeIndex, form: str, per_month: float, weekly: bool) -> pd.DataFrame:
    """Rows of a history of all series."""
    rows = []
    for number in range(SERIES):
        logs = simulated(len(dates), per_month, number)
        if weekly:
            logs = logs + WEEK[dates.day_of_week]
        volumes = np.exp(logs)
        named = {"period": dates.strftime(form), "region": "all", "workload": f"w{number}", "llm": ""}
        tokens = {"input_mtok_per_day": 0.9 * volumes, "output_mtok_per_day": 0.1 * volumes}
        rows.append(pd.DataFrame({**named, **tokens}))
    table = pd.concat(rows, ignore_index=True)
    for column in HISTORY.columns:
        if column.name not in table.columns:
            table[column.name] = np.nan
    return table


def main() -> None:
    """Print both tables."""
    pd.set_option("display.width", 200, "display.max_columns", 20)
    monthly = pd.date_range("2023-01-01", periods=48, freq="MS"), "%Y-%m", 1.0, False, 6
    daily = pd.date_range("2026-01-05", periods=360, freq="D"), "%Y-%m-%d", 30.4, True, 60
    for dates, form, per_month, weekly, ahead in (monthly, daily):
        past = history_of(history(dates, form, per_month, weekly), "simulated")
        began = time.process_time()
        table = backtest(past, available(), ahead, "simulated")
        print(f"{len(dates)} {past.grain.name}s, {ahead} ahead, {time.process_time() - began:.0f} CPU s")
        print(table.round(3).to_string(index=False), end="\n\n")


if __name__ == "__main__":
    main()
