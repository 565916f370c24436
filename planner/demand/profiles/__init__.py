"""From usage to profiles: lengths, traffic, bursts, retries, prefix reuse, sessions, volumes."""

from __future__ import annotations

from planner.demand.profiles.measure import MeasuredWorkload, measured_workload
from planner.demand.profiles.sums import Grouping, UsageSums

__all__ = ["Grouping", "MeasuredWorkload", "UsageSums", "measured_workload"]
