"""Is the stored program the one that the given tables ask for? Asked at a point that has every decision in it.

A row is a linear function of the decisions, and so is the cost. Two linear functions that agree at a random point are
the same function but for a chance of measure zero. So the audit, which reads the given tables with code of its own and
knows nothing of the program, evaluates its rules for a made-up plan with an irregular amount of every decision, and
each stored row must have the slack that the audit finds. One wrong coefficient, right side or cost shows.

Replicas that start count only where there are more of them than in the slice before; a second point, with the order
of amounts turned round, has those of the other slices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.reading import read_tables
from planner.plan.audit.rows import joined, key_text, number_text
from planner.plan.audit.spec import wanted_results
from planner.plan.certificate.asked import Amounts, Asked, asked, started
from planner.plan.certificate.at_plan import cost_of
from planner.plan.certificate.decisions import SETTLED, YES_OR_NO, known_columns, tables_of
from planner.plan.certificate.links import links
from planner.plan.certificate.stored import FloatArray, Stored
from planner.plan.tables import DERIVED_LATER

SEED = 20270101  # any will do; fixed, so that an audit repeats
AGREES = 1e-9  # of the sum of absolute terms; the audit adds up in doubles, in another order
LEAST_SCALE, MOST_SCALE = (
    1e-3,
    1e3,
)  # of a decision's amount; keeps the terms of a row within reach of each other
SHOWN_PER_RULE = 50
LEDGER = "installed_cards"
# Rows of the program that the audit sums up in one: how many parts of the key it leaves out at the end.
SUMMED = {"residency": 1}
# Parts of a key that only the program has.
LABELS = {
    "domestic_share": "span",
    "vendor_share": "span",
    "order_size": "least",
    "rental_size": "least",
    "fleet_minimum": "least",
}


@dataclass(frozen=True, eq=False)
class Agreement:
    """What could be compared.

    Attributes
    ----------
    findings : rows and costs that differ
    checked : whether each row is one the audit asks for too, or follows from the meaning of its decisions
    cost_checked : whether the cost could be compared
    """

    findings: tuple[Finding, ...]
    checked: np.ndarray
    cost_checked: bool


def agreement(stored: Stored, given: Mapping[str, pd.DataFrame]) -> Agreement:
    """Compare rows and cost of the stored program with the rules of the audit.

    Parameters
    ----------
    given : the given tables as the audit reads them, see `planner.plan.audit.reading.read_tables`
    """
    known = known_columns(stored)
    parts = [_at(stored, given, known, turned=False)]
    if (stored.columns_table["decision"] == "starting").any():
        parts.append(_at(stored, given, known, turned=True))
    whole = np.ones(stored.rows, dtype=bool)
    whole[stored.entry_rows[~known[stored.entry_columns]]] = False
    checked = np.logical_and.reduce([part.checked for part in parts])
    found = dict.fromkeys(fault for part in parts for fault in part.findings)
    return Agreement(tuple(found), whole & (checked | links(stored)), bool(known.all()))


def _at(stored: Stored, given: Mapping[str, pd.DataFrame], known: np.ndarray, *, turned: bool) -> Agreement:
    """The comparison at one point."""
    x = _amounts(stored, known, turned)
    tables = tables_of(stored, x)
    if "measures" in tables and len(tables["measures"]):
        works_on = given["measures"].set_index("measure")["workload"]
        tables["measures"]["workload"] = tables["measures"]["measure"].map(works_on)
    result, _ = read_tables(
        tables, wanted_results(), DERIVED_LATER
    )  # with those the point has nothing for, empty
    facts = Facts(given, result)
    x, amounts = _with_settled(stored, x, facts)
    seen = asked(facts, amounts)
    x = _with_fleet(stored, x, seen.fleet)
    found, checked = _rows(stored, x, seen)
    costs = _cost(stored, x, seen.cost) if known.all() else []
    return Agreement((*found, *costs), checked, bool(known.all()))


def _amounts(stored: Stored, known: np.ndarray, turned: bool) -> FloatArray:
    """An irregular amount of every decision, such that each counts about as much in the cost; 1 for a yes or no."""
    rng = np.random.default_rng(SEED)
    size = np.abs(stored.cost)
    scale = np.clip(1.0 / np.where(size > 0, size, 1.0), LEAST_SCALE, MOST_SCALE)
    part = rng.random(stored.columns)
    x = np.where(known, scale * (1.0 + (1.0 - part if turned else part)), 0.0)
    derived = stored.columns_table["decision"].isin(YES_OR_NO).to_numpy()
    return np.where(derived, 1.0, x)


def _with_settled(stored: Stored, x: FloatArray, facts: Facts) -> tuple[FloatArray, Amounts]:
    """The point with the replicas that start, and the amounts of all decisions that no table shows."""
    amounts: dict[str, dict[str, float]] = {}
    filled = x.copy()
    for decision in SETTLED:
        part, keys = stored.key_columns(decision)
        if part.empty or decision in YES_OR_NO:
            continue
        if decision == "starting":
            more = {joined(key): max(0.0, rise) for key, rise in started(facts).items()}
            short = [name for name in ("layout", "site", "node", "slice") if name in keys]
            texts = key_text(part, short)
            filled[part.index] = [more.get(text, 0.0) for text in texts]
            amounts[decision] = dict(zip(texts, filled[part.index], strict=True))
        else:
            values = stored.money * filled[part.index]
            amounts[decision] = dict(zip(key_text(part, keys), values, strict=True))
    return filled, amounts


def _with_fleet(stored: Stored, x: FloatArray, fleet: Mapping[str, float]) -> FloatArray:
    """The point with the cards in service that the audit counts from the orders."""
    part, keys = stored.key_columns("installed")
    amounts = x.copy()
    amounts[part.index] = [fleet.get(text, 0.0) for text in key_text(part, keys)]
    return amounts


def _rows(stored: Stored, x: FloatArray, seen: Asked) -> tuple[list[Finding], np.ndarray]:
    """Rows whose slack is not the audit's, and which rows agree."""
    mine = _slacks(stored, x)
    both = mine.groupby(["family", "key", "sense"], as_index=False)[["slack", "size"]].sum()
    both = both.merge(_rooms(stored, seen), on=["family", "key"])
    off = np.where(
        both["sense"] == "=", both["slack"].abs() - both["room"].abs(), both["slack"] - both["room"]
    )
    both["agrees"] = np.abs(off) <= AGREES * (both["size"] + both["scale"])
    both["agrees"] &= both["sense"] == both["asked_sense"]
    ledger = (mine["family"] == LEDGER).to_numpy()
    kept = (mine["slack"].abs() <= AGREES * mine["size"]).to_numpy()
    wrong = [
        finding("program_agrees", f"{row['family']}[{row['key']}]", f"slack {number_text(row['slack'])} in the stored "
                "program", f"{number_text(row['room'])} by the given tables, at a made-up plan")
        for row in both[~both["agrees"]].head(SHOWN_PER_RULE).to_dict("records")
    ]  # fmt: skip
    wrong += [
        finding(
            "program_agrees", f"{LEDGER}[{key}]", "another count of cards", "the count by the given tables"
        )
        for key in mine.loc[ledger & ~kept, "key"].head(SHOWN_PER_RULE)
    ]
    agreed = set(both.loc[both["agrees"], ["family", "key"]].itertuples(index=False, name=None))
    same = [pair in agreed for pair in mine[["family", "key"]].itertuples(index=False, name=None)]
    return wrong, np.where(ledger, kept, np.array(same, dtype=bool))


