"""What the reader of a replay should know: what was left out, rounded, sampled or lost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.inputs.request_traces import RequestTrace
from planner.simulation.replay import PoolReplay
from planner.simulation.streams import Pool

FALLS_BEHIND = 0.01  # assumed: a queue that takes less than this of the load may be a burst's
LENGTHS_WITHIN = 0.1  # assumed: a trace whose mean lengths differ by more from the plan's is worth a word


def trace_notes(workload: str, trace: RequestTrace, buckets: pd.DataFrame) -> list[str]:
    """Of a trace: how many requests, and where its lengths are not the plan's."""
    mine = buckets[buckets["workload"] == workload]
    notes = [f"{workload}: {len(trace.arrival_s):,} requests of {trace.name}, scaled to the plan's load."]
    if trace.left_out:
        notes.append(f"{workload}: {trace.left_out:,} rows of {trace.name} without output were left out.")
    for name, tokens in (("mean_in", trace.input_tokens), ("mean_out", trace.output_tokens)):
        planned = float(np.average(mine[name], weights=mine["share"]))
        if abs(np.mean(tokens) / planned - 1.0) > LENGTHS_WITHIN:
            side = "input" if name == "mean_in" else "output"
            notes.append(
                f"{workload}: the trace has {np.mean(tokens):,.0f} {side} tokens per request, the plan {planned:,.0f}; "
                "buckets keep the plan's shares, lengths inside them are the trace's."
            )
    return notes


def pool_notes(
    pools: tuple[Pool, ...], replays: list[PoolReplay], lost: Mapping[str, float]
) -> tuple[str, ...]:
    """Of the pools: those without step times, replicas rounded up, pools sampled, requests lost."""
    notes = []
    replayed = {(replay.pool.layout, replay.pool.site) for replay in replays}
    left_out = sorted({pool.layout for pool in pools if (pool.layout, pool.site) not in replayed})
    if left_out:
        notes.append(
            f"Not replayed, because the run holds no step times of them (rates you gave): {', '.join(left_out)}."
        )
    rounded = [pool for pool in pools if pool.replicas - pool.planned_replicas > 1e-6]
    if rounded:
        more = sum((pool.replicas - pool.planned_replicas) * pool.cards_per_replica for pool in rounded)
        notes.append(
            f"Fractional replicas are rounded up in {len(rounded)} pools (load unchanged): {more:,.1f} cards more than "
            "planned."
        )
    sampled = [replay for replay in replays if replay.sampled < replay.pool.replicas]
    if sampled:
        notes.append(
            f"{len(sampled)} of {len(replays)} pools are sampled: some of their identical replicas with their share of "
            "the load, which waits no less than the whole pool."
        )
    notes += [
        f"{one.pool.layout} at {one.pool.site} falls behind: {100 * one.growth_share:.1f} % of what comes adds to its "
        "queue. What holds in this window does not hold for long."
        for one in replays
        if one.growth_share > FALLS_BEHIND
    ]
    notes += [
        f"{name}: {rate:,.1f} requests/s have no place left and count as lost."
        for name, rate in sorted(lost.items())
    ]
    return tuple(notes)
