"""Requests of a sampled pool, from traces or from length buckets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from planner.inputs.request_traces import RequestTrace
from planner.simulation.arrivals import arrival_times
from planner.simulation.lengths import LengthMix, positions
from planner.simulation.requests import Counts, Numbers, Requests, joined, requests_of
from planner.simulation.scale import scaled_trace
from planner.simulation.streams import Pool, Stream
from planner.units import MS_PER_S


@dataclass(frozen=True)
class SortedTrace:
    """A trace with the routed bucket of every request, as a position in ``buckets``; arrays of shape (requests,)."""

    arrival_s: Numbers
    prompt_tokens: Counts
    cached_tokens: Counts
    output_tokens: Counts
    bucket: Counts
    buckets: tuple[str, ...]


@dataclass(frozen=True)
class Sources:
    """Where requests come from.

    mixes : lengths by workload and routed bucket. burst_z : by workload. traces : by workload, for those that have one.
    method : how traces are scaled, see `planner.simulation.scale`.
    """

    mixes: Mapping[tuple[str, str], LengthMix]
    burst_z: Mapping[str, float]
    traces: Mapping[str, SortedTrace]
    method: str = "auto"


def sorted_trace(
    trace: RequestTrace, workload: str, mixes: Mapping[tuple[str, str], LengthMix]
) -> SortedTrace:
    """A trace by routed bucket: the bucket that holds the request's lengths, else the one whose means are nearest.

    Where the trace does not tell its cached tokens, those of the bucket's profile are assumed.
    """
    buckets = tuple(sorted(bucket for name, bucket in mixes if name == workload))
    prompt, output = np.array(trace.input_tokens), np.array(trace.output_tokens)
    far = np.empty((len(prompt), len(buckets)))
    for at, bucket in enumerate(buckets):
        mix = mixes[workload, bucket]
        means = np.log(np.maximum(mix.input_mean, 1.0)), np.log(np.maximum(mix.output_mean, 1.0))
        away = np.abs(np.log(prompt)[:, None] - means[0]) + np.abs(np.log(output)[:, None] - means[1])
        far[:, at] = np.where(mix.holds(prompt, output), -1.0, away.min(axis=1))
    place = np.argmin(far, axis=1)
    if trace.cached_tokens is None:
        shares = [mixes[workload, bucket] for bucket in buckets]
        cached_share = np.array(
            [float(np.average(mix.cached_share, weights=mix.share * mix.input_mean)) for mix in shares]
        )
        cached = np.floor(prompt * cached_share[place]).astype(np.int64)
    else:
        cached = np.array(trace.cached_tokens)
    return SortedTrace(np.array(trace.arrival_s), prompt, cached, output, place, buckets)


def pool_requests(pool: Pool, share: float, until_s: float, sources: Sources, seed: int) -> Requests:
    """Requests that reach a share of a pool from 0 to ``until_s``; ``stream`` is the position in ``pool.streams``.

    A sample of a k-th of the replicas takes every k-th request of each workload, as the pool's router deals them out,
    not a random k-th, which would be burstier than what a part of a large pool sees.
    """
    parts = []
    for workload in pool.workloads:
        random = np.random.default_rng(
            [seed, *(crc32(name.encode()) for name in (pool.layout, pool.site, workload))]
        )
        mine = [(at, one) for at, one in enumerate(pool.streams) if one.workload == workload]
        trace = sources.traces.get(workload)
        if trace is not None:
            known = {trace.buckets[at] for at in np.unique(trace.bucket).tolist()}
            from_trace = [(at, one) for at, one in mine if one.bucket in known]
            mine = [(at, one) for at, one in mine if one.bucket not in known]
            if from_trace:
                parts.append(_replayed(trace, from_trace, share, until_s, sources.method, random))
        if mine:
            parts.append(_generated(mine, share, until_s, sources, random))
    return joined(parts)


def _replayed(
    trace: SortedTrace,
    streams: list[tuple[int, Stream]],
    share: float,
    until_s: float,
    method: str,
    random: np.random.Generator,
) -> Requests:
    """A trace's requests of the buckets that are routed here, in the plan's proportions."""
    rates = np.zeros(len(trace.buckets))
    for _, one in streams:
        rates[trace.buckets.index(one.bucket)] += one.requests_per_s
    counts = np.bincount(trace.bucket, minlength=len(trace.buckets))
    keep = (rates / np.maximum(counts, 1))[trace.bucket]
    times, places = scaled_trace(
        trace.arrival_s, keep, float(rates.sum()) * share, until_s, random, method, 1.0 / share
    )
    bucket = trace.bucket[places]
    stream = np.zeros(len(places), dtype=np.int64)
    for at, name in enumerate(trace.buckets):
        mine = [(number, found) for number, found in streams if found.bucket == name]
        here = np.flatnonzero(bucket == at)
        if mine and len(here):
            stream[here] = _one_of(mine, len(here), random)
    lengths = trace.prompt_tokens[places], trace.cached_tokens[places], trace.output_tokens[places]
    return requests_of(times, *lengths, stream, _network_s(stream, dict(streams), random))


def _generated(
    streams: list[tuple[int, Stream]],
    share: float,
    until_s: float,
    sources: Sources,
    random: np.random.Generator,
) -> Requests:
    """Gamma arrivals of the workload, lengths from its buckets."""
    workload = streams[0][1].workload
    rate = sum(one.requests_per_s for _, one in streams) * share
    times = arrival_times(rate, until_s, sources.burst_z[workload], random, 1.0 / share)
    stream = _one_of(streams, len(times), random)
    prompt, cached, output = (np.ones(len(times), dtype=np.int64) for _ in range(3))
    for at, one in streams:
        here = np.flatnonzero(stream == at)
        prompt[here], cached[here], output[here] = sources.mixes[workload, one.bucket].draw(len(here), random)
    return requests_of(times, prompt, cached, output, stream, _network_s(stream, dict(streams), random))


def _one_of(streams: list[tuple[int, Stream]], count: int, random: np.random.Generator) -> Counts:
    """Positions of streams drawn in proportion to their rates."""
    rates = np.array([one.requests_per_s for _, one in streams])
    return np.array([at for at, _ in streams], dtype=np.int64)[positions(rates, count, random)]


def _network_s(stream: Counts, streams: Mapping[int, Stream], random: np.random.Generator) -> Numbers:
    """Network time of every request: of a route drawn by its share of the stream."""
    found = np.zeros(len(stream))
    for at, one in streams.items():
        here = np.flatnonzero(stream == at)
        times = np.array([time for time, _ in one.routes])
        shares = np.array([share for _, share in one.routes])
        found[here] = times[positions(shares, len(here), random)] / MS_PER_S
    return found
