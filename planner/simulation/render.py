"""What ``capplan verify`` prints: the verdict first, then the workloads, then what is missing."""

from __future__ import annotations

from math import isfinite, isinf, isnan
from typing import Any

import pandas as pd

from planner.plan.grid import wrapped
from planner.simulation.promises import PERCENTILES
from planner.simulation.verify import Verification


def render_verification(found: Verification) -> str:
    """The whole page in plain text."""
    parts = [_headline(found), _latencies(found, "ttft"), _latencies(found, "tpot"), _shortages(found)]
    notes = "\n".join(f"! {note}" for note in found.notes)
    return "\n\n".join(wrapped(part) for part in [*parts, notes] if part)


def _headline(found: Verification) -> str:
    table = found.workloads
    simulated = int(table["requests"].sum())
    what = f"peak window of {found.node}, {found.minutes:g} minutes, {simulated:,} requests replayed"
    if found.failure:
        what += f"; {found.failure}"
    lines = [("Verified: " if found.verified else "NOT VERIFIED: ") + what + "."]
    for verdict, text in (
        ("short", "keeps its promise for too few requests"),
        ("slower than predicted", "is slower than the serving table's interval allows"),
        ("not replayed", "was not replayed"),
    ):
        names = table.loc[table["verdict"] == verdict, "workload"].to_list()
        lines += [f"  {name} {text}." for name in names]
    return "\n".join(lines)


def _latencies(found: Verification, name: str) -> str:
    """One row per workload: percentiles attained, promise, prediction, attainment."""
    title = {"ttft": "Time to first token, ms, network included", "tpot": "Time per later token, ms"}[name]
    header = ["workload", *(f"P{p}" for p in PERCENTILES), "promised", "at", "predicted", "kept both", ""]
    rows = [header]
    for row in found.workloads.to_dict("records"):
        rows.append([
            str(row["workload"]),
            *(_number(row[f"{name}_p{p}_ms"]) for p in PERCENTILES),
            _number(row[f"max_{name}_ms"], "no promise"),
            f"P{100 * row['promise_quantile']:g}",
            _number(row[f"predicted_{name}_ms"]),
            "-" if isnan(row["attainment"]) else f"{100 * row['attainment']:.1f} %",
            str(row["verdict"]),
        ])  # fmt: skip
    widths = [max(len(row[at]) for row in rows) for at in range(len(header))]
    left = {0, len(header) - 1}
    lines = (
        "  ".join(
            cell.ljust(w) if at in left else cell.rjust(w)
            for at, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return f"{title}:\n" + "\n".join(f"  {line.rstrip()}" for line in lines)


def _shortages(found: Verification) -> str:
    if not found.shortages:
        return ""
    lines = ["What is missing (load unchanged):"]
    for one in found.shortages:
        pool, names = one.pool, ", ".join(one.workloads)
        if one.helped:
            cards = f"{one.more_replicas} more replicas on top of {pool.replicas}: {one.more_cards} {pool.accelerator}"
        else:
            cards = f"more {pool.accelerator} do not help; this layout is too slow for some requests"
        lines.append(f"  {names}: {pool.layout} at {pool.site}: {cards}")
    return "\n".join(lines)


def _number(value: float, none: str = "never") -> str:
    if isnan(value):
        return "-"
    if isinf(value):
        return none
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def verification_json(found: Verification) -> dict[str, Any]:
    """The same as plain data; what is infinite or unknown is null."""
    return {
        "verified": found.verified,
        "node": found.node,
        "minutes": found.minutes,
        "failure": found.failure,
        "workloads": _records(found.workloads),
        "pools": _records(found.pools),
        "shortages": [
            {
                "layout": one.pool.layout,
                "site": one.pool.site,
                "accelerator": one.pool.accelerator,
                "workloads": list(one.workloads),
                "helped": one.helped,
                "more_replicas": one.more_replicas,
                "more_cards": one.more_cards,
                "load_factor": one.load_factor,
            }
            for one in found.shortages
        ],
        "notes": list(found.notes),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(name): None if isinstance(value, float) and not isfinite(value) else value
            for name, value in row.items()
        }
        for row in table.to_dict("records")
    ]
