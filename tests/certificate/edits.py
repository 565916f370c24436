"""Single edits of a run: a figure, a row, two rows, of results, of what was given, of the certificate or the head."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.optimization.build import build
from planner.optimization.gather import gather
from planner.plan import Plan
from planner.plan.certificate.decisions import point_of
from planner.plan.certificate.stored import read_program
from tests.certificate.runs import audited, with_table
from tests.tolerances import PROVEN_SHARE, SAME_COST_SHARE

RESULTS = ("orders", "fleet", "deployment", "load", "routing", "unmet", "costs", "limits")
# Read by the audit; the other given tables only explain (refused, steps, lengths...).
GIVEN = (
    "settings", "sites", "workloads", "requests", "buckets", "layouts", "rates", "cards", "offers", "prices", "supply",
    "permits", "fleet", "fx", "tariffs", "budgets", "domestic_share", "vendor_share", "residency", "selections",
)  # fmt: skip
CERTIFICATE = ("columns", "rows", "entries", "constants")
HEAD = ("cost", "bound", "certified_bound", "claimed_bound", "gap_asked")
FACTORS = (0.0, 0.5, 0.9, 0.999, 1.001, 1.01, 2.0, -1.0)
WEIGHTS = {"tables": 4, "given": 3, "certificate": 4, "head": 1}


@dataclass(frozen=True)
class Edit:
    """One edit, in words, and the run after it."""

    text: str
    kind: str
    run: Plan


def one_edit(run: Plan, rng: random.Random) -> Edit:
    """A random single edit that changes something."""
    while True:
        kind = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if kind == "head":
            name = rng.choice(HEAD)
            value = getattr(run, name)
            new = value * rng.choice(FACTORS) + rng.choice((0.0, 1.0))
            if new != value:
                return Edit(f"{name}: {value} -> {new}", kind, replace(run, **{name: new}))
            continue
        names = {"tables": RESULTS, "given": GIVEN, "certificate": CERTIFICATE}[kind]
        name = rng.choice(
            [one for one in names if one in getattr(run, kind) and len(getattr(run, kind)[one])]
        )
        table, text = _edited(getattr(run, kind)[name], rng)
        if table is not None:
            return Edit(f"{kind}/{name}: {text}", kind, with_table(run, kind, name, table))


def _edited(table: pd.DataFrame, rng: random.Random) -> tuple[pd.DataFrame | None, str]:
    """The table with one edit, or None when the edit drawn changes nothing."""
    how = rng.choice(("figure", "figure", "figure", "figure", "dropped", "twice", "swapped"))
    at = rng.randrange(len(table))
    if how == "dropped":
        return table.drop(index=table.index[at]).reset_index(drop=True), f"row {at} dropped"
    if how == "twice":
        order = [*range(len(table)), at]
        return table.iloc[order].reset_index(drop=True), f"row {at} twice"
    if how == "swapped":
        other = rng.randrange(len(table))
        order = list(range(len(table)))
        order[at], order[other] = other, at
        changed = table.iloc[order].reset_index(drop=True)
        return (
            None if changed.equals(table.reset_index(drop=True)) else changed
        ), f"rows {at} and {other} swapped"
    numbers = [
        column
        for column in table.columns
        if pd.api.types.is_numeric_dtype(table[column]) and not pd.api.types.is_bool_dtype(table[column])
    ]
    numbers = [column for column in numbers if pd.notna(table[column].iloc[at])]
    if not numbers:
        return None, ""
    column = rng.choice(numbers)
    value = float(table[column].iloc[at])
    new = value * rng.choice(FACTORS) if value else rng.choice((1.0, 0.1, -1.0))
    if pd.api.types.is_integer_dtype(table[column]):
        new = float(round(new)) if round(new) != value else value + 1.0
    if new == value:
        return None, ""
    changed = table.copy()
    changed[column] = changed[column].astype(float)
    changed.iloc[at, changed.columns.get_loc(column)] = new
    return changed, f"{column} of row {at}: {value} -> {new}"


def detected(edit: Edit) -> bool:
    """Whether the audit has anything to say of the run after the edit."""
    return not audited(edit.run).clean


def harmless(edit: Edit, before: Plan) -> str:
    """Why an edit that was not detected leaves a valid plan of equal cost; '' when it does not.

    Results: the same rows in another order. Given: the program built anew from what is given now, by the code that
    plans and not by the audit, has the same plan at the same cost, and the bound still holds by its own prices.
    Certificate: the bound it proves is the one that is claimed, and it still is below the cost. Head: a gap asked for
    that the plan keeps.
    """
    if edit.kind == "tables":
        return "the order of rows" if _same_rows(edit.run.tables, before.tables) else ""
    if edit.kind == "head":
        kept = edit.run.gap <= edit.run.gap_asked and edit.run.cost == before.cost
        return "still within the gap asked for" if kept else ""
    if edit.kind == "certificate":
        seen = audited(edit.run).certified
        same = abs(seen.bound - before.certified_bound) <= 1e-9 * abs(before.cost)
        return "the same bound" if same and seen.bound <= before.cost * (1 + PROVEN_SHARE) else ""
    return "the same plan keeps all rules at the same cost" if _plan_stands(edit.run, before) else ""


def _same_rows(one: object, other: object) -> bool:
    for name, table in one.items():  # type: ignore[attr-defined]
        theirs = other[name]  # type: ignore[index]
        mine = sorted(map(repr, table.itertuples(index=False, name=None)))
        if mine != sorted(map(repr, theirs.itertuples(index=False, name=None))):
            return False
    return True


def _plan_stands(run: Plan, before: Plan) -> bool:
    """Whether the plan keeps every row and bound of the program of what is given now, at the same cost."""
    from planner.optimization.certificate import certificate_tables

    built = build(gather(dict(run.given)))
    stored, faults = read_program(certificate_tables(built, np.zeros(built.matrix.rows)))
    if stored is None:
        return False
    point, found = point_of(stored, run.tables)
    if faults or found:
        return False
    x, room = point.values, 1e-6 * np.maximum(1e-3, stored.size(point.values))
    activity = stored.activity(x)
    kept = ((activity >= stored.row_lower - room) & (activity <= stored.row_upper + room)).all()
    cost = float(stored.cost @ x + stored.offset) * stored.money
    return bool(kept and abs(cost - before.cost) <= SAME_COST_SHARE * max(1.0, abs(before.cost)))
