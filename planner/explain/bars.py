"""What keeps a card out altogether: no offer, no rate, too late, or a row that leaves its orders no room."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.explain.binding import MOMENTS
from planner.explain.changed import offers_of
from planner.explain.meanings import meaning
from planner.explain.opened import Opened
from planner.explain.words import when
from planner.optimization.matrix import FloatArray, IntArray, Matrix

MOST_MISSES = 6  # lines of promises a card does not keep


@dataclass(frozen=True, eq=False)
class Bars:
    """Why a card cannot be ordered, or not everywhere.

    Attributes
    ----------
    reasons : sentences; where ``total``, each is enough to keep it out
    total : nothing of it can be ordered to any use
    rows : rows of the program that bar some of its orders
    """

    reasons: tuple[str, ...]
    total: bool
    rows: IntArray


def bars(program: Opened, card: str, ways: pd.DataFrame) -> Bars:
    """Everything that bars a card, from the market to the promises.

    Parameters
    ----------
    ways : decisions that bring the card, as `ways_to_get` gives them
    """
    reasons, total = [], False
    offers = offers_of(program.tables, card)
    if not offers:
        return Bars((f"No offer of the case sells {card}.",), True, np.array([], dtype=np.int64))
    missing = sorted(set(offers) - set(ways["offer"].astype(str)))
    if missing:
        leads = program.tables["offers"].set_index("offer")["lead_time_months"].astype(float).to_dict()
        late = ", ".join(f"{offer} ({leads[offer]:g} months)" for offer in missing)
        reasons.append(f"An order would arrive after the horizon: lead time of {late}.")
        total = len(missing) == len(offers)
    misses = _misses(program, card)
    if misses:
        reasons += misses
        total = True
    rows, text = _closed(program, ways)
    closed = text and len(ways) and _all_closed(program.matrix, ways["column"].to_numpy(np.int64), rows)
    return Bars((*reasons, *text), bool(total or closed), rows)


def _misses(program: Opened, card: str) -> list[str]:
    """Promises that none of its layouts keeps, where it has no rate at all."""
    layouts = program.tables["layouts"]
    own = set(layouts.loc[layouts["accelerator"] == card, "layout"])
    if program.tables["rates"]["layout"].isin(own).any():
        return []
    refused = program.tables["refused"]
    refused = refused[refused["accelerator"] == card]
    if refused.empty:
        return [f"{card} has no rate for any workload of the case."]
    lines = [f"{card} keeps no promise of the case; the nearest it comes:"]
    table = refused.assign(miss=refused["nearest"].astype(float) / refused["limit"].astype(float))
    table = table.sort_values("miss", na_position="last", kind="stable").drop_duplicates(
        ["workload", "bucket"]
    )
    for row in table.head(MOST_MISSES).to_dict("records"):
        near = (
            f"{row['promise']} {row['nearest']:,.0f} against {row['limit']:,.0f} ms"
            if pd.notna(row["nearest"]) and pd.notna(row["limit"])
            else str(row["reason"])
        )
        lines.append(f"  {row['workload']} {row['bucket']}: {near}")
    return lines


def _closing_rows(matrix: Matrix) -> IntArray:
    """Rows that hold a sum of terms, none negative, at zero."""
    least = np.full(matrix.rows, np.inf)
    np.minimum.at(least, matrix.entry_rows, matrix.entry_values)
    return np.flatnonzero((matrix.row_upper == 0) & (least > 0) & np.isfinite(least)).astype(np.int64)


def _closed(program: Opened, ways: pd.DataFrame) -> tuple[IntArray, list[str]]:
    """Rows that close orders of the card, and what they close, in words."""
    matrix, columns = program.matrix, ways["column"].to_numpy(np.int64)
    entries = np.isin(matrix.entry_rows, _closing_rows(matrix)) & np.isin(matrix.entry_columns, columns)
    rows = np.unique(matrix.entry_rows[entries])
    said: dict[str, set[int]] = {}
    for family, table in program.built.program.families.items():
        own = table.keys[table.keys["row"].isin(rows)] if len(table.keys) else table.keys
        names = [key for key in table.key if key not in MOMENTS]
        for line in own.to_dict("records"):
            title = meaning(family).name({key: line[key] for key in names})
            met = matrix.entry_columns[entries & (matrix.entry_rows == line["row"])]
            said.setdefault(title, set()).update(int(column) for column in met)
    text = []
    for title, met in said.items():
        own = ways[ways["column"].isin(met)]
        sites = ", ".join(sorted(set(own["site"].dropna().astype(str))))
        periods = when([str(node) for node in own["node"]], program.nodes)
        text.append(f"No orders for {sites} in {periods}: {title}.")
    return rows, text


def _all_closed(matrix: Matrix, columns: IntArray, rows: IntArray) -> bool:
    inside = np.isin(matrix.entry_rows, rows)
    return bool(np.isin(columns, matrix.entry_columns[inside]).all())


def opened_up(matrix: Matrix, columns: IntArray, rows: IntArray) -> Matrix:
    """The program in which these rows say nothing of these columns."""
    kept = ~(np.isin(matrix.entry_rows, rows) & np.isin(matrix.entry_columns, columns))
    values: FloatArray = matrix.entry_values[kept]
    return replace(
        matrix,
        entry_rows=matrix.entry_rows[kept],
        entry_columns=matrix.entry_columns[kept],
        entry_values=values,
    )
