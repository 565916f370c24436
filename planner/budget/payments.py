"""When an order is paid: deposit, shipment, acceptance, retention; and what the balance sheet holds in between.

Price in the shares of the payment terms; freight, duty and the VAT of imported cards with the shipment; VAT of
domestic cards with each part of the price. VAT that comes back does so ``vat_recovery_months`` later. What is paid
before shipment is a prepayment, from shipment until putting into use construction in progress, then it is the asset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

from planner.budget.fiscal import month_number
from planner.budget.lines import BOTH, OUTSIDE, About, Line
from planner.budget.money import ZERO, exact, over_time, total
from planner.budget.purchases import Purchase
from planner.inputs.finance_records import PaymentTerms, SpotRate

MILESTONES = ("deposit", "shipment", "acceptance", "retention")


@dataclass(frozen=True)
class Payment:
    """One payment of an order; months are numbers, money in the currency of the budget."""

    order: str
    terms: str
    milestone: str
    month: int
    stage: str
    price: Decimal
    freight: Decimal
    duty: Decimal
    vat_in_cost: Decimal
    vat_back: Decimal
    fx_difference: Decimal

    @property
    def net(self) -> Decimal:
        """Paid towards the cost of the asset."""
        return self.price + self.freight + self.duty + self.vat_in_cost

    @property
    def gross(self) -> Decimal:
        """Money that leaves."""
        return self.net + self.vat_back


def payments_of(
    purchase: Purchase, terms: PaymentTerms, spots: Sequence[SpotRate], rate: Fraction
) -> list[Payment]:
    """The payments of an order, in order of the milestones; those of nothing are left out.

    Parameters
    ----------
    rate : currency of the budget per unit of the case currency; spot rates are in case currency
    """
    used = purchase.put_into_use
    shipped = max(purchase.ordered, used - terms.shipment_months_before_use)
    months = (purchase.ordered, shipped, used, used + terms.retention_months)
    shares = [exact(getattr(terms, f"{name}_share")) for name in MILESTONES]
    done = list(accumulate(shares))
    imported = purchase.origin == "imported"
    at_border = [Fraction(0), Fraction(1), Fraction(1), Fraction(1)]
    price = over_time(purchase.price, done)
    freight, duty = (over_time(amount, at_border) for amount in (purchase.freight, purchase.duty))
    in_cost, back = (
        over_time(amount, at_border if imported else done)
        for amount in (purchase.vat_in_cost, purchase.vat_back)
    )
    found = []
    for i, milestone in enumerate(MILESTONES):
        month = months[i]
        stage = "prepayment" if month < shipped else "construction" if month < used else "capex_asset"
        moved = _fx_difference(purchase, price[i], month, spots, rate)
        payment = Payment(
            purchase.order,
            terms.terms,
            milestone,
            month,
            stage,
            price[i],
            freight[i],
            duty[i],
            in_cost[i],
            back[i],
            moved,
        )
        if payment.gross:
            found.append(payment)
    return found


def _fx_difference(
    purchase: Purchase, price: Decimal, month: int, spots: Sequence[SpotRate], rate: Fraction
) -> Decimal:
    """What a payment costs more at the spot rate than at the budget rate: price * (spot / budget - 1)."""
    holding = [
        spot
        for spot in spots
        if spot.currency == purchase.quote_currency
        and (spot.from_month is None or month_number(spot.from_month) <= month)
    ]
    if not holding:
        return ZERO
    spot = max(holding, key=lambda row: row.from_month or "")
    factor = exact(spot.rate) * rate / purchase.fx_rate - 1
    return over_time(price, [factor])[0]


def payment_lines(
    purchases: Iterable[Purchase], payments: Iterable[Payment], recovery_months: int
) -> list[Line]:
    """Cash of the capital budget: payments by term, VAT that comes back, and the difference of exchange rates."""
    of = {purchase.order: purchase for purchase in purchases}
    lines = []
    for payment in payments:
        about = about_order(of[payment.order])
        month, what = payment.month, f"{payment.milestone} of {payment.order}"
        parts = (
            ("purchase", payment.stage, payment.price, payment.vat_back),
            ("freight_duty", "freight", payment.freight, ZERO),
            ("freight_duty", "customs_duty", payment.duty, ZERO),
            ("vat", "vat_cost", payment.vat_in_cost, ZERO),
        )
        for term, line_type, net, vat in parts:
            if net or vat:
                lines.append(Line(month, "cash", "capital", line_type, term, net, vat, about, note=what))
        if payment.vat_back:
            back, note = month + recovery_months, f"VAT of {what}"
            vat = -payment.vat_back
            lines.append(Line(back, "cash", "capital", "vat_recovery", OUTSIDE, ZERO, vat, about, note=note))
        if payment.fx_difference:
            moved = payment.fx_difference
            lines += [
                Line(month, basis, "running", "fx_difference", OUTSIDE, moved, ZERO, about, note=what)
                for basis in BOTH
            ]
    return lines


def addition_lines(purchases: Iterable[Purchase]) -> list[Line]:
    """Accrual of the capital budget: the asset, by term, in the month it is put into use."""
    lines = []
    for purchase in purchases:
        about, cards = about_order(purchase), purchase.cards
        month, note = purchase.put_into_use, f"{purchase.cards} cards put into use"
        like = Line(
            month, "accrual", "capital", "capex_asset", "purchase", purchase.price, ZERO, about, note=note
        )
        lines.append(replace(like, quantity=cards, unit="card"))
        for term, line_type, net in (
            ("freight_duty", "freight", purchase.freight),
            ("freight_duty", "customs_duty", purchase.duty),
            ("vat", "vat_cost", purchase.vat_in_cost),
        ):
            if net:
                lines.append(replace(like, line_type=line_type, term=term, net=net))
    return lines


def about_order(purchase: Purchase) -> About:
    """What a line says of its order."""
    rate = "" if purchase.fx_rate == 1 else str(float(purchase.fx_rate))
    return About(purchase.order, purchase.site, purchase.accelerator, purchase.origin, purchase.vendor, rate)


@dataclass(frozen=True)
class Balance:
    """What the balance sheet holds of an order at the end of a month, besides the asset."""

    month: int
    order: str
    prepayments: Decimal
    construction: Decimal
    payable: Decimal


def balances_of(purchase: Purchase, payments: Sequence[Payment]) -> list[Balance]:
    """Balances at the end of every month in which something moves.

    Before putting into use the money paid is a prepayment or construction in progress (at shipment the prepayments
    become construction); from then on what is not yet paid of the cost is payable.
    """
    months = sorted({payment.month for payment in payments} | {purchase.put_into_use})
    shipped = min((p.month for p in payments if p.stage != "prepayment"), default=purchase.put_into_use)
    found = []
    for month in months:
        paid = total(payment.net for payment in payments if payment.month <= month)
        if month >= purchase.put_into_use:
            found.append(Balance(month, purchase.order, ZERO, ZERO, purchase.cost - paid))
        elif month >= shipped:
            found.append(Balance(month, purchase.order, ZERO, paid, ZERO))
        else:
            found.append(Balance(month, purchase.order, paid, ZERO, ZERO))
    return found
