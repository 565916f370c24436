"""Solve a matrix here instead of in a child: a hundred small programs would spend their time starting processes.

The child's own code loads, solves and reads, and the product's judge looks at its answer; only the process is left out.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from planner.optimization.build import Built, build
from planner.optimization.gather import gather
from planner.optimization.given import Given
from planner.optimization.matrix import Matrix, MatrixError, check_matrix, plan_cost, whole_integer_bounds
from planner.optimization.repair import repaired
from planner.optimization.results import result_tables
from planner.optimization.scale import MONEY
from planner.optimization.solve.child import read_doubles, solve_or_say_why
from planner.optimization.solve.judge import Verdict, judge
from planner.optimization.solve.wire import model_bytes
from tests.properties.tiny import Tables

LIMIT_S = 20.0  # far above what a tiny program takes


def solve_here(matrix: Matrix, solver: str = "highs") -> Verdict:
    """The judged answer to a program, to the proven optimum."""
    check_matrix(matrix)
    matrix = whole_integer_bounds(matrix)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.bin").write_bytes(b"".join(model_bytes(matrix)))
        request = {
            "solver": solver,
            "gap": 0.0,
            "node_limit": None,
            "seed": 0,
            "threads": 1,
            "keep_incumbents": False,
        }
        answer = solve_or_say_why(request | {"deadline": time.monotonic() + LIMIT_S}, name)
        path = folder / "values.bin"
        values = np.asarray(read_doubles(str(path))) if path.exists() else None
    return judge(matrix, answer, values, [], 0.0)


@dataclass(frozen=True)
class Planned:
    """A plan, repaired, and what is proven about it.

    Attributes
    ----------
    value : decision name -> keys with ``value``
    tables : result tables
    cost, bound : [case currency]
    """

    given: Given
    built: Built
    value: dict[str, pd.DataFrame]
    tables: dict[str, pd.DataFrame]
    cost: float
    bound: float


Interval = tuple[float, float]  # bound and cost [case currency]; both infinite where no plan exists


def interval(tables: Tables, solver: str = "highs") -> Interval:
    """Bound and cost of the best plan."""
    verdict = _verdict(build(gather(tables)).matrix, solver)
    return (math.inf, math.inf) if verdict is None else (verdict.bound * MONEY, verdict.cost * MONEY)


def intervals(tables: Tables, prefix: int, solver: str = "highs") -> dict[str, Interval]:
    """Bound and cost of each of several instances in one program, without the upkeep of their opening fleets."""
    built = build(gather(tables))
    names = prefix_of_columns(built, prefix)
    found: dict[str, Interval] = dict.fromkeys(sorted(set(names)), (0.0, 0.0))
    for columns, part in parts(built.matrix, _at_home(built, prefix)):
        verdict, name = solve_here(part, solver), names[columns[0]]
        if verdict.status not in ("optimal", "infeasible"):
            raise AssertionError(f"{name} {verdict.status}: {verdict.stop_reason} {verdict.messages}")
        bound, cost = found[name]
        found[name] = (bound + verdict.bound * MONEY, cost + verdict.cost * MONEY)
    return found


def prefix_of_columns(built: Built, prefix: int) -> np.ndarray:
    """First characters of the first key of every column."""
    names = np.empty(built.program.columns, dtype=object)
    for table in built.program.decisions.values():
        names[table["column"].to_numpy()] = table[table.columns[0]].str[:prefix].to_numpy(dtype=object)
    return names


def plan(tables: Tables, solver: str = "highs", *, prefix: int = 0) -> Planned | None:
    """The repaired plan with its result tables, or None where no plan exists.

    Parameters
    ----------
    prefix : characters that say to which of several instances an id belongs; no card stands at another's site
    """
    given = gather(tables)
    built = build(given)
    verdict = _verdict(built.matrix, solver, None if prefix == 0 else _at_home(built, prefix))
    if verdict is None or verdict.values is None:
        return None
    value = repaired(given, built, verdict.values)
    results = result_tables(given, built, value)
    cost = float(results["costs"]["discounted"].sum())
    return Planned(given, built, value, results, cost, verdict.bound * MONEY)


def money_by_instance(planned: Planned, prefix: int, decisions: Collection[str] = ()) -> dict[str, float]:
    """Cost of the repaired plan by prefix [case currency], without the upkeep of the opening fleet.

    ``decisions`` names those whose cost counts; none: all.
    """
    unit = np.zeros(planned.built.program.columns)
    for table in planned.built.decide.costs.values():
        np.add.at(unit, table["column"].to_numpy(), (table["amount"] * table["discount"]).to_numpy())
    money: dict[str, list[float]] = defaultdict(list)
    for name, table in planned.built.program.decisions.items():
        keys = [column for column in table.columns if column not in {"column", "upper", "whole"}]
        joined = table.merge(planned.value[name], on=keys)
        if len(joined) != len(table):
            raise AssertionError(f"{name}: {len(table)} columns, {len(joined)} values")
        if not decisions or name in decisions:
            amounts = joined["value"].to_numpy() * unit[joined["column"].to_numpy()]
            for key, amount in zip(joined[keys[0]].str[:prefix], amounts, strict=True):
                money[key].append(amount)
    return {key: math.fsum(amounts) for key, amounts in money.items()}


def _at_home(built: Built, prefix: int) -> np.ndarray:
    """Whether the card and the site of a column belong together."""
    home = np.ones(built.program.columns, dtype=bool)
    for table in built.program.decisions.values():
        if {"accelerator", "site"} <= set(table.columns):
            same = table["accelerator"].str[:prefix] == table["site"].str[:prefix]
            home[table["column"].to_numpy()] = same.to_numpy()
    return home


def _verdict(matrix: Matrix, solver: str, kept: np.ndarray | None = None) -> Verdict | None:
    """A proven optimum, or None where no plan exists; anything else is a failure.

    Parts of a program that no row connects are solved one by one.
    """
    try:
        verdicts = [(columns, solve_here(part, solver)) for columns, part in parts(matrix, kept)]
    except MatrixError as error:
        if "no entries, yet zero is not allowed" in str(error):  # a rule that nothing could keep
            return None
        raise
    if any(verdict.status == "infeasible" for _, verdict in verdicts):
        return None
    values = np.zeros(matrix.columns)
    for columns, verdict in verdicts:
        if verdict.status != "optimal" or verdict.values is None:
            raise AssertionError(f"{verdict.status}: {verdict.stop_reason} {verdict.messages}")
        values[columns] = verdict.values
    bound = math.fsum([matrix.offset, *(verdict.bound for _, verdict in verdicts)])
    return Verdict("optimal", values, plan_cost(matrix, values), bound, "")


def parts(matrix: Matrix, kept: np.ndarray | None = None) -> Iterator[tuple[np.ndarray, Matrix]]:
    """Columns and program of every part that shares no row with another; columns not kept are zero and left out."""
    kept = np.ones(matrix.columns, dtype=bool) if kept is None else kept
    entries = kept[matrix.entry_columns]
    rows, columns, values = (
        matrix.entry_rows[entries],
        matrix.entry_columns[entries],
        matrix.entry_values[entries],
    )
    label = np.arange(matrix.columns)
    while True:
        least = np.full(matrix.rows, matrix.columns)
        np.minimum.at(least, rows, label[columns])
        lower = label.copy()
        np.minimum.at(lower, columns, least[rows])
        if (lower == label).all():
            break
        label = lower
    part_of_row = np.full(matrix.rows, -1)
    part_of_row[rows] = label[columns]
    check_matrix(matrix)  # looks at empty rows too
    for name in np.unique(label[kept]):
        mine, own = np.flatnonzero(kept & (label == name)), np.flatnonzero(part_of_row == name)
        inside = label[columns] == name
        yield mine, Matrix(
            matrix.cost[mine], matrix.lower[mine], matrix.upper[mine], matrix.integer[mine],
            matrix.row_lower[own], matrix.row_upper[own],
            np.searchsorted(own, rows[inside]), np.searchsorted(mine, columns[inside]), values[inside],
        )  # fmt: skip
