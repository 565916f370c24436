"""How a row of measurements was loaded, and what a prediction of each kind needs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import isnan
from typing import Any

CLOSED, OPEN, POOLS = "closed loop", "open loop", "pools"
OFFLINE, BURST, PROMISED, STATIC = "offline", "burst", "promised", "static"
KINDS = (CLOSED, OPEN, POOLS, OFFLINE, BURST, PROMISED, STATIC)
NEEDS = {CLOSED: ("concurrency",), POOLS: ("concurrency",), BURST: ("n_requests",), STATIC: ("concurrency",)}


def stated(value: object) -> bool:
    """Whether a cell holds anything."""
    return value is not None and not (isinstance(value, float) and isnan(value))


def kind_of(row: Mapping[Hashable, Any]) -> str:
    """How a row was loaded, as one of `KINDS`; '' where nothing here predicts it."""
    mode, load = str(row["mode"] or "agg"), row["load_type"]
    if mode == "disagg":
        return POOLS if load in ("closed_loop", "single") else ""
    if load in ("closed_loop", "single"):
        return CLOSED
    searched = mode.startswith("mlperf") or stated(row["slo_ttft_ms"]) or stated(row["slo_tpot_ms"])
    if load == "open_poisson" and stated(row["request_rate"]) and not searched:
        return OPEN
    kinds = {"offline": OFFLINE, "burst": BURST, "open_poisson": PROMISED, "static-batch": STATIC}
    return kinds.get(str(load), "")
