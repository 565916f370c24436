"""One movement of money before it has a fiscal period, an account and a cost centre."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from planner.budget.money import ZERO

Basis = Literal["cash", "accrual"]
BudgetKind = Literal["capital", "running"]
OUTSIDE = "outside the plan"  # term of lines that are none of the plan's cost terms
CAPITAL = "capital terms"  # term of the charges of assets, whose cost is several terms of the plan


BOTH: tuple[Basis, Basis] = ("cash", "accrual")


@dataclass(frozen=True)
class About:
    """What a line is about; blanks where it is about none. ``item`` is an order or asset."""

    item: str = ""
    site: str = ""
    accelerator: str = ""
    origin: str = ""
    vendor: str = ""
    fx_rate: str = ""


@dataclass(frozen=True)
class Line:
    """Money of one month; costs are positive.

    Attributes
    ----------
    month : number of the calendar month
    basis : ``cash`` when money moves, ``accrual`` when cost is recognised; never add the two
    budget : ``capital`` or ``running``; depreciation is running, so never add accrual over the two either
    line_type : see the finance settings
    term : cost term of the plan, or `OUTSIDE`
    net, vat : [currency of the budget]
    about : order or asset, site, card
    quantity, unit : only where counting makes sense, so that quantities may be added
    used : month the money is for, which differs from ``month`` where it is paid later
    """

    month: int
    basis: Basis
    budget: BudgetKind
    line_type: str
    term: str
    net: Decimal
    vat: Decimal = ZERO
    about: About = About()
    quantity: int | None = None
    unit: str = ""
    note: str = ""
    used: int = 0
