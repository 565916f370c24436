"""A budget: a finished run as budget lines, payments, assets and checks, all in exact money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from planner.budget.assets import (
    BOOKS,
    Asset,
    BookMonth,
    asset_of,
    book_months,
    depreciation_lines,
    opening_asset,
)
from planner.budget.branch import of_branch
from planner.budget.bridge import bridge_of, discounting_line
from planner.budget.canonical import canonical
from planner.budget.checks import checks_of
from planner.budget.fiscal import month_label, month_number
from planner.budget.lines import Line
from planner.budget.payments import Balance, Payment, addition_lines, balances_of, payment_lines, payments_of
from planner.budget.purchases import Purchase, purchases_of
from planner.budget.run_money import RunMoney, run_money
from planner.budget.running import running_lines
from planner.budget.selecting import selected
from planner.budget.terms import need_known
from planner.errors import InputError, Problem
from planner.inputs.finance import read_finance
from planner.inputs.finance_records import AssetClass, Finance, PaymentTerms
from planner.plan import Plan


@dataclass(frozen=True, eq=False)
class Budget:
    """Money of a run. Amounts are decimals of two places in ``run.currency``; months in records are numbers.

    Attributes
    ----------
    run : which run, its dates and currencies
    finance : the settings it was made with
    purchases, payments, assets : records, in the order of the plan
    months : roll-forward of every asset in both books, month by month
    balances : prepayments, construction in progress and payables
    lines : the canonical long table, see `planner.budget.canonical.COLUMNS`
    bridge : from the plan's cost to the budget, term by term
    checks : identities; every difference is 0
    explanation : one sentence on discounting
    """

    run: RunMoney
    finance: Finance
    purchases: tuple[Purchase, ...]
    payments: tuple[Payment, ...]
    assets: tuple[Asset, ...]
    months: tuple[BookMonth, ...]
    balances: tuple[Balance, ...]
    lines: pd.DataFrame
    bridge: pd.DataFrame
    checks: pd.DataFrame
    explanation: str

    @property
    def balanced(self) -> bool:
        """Whether every check is 0."""
        return not any(self.checks["difference"]) and not any(self.bridge["difference"])

    def total(self, basis: str, budget: str | None = None) -> Decimal:
        """Net amount of one basis, and of one budget when it is named. Bases are never added up."""
        rows = self.lines[self.lines["basis"] == basis]
        if budget is not None:
            rows = rows[rows["budget"] == budget]
        return sum(rows["amount_net"], Decimal("0.00"))

    def _repr_html_(self) -> str:
        return str(self.bridge.to_html(index=False))


def budget_of(whole: Plan, finance: Finance | None = None, branch: str | None = None) -> Budget:
    """The budget of a plan.

    Parameters
    ----------
    whole : the plan
    finance : settings, see `planner.inputs.finance.read_finance`; the defaults when absent
    branch : last node of the branch to budget, where the plan has scenarios

    Raises
    ------
    InputError : a cost term that is not classified, orders without payment terms or asset class, lines without cost
        centre; all of a kind together
    """
    settings, plan = finance or read_finance(), of_branch(whole, branch)
    need_known((str(term) for term in plan.tables["costs"]["term"]), plan.case)
    run = run_money(plan, settings.head)
    purchases = purchases_of(plan, run)
    terms, classes = _chosen(purchases, settings)
    payments = [
        payment
        for purchase, chosen in zip(purchases, terms, strict=True)
        for payment in payments_of(purchase, chosen, settings.spot_rates, run.rate)
    ]
    assets = _assets(purchases, classes, settings, run)
    months = [row for book in BOOKS for asset in assets for row in book_months(asset, book, run.first_month)]
    recovery = settings.head.vat_recovery_months
    line_types = {kind.line_type: kind for kind in settings.line_types}
    lines: list[Line] = [
        *payment_lines(purchases, payments, recovery),
        *addition_lines(purchases),
        *depreciation_lines(assets, months),
        *running_lines(plan, run, line_types, recovery),
    ]
    by_order = {p.order: [payment for payment in payments if payment.order == p.order] for p in purchases}
    balances = [row for purchase in purchases for row in balances_of(purchase, by_order[purchase.order])]
    table = canonical(lines, settings, run)
    bridge = bridge_of(plan, run, lines)
    checks = checks_of(purchases, payments, assets, months, balances, lines, table, bridge)
    explanation = discounting_line(bridge, run, month_label(run.first_month))
    return Budget(
        run, settings, tuple(purchases), tuple(payments), tuple(assets), tuple(months), tuple(balances), table,
        bridge, checks, explanation,
    )  # fmt: skip


def _chosen(purchases: Sequence[Purchase], finance: Finance) -> tuple[list[PaymentTerms], list[AssetClass]]:
    """Payment terms and asset class of every order."""
    problems: list[Problem] = []
    terms: list[PaymentTerms] = []
    classes: list[AssetClass] = []
    for purchase in purchases:
        what = {name: getattr(purchase, name) for name in ("offer", "accelerator", "vendor", "origin")}
        paid = selected(finance.payment_terms, what, "terms", finance.file)
        kind = selected(finance.asset_classes, what, "asset_class", finance.file)
        problems += [found for found in (paid, kind) if isinstance(found, Problem)]
        if not isinstance(paid, Problem) and not isinstance(kind, Problem):
            terms.append(paid)
            classes.append(kind)
    if problems:
        raise InputError(sorted(set(problems)))
    return terms, classes


def _assets(
    purchases: Sequence[Purchase], classes: Sequence[AssetClass], finance: Finance, run: RunMoney
) -> list[Asset]:
    after = 1 if finance.head.depreciation_starts == "next_month" else 0
    kinds = {kind.asset_class: kind for kind in finance.asset_classes}
    opening = [
        opening_asset(row, kinds[row.asset_class], after, run.rate)
        for row in finance.opening_assets
        if row.disposed is None or month_number(row.disposed) >= run.first_month
    ]
    return [
        *opening,
        *(asset_of(purchase, kind, after) for purchase, kind in zip(purchases, classes, strict=True)),
    ]
