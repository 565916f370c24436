"""Budget lines in their canonical columns: fiscal period, account and cost centre put to every line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

import pandas as pd

from planner.budget.fiscal import FiscalCalendar, FiscalPeriod, month_label
from planner.budget.lines import Line
from planner.budget.money import over_time
from planner.budget.run_money import RunMoney
from planner.budget.selecting import cost_centre_of
from planner.errors import InputError, Problem
from planner.inputs.finance_records import Finance

COLUMNS = (
    "version", "scenario", "run_id", "legal_entity", "cost_centre", "project", "gl_account", "budget", "line_type",
    "term", "basis", "item", "site", "card_profile", "origin", "supplier", "fiscal_year", "fiscal_period",
    "period_start", "month", "used_month", "currency", "fx_rate", "amount_net", "vat_amount", "amount_gross",
    "quantity", "unit", "note",
)  # fmt: skip
MONEY = ("amount_net", "vat_amount", "amount_gross")


def calendar_of(finance: Finance) -> FiscalCalendar:
    """The fiscal calendar of the settings."""
    head = finance.head
    return FiscalCalendar(
        head.fiscal_start_month, head.fiscal_periods, head.fiscal_year_named_by == "end", head.payment_day
    )


def canonical(lines: Iterable[Line], finance: Finance, run: RunMoney) -> pd.DataFrame:
    """The long table of budget lines, columns `COLUMNS`, money as decimals of two places.

    With thirteen periods an accrual line is cut by the days of its month in each period; payments fall on the
    payment day.

    Raises
    ------
    InputError : lines that no cost centre bears, or more than one equally; each kind of line is named
    """
    calendar = calendar_of(finance)
    line_types = {kind.line_type: kind for kind in finance.line_types}
    head = finance.head
    problems: set[Problem] = set()
    centres: dict[tuple[str, str, str], str] = {}
    rows = []
    for line in lines:
        about = line.about
        key = (about.site, about.accelerator, line.line_type)
        if key not in centres:
            centres[key] = _cost_centre(finance, key, problems)
        for part, period in _parts(line, calendar):
            rows.append(
                (
                    head.version, head.scenario, run.run_id, head.legal_entity, centres[key], head.project,
                    line_types[line.line_type].account, line.budget, line.line_type, line.term, line.basis, about.item,
                    about.site, about.accelerator, about.origin, about.vendor, period.fiscal_year, period.fiscal_period,
                    period.starts.isoformat(), month_label(line.month), month_label(line.used or line.month),
                    run.currency, about.fx_rate, part.net, part.vat, part.net + part.vat, part.quantity, part.unit,
                    line.note,
                )
            )  # fmt: skip
    if problems:
        raise InputError(sorted(problems))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["quantity"] = table["quantity"].astype("Int64")
    order = ["basis", "budget", "month", "line_type", "item", "site", "card_profile", "fiscal_year", "fiscal_period",
             "note"]  # fmt: skip
    return table.sort_values(order, kind="stable", ignore_index=True)


def _cost_centre(finance: Finance, key: tuple[str, str, str], problems: set[Problem]) -> str:
    found = cost_centre_of(finance.cost_centres, *key)
    if len(found) == 1:
        return found[0].cost_centre
    site, accelerator, line_type = key
    told = ", ".join(centre.cost_centre for centre in found) or "no cost centre"
    what = f"{told} for {line_type} of {accelerator or 'no card'} at {site or 'no site'}"
    mend = "Add a cost centre, or name the site, card or line type in one."
    problems.add(Problem(finance.file, "section cost_centres", "", what, "exactly one that names most", mend))
    return ""


def cost_centre_names(finance: Finance, keys: Iterable[tuple[str, str, str]]) -> list[str]:
    """Cost centre of each site, card and line type of a budget that was made with these settings."""
    return [cost_centre_of(finance.cost_centres, *key)[0].cost_centre for key in keys]


def _parts(line: Line, calendar: FiscalCalendar) -> Sequence[tuple[Line, FiscalPeriod]]:
    """The line in its fiscal periods; quantities stay with the first part, so that they are counted once."""
    if line.basis == "cash":
        return [(line, calendar.of_payment(line.month))]
    overlaps = calendar.of_month(line.month)
    if len(overlaps) == 1:
        return [(line, overlaps[0][0])]
    days = sum(count for _, count in overlaps)
    done = [Fraction(count, days) for count in accumulate(count for _, count in overlaps)]
    found = []
    for i, (net, (period, _)) in enumerate(zip(over_time(line.net, done), overlaps, strict=True)):
        part = replace(line, net=net) if i == 0 else replace(line, net=net, quantity=None, unit="")
        found.append((part, period))
    return found
