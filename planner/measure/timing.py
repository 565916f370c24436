"""How long a piece of work takes: warmed up, repeated, waited for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from planner.measure.device import Device, Work

REPEATS = 7  # assumed: enough for a median that one hiccup cannot move
LEAST_REPEATS = 3
LEAST_SPAN_S = 0.03  # assumed: a span of this length is timed to well under 1 % by any clock
WARM_UP_S = 0.15  # assumed: clocks of accelerators settle within a tenth of a second
LEAST_WARM_UPS = 2


@dataclass(frozen=True)
class Timing:
    """Time of one piece of work [s], over several repeats of a span of `loops`."""

    median_s: float
    fastest_s: float
    slowest_s: float
    repeats: int
    loops: int


class Budget:
    """Time that may still be spent."""

    def __init__(self, seconds: float) -> None:
        self.end = perf_counter() + seconds

    @property
    def left_s(self) -> float:
        """Seconds left; negative when overdrawn."""
        return self.end - perf_counter()

    def share(self, seconds: float) -> Budget:
        """A budget inside this one."""
        return Budget(min(seconds, self.left_s))


def time_work(device: Device, work: Work, budget: Budget) -> Timing:
    """Median time of the work.

    It is started until `WARM_UP_S` are over, at least twice; then spans of as many starts as fill `LEAST_SPAN_S` are
    timed, each waited for at its end. Repeats stop early when the budget ends, but not below `LEAST_REPEATS`.
    """
    began = perf_counter()
    warm = 0
    while warm < LEAST_WARM_UPS or (perf_counter() - began < WARM_UP_S and budget.left_s > 0):
        last = span_s(device, work, 1)
        warm += 1
        if last > WARM_UP_S and warm >= 1 and budget.left_s < LEAST_REPEATS * last:
            break
    loops = max(1, math.ceil(LEAST_SPAN_S / last))
    times: list[float] = []
    while len(times) < LEAST_REPEATS or (len(times) < REPEATS and budget.left_s > 0):
        times.append(span_s(device, work, loops) / loops)
    return Timing(median(times), min(times), max(times), len(times), loops)


def span_s(device: Device, work: Work, loops: int) -> float:
    """Seconds from an idle device through so many starts of the work until it is idle again."""
    device.synchronise()
    began = perf_counter()
    for _ in range(loops):
        work()
    device.synchronise()
    return max(perf_counter() - began, 1e-9)
