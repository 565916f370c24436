"""Budget lines laid out by a mapping file: presets for SAP, Oracle EPM, Anaplan, Adaptive, or the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from planner.budget.canonical import COLUMNS
from planner.budget.money import ZERO
from planner.errors import InputError, Problem
from planner.inputs.budget_mapping import FIELD, SEPARATORS, BudgetMapping, MappingColumn, read_mapping
from planner.units import MONTHS_PER_YEAR

PRESETS = Path(__file__).parent / "presets"
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
AMOUNT, PERIODS = "{amount}", "{periods}"
Period = tuple[int, int, str]  # fiscal year, fiscal period, first day


def preset_names() -> list[str]:
    """Presets that come with the program."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def mapping_of(name: str) -> BudgetMapping:
    """A preset by its name, or a mapping file by its path.

    Raises
    ------
    InputError : no such preset or file, or a file with problems
    """
    path = PRESETS / f"{name}.yaml" if name in preset_names() else Path(name)
    if not path.is_file():
        expected = f"one of {', '.join(preset_names())}, or a mapping file"
        raise InputError([Problem(name, "", "", "no such preset or file", expected)])
    return read_mapping(path, COLUMNS)


def mapped_rows(lines: pd.DataFrame, mapping: BudgetMapping, basis: str, periods: int) -> list[list[Any]]:
    """Header rows, then rows of amounts of one basis, net; rows with the same texts are added up.

    Raises
    ------
    InputError : accounts or cost centres that the mapping does not know, all of them
    """
    here = lines[lines["basis"] == basis]
    records = _with_members(here, mapping)
    sign = -1 if mapping.sign == "negative" else 1
    spans = _spans(here, mapping, periods)
    sums: dict[tuple[str, ...], dict[Period, Decimal]] = {}
    fixed = [column for column in mapping.columns if column.value not in (AMOUNT, PERIODS)]
    for record in records:
        period = (int(record["fiscal_year"]), int(record["fiscal_period"]), str(record["period_start"]))
        key = tuple(_text(column.value, record, period, periods) for column in fixed)
        cells = sums.setdefault(key, {})
        cells[period] = cells.get(period, ZERO) + sign * record["amount_net"]
    rows = []
    for key, cells in sorted(sums.items()):
        if not any(cells.values()):
            continue
        texts = dict(zip([column.column for column in fixed], key, strict=True))
        rows.append(_row(mapping.columns, texts, cells, spans, periods))
    return [*_headers(mapping, spans, periods), *rows]


def separator_of(mapping: BudgetMapping) -> str:
    """Separator of the columns."""
    return SEPARATORS[mapping.separator]


def _with_members(lines: pd.DataFrame, mapping: BudgetMapping) -> list[dict[str, Any]]:
    """Lines with the other system's names of accounts and cost centres."""
    fields = {"account": "gl_account", "cost_centre": "cost_centre"}
    names = {
        kind: {member.member: member.name for member in mapping.members if member.kind == kind}
        for kind in fields
    }
    problems = []
    for kind, field in fields.items():
        for value in sorted(set(lines[field]) - set(names[kind])) if names[kind] else ():
            found = f"no name for {kind.replace('_', ' ')} '{value}'"
            expected = "every one that the budget uses"
            problems.append(
                Problem(mapping.file, "section members", "", found, expected, "Add it to members.")
            )
    if problems:
        raise InputError(problems)
    records: list[dict[str, Any]] = lines.astype(object).to_dict("records")  # type: ignore[assignment]
    return [
        record | {field: names[kind].get(record[field], record[field]) for kind, field in fields.items()}
        for record in records
    ]


def _spans(lines: pd.DataFrame, mapping: BudgetMapping, periods: int) -> list[tuple[int | None, int, str]]:
    """Period columns of a wide file: year (None where a row has its own), period, first day."""
    if mapping.wide_over == "all":
        keys = sorted(
            set(zip(lines["fiscal_year"], lines["fiscal_period"], lines["period_start"], strict=True))
        )
        return [(int(year), int(period), str(start)) for year, period, start in keys]
    starts = dict(zip(lines["fiscal_period"], lines["period_start"], strict=True))
    first = next(iter(starts.items()), (1, "2000-01-01"))
    month = int(str(first[1])[5:7]) - int(first[0])
    return [
        (None, period, starts.get(period, f"2000-{(month + period - 1) % MONTHS_PER_YEAR + 1:02d}-01"))
        for period in range(1, periods + 1)
    ]


def _headers(
    mapping: BudgetMapping, spans: Sequence[tuple[int | None, int, str]], periods: int
) -> list[list[Any]]:
    rows: list[list[Any]] = [[]]
    if mapping.titles_row:
        rows.append([])
    if mapping.scope_row:
        rows.append([])
    for column in mapping.columns:
        if column.value == PERIODS:
            texts = [
                _text(mapping.period_header, {}, (year or 0, period, start), periods)
                for year, period, start in spans
            ]
        else:
            texts = [column.header]
        rows[0] += texts
        if mapping.titles_row:
            rows[1] += [column.title] * len(texts)
        if mapping.scope_row:
            rows[-1] += ["x" if column.scope else ""] * len(texts)
    return rows


def _row(
    columns: Sequence[MappingColumn],
    texts: Mapping[str, str],
    cells: Mapping[Period, Decimal],
    spans: Sequence[tuple[int | None, int, str]],
    periods: int,
) -> list[Any]:
    row: list[Any] = []
    for column in columns:
        if column.value == AMOUNT:
            row.append(sum(cells.values(), ZERO))
        elif column.value == PERIODS:
            for year, period, _ in spans:
                row.append(
                    sum(
                        (amount for (y, p, _), amount in cells.items() if p == period and year in (None, y)),
                        ZERO,
                    )
                )
        else:
            row.append(texts[column.column])
    return row


def _text(template: str, record: Mapping[str, Any], period: Period, periods: int) -> str:
    """The template with fields and parts of the period put in."""
    year, number, start = period
    month = NAMES[date.fromisoformat(start).month - 1] if periods == MONTHS_PER_YEAR else f"P{number:02d}"
    parts = {
        "YYYY": f"{year:04d}",
        "YY": f"{year % 100:02d}",
        "P": str(number),
        "PP": f"{number:02d}",
        "PPP": f"{number:03d}",
        "Mon": month,
    }
    return FIELD.sub(lambda match: str(parts.get(match[1], record.get(match[1], ""))), template)
