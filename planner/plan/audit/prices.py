"""What a card of an order costs at our door, straight from the offer."""

from __future__ import annotations

from dataclasses import dataclass

from planner.plan.audit.facts import Facts


@dataclass(frozen=True)
class CardMoney:
    """Money per card of an order, not discounted [case currency per card]."""

    price: float
    freight_duty: float
    vat: float

    @property
    def landed(self) -> float:
        """Price, freight, duty and tax that does not come back."""
        return self.price + self.freight_duty + self.vat


def card_money(facts: Facts, offer: str, node: str) -> CardMoney:
    """Money per card of an order of ``offer`` placed in ``node``.

    Formulas::

        price   = (price of the period, else price_per_card * (1 + price_change_per_year) ** years) * factor * fx
        freight = price * freight_share
        duty    = (price + freight) * duty_share
        vat     = 0 if recoverable, else (price + freight + duty) * vat_share
    """
    row = facts.offer(offer)
    listed = facts.given["prices"]
    own = listed.loc[(listed["offer"] == offer) & (listed["period"] == facts.period[node]), "price_per_card"]
    growth = (1.0 + float(row["price_change_per_year"])) ** facts.years(facts.number[node])
    quoted = float(own.iloc[0]) if len(own) else float(row["price_per_card"]) * growth
    factor = facts.changed["price_factors"].get((offer, node), 1.0)
    price = quoted * factor * exchange_rate(facts, row["currency"], node)
    freight = price * float(row["freight_share"])
    duty = (price + freight) * float(row["duty_share"])
    vat = 0.0 if row["vat_recoverable"] else (price + freight + duty) * float(row["vat_share"])
    return CardMoney(price, freight + duty, vat)


def exchange_rate(facts: Facts, currency: str | None, node: str) -> float:
    """Case currency per unit: the row of the period, else the row of ``*``; NaN when there is neither."""
    if currency is None or currency == facts.setting_text("currency"):
        return 1.0
    rows = facts.given["fx"]
    for period in (facts.period[node], "*"):
        rate = rows.loc[(rows["currency"] == currency) & (rows["period"] == period), "rate"]
        if len(rate):
            return float(rate.iloc[0])
    return float("nan")
