"""Orders as money: the price chain of every order in whole cents, tied to the plan's cost terms.

Formula, per order of c cards::

    quoted price = price of the plan / budget rate            [quote currency]
    price        = cards * price of the plan                  [case currency]
    freight      = price * freight_share
    duty         = (price + freight) * duty_share
    vat          = (price + freight + duty) * vat_share       import VAT for imported cards
    cost         = price + freight + duty + (vat where it does not come back)

The plan's term of a period, rounded to the cent, is shared out over its orders in proportion to these amounts by
largest remainder; so orders add up to the term exactly, and stay within a cent of their own chain each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from planner.budget.money import ZERO, exact, money, shared
from planner.budget.run_money import RunMoney, budget_rate, rows_of
from planner.errors import InputError, Problem
from planner.plan import Plan


@dataclass(frozen=True)
class Purchase:
    """One order; months are numbers, money is in the currency of the budget.

    ``fx_rate`` is the budget rate: currency of the budget per unit of the quote's currency.
    """

    order: str
    offer: str
    accelerator: str
    vendor: str
    origin: str
    site: str
    ordered: int
    put_into_use: int
    servers: int
    cards: int
    quote_currency: str
    quote_price_per_card: Decimal
    fx_rate: Fraction
    price: Decimal
    freight: Decimal
    duty: Decimal
    vat: Decimal
    vat_share: Fraction
    vat_recoverable: bool
    life_months: int

    @property
    def cost(self) -> Decimal:
        """What becomes the asset."""
        return self.price + self.freight + self.duty + self.vat_in_cost

    @property
    def vat_in_cost(self) -> Decimal:
        """VAT that does not come back."""
        return ZERO if self.vat_recoverable else self.vat

    @property
    def vat_back(self) -> Decimal:
        """VAT that comes back."""
        return self.vat if self.vat_recoverable else ZERO


@dataclass(frozen=True)
class _Chain:
    """Exact money of an order before rounding."""

    row: Mapping[str, Any]
    offer: Mapping[str, Any]
    currency: str
    fx: Fraction
    price: Fraction
    freight: Fraction
    duty: Fraction
    vat: Fraction


def purchases_of(plan: Plan, run: RunMoney) -> list[Purchase]:
    """Every order of the plan, by offer, site and period.

    Raises
    ------
    InputError : a capital term of a period has no orders to bear it
    """
    chains = _chains(plan, run)
    terms = {
        (str(row["term"]), str(row["node"])): run.money(row["amount"])
        for row in rows_of(plan.tables["costs"])
        if row["term"] in ("purchase", "freight_duty", "vat")
    }
    problems = []
    found: dict[int, Purchase] = {}
    nodes = sorted({node for _, node in terms} | {str(chain.row["ordered"]) for chain in chains})
    for node in nodes:
        here = [i for i, chain in enumerate(chains) if str(chain.row["ordered"]) == node]
        amounts = {name: terms.get((name, node), ZERO) for name in ("purchase", "freight_duty", "vat")}
        try:
            found |= _tied([chains[i] for i in here], here, amounts, run)
        except ValueError:
            told = ", ".join(f"{name} {amount}" for name, amount in amounts.items())
            expected = "orders with such money in that period"
            problems.append(Problem(plan.case, f"period {node}", "costs", told, expected, "Audit the run."))
    if problems:
        raise InputError(problems)
    return [found[i] for i in range(len(chains))]


def _chains(plan: Plan, run: RunMoney) -> list[_Chain]:
    offers = {str(row["offer"]): row for row in rows_of(plan.given["offers"])}
    chains = []
    for row in rows_of(plan.tables["orders"]):
        offer = offers[str(row["offer"])]
        currency = str(offer["currency"] or run.case_currency)
        fx = budget_rate(plan, currency, str(row["ordered"]))
        price = exact(row["price_per_card"]) * int(row["cards"])
        freight = price * exact(offer["freight_share"])
        duty = (price + freight) * exact(offer["duty_share"])
        vat = (price + freight + duty) * exact(offer["vat_share"])
        chains.append(_Chain(row, offer, currency, fx, price, freight, duty, vat))
    return chains


def _tied(
    chains: Sequence[_Chain], numbers: Sequence[int], amounts: Mapping[str, Decimal], run: RunMoney
) -> dict[int, Purchase]:
    """Orders of one period whose money adds up to the terms of the plan; ValueError when it cannot."""
    prices = shared(amounts["purchase"], [chain.price for chain in chains])
    border = shared(
        amounts["freight_duty"], [part for chain in chains for part in (chain.freight, chain.duty)]
    )
    back = [bool(chain.offer["vat_recoverable"]) for chain in chains]
    kept = shared(
        amounts["vat"], [0 if is_back else chain.vat for chain, is_back in zip(chains, back, strict=True)]
    )
    found = {}
    for i, (number, chain) in enumerate(zip(numbers, chains, strict=True)):
        vat_share = exact(chain.offer["vat_share"])
        net = prices[i] + border[2 * i] + border[2 * i + 1]
        found[number] = Purchase(
            order="/".join(str(chain.row[name]) for name in ("offer", "site", "ordered")),
            **{name: str(chain.row[name]) for name in ("offer", "accelerator", "vendor", "origin", "site")},
            ordered=run.months[str(chain.row["ordered"])],
            put_into_use=run.month_of(str(chain.row["in_service"])),
            servers=int(chain.row["servers"]),
            cards=int(chain.row["cards"]),
            quote_currency=chain.currency,
            quote_price_per_card=money(exact(chain.row["price_per_card"]) / chain.fx),
            fx_rate=chain.fx * run.rate,
            price=prices[i],
            freight=border[2 * i],
            duty=border[2 * i + 1],
            vat=money(Fraction(net) * vat_share) if back[i] else kept[i],
            vat_share=vat_share,
            vat_recoverable=back[i],
            life_months=int(chain.offer["life_months"]),
        )
    return found
