"""Which result table shows which decision, and a plan as one value per column of the stored program.

A new decision of the program needs a line in `SHOWN` (a result table has its values), in `DERIVED` or in `SETTLED` (it
follows from others); without it, rows with that decision are not checked and the audit says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import key_text
from planner.plan.certificate.settled import settled
from planner.plan.certificate.stored import FloatArray, Stored
from planner.plan.offer_tables import OFFER_TABLES
from planner.plan.tables import RESULT_TABLES
from planner.tables import Column

RULE = "program_decisions"
SHOWN_PER_DECISION = 20


@dataclass(frozen=True)
class Shown:
    """Table and column with a decision's values (``''``: a row means 1); ``renamed``: its key column -> the table's."""

    table: str
    value: str
    renamed: Mapping[str, str] = field(default_factory=dict)


SHOWN: dict[str, Shown] = {
    "order": Shown("orders", "servers", {"node": "ordered"}),
    "installed": Shown("fleet", "installed_cards"),
    "deploy": Shown("deployment", "replicas"),
    "load": Shown("load", "requests_per_s"),
    "flow": Shown("routing", "requests_per_s"),
    "unmet": Shown("unmet", "requests_per_s"),
    "moved": Shown("deferred", "requests_per_s"),
    "adopt": Shown("ports", ""),
    "lever": Shown("measures", "share"),
    "begin": Shown("measures", "begun"),
    "rent": Shown("rentals", "servers", {"node": "ordered"}),
    "hourly": Shown("hourly", "cards"),
    "bought": Shown("bought", "requests_per_s"),
    "drawn": Shown("drawn", "requests_per_s"),
    "packages": Shown("packages_bought", "packages"),
}
# 1 where the decision named is above zero at any key that agrees, else 0.
DERIVED: dict[str, str] = {"in_use": "deploy", "placed": "order", "started": "rent"}
# Follow from the others by rules of their own, see `planner.plan.certificate.settled`.
SETTLED = ("starting", "tail", "excess", "joined")
# No table shows these; the rows they stand in are not checked, and the audit says so.
UNSEEN = ("used",)
YES_OR_NO = (*DERIVED, "joined", "adopt", "begin")


@dataclass(frozen=True, eq=False)
class Point:
    """Values of the columns; ``known`` is False for those no table shows."""

    values: FloatArray
    known: np.ndarray


def point_of(stored: Stored, tables: Mapping[str, pd.DataFrame]) -> tuple[Point, list[Finding]]:
    """A plan as a point of the program; a row of a result table that is no decision of the program is a finding."""
    values, known = np.zeros(stored.columns), np.zeros(stored.columns, dtype=bool)
    found: list[Finding] = []
    names = [str(name) for name in stored.columns_table["decision"].unique()]
    for decision in [name for name in names if name in SHOWN and SHOWN[name].table in tables]:
        part, keys = stored.key_columns(decision)
        amounts, faults = _amounts(decision, part[keys], tables[SHOWN[decision].table])
        values[part.index], known[part.index] = amounts, True
        found += faults
    for decision in [name for name in names if name in DERIVED]:
        part, keys = stored.key_columns(decision)
        values[part.index], known[part.index] = (
            _indicator(stored, part[keys], DERIVED[decision], values),
            True,
        )
    known |= stored.columns_table["decision"].isin(list(SETTLED)).to_numpy()
    return Point(settled(stored, values), known), found


def known_columns(stored: Stored) -> np.ndarray:
    """Columns whose decision a result table shows, or that follow from others; one truth value per column."""
    return np.asarray(stored.columns_table["decision"].isin([*SHOWN, *DERIVED, *SETTLED]))


def _amounts(decision: str, keys: pd.DataFrame, table: pd.DataFrame) -> tuple[FloatArray, list[Finding]]:
    """Value of each key, zero where the table has no row."""
    shown = SHOWN[decision]
    back = {theirs: ours for ours, theirs in shown.renamed.items()}
    rows = table.drop(columns=[name for name in back.values() if name in table.columns]).rename(columns=back)
    shared = [name for name in keys.columns if name in rows.columns]
    amounts = rows[shown.value].astype(float) if shown.value else 1.0
    rows = rows[shared].assign(amount=amounts).reset_index(drop=True).reset_index(names="line")
    joined = keys[shared].reset_index(names="column").merge(rows, on=shared)
    values = pd.Series(0.0, index=keys.index)
    values.loc[joined["column"]] = joined["amount"].to_numpy(float)
    wrong = rows[~rows["line"].isin(joined["line"]) & (rows["amount"] != 0)]
    twice = rows[rows["line"].isin(joined["line"][joined["line"].duplicated()])]
    texts = (
        (wrong, "no such decision in the stored program"),
        (twice, "several decisions in the stored program"),
    )
    found = [
        finding(RULE, f"{shown.table},{text}", what, "one decision")
        for bad, what in texts
        for text in key_text(bad.head(SHOWN_PER_DECISION), shared)
    ]
    return np.asarray(values, dtype=np.float64), found


def _indicator(stored: Stored, keys: pd.DataFrame, source: str, values: FloatArray) -> FloatArray:
    """1 where any decision of the source that agrees with the key is above zero."""
    part, names = stored.key_columns(source)
    shared = [name for name in keys.columns if name in names]
    used = part.loc[values[part.index] > 0, shared].drop_duplicates()
    marked = keys[shared].merge(used, on=shared, how="left", indicator=True)
    return np.asarray(marked["_merge"] == "both", dtype=np.float64)


def tables_of(stored: Stored, values: FloatArray) -> dict[str, pd.DataFrame]:
    """Result tables that show a point: keys and values, and something harmless in every other column.

    The fleet is left empty: the audit counts it from the orders.
    """
    tables = {}
    for declared in (*RESULT_TABLES, *OFFER_TABLES):
        table = pd.DataFrame()
        for decision, shown in SHOWN.items():
            if shown.table == declared.name and decision != "installed":
                part = _shown(stored, decision, values)
                keys = [name for name in part.columns if name in table.columns]
                table = part if table.empty else table.merge(part, on=keys, how="outer")
        tables[declared.name] = pd.DataFrame(
            {column.name: _filled(table, column) for column in declared.columns}, index=table.index
        )
    return tables


def _filled(table: pd.DataFrame, column: Column) -> pd.Series:
    """A column of a result table in the types the audit reads; a harmless filler where the point does not say."""
    number = column.kind in ("number", "share", "whole")
    kind: Any = float if number else bool if column.kind == "flag" else object
    if column.name in table.columns:
        cells = table[column.name].fillna(0.0) if number or kind is bool else table[column.name]
        return cells.astype(kind)
    return pd.Series(
        0.0 if number else False if column.kind == "flag" else "-", index=table.index, dtype=kind
    )


def _shown(stored: Stored, decision: str, values: FloatArray) -> pd.DataFrame:
    part, keys = stored.key_columns(decision)
    table = part[keys].rename(columns=dict(SHOWN[decision].renamed))
    value = SHOWN[decision].value
    return table.assign(**{value: values[part.index]}) if value else table
