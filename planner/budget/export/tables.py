"""A budget as a folder of CSV or Parquet tables: long lines, wide lines, and the records behind them."""

from __future__ import annotations

from pathlib import Path

from planner.budget.budget import Budget
from planner.budget.export.columnar import parquet_of
from planner.budget.export.mapped import mapped_rows, mapping_of, separator_of
from planner.budget.export.text import BOM, csv_of, delimited
from planner.budget.lines import BOTH
from planner.budget.records import tables_of
from planner.budget.wide import wide, years


def table_files(
    budget: Budget, folder: Path, kind: str, *, raw: bool = False, bom: bool = False
) -> dict[Path, bytes]:
    """Bytes by path: every table, and ``wide_<basis>_<fiscal year>`` for each that has lines.

    Parameters
    ----------
    kind : ``csv`` or ``parquet``
    raw : CSV text as it is, for machines; formulas are not neutralised then
    bom : CSV with a byte order mark
    """
    tables = tables_of(budget)
    for basis in BOTH:
        for year in years(budget.lines):
            found = wide(budget.lines, basis, year, budget.finance.head.fiscal_periods)
            if len(found):
                tables[f"wide_{basis}_{year}"] = found
    return {
        folder / f"{name}.{kind}": parquet_of(table) if kind == "parquet" else csv_of(table, raw=raw, bom=bom)
        for name, table in tables.items()
    }


def preset_bytes(
    budget: Budget, name: str, basis: str, *, raw: bool = False, bom: bool = False
) -> tuple[bytes, str]:
    """The file a preset or mapping file makes of one basis, and its label."""
    mapping = mapping_of(name)
    rows = mapped_rows(budget.lines, mapping, basis, budget.finance.head.fiscal_periods)
    body = delimited(rows, separator_of(mapping), raw=raw)
    return (BOM + body if bom else body), f"{mapping.name}: {mapping.label}."
