"""How many more replicas a pool needs before its workloads keep their promises: found by trying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isnan

from planner.simulation.build import Sources
from planner.simulation.promises import Promise, attainment
from planner.simulation.replay import Window, replay_pool
from planner.simulation.step_timer import StepTimer
from planner.simulation.streams import Pool

GROWTH = (
    0.05,
    0.1,
    0.2,
    0.4,
    0.8,
    1.6,
)  # shares of the pool that are tried; beyond, it is not for want of cards
RESOLUTION = 0.02  # of the pool; the answer is a whole number of replicas within this


@dataclass(frozen=True)
class Shortage:
    """A pool that falls short: workloads that do, and what would do.

    more_replicas : 0 where no number tried helps (``helped`` False). load_factor : what the serving table's rates of
    these workloads on this layout must be multiplied with for the plan to buy as many.
    """

    pool: Pool
    workloads: tuple[str, ...]
    helped: bool
    more_replicas: int
    load_factor: float

    @property
    def more_cards(self) -> int:
        """Cards of the replicas."""
        return self.more_replicas * self.pool.cards_per_replica


def shortage_of(
    pool: Pool,
    workloads: Sequence[str],
    timer: StepTimer,
    sources: Sources,
    window: Window,
    promises: Mapping[str, Promise],
    headroom_share: float = 0.0,
) -> Shortage:
    """The fewest more replicas with which these workloads keep their promises in this pool.

    The load stays; the same seed draws the requests. Attainment is taken to rise with the replicas.
    """

    def keeps(more: int) -> bool:
        replay = replay_pool(pool, timer, sources, window, replicas=pool.replicas + more)
        return all(
            attainment(replay, name, promises[name]) >= promises[name].least_attainment for name in workloads
        )

    low, high = 0, 0
    for share in GROWTH:
        high = max(ceil(pool.replicas * share), low + 1)
        if keeps(high):
            break
        low = high
    else:
        return Shortage(pool, tuple(workloads), False, 0, 0.0)
    while high - low > max(1, round(RESOLUTION * pool.replicas)):
        middle = (low + high) // 2
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return Shortage(pool, tuple(workloads), True, high, _load_factor(pool, high, headroom_share))


def _load_factor(pool: Pool, more: int, headroom_share: float) -> float:
    """Replicas the serving table asks for, headroom included, over those that do; at most 1.

    Streams that came here after a failure have no rate in the plan and ask for none.
    """
    asked = sum(
        one.requests_per_s / one.admissible_per_s for one in pool.streams if not isnan(one.admissible_per_s)
    )
    return min(asked / (1.0 - headroom_share) / (pool.replicas + more), 1.0)
