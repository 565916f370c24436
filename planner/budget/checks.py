"""What must be zero: every identity a budget keeps, as a table of left side, right side and difference."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from planner.budget.assets import BOOKS, Asset, BookMonth
from planner.budget.lines import BOTH, Line
from planner.budget.money import CENT, ZERO, total
from planner.budget.payments import Balance, Payment
from planner.budget.purchases import Purchase

if TYPE_CHECKING:
    Row = tuple[str, Decimal, Decimal]


def checks_of(
    purchases: Sequence[Purchase],
    payments: Sequence[Payment],
    assets: Sequence[Asset],
    months: Sequence[BookMonth],
    balances: Sequence[Balance],
    lines: Sequence[Line],
    table: pd.DataFrame,
    bridge: pd.DataFrame,
) -> pd.DataFrame:
    """check, left, right, difference; a budget whose difference is not 0 anywhere is wrong."""
    last = bridge.iloc[-1]
    discounted = total(bridge["plan_discounted"][:-1])
    rounding = total(bridge[bridge["term"] == "rounding"]["plan_discounted"])
    stray = max(ZERO, abs(rounding) - CENT * len(bridge))  # each term is rounded by half a cent at most
    rows: list[Row] = [
        ("plan's cost = sum of its discounted terms", last["plan_discounted"], discounted + stray),
        ("plan's undiscounted cost = notional + cash", last["plan_undiscounted"],
         last["notional"] + last["budget_cash"]),
        ("plan's undiscounted cost = notional + accrual", last["plan_undiscounted"],
         last["notional"] + last["budget_accrual"]),
        ("cost of the orders = payments, net", total(p.cost for p in purchases), total(p.net for p in payments)),
        ("VAT of the orders that comes back = VAT paid", total(p.vat_back for p in purchases),
         total(p.vat_back for p in payments)),
        *_of_basis(table, lines),
        ("VAT that comes back: paid = recovered", total(line.vat for line in lines if line.vat > 0),
         -total(line.vat for line in lines if line.vat < 0)),
        ("unpaid at the end", _last_payable(balances), ZERO),
        *_books(assets, months),
    ]  # fmt: skip
    found = [(name, left, right, left - right) for name, left, right in rows]
    return pd.DataFrame(found, columns=["check", "left", "right", "difference"])


def _of_basis(table: pd.DataFrame, lines: Sequence[Line]) -> list[Row]:
    """Of each basis: gross = net + VAT, and fiscal periods lose nothing."""
    rows: list[Row] = []
    for basis in BOTH:
        for budget in ("capital", "running"):
            here = table[(table["basis"] == basis) & (table["budget"] == budget)]
            net, vat, gross = (total(here[name]) for name in ("amount_net", "vat_amount", "amount_gross"))
            before = total(line.net for line in lines if (line.basis, line.budget) == (basis, budget))
            rows.append((f"{budget} {basis}: gross = net + VAT", gross, net + vat))
            rows.append((f"{budget} {basis}: lines by month = lines by fiscal period", before, net))
    return rows


def _last_payable(balances: Sequence[Balance]) -> Decimal:
    last = {balance.order: balance.payable for balance in sorted(balances, key=lambda b: b.month)}
    return total(last.values())


def _books(assets: Sequence[Asset], months: Sequence[BookMonth]) -> list[Row]:
    """Per book: charges + what is left = cost, asset by asset; and the roll-forward, month by month."""
    rows: list[Row] = []
    ours = {asset.asset: asset for asset in assets if not asset.opening}
    for book in BOOKS:
        of_book = [row for row in months if row.book == book]
        wrong = ZERO
        for name, asset in ours.items():
            charged = total(row.depreciation for row in of_book if row.asset == name)
            ended = [row.closing + row.disposals for row in of_book if row.asset == name][-1]
            wrong += abs(asset.cost - charged - ended)
        cost = total(asset.cost for asset in ours.values())
        rows.append((f"{book}: depreciation + residual = cost of every asset", cost + wrong, cost))
        broken = total(
            abs(row.opening + row.additions - row.depreciation - row.disposals - row.closing)
            for row in of_book
        )
        rows.append(
            (f"{book}: opening + additions - depreciation - disposals = closing, every month", broken, ZERO)
        )
        carried = ZERO
        before: dict[str, Decimal] = {}
        for row in of_book:
            carried += abs(row.opening - before.get(row.asset, row.opening))
            before[row.asset] = row.closing
        rows.append((f"{book}: opening = closing of the month before", carried, ZERO))
    return rows
