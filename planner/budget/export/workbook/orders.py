"""Sheets Purchases and Payments: the price chain of every order, and when it is paid."""

from __future__ import annotations

from planner.budget.budget import Budget
from planner.budget.export.workbook.assumptions import Places
from planner.budget.export.workbook.book import FIRST, Book, column_name
from planner.budget.export.workbook.charge_formula import part_cents
from planner.budget.money import total
from planner.budget.payments import MILESTONES

PURCHASES, PAYMENTS = "Purchases", "Payments"
COLUMNS = (
    "order", "accelerator", "supplier", "origin", "site", "ordered", "put into use", "servers", "cards",
    "quote currency", "quoted per card", "budget rate", "price", "freight", "duty", "VAT share", "VAT",
    "VAT comes back", "cost", "gross",
)  # fmt: skip
PRICE, FREIGHT, DUTY, VAT_SHARE, VAT, BACK, COST, GROSS = range(12, 20)


def write_purchases(book: Book, budget: Budget) -> dict[str, int]:
    """Write the orders; returns the row of each."""
    note = "Price, freight and duty are the plan's, to the cent. VAT that comes back, cost and gross are formulas."
    page = book.page(PURCHASES, f"Purchases, {budget.run.currency}", note)
    page.header(COLUMNS)
    rows = {}
    for row, order in enumerate(budget.purchases, start=FIRST):
        rows[order.order] = row
        texts = (order.order, order.accelerator, order.vendor, order.origin, order.site)
        for at, text in enumerate(texts):
            page.put(row, at, text)
        page.month(row, 5, order.ordered)
        page.month(row, 6, order.put_into_use)
        page.put(row, 7, order.servers, "count")
        page.put(row, 8, order.cards, "count")
        page.put(row, 9, order.quote_currency)
        page.put(row, 10, order.quote_price_per_card)
        page.put(row, 11, float(order.fx_rate), "rate")
        for at, amount in ((PRICE, order.price), (FREIGHT, order.freight), (DUTY, order.duty)):
            page.put(row, at, amount)
        page.put(row, VAT_SHARE, float(order.vat_share), "share")
        net = f"SUM({column_name(PRICE)}{row + 1}:{column_name(DUTY)}{row + 1})"
        vat, cost = f"{column_name(VAT)}{row + 1}", f"{column_name(COST)}{row + 1}"
        if order.vat_recoverable:
            share = f"{column_name(VAT_SHARE)}{row + 1}"
            page.formula(row, VAT, f"{part_cents(f'ROUND({net}*100,0)', share)}/100", order.vat)
        else:
            page.put(row, VAT, order.vat)
        page.put(row, BACK, "yes" if order.vat_recoverable else "no")
        back = f"{column_name(BACK)}{row + 1}"
        page.formula(row, COST, f'ROUND({net}+IF({back}="yes",0,{vat}),2)', order.cost)
        page.formula(row, GROSS, f'ROUND({cost}+IF({back}="yes",{vat},0),2)', order.cost + order.vat_back)
    last = FIRST + len(budget.purchases)
    sums = ((PRICE, "price"), (FREIGHT, "freight"), (DUTY, "duty"), (VAT, "vat"), (COST, "cost"))
    page.put(last, 0, "total", "bold")
    for at, name in sums:
        block = f"{column_name(at)}{FIRST + 1}:{column_name(at)}{last}"
        whole = total(getattr(order, name) for order in budget.purchases)
        page.formula(last, at, f"SUM({block})" if budget.purchases else "0", whole, "total")
    page.close(filtered=(last - 1, GROSS))
    return rows


def write_payments(book: Book, budget: Budget, orders: dict[str, int], places: Places) -> int:
    """Write the payments; returns the row of their total. The price part follows the shares on Assumptions."""
    note = "Price: its share to date, rounded, less what was due before. VAT that comes back is paid on top of net."
    page = book.page(PAYMENTS, f"Payments, {budget.run.currency}", note)
    names = ("order", "terms", "milestone", "month", "held as", "price", "freight", "duty", "VAT in cost", "net",
             "VAT that comes back", "gross", "exchange difference")  # fmt: skip
    page.header(names)
    for row, paid in enumerate(budget.payments, start=FIRST):
        for at, text in enumerate((paid.order, paid.terms, paid.milestone)):
            page.put(row, at, text)
        page.month(row, 3, paid.month)
        page.put(row, 4, paid.stage)
        price = f"ROUND('{PURCHASES}'!${column_name(PRICE)}${orders[paid.order] + 1}*100,0)"
        page.formula(row, 5, _price_part(price, paid.terms, paid.milestone, places), paid.price)
        for at, amount in ((6, paid.freight), (7, paid.duty), (8, paid.vat_in_cost)):
            page.put(row, at, amount)
        page.formula(row, 9, f"ROUND(SUM(F{row + 1}:I{row + 1}),2)", paid.net)
        page.put(row, 10, paid.vat_back)
        page.formula(row, 11, f"ROUND(J{row + 1}+K{row + 1},2)", paid.gross)
        page.put(row, 12, paid.fx_difference)
    last = FIRST + len(budget.payments)
    page.put(last, 0, "total", "bold")
    for at, name in ((5, "price"), (6, "freight"), (7, "duty"), (8, "vat_in_cost"), (9, "net"), (10, "vat_back"),
                     (11, "gross"), (12, "fx_difference")):  # fmt: skip
        block = f"{column_name(at)}{FIRST + 1}:{column_name(at)}{last}"
        whole = total(getattr(paid, name) for paid in budget.payments)
        page.formula(last, at, f"SUM({block})" if budget.payments else "0", whole, "total")
    page.close(3, filtered=(last - 1, 12))
    return last


def _price_part(price_cents: str, terms: str, milestone: str, places: Places) -> str:
    """Share to date less share before, each rounded to the cent."""
    upto = MILESTONES.index(milestone)
    cells = [places.terms[terms, name] for name in MILESTONES[: upto + 1]]
    now, before = "+".join(cells), "+".join(cells[:-1]) or "0"
    return f"({part_cents(price_cents, now)}-{part_cents(price_cents, before)})/100"
