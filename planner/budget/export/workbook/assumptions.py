"""Sheet Assumptions: settings, asset classes and payment terms in cells that formulas refer to by place or name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.budget.budget import Budget
from planner.budget.export.workbook.book import FIRST, HEADER, Book, reference
from planner.budget.payments import MILESTONES

PAGE = "Assumptions"
CLASS_FIELDS = ("book_life_months", "book_method", "tax_life_months", "tax_method", "residual_share")


@dataclass(frozen=True)
class Places:
    """Where assumptions stand: addresses for formulas."""

    lag: str
    classes: dict[tuple[str, str], str]
    terms: dict[tuple[str, str], str]


def name_of(*parts: str) -> str:
    """A name that every spreadsheet accepts."""
    return re.sub(r"\W", "_", "_".join(parts))


def write_assumptions(book: Book, budget: Budget) -> Places:
    """Write the sheet; every figure on it has a name."""
    note = "Blue cells feed the formulas of the other sheets. A change here recalculates money, it does not plan again."
    page = book.page(PAGE, "Assumptions", note)
    head, run = budget.finance.head, budget.run
    page.header(["setting", "value", "name"])
    lag = 1 if head.depreciation_starts == "next_month" else 0
    settings = [
        ("months from putting into use to the first charge", lag, "depreciation_lag_months"),
        ("first month of the fiscal year", head.fiscal_start_month, "fiscal_start_month"),
        ("periods of a fiscal year", head.fiscal_periods, "fiscal_periods"),
        ("months until VAT has come back", head.vat_recovery_months, "vat_recovery_months"),
        (f"{run.currency} per {run.case_currency}", float(run.rate), "display_rate"),
        ("discount rate of the plan, per year", run.discount_rate, "discount_rate_per_year"),
    ]
    row = FIRST
    for meaning, value, name in settings:
        page.put(row, 0, meaning)
        page.put(row, 1, value, "input")
        page.put(row, 2, name, "note")
        book.name(name, reference(PAGE, (row, 1)))
        row += 1
    row += 1
    page.header(["asset class", *(name.replace("_", " ") for name in CLASS_FIELDS)], row=row)
    classes = {}
    for kind in budget.finance.asset_classes:
        row += 1
        page.put(row, 0, kind.asset_class)
        for at, field in enumerate(CLASS_FIELDS, start=1):
            style = "input_share" if field.endswith("share") else "text" if "method" in field else "input"
            page.put(row, at, getattr(kind, field), style)
            classes[kind.asset_class, field] = reference(PAGE, (row, at))
            book.name(name_of("class", kind.asset_class, field), reference(PAGE, (row, at)))
    row += 2
    page.header(["payment terms", *MILESTONES], row=row)
    terms = {}
    for paid in budget.finance.payment_terms:
        row += 1
        page.put(row, 0, paid.terms)
        for at, milestone in enumerate(MILESTONES, start=1):
            page.put(row, at, getattr(paid, f"{milestone}_share"), "input_share")
            terms[paid.terms, milestone] = reference(PAGE, (row, at))
            book.name(name_of("terms", paid.terms, milestone), reference(PAGE, (row, at)))
    row += 2
    page.header(["line type", "account", "VAT share", "paid after months"], row=row)
    for line_type in budget.finance.line_types:
        row += 1
        page.put(row, 0, line_type.line_type)
        page.put(row, 1, line_type.account)
        page.put(row, 2, line_type.vat_share, "share")
        page.put(row, 3, line_type.payment_delay_months, "count")
    page.close(row=HEADER + 1)
    return Places(reference(PAGE, (FIRST, 1)), classes, terms)
