"""What an import says: rows in and out, assumptions, and each workload on a few lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.demand.profiles.measure import MeasuredWorkload
from planner.demand.profiles.shape import WINDOW_S
from planner.demand.profiles.usage import Usage
from planner.tables import ANY


def rows_lines(usage: Usage) -> list[str]:
    """Rows in, used and set aside, by file and reason."""
    lines = []
    for one in usage.files:
        account = one.account
        aside = account.read - account.used
        lines.append(f"{one.path}: {one.title} ({one.why})")
        lines.append(f"  {account.read:,} rows in = {account.used:,} used + {aside:,} set aside")
        for reason, rows, first in account.table().itertuples(index=False):
            lines.append(f"  {rows:>10,}  {reason}; first: {first}")
        lines += [f"  - {sentence}" for sentence in account.sentences()]
    return lines


def workload_lines(one: MeasuredWorkload) -> list[str]:
    """A workload: volume, tokens, lengths, traffic, bursts, retries, sessions, reuse, and what is missing."""
    totals = one.totals
    requests = max(totals["requests"], 1.0)
    compute = totals["input_tokens"] - totals["cached_input_tokens"]
    lines = [
        f"{one.workload}: {totals['requests']:,.0f} requests, {_mtok(totals['input_tokens'])} M logical input tokens "
        f"({_mtok(compute)} M to compute, {100 * one.cached_share:.1f} % cached), "
        f"{_mtok(totals['output_tokens'])} M output tokens"
    ]
    if totals["input_tokens"]:
        lines.append(
            f"  a request: {totals['input_tokens'] / requests:,.0f} in, {totals['output_tokens'] / requests:,.0f} out; "
            f"in : out = {totals['input_tokens'] / max(totals['output_tokens'], 1.0):.3g}"
        )
    if one.lengths is not None:
        lines.append(f"  lengths: {len(one.lengths)} buckets; {long_share(one.lengths)}")
    if len(one.peaks):
        usual = one.peaks[one.peaks["window_s"] <= WINDOW_S]  # ten minutes where they are known
        last = (usual if len(usual) else one.peaks).iloc[-1]
        lines.append(
            f"  peaks over the mean in windows of {last['window_s']:.0f} s: p95 {last['p95']:.2f}, "
            f"p99 {last['p99']:.2f}, most {last['max']:.2f}"
        )
    if np.isfinite(one.burst_z):
        lines.append(
            f"  bursts: variance over mean of arrivals in 10 s {one.dispersion_10s:.1f}, of busy slots "
            f"{one.burst_z:.1f} (1 = Poisson)"
        )
    if totals["failed"] or one.response_cache_share:
        lines.append(
            f"  failed {100 * one.retry_share:.2f} % of attempts; answered by a response cache "
            f"{100 * one.response_cache_share:.2f} %"
        )
    if one.sessions:
        lines.append(
            f"  sessions: {one.sessions['sessions']:,.0f}, calls each: mean {one.sessions['steps_mean']:.1f}, p50 "
            f"{one.sessions['steps_p50']:.0f}, p90 {one.sessions['steps_p90']:.0f}; input "
            f"{one.sessions['input_over_first_prompt']:.1f} times the first prompt"
        )
    if one.reuse is not None:
        lines.append("  prefix reuse: " + ", ".join(_stores(one.reuse)))
    return lines + [f"  ! {note}" for note in one.notes]


def _stores(reuse: pd.DataFrame) -> list[str]:
    return [
        f"{100 * share:.1f} % {'unlimited' if np.isnan(tokens) else f'in {tokens / 1e6:.3g} M tokens'}"
        for tokens, share in zip(reuse["store_tokens"], reuse["hit_share"], strict=True)
    ]


def long_share(lengths: pd.DataFrame, over_tokens: float = 8_192) -> str:
    """How much of the requests and of the input tokens long prompts are.

    Examples
    --------
    >>> long_share(pd.DataFrame({"in_lo": [0, 8192], "share": [0.9, 0.1], "mean_in": [1000.0, 20000.0]}))
    'prompts over 8,192 tokens: 10 % of requests, 69 % of input tokens'
    """
    long = lengths["in_lo"] >= over_tokens
    tokens = lengths["share"] * lengths["mean_in"]
    return (
        f"prompts over {over_tokens:,.0f} tokens: {100 * lengths.loc[long, 'share'].sum():.0f} % of requests, "
        f"{100 * tokens[long].sum() / tokens.sum():.0f} % of input tokens"
    )


def volume_table(workloads: Sequence[MeasuredWorkload]) -> pd.DataFrame:
    """Volumes per day by workload, region and month; logical and compute input."""
    tables = [one.volumes.assign(workload=one.workload) for one in workloads]
    table = pd.concat(tables, ignore_index=True)
    return table[["workload", *[name for name in table.columns if name != "workload"]]]


def history_table(workloads: Sequence[MeasuredWorkload], region_of: Mapping[str, str]) -> pd.DataFrame:
    """Volumes per whole day: period, region, workload, requests_per_day, input_mtok_per_day, output_mtok_per_day.

    Regions by their names in the case; requests without one under ``*``, or ``all``.
    """
    table = pd.concat([one.days.assign(workload=one.workload) for one in workloads], ignore_index=True)
    table["region"] = [region_of.get(name, name) or region_of.get(ANY, "all") for name in table["region"]]
    columns = [
        "period",
        "region",
        "workload",
        "requests_per_day",
        "input_mtok_per_day",
        "output_mtok_per_day",
    ]
    return table[columns].sort_values(["workload", "region", "period"], ignore_index=True)


def usage_json(usage: Usage) -> dict[str, Any]:
    """Everything that was measured, for machines."""
    return {
        "files": [
            {
                "path": one.path, "format": one.format, "why": one.why, "rows": one.account.read,
                "used": one.account.used, "set_aside": one.account.table().to_dict("records"),
                "notes": one.account.sentences(),
            }
            for one in usage.files
        ],
        "workloads": [
            {
                "workload": one.workload, "totals": one.totals, "cached_share": one.cached_share,
                "retry_share": one.retry_share, "response_cache_share": one.response_cache_share,
                "burst_z": _number(one.burst_z), "dispersion_10s": _number(one.dispersion_10s),
                "sessions": one.sessions, "models": one.models, "notes": one.notes,
                "peaks": _records(one.peaks), "volumes": _records(one.volumes),
                "length_profile": _records(one.lengths), "prefix_reuse": _records(one.reuse),
            }
            for one in usage.workloads
        ],
    }  # fmt: skip


def _records(table: pd.DataFrame | None) -> list[dict[str, Any]] | None:
    if table is None:
        return None
    return [{str(name): _number(value) for name, value in row.items()} for row in table.to_dict("records")]


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _mtok(tokens: float) -> str:
    return f"{tokens / 1e6:,.1f}"
