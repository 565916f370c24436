"""Request lengths without a trace: the workload's length buckets, spread inside each.

Inside a bucket, lengths follow the truncated exponential between its edges that has the bucket's mean: of all laws on
that interval with that mean the one that assumes least (largest entropy). Input and output are drawn apart. A bucket
without edges (mean lengths only) gives every request its mean, and the replay says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.simulation.requests import Counts, Numbers

EDGES = re.compile(r"in(?P<input>[0-9.e+]+)-out(?P<output>[0-9.e+]+)")
COLUMNS = (
    "share", "input_low", "input_high", "mean_in", "mean_cached_in", "output_low", "output_high", "mean_out",
)  # fmt: skip
BISECTIONS = 60
STEEPEST = 500.0  # a truncated exponential this steep is a point at its edge; exp(500) is still a float


@dataclass(frozen=True)
class LengthMix:
    """Fine buckets of one routed bucket: arrays of shape (fine buckets,). Tokens per request; edges NaN: unknown."""

    share: Numbers
    input_low: Numbers
    input_high: Numbers
    input_mean: Numbers
    cached_share: Numbers
    output_low: Numbers
    output_high: Numbers
    output_mean: Numbers

    @property
    def spread_known(self) -> bool:
        """Whether every fine bucket has edges."""
        return not bool(np.isnan(self.input_high).any())

    def holds(self, prompt: Counts, output: Counts) -> NDArray[np.bool_]:
        """Whether requests lie in one of the buckets; shape (requests,)."""
        inside = (
            (prompt[:, None] > self.input_low)
            & (prompt[:, None] <= self.input_high)
            & (output[:, None] > self.output_low)
            & (output[:, None] <= self.output_high)
        )
        result: NDArray[np.bool_] = np.asarray(inside.any(axis=1))
        return result

    def draw(self, count: int, random: np.random.Generator) -> tuple[Counts, Counts, Counts]:
        """Prompt, cached and output tokens of so many requests; their means are the mix's as nearly as so many allow.

        Each uniform number is drawn from its own part of 0..1, and the parts are shuffled (stratified sampling): near
        saturation a sample whose prompts are one per cent too long would decide the answer.
        """
        at = positions(self.share, count, random)
        prompt, output = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        for bucket in range(len(self.share)):
            here = np.flatnonzero(at == bucket)
            for tokens, low, high, mean in (
                (prompt, self.input_low, self.input_high, self.input_mean),
                (output, self.output_low, self.output_high, self.output_mean),
            ):
                tokens[here] = _drawn(low[bucket], high[bucket], mean[bucket], len(here), random)
        cached = np.floor(prompt * self.cached_share[at]).astype(np.int64)
        return prompt, cached, output


def stratified(count: int, random: np.random.Generator) -> Numbers:
    """Uniform numbers in 0..1, one from each of so many equal parts, shuffled."""
    result: Numbers = (random.permutation(count) + random.random(count)) / max(count, 1)
    return result


def positions(share: Numbers, count: int, random: np.random.Generator) -> Counts:
    """Positions drawn in proportion to ``share``, each as often as it should be, give or take one."""
    bounds = np.cumsum(share) / share.sum()
    found: Counts = np.minimum(
        np.searchsorted(bounds, stratified(count, random), side="right"), len(share) - 1
    )
    return found


def steepness(position: Numbers) -> Numbers:
    """Steepness t of the density exp(-t x) on 0..1 whose mean is at ``position``: 1/t - 1/(exp(t) - 1) = position.

    Examples
    --------
    >>> [float(abs(t).round(3)) for t in steepness(np.array([0.5, 0.1]))]
    [0.0, 9.995]
    """
    low, high = np.full_like(position, -STEEPEST), np.full_like(position, STEEPEST)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        safe = np.where(np.abs(middle) < 1e-6, 1e-6, middle)
        mean = 1.0 / safe - 1.0 / np.expm1(safe)
        low, high = np.where(mean > position, middle, low), np.where(mean > position, high, middle)
    result: Numbers = (low + high) / 2
    return np.where(np.abs(result) < 1e-9, 0.0, result)


def _drawn(low: float, high: float, mean: float, count: int, random: np.random.Generator) -> Counts:
    """Whole tokens between the edges with this mean; the mean itself where there are no edges around it."""
    if low < mean < high:
        position = np.clip([(mean - low) / (high - low)], 2.0 / STEEPEST, 1.0 - 2.0 / STEEPEST)
        t = float(steepness(position)[0])
        uniform = stratified(count, random)
        x = -np.log1p(uniform * np.expm1(-t)) / t if abs(t) > 1e-6 else uniform
        value = low + x * (high - low)
    else:
        value = np.full(count, mean)
    # Rounding at random keeps the mean; a request has at least one token.
    whole: Counts = np.floor(value + stratified(count, random)).astype(np.int64)
    return np.maximum(whole, 1)


def length_mixes(buckets: pd.DataFrame) -> dict[tuple[str, str], LengthMix]:
    """Mix of lengths of every (workload, routed bucket).

    Parameters
    ----------
    buckets : workload, bucket (routed), share, mean_in, mean_cached_in, mean_out [tokens per request], and ``fine``
        (name of the fine bucket, ``in512-out64``: its upper edges) where the run has it. A lower edge is the next
        upper edge of the same workload below the mean.
    """
    mixes = {}
    for workload, mine in buckets.groupby("workload", sort=True):
        edges = mine["fine"] if "fine" in mine else pd.Series("", index=mine.index)
        found = [EDGES.fullmatch(str(name)) for name in edges]
        frame = mine.assign(
            input_high=[float(match["input"]) if match else np.nan for match in found],
            output_high=[float(match["output"]) if match else np.nan for match in found],
        )
        frame["input_low"] = _below(frame["mean_in"], frame["input_high"])
        frame["output_low"] = _below(frame["mean_out"], frame["output_high"])
        for bucket, rows in frame.groupby("bucket", sort=True):
            column = {str(name): rows[name].to_numpy(dtype=float) for name in COLUMNS}
            mixes[str(workload), str(bucket)] = LengthMix(
                share=column["share"],
                input_low=column["input_low"],
                input_high=column["input_high"],
                input_mean=column["mean_in"],
                cached_share=column["mean_cached_in"] / np.maximum(column["mean_in"], 1.0),
                output_low=column["output_low"],
                output_high=column["output_high"],
                output_mean=column["mean_out"],
            )
    return mixes


def _below(mean: pd.Series[float], high: pd.Series[float]) -> list[float]:
    """The largest upper edge below each mean, else 0; NaN where the bucket has no edges."""
    edges = np.unique(high.dropna().to_numpy(dtype=float))
    lower = np.concatenate([[0.0], edges])
    at = np.searchsorted(edges, mean.to_numpy(dtype=float), side="left")
    return [float(lower[i]) if not np.isnan(top) else np.nan for i, top in zip(at, high, strict=True)]