def _slacks(stored: Stored, x: FloatArray) -> pd.DataFrame:
    """Family, key as the audit has it, slack, size of the terms, and sense of every stored row."""
    activity = stored.activity(x)
    lower, equal = np.isfinite(stored.row_lower), stored.row_lower == stored.row_upper
    with np.errstate(invalid="ignore"):
        slack = np.where(lower, activity - stored.row_lower, stored.row_upper - activity)
    pairs = stored.rows_table[["family", "key"]].itertuples(index=False, name=None)
    return pd.DataFrame({
        "family": stored.rows_table["family"], "key": [audit_key(family, key) for family, key in pairs],
        "slack": slack, "size": stored.size(x), "sense": np.where(equal, "=", np.where(lower, ">=", "<=")),
    })  # fmt: skip


def _rooms(stored: Stored, seen: Asked) -> pd.DataFrame:
    """Family, key, room and sense of every row the audit asks for, in the units of the program."""
    rows = seen.rows
    room = np.where(rows["sense"] == "<=", rows["limit"] - rows["activity"], rows["activity"] - rows["limit"])
    unit = np.where(rows["unit"] == seen.currency, stored.money, 1.0)
    scale = rows[["activity", "limit"]].abs().max(axis=1)
    table = rows[["family", "key"]].assign(room=room / unit, scale=scale / unit, asked_sense=rows["sense"])
    return table.drop_duplicates(["family", "key"])


def audit_key(family: str, key: str) -> str:
    """The key under which the audit lists a row of the program.

    Examples
    --------
    >>> audit_key("domestic_share", "spend-15,span"), audit_key("residency", "chat,north,east,2027-01")
    ('spend-15', 'chat,north,east')
    """
    if family not in SUMMED and family not in LABELS:
        return key
    parts = key.split(",")
    parts = parts[: len(parts) - SUMMED.get(family, 0)]
    return ",".join(part for at, part in enumerate(parts) if at == 0 or part != LABELS.get(family))


def _cost(stored: Stored, x: FloatArray, again: float) -> list[Finding]:
    """The cost of the made-up plan, by the stored program and by the audit."""
    own, error = cost_of(stored, x)
    if abs(own - again) <= 10 * error:
        return []
    text = f"{number_text(again)} by the given tables, at a made-up plan"
    return [finding("program_agrees", "cost", number_text(own), text)]
