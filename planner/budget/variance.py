"""Plan against actual: what was spent on cards and why it differs, in parts that add up to the cent.

Of every offer, up to a month, with Q cards and price p per card, plan (p) and actual (a)::

    actual amount - planned amount = price + exchange + timing + volume + mix

    price     Qa * (quote_a - quote_p) * rate_p
    exchange  Qa * quote_a * (rate_a - rate_p)
    timing    cards early or late * price_p          they will come, or came before the plan says
    volume    cards more or fewer * mean price       mean planned price of all offers
    mix       cards more or fewer * (price_p - mean price)

Cards that the plan has by the month and that are not there are late, unless they were cancelled; cards beyond the
plan of the month are early as far as the plan has them later. The price is the one before freight, duty and tax.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from planner.budget.actuals import Actuals
from planner.budget.budget import Budget
from planner.budget.fiscal import month_label, month_number
from planner.budget.money import CENTS, cents, exact, money, of_cents, total
from planner.budget.purchases import Purchase
from planner.budget.run_money import rows_of
from planner.errors import InputError, Problem
from planner.inputs.months import parse_month
from planner.inputs.problems import Fault

PARTS = ("price", "exchange", "timing", "volume", "mix")
COLUMNS = ("offer", "planned_cards", "actual_cards", "early_cards", "late_cards", "cancelled_cards", "extra_cards",
           "planned_amount", "actual_amount", "difference", *PARTS)  # fmt: skip


@dataclass(frozen=True)
class _Offer:
    """Cards and exact money of one offer up to the month."""

    offer: str
    planned: int
    later: int
    delivered: int
    cancelled: int
    planned_amount: Decimal
    actual_amount: Decimal
    price: Fraction  # planned price per card [budget currency]
    price_effect: Fraction
    exchange_effect: Fraction

    @property
    def timing_cards(self) -> int:
        """Cards early, or late as a negative number."""
        ahead = self.delivered - self.planned
        return min(ahead, self.later) if ahead >= 0 else -max(0, -ahead - self.cancelled)

    @property
    def volume_cards(self) -> int:
        """Cards more than the plan ever has, or cancelled as a negative number."""
        return self.delivered - self.planned - self.timing_cards


def spend_variance(budget: Budget, actuals: Actuals, through: int) -> pd.DataFrame:
    """One row per offer that was planned or delivered by the month, then ``total``; columns `COLUMNS`.

    Parameters
    ----------
    through : number of the last month that is compared
    """
    offers = _offers(budget, actuals, through)
    cards = sum(offer.planned for offer in offers)
    amount = sum((Fraction(offer.planned_amount) for offer in offers), Fraction(0))
    mean = amount / cards if cards else _mean([offer.price for offer in offers])
    rows: list[tuple[Any, ...]] = []
    for offer in offers:
        extra = offer.volume_cards
        parts = [
            offer.price_effect, offer.exchange_effect, offer.timing_cards * offer.price, extra * mean,
            extra * (offer.price - mean),
        ]  # fmt: skip
        difference = offer.actual_amount - offer.planned_amount
        rows.append(
            (offer.offer, offer.planned, offer.delivered, max(0, offer.timing_cards), max(0, -offer.timing_cards),
             max(0, -extra), max(0, extra), offer.planned_amount, offer.actual_amount, difference,
             *parts_of(difference, parts))
        )  # fmt: skip
    sums: list[Any] = [sum(row[at] for row in rows) for at in range(1, 7)]
    sums += [total(row[at] for row in rows) for at in range(7, len(COLUMNS))]
    return pd.DataFrame([*rows, ("total", *sums)], columns=list(COLUMNS), dtype=object)


def parts_of(difference: Decimal, parts: Sequence[Fraction]) -> list[Decimal]:
    """Parts in whole cents that add up to the difference: rounded down, and the cents left to the largest rests."""
    scaled = [part * CENTS for part in parts]
    floors = [value.numerator // value.denominator for value in scaled]
    left = cents(difference) - sum(floors)
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - scaled[i], i))
    for step in range(abs(left)):
        floors[order[step % len(order)]] += 1 if left > 0 else -1
    return [of_cents(value) for value in floors]


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values) if values else Fraction(0)


def _offers(budget: Budget, actuals: Actuals, through: int) -> list[_Offer]:
    deliveries = [
        row for row in rows_of(actuals.tables["deliveries"]) if month_number(row["month"]) <= through
    ]
    names = {str(row["offer"]) for row in deliveries}
    names |= {purchase.offer for purchase in budget.purchases if purchase.put_into_use <= through}
    return [_offer(name, budget, actuals, deliveries, through) for name in sorted(names)]


def _offer(
    name: str, budget: Budget, actuals: Actuals, deliveries: Sequence[dict[str, Any]], through: int
) -> _Offer:
    orders = [purchase for purchase in budget.purchases if purchase.offer == name]
    due = [order for order in orders if order.put_into_use <= through]
    own = [row for row in deliveries if row["offer"] == name]
    came = [row for row in own if row["status"] == "delivered"]
    planned, amount = sum(order.cards for order in due), total(order.price for order in due)
    price, rate = _planned_price(name, due or orders, actuals, budget)
    quote = price / rate
    spent, at_rate = Fraction(0), Fraction(0)
    for row in came:
        paid, paid_rate = _paid(name, month_number(row["month"]), actuals, budget, quote, rate)
        spent += int(row["cards"]) * paid * paid_rate
        at_rate += int(row["cards"]) * paid * rate
    delivered = sum(int(row["cards"]) for row in came)
    actual = money(spent)
    price_effect = at_rate - delivered * price
    return _Offer(
        offer=name,
        planned=planned,
        later=sum(order.cards for order in orders) - planned,
        delivered=delivered,
        cancelled=sum(int(row["cards"]) for row in own if row["status"] == "cancelled"),
        planned_amount=amount,
        actual_amount=actual,
        price=price,
        price_effect=price_effect,
        exchange_effect=spent - at_rate,
    )


def _planned_price(
    name: str, orders: Sequence[Purchase], actuals: Actuals, budget: Budget
) -> tuple[Fraction, Fraction]:
    """Mean planned price per card and budget rate; of an offer that was not planned, its listed price."""
    cards = sum(order.cards for order in orders)
    if cards:
        return Fraction(total(order.price for order in orders)) / cards, orders[0].fx_rate
    listed, rate = actuals.listed[name]
    return exact(listed) * exact(rate) * budget.run.rate, exact(rate) * budget.run.rate


def _paid(
    name: str, month: int, actuals: Actuals, budget: Budget, quote: Fraction, rate: Fraction
) -> tuple[Fraction, Fraction]:
    """Price paid in the offer's currency and the rate of the day; the plan's where nothing is said."""
    rows = [
        row
        for row in rows_of(actuals.tables["paid_prices"])
        if row["offer"] == name and month_number(row["month"]) <= month
    ]
    if not rows:
        return quote, rate
    last = max(rows, key=lambda row: month_number(row["month"]))
    paid_rate = rate if last["fx_rate"] is None else exact(last["fx_rate"]) * budget.run.rate
    return exact(last["price_per_card"]), paid_rate


def delays(budget: Budget, actuals: Actuals, through: int) -> pd.DataFrame:
    """How late cards came: offer, cards, months_late (mean over cards, first planned first come), still_open.

    ``still_open`` are cards due by the month and neither there nor cancelled.
    """
    rows = []
    for offer in _offers(budget, actuals, through):
        planned = [p.put_into_use for p in _by_use(budget, offer.offer) for _ in range(p.cards)]
        came = sorted(
            month_number(row["month"])
            for row in rows_of(actuals.tables["deliveries"])
            if row["offer"] == offer.offer
            and row["status"] == "delivered"
            and month_number(row["month"]) <= through
            for _ in range(int(row["cards"]))
        )
        late = [actual - plan for plan, actual in zip(planned, came, strict=False)]
        mean = float(Fraction(sum(late), len(late))) if late else None
        rows.append((offer.offer, len(came), mean, max(0, -offer.timing_cards)))
    return pd.DataFrame(rows, columns=["offer", "cards", "months_late", "still_open"])


def _by_use(budget: Budget, offer: str) -> list[Purchase]:
    return sorted((p for p in budget.purchases if p.offer == offer), key=lambda p: p.put_into_use)


def last_month(actuals: Actuals, through: str | None = None) -> str:
    """The month asked for, else the last that any table names.

    Raises
    ------
    InputError : what was asked for is no month, or no table names one
    """
    if through is not None:
        month = parse_month(through, 1)
        if isinstance(month, Fault):
            raise InputError(
                [Problem("command line", "", "through", month.found, month.expected, month.mend)]
            )
        return month
    months = [month_number(label) for table in actuals.tables.values() for label in table["month"]]
    if not months:
        raise InputError(
            [Problem("actuals", "", "", "no rows", "at least one delivery, price or month served")]
        )
    return month_label(max(months))
