"""What may be asked of an export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Target = Literal["xlsx", "csv", "parquet", "focus", "sql"]
TARGETS: tuple[Target, ...] = ("xlsx", "csv", "parquet", "focus", "sql")


@dataclass(frozen=True)
class ExportOptions:
    """Options of `planner.budget.export.files.export_budgets`.

    Attributes
    ----------
    force : overwrite what is there
    raw : CSV text as it is, formulas not neutralised
    bom : CSV with a byte order mark, for Excel on Windows
    preset : csv only: a preset or mapping file instead of the tables
    basis : of the preset
    focus_version : 1.2, 1.3 or 1.4
    """

    force: bool = False
    raw: bool = False
    bom: bool = False
    preset: str | None = None
    basis: Literal["cash", "accrual"] = "accrual"
    focus_version: str = "1.2"
