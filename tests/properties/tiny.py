"""Tiny planning instances as the tables that the program and the audit read, made of round numbers.

Every figure is a short decimal, so that the oracle can take it as a fraction and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from planner.inputs.declarations import CASE_TABLES, SETTINGS
from planner.inputs.frames import frame_of

Tables = dict[str, pd.DataFrame]
Row = dict[str, Any]
DECLARED = {table.name: table for table in (*CASE_TABLES, SETTINGS)}
RULES = (
    "prices", "supply", "permits", "fleet", "fx", "tariffs", "budgets", "domestic_share", "vendor_share", "residency",
    "selections",
)  # fmt: skip
TOKENS = 1000  # of every request, half of them input
LLM = "qwen3-8b"  # any llm of the catalogue will do: rates are given
WEEK = "week"  # the only slice where a test names none
HOURS_PER_DAY = 24
DAYS_A_WEEK = {"all": 1.0, "weekday": 5 / 7, "weekend": 2 / 7}  # share of the week's days


def frame(name: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """A table of the case as ``Case.frame`` gives it: declared columns in order, blanks filled with their defaults."""
    table, rows = DECLARED[name], list(rows)
    known = set(table.names)
    if any(set(row) - known for row in rows):
        raise KeyError(f"{name} has no such columns: {[sorted(set(row) - known) for row in rows]}")
    blank = {column.name: None if column.required else column.default for column in table.columns}
    return frame_of(table, [tuple((blank | dict(row)).values()) for row in rows])


def period_labels(periods: int, months: int) -> list[str]:
    """Labels as a case has them; a year is labelled by its first month (no case has years, the program can)."""
    if months == 3:
        return [f"{2027 + i // 4}Q{i % 4 + 1}" for i in range(periods)]
    return [f"{2027 + i * months // 12}-{i * months % 12 + 1:02d}" for i in range(periods)]


def path(labels: Sequence[str]) -> pd.DataFrame:
    """The nodes of a case without scenarios: one after the other, all certain."""
    names = list(labels)
    return pd.DataFrame(
        {
            "node": names,
            "index": range(len(names)),
            "period": names,
            "parent": pd.Series([None, *names[:-1]], dtype=object),
            "probability": 1.0,
        }
    )


def slice_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Slices from name, hours of a day and days (all, weekday, weekend); each follows the one above it of its days."""
    days = [row.get("days", "all") for row in rows]
    hours = [float(row["hours"]) for row in rows]
    before = []
    for at, kind in enumerate(days):
        same = [number for number, other in enumerate(days) if other == kind]
        before.append(rows[same[same.index(at) - 1]]["slice"])
    return pd.DataFrame(
        {
            "slice": [row["slice"] for row in rows],
            "index": range(len(rows)),
            "days": days,
            "share": [own / HOURS_PER_DAY * DAYS_A_WEEK[kind] for own, kind in zip(hours, days, strict=True)],
            "day_hours": hours,
            "before": before,
        }
    )


def instance(
    *,
    settings: Row | None = None,
    slices: Sequence[Row] = ({"slice": WEEK, "hours": HOURS_PER_DAY},),
    sites: list[Row],
    routes: list[Row],
    workloads: list[Row],
    requests: list[Row],
    layouts: list[Row],
    rates: list[Row],
    cards: list[Row],
    offers: list[Row],
    **rules: list[Row],
) -> Tables:
    """Given tables from rows that name only what matters.

    Rows of ``requests`` count nodes from 0; ``mean`` is the share of the mean in the peak. Every bucket has `TOKENS`.
    Slices are as for `slice_frame`; without them the whole week is one.
    """
    chosen = {"name": "tiny", "start": "2027-01", "periods": 1, "gap": 0.0, "discount_rate_per_year": 0.0}
    chosen |= {"idle_power_share": 0.0, **(settings or {})}
    labels = period_labels(chosen["periods"], chosen.get("period_months", 1))
    chosen["start"] = labels[0]
    asked = [
        {
            "workload": row["workload"],
            "bucket": row.get("bucket", "all"),
            "region": row["region"],
            "node": labels[row.get("node", 0)],
            "slice": row.get("slice", slices[0]["slice"]),
            "requests_per_s": float(row["requests_per_s"]),
            "mean_requests_per_s": float(row["requests_per_s"] * row.get("mean", 1.0)),
        }
        for row in requests
    ]
    buckets = pd.DataFrame(asked)[["workload", "bucket"]].drop_duplicates(ignore_index=True)
    given = {
        "settings": frame("case", [chosen]),
        "periods": path(labels),
        "slices": slice_frame(slices),
        "sites": frame("sites", sites),
        "routes": frame("routes", [{k: v for k, v in row.items() if k != "band_ms"} for row in routes]),
        "workloads": frame("workloads", [{"llm": LLM, **row} for row in workloads]),
        "requests": pd.DataFrame(asked),
        "buckets": buckets.assign(share=1.0, mean_in=TOKENS / 2, mean_cached_in=0.0, mean_out=TOKENS / 2),
        "layouts": pd.DataFrame([_layout(row) for row in layouts]),
        "rates": pd.DataFrame([{"bucket": "all", "band_ms": 0.0, **row} for row in rates]).astype(
            {"requests_per_s": float, "band_ms": float}
        ),
        "cards": pd.DataFrame([_card(row) for row in cards]),
        "offers": frame("offers", offers),
        "refused": pd.DataFrame(columns=["workload", "bucket", "band_ms", "accelerator", "layout", "reason"]),
    }
    given["routes"]["band_ms"] = [float(row.get("band_ms", 0.0)) for row in routes]
    given["routes"]["network_ms"] = given["routes"]["band_ms"]
    return given | {name: frame(name, rules.get(name, [])) for name in dict.fromkeys([*RULES, *rules])}


def _layout(row: Row) -> Row:
    full = {
        "llm": LLM,
        "precision": "",
        "cards_per_replica": 1,
        "role": "whole",
        "basis": "given",
        "cache_bytes_per_token": 0.0,
        **row,
    }
    cards = full["cards_per_replica"]
    return {**full, "tensor_parallel": cards, "servers_per_replica": 1}


def _card(row: Row) -> Row:
    return {
        "vendor": "v1",
        "origin": "domestic",
        "power_kw": 0.0,
        "bf16_tflops": 1.0,
        "cards_per_server": 1,
        **row,
    }


def merged(parts: Sequence[Tables]) -> Tables:
    """Instances of one world, with different prefixes, as one case: nothing connects them."""
    shared = {name: parts[0][name] for name in ("settings", "periods", "slices")}
    return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]} | shared
