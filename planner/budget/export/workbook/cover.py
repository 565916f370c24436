"""Sheet Cover: what the workbook is, what it comes to by fiscal year, and what it was made from."""

from __future__ import annotations

from planner.budget.budget import Budget
from planner.budget.export.workbook.book import HEADER, Book, Page, column_name
from planner.budget.export.workbook.lines import LinesPlace
from planner.budget.money import total
from planner.budget.render import TITLES
from planner.budget.wide import years

COVER = "Cover"


def write_cover(book: Book, page: Page, budget: Budget, verdict: str, lines: LinesPlace) -> None:
    """Fill the cover: what this is, what it comes to by fiscal year, charts, and what it was made from."""
    run, head = budget.run, budget.finance.head
    facts = [
        ("case", run.case), ("run", run.run_id), ("plan", f"{run.status}, gap {100 * run.gap:.2f} %"),
        ("legal entity", head.legal_entity), ("version, scenario", f"{head.version}, {head.scenario}"),
        ("currency", run.currency), ("finance settings", budget.finance.file),
    ]  # fmt: skip
    for row, (name, value) in enumerate(facts, start=HEADER):
        page.put(row, 0, name, "bold")
        page.put(row, 1, value)
    row = HEADER + len(facts)
    page.put(row, 0, "all checks are zero", "bold")
    page.formula(row, 1, verdict, "yes", "good")
    page.paragraph(row + 1, 0, 6, budget.explanation)
    row += 3
    shown = years(budget.lines)
    page.header(["net of VAT that comes back", *(f"FY{year}" for year in shown), "all"], row=row)
    first = row + 1
    for row, ((kind, basis), title) in enumerate(TITLES.items(), start=first):
        page.put(row, 0, title)
        here = budget.lines[(budget.lines["budget"] == kind) & (budget.lines["basis"] == basis)]
        for at, year in enumerate(shown, start=1):
            text = lines.sum_if("amount_net", budget=f'"{kind}"', basis=f'"{basis}"', fiscal_year=str(year))
            page.formula(row, at, f"ROUND({text},2)", total(here[here["fiscal_year"] == year]["amount_net"]))
        block = f"B{row + 1}:{column_name(len(shown))}{row + 1}"
        summed = f"ROUND(SUM({block}),2)" if shown else "0"
        page.formula(row, len(shown) + 1, summed, total(here["amount_net"]), "total")
    page.put(
        first + len(TITLES), 0, "Cash and accrual are two views of the same money: never add them.", "note"
    )
    _charts(book, page, first, len(shown))
    row = first + len(TITLES) + 20
    page.header(["input", "SHA-256"], row=row)
    for offset, (name, digest) in enumerate(run.inputs, start=1):
        page.put(row + offset, 0, name)
        page.put(row + offset, 1, digest, "note")
    page.close(row=HEADER)


def _charts(book: Book, page: Page, first: int, count: int) -> None:
    """Cash and accrual by fiscal year below the table; accrual side by side, since assets come back as charges."""
    for at, (basis, title) in enumerate(
        (("cash", "Cash paid by fiscal year"), ("accrual", "Accrual by fiscal year"))
    ):
        chart = book.chart("column", "stacked" if basis == "cash" else None)
        for row, ((_, of_basis), name) in enumerate(TITLES.items(), start=first):
            if of_basis == basis:
                chart.add_series(
                    {
                        "name": name,
                        "categories": [COVER, first - 1, 1, first - 1, count],
                        "values": [COVER, row, 1, row, count],
                    }
                )
        chart.set_title({"name": title, "name_font": {"size": 11}})
        chart.set_legend({"position": "bottom"})
        chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True}})
        chart.set_size({"width": 520, "height": 320})
        page.sheet.insert_chart(first + len(TITLES) + 1, 0 if at == 0 else 4, chart)
