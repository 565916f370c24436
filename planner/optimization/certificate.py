"""The program and the relaxation's prices as tables, for a run to keep and the audit to check."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.optimization.build import Built
from planner.optimization.conflict import elastic_prices, impossible_rows
from planner.optimization.matrix import FloatArray
from planner.optimization.scale import MONEY
from planner.optimization.solve import SolveOptions


def certificate_tables(built: Built, prices: FloatArray) -> dict[str, pd.DataFrame]:
    """Tables of the whole program, see ``planner.plan.certificate.stored``.

    Parameters
    ----------
    prices : one per row, positive where the lower side binds [thousand of case currency per unit]
    """
    matrix, program = built.matrix, built.program
    parts = [
        table.drop(columns=["column", "upper", "whole"]).assign(decision=name)
        for name, table in program.decisions.items()
    ]
    columns = pd.concat([part for part in parts if len(part)], ignore_index=True)
    keys = [name for name in columns.columns if name != "decision"]
    families = list(program.families.values())
    names = np.repeat(
        np.array([rows.family for rows in families], dtype=object), [len(r.keys) for r in families]
    )
    texts = [text for rows in families for text in _key_texts(rows.keys[rows.key])]
    return {
        "columns": columns[["decision", *keys]].assign(
            lower=matrix.lower, upper=matrix.upper, whole=matrix.integer, cost=matrix.cost
        ),
        "rows": pd.DataFrame({
            "family": names, "key": texts, "lower": _side(matrix.row_lower), "upper": _side(matrix.row_upper),
            "dual": prices,
        }),
        "entries": pd.DataFrame({
            "row": matrix.entry_rows.astype(np.int32), "column": matrix.entry_columns.astype(np.int32),
            "coefficient": matrix.entry_values,
        }),
        "constants": pd.DataFrame({"name": ["offset", "money"], "value": [matrix.offset, MONEY]}),
    }  # fmt: skip


def _key_texts(keys: pd.DataFrame) -> list[str]:
    columns = [
        [f"{part:g}" if isinstance(part, float) else str(part) for part in keys[name].to_list()]
        for name in keys.columns
    ]
    return [",".join(parts) for parts in zip(*columns, strict=True)]


def _side(sides: FloatArray) -> FloatArray:
    """No limit is an absent cell, not infinity."""
    return np.where(np.isfinite(sides), sides, np.nan)


def refusal_prices(built: Built, options: SolveOptions) -> FloatArray:
    """Prices that prove that even fractions of servers have no plan.

    A row that nothing meets proves it alone. Else the prices of the elastic relaxation do: its least total slack is
    above zero, and with the slacks left out no point could pay them.
    """
    broken = impossible_rows(built)
    if not broken:
        return elastic_prices(built, options)
    matrix = built.matrix
    met = np.zeros(matrix.rows, dtype=bool)
    met[matrix.entry_rows] = True
    prices = np.zeros(matrix.rows)
    row = int(np.flatnonzero(~met & ((matrix.row_lower > 0) | (matrix.row_upper < 0)))[0])
    prices[row] = 1.0 if matrix.row_lower[row] > 0 else -1.0
    return prices
