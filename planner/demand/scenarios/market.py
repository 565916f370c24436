"""What events do to offers and quotas on every path, as arrays: for scoring orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.demand.scenarios.paths import Paths, active_share

Numbers = npt.NDArray[np.float64]
SELECTORS = ("offer", "accelerator", "vendor", "origin")


@dataclass(frozen=True)
class MarketPaths:
    """What offers and quotas do on every path; shapes (paths, offers or limits, periods).

    price_factor [ratio]; closed [flag]: orders are not allowed; delay_months [months]: deliveries due come later;
    quota_factor [ratio]
    """

    price_factor: Numbers
    closed: npt.NDArray[np.bool_]
    delay_months: Numbers
    quota_factor: Numbers


def market_paths(paths: Paths, offers: pd.DataFrame, limits: Sequence[str]) -> MarketPaths:
    """What the events do to every offer and quota on every path.

    Parameters
    ----------
    offers : offer, accelerator, vendor, origin
    limits : ids of the supply table
    """
    count, periods = paths.demand.shape[0], paths.demand.shape[2]
    price, delay = np.ones((count, len(offers), periods)), np.zeros((count, len(offers), periods))
    closed = np.zeros((count, len(offers), periods), dtype=bool)
    quota = np.ones((count, len(limits), periods))
    for row in paths.setup.events[paths.setup.events["what"] != "demand"].to_dict("records"):
        begin = paths.starts[:, paths.events.index(row["event"])]
        active = active_share(paths.setup, begin, 0.0, row["lasts_months"])[:, None, :] > 0
        hit = np.ones(len(offers), dtype=bool)
        for name in SELECTORS:
            if row[name] is not None:
                hit &= (offers[name] == row[name]).to_numpy()
        here = active & hit[None, :, None]
        if row["what"] == "price":
            price = np.where(here, price * row["factor"], price)
        elif row["what"] == "permit":
            closed |= here
        elif row["what"] == "lead_time":
            delay = np.where(here, delay + row["months"], delay)
        else:
            named = np.array([row["limit"] in (None, limit) for limit in limits], dtype=bool)
            quota = np.where(active & named[None, :, None], quota * row["factor"], quota)
    return MarketPaths(price, closed, delay, quota)
