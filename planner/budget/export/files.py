"""One door for every export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.budget.budget import Budget
from planner.budget.export.options import ExportOptions, Target
from planner.budget.export.tables import preset_bytes, table_files
from planner.budget.export.write import write_all
from planner.errors import AuditError, InputError, Problem


@dataclass(frozen=True)
class Exported:
    """Paths written, and what the reader should know."""

    written: tuple[str, ...]
    notes: tuple[str, ...] = ()


def export_budgets(
    budgets: Sequence[Budget], target: Target, output: str, options: ExportOptions | None = None
) -> Exported:
    """Write budgets; several only as one workbook or into one database.

    Parameters
    ----------
    output : file, or folder of csv and parquet tables; for sql also an address such as ``postgresql://...``

    Raises
    ------
    AuditError : a check of a budget is not 0; nothing is written
    InputError : the target does not take what was asked
    UnreachableError : the output cannot be written
    """
    chosen = options or ExportOptions()
    for budget in budgets:
        need_balanced(budget)
    if target in ("csv", "parquet", "focus") and len(budgets) != 1:
        found = f"{len(budgets)} runs for {target}"
        raise InputError([Problem("runs", "", "", found, "one run", "Export each run to its own place.")])
    if target == "sql":
        from planner.budget.export.sql import load

        place, rows = load(output, budgets)
        return Exported((place,), (f"{rows:,} rows; the same budget loaded again replaces itself.",))
    path = Path(output)
    if target == "csv" and chosen.preset is not None:
        data, label = preset_bytes(budgets[0], chosen.preset, chosen.basis, raw=chosen.raw, bom=chosen.bom)
        return _done(write_all({path: data}, force=chosen.force), f"{label} Basis: {chosen.basis}.")
    if target == "xlsx":
        from planner.budget.export.workbook import workbook_bytes

        return _done(write_all({path: workbook_bytes(budgets)}, force=chosen.force))
    if target == "focus":
        from planner.budget.export.focus import focus_bytes

        version, parquet = chosen.focus_version, path.suffix == ".parquet"
        data = focus_bytes(budgets[0], version, parquet=parquet, raw=chosen.raw, bom=chosen.bom)
        note = f"FOCUS {version}, every row marked as a forecast (x_IsForecast); checked by our own column table."
        return _done(write_all({path: data}, force=chosen.force), note)
    files = table_files(budgets[0], path, target, raw=chosen.raw, bom=chosen.bom)
    return _done(write_all(files, force=chosen.force))


def need_balanced(budget: Budget) -> None:
    """Make sure that every check is 0.

    Raises
    ------
    AuditError : one is not; each is named
    """
    if not budget.balanced:
        wrong = [
            f"{name}: off by {difference}"
            for table, column in ((budget.checks, "check"), (budget.bridge, "term"))
            for name, difference in zip(table[column], table["difference"], strict=True)
            if difference
        ]
        raise AuditError(f"The budget of {budget.run.case} does not tie out: {'; '.join(wrong)}.")


def _done(paths: Sequence[Path], *notes: str) -> Exported:
    return Exported(tuple(str(path) for path in paths), notes)
