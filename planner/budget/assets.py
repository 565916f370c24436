"""The asset register: one asset per order, and those already in the books; charges, disposals and book values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from planner.budget.depreciation import charges
from planner.budget.fiscal import month_number
from planner.budget.lines import BOTH, CAPITAL, OUTSIDE, About, Line
from planner.budget.money import ZERO, exact, money, total
from planner.budget.purchases import Purchase
from planner.inputs.finance_records import AssetClass, OpeningAsset

BOOKS = ("book", "tax")


@dataclass(frozen=True)
class Asset:
    """One asset; months are numbers, money in the currency of the budget.

    ``starts`` is the first month that is charged; ``disposed`` the month it leaves the books, None where it stays
    beyond its life, at its residual value; ``proceeds`` is what it is then sold for. ``opening`` marks assets that the
    books had before the plan.
    """

    asset: str
    asset_class: str
    accelerator: str
    vendor: str
    origin: str
    site: str
    cards: int
    cost: Decimal
    residual: Decimal
    put_into_use: int
    starts: int
    disposed: int | None
    proceeds: Decimal
    book_life_months: int
    book_method: str
    tax_life_months: int
    tax_method: str
    opening: bool

    def life(self, book: str) -> int:
        """Months of the life in a book."""
        return self.book_life_months if book == "book" else self.tax_life_months

    def method(self, book: str) -> str:
        """Method in a book."""
        return self.book_method if book == "book" else self.tax_method


@dataclass(frozen=True)
class BookMonth:
    """One asset in one book in one month; closing = opening + additions - depreciation - disposals."""

    asset: str
    book: str
    month: int
    opening: Decimal
    additions: Decimal
    depreciation: Decimal
    disposals: Decimal
    closing: Decimal


def asset_of(purchase: Purchase, kind: AssetClass, starts_after: int) -> Asset:
    """The asset an order becomes; it leaves the books when its service life ends, unless its class keeps it.

    Parameters
    ----------
    starts_after : 1 when the first charge is the month after putting into use, else 0
    """
    residual = money(Fraction(purchase.cost) * exact(kind.residual_share))
    return Asset(
        asset=purchase.order,
        asset_class=kind.asset_class,
        accelerator=purchase.accelerator,
        vendor=purchase.vendor,
        origin=purchase.origin,
        site=purchase.site,
        cards=purchase.cards,
        cost=purchase.cost,
        residual=residual,
        put_into_use=purchase.put_into_use,
        starts=purchase.put_into_use + starts_after,
        disposed=None if kind.at_end_of_service == "keep" else purchase.put_into_use + purchase.life_months,
        proceeds=residual if kind.at_end_of_service == "sell" else ZERO,
        book_life_months=kind.book_life_months,
        book_method=kind.book_method,
        tax_life_months=kind.tax_life_months,
        tax_method=kind.tax_method,
        opening=False,
    )


def opening_asset(row: OpeningAsset, kind: AssetClass, starts_after: int, rate: Fraction) -> Asset:
    """An asset that the books already have, at the cost it was bought for."""
    cost, used = money(row.cost, rate), month_number(row.put_into_use)
    return Asset(
        asset=row.asset,
        asset_class=row.asset_class,
        accelerator=row.accelerator,
        vendor=row.vendor,
        origin=row.origin,
        site=row.site,
        cards=row.cards,
        cost=cost,
        residual=money(Fraction(cost) * exact(kind.residual_share)),
        put_into_use=used,
        starts=used + starts_after,
        disposed=None if row.disposed is None else month_number(row.disposed),
        proceeds=ZERO,
        book_life_months=kind.book_life_months,
        book_method=kind.book_method,
        tax_life_months=kind.tax_life_months,
        tax_method=kind.tax_method,
        opening=True,
    )


def book_months(asset: Asset, book: str, first_month: int) -> list[BookMonth]:
    """The roll-forward of an asset in a book, every month from its addition (or the first month of the budget) to the
    last in which something moves. A month of disposal is still charged."""
    plan = charges(asset.cost, asset.residual, asset.life(book), asset.method(book))
    by_month = {asset.starts + i: charge for i, charge in enumerate(plan)}
    last = max(by_month) if asset.disposed is None else asset.disposed
    begin = max(asset.put_into_use, first_month)
    before = total(charge for month, charge in by_month.items() if month < begin)
    value = asset.cost - before if asset.put_into_use < first_month else ZERO
    found = []
    for month in range(begin, max(last, begin) + 1):
        added = asset.cost if month == asset.put_into_use else ZERO
        charge = by_month.get(month, ZERO)
        given_up = value + added - charge if month == asset.disposed else ZERO
        closing = value + added - charge - given_up
        found.append(BookMonth(asset.asset, book, month, value, added, charge, given_up, closing))
        value = closing
    return found


def depreciation_lines(assets: Iterable[Asset], months: Iterable[BookMonth]) -> list[Line]:
    """Accrual of the running budget: charges of the books, book value given up, and what is got for it."""
    of = {asset.asset: asset for asset in assets}
    lines = []
    for row in months:
        if row.book != "book":
            continue
        asset = of[row.asset]
        about = About(asset.asset, asset.site, asset.accelerator, asset.origin, asset.vendor)
        term = OUTSIDE if asset.opening else CAPITAL
        how = f"{asset.method('book').replace('_', ' ')}, {asset.life('book')} months"
        like = Line(
            row.month, "accrual", "running", "depreciation", term, row.depreciation, about=about, note=how
        )
        if row.depreciation:
            lines.append(like)
        if row.disposals:
            lines.append(replace(like, line_type="disposal", net=row.disposals, note="book value given up"))
        if asset.proceeds and row.month == asset.disposed:
            sold = replace(like, line_type="disposal", term=OUTSIDE, net=-asset.proceeds)
            lines += [replace(sold, basis=basis, note="sold at the residual value") for basis in BOTH]
    return lines
