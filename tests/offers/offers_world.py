"""A tiny world with every way to get tokens: one card, one site, one workload, and what a test names."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.optimization.build import build
from planner.optimization.gather import gather
from planner.plan.audit import audit
from planner.prepare import with_texts
from planner.units import HOURS_PER_MONTH
from tests.properties.audited import faults
from tests.properties.in_process import Planned, plan
from tests.properties.tiny import LLM, RULES, Tables, frame, instance

Row = dict[str, Any]
__all__ = ["LLM"]
DAY_H, NIGHT_H = 8, 16
DAY = [{"slice": "day", "hours": DAY_H}, {"slice": "night", "hours": NIGHT_H}]
MONTH_H = HOURS_PER_MONTH
RATE = 10  # requests/s of a card
PRICE = 30_000


def world(
    asked: list[list[float]],
    *,
    settings: Row | None = None,
    offers: list[Row] | None = None,
    workloads: list[Row] | None = None,
    penalty: float = 100.0,
    mean: float = 1.0,
    prefix: str = "",
    **tables: list[Row],
) -> Tables:
    """Tables of a case.

    Parameters
    ----------
    asked : requests/s by node and slice; with one slice it is the week, with two ``day`` (8 h) and ``night`` (16 h)
    penalty : for work not served [per million tokens]; a request has 1,000 tokens, half of them input
    prefix : of every id, so that cases can share a program
    """
    slices = DAY if len(asked[0]) == 2 else [{"slice": "week", "hours": 24}]
    requests = [
        {"workload": f"{prefix}chat", "region": f"{prefix}home", "node": n, "slice": part["slice"],
         "requests_per_s": rate, "mean": mean}
        for n, row in enumerate(asked)
        for part, rate in zip(slices, row, strict=True)
    ]  # fmt: skip
    card = {"accelerator": f"{prefix}card", "vendor": "maker", "power_kw": 1.0}
    given = instance(
        settings={"periods": len(asked), "switch_minutes": 0, **(settings or {})},
        slices=slices,
        sites=[{"site": f"{prefix}hall", "pue": 1.0}],
        routes=[{"region": f"{prefix}home", "site": f"{prefix}hall"}],
        workloads=workloads or [{"workload": f"{prefix}chat", "unmet_penalty_per_mtok": penalty}],
        requests=[row for row in requests if row["requests_per_s"] > 0],
        layouts=[{"layout": f"{prefix}card/x1", "accelerator": f"{prefix}card"}],
        rates=[{"workload": f"{prefix}chat", "layout": f"{prefix}card/x1", "requests_per_s": RATE}],
        cards=[card],
        offers=[
            {
                "offer": f"{prefix}buy",
                "accelerator": f"{prefix}card",
                "price_per_card": PRICE,
                "residual_share": 0.0,
            }
        ]
        if offers is None
        else offers,
        **{name: rows for name, rows in tables.items() if name in RULES},
    )
    return given | {name: with_texts(frame(name, rows)) for name, rows in tables.items()}


def planned(tables: Tables) -> Planned:
    """The plan, clean by the audit."""
    found = plan(tables)
    assert found is not None
    assert faults(tables, found) == []
    return found


def terms(found: Planned) -> dict[str, float]:
    """Money by cost term, as it falls due."""
    return {str(k): float(v) for k, v in found.tables["costs"].groupby("term")["amount"].sum().items()}


def audited(given: Tables, result: Tables, cost: float) -> set[str]:
    """Rules that are broken."""
    return {finding.rule for finding in audit(given, result, cost).findings}


def listing(tables: Tables, family: str) -> list[str]:
    """Rows of a family as text, terms in the order of the columns."""
    made = build(gather(tables))
    matrix, lines = made.matrix, []
    for row in made.program.families[family].keys["row"]:
        mine = np.flatnonzero(matrix.entry_rows == row)
        entries = [
            f"{matrix.entry_values[e]:+.10g} {made.program.column_name(int(matrix.entry_columns[e]))}"
            for e in mine
        ]
        low, high = matrix.row_lower[row], matrix.row_upper[row]
        side = f"= {low:g}" if low == high else f"<= {high:g}" if np.isinf(low) else f">= {low:g}"
        lines.append(f"{made.program.row_name(int(row))}: {' '.join(entries)} {side}")
    return lines
