"""Sheets AssetRegister, Depreciation, TaxDepreciation and NBV, all live from the register and the assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from planner.budget.assets import Asset, BookMonth
from planner.budget.budget import Budget
from planner.budget.canonical import cost_centre_names
from planner.budget.export.workbook.assumptions import Places
from planner.budget.export.workbook.book import FIRST, HEADER, Book, Page, column_name
from planner.budget.export.workbook.charge_formula import charged_cents, part_cents
from planner.budget.export.workbook.orders import COST, PURCHASES
from planner.budget.money import ZERO, total

REGISTER, NBV = "AssetRegister", "NBV"
GRIDS = {"book": "Depreciation", "tax": "TaxDepreciation"}
COLUMNS = ("asset", "class", "accelerator", "supplier", "origin", "site", "cost centre", "cards", "put into use",
           "cost", "residual", "base in cents", "month of use", "first charge", "month of disposal", "book life",
           "book method", "tax life", "tax method", "book value before", "tax value before")  # fmt: skip
COST_AT, RESIDUAL, BASE, USED, STARTS, DISPOSED = 9, 10, 11, 12, 13, 14
LIFE = {"book": 15, "tax": 17}
BEFORE = {"book": 19, "tax": 20}
GRID_FIRST = 3  # column of the first month on the grids


@dataclass(frozen=True)
class Grid:
    """What the asset sheets share: months are numbered from 1, the first month of the plan."""

    first_month: int
    months: int
    assets: int

    @property
    def last_row(self) -> int:
        """Row of the last asset."""
        return FIRST + self.assets - 1

    def column(self, month: int) -> int:
        """Column of a month on the grids."""
        return GRID_FIRST + month - self.first_month

    def block(self, page: str, column: int) -> str:
        """All assets' cells of a column."""
        letters = column_name(column)
        return f"'{page}'!${letters}${FIRST + 1}:${letters}${self.last_row + 1}"


def write_register(book: Book, budget: Budget, orders: Mapping[str, int], places: Places) -> Grid:
    """Write the register; returns the frame of the grids."""
    last = max((row.month for row in budget.months), default=budget.run.first_month)
    grid = Grid(budget.run.first_month, last - budget.run.first_month + 1, len(budget.assets))
    note = "Months are numbered from the first month of the plan. Cost, residual, lives and values before are formulas."
    page = book.page(REGISTER, f"Asset register, {budget.run.currency}", note)
    page.header(COLUMNS)
    centres = cost_centre_names(
        budget.finance, [(a.site, a.accelerator, "depreciation") for a in budget.assets]
    )
    for row, (asset, centre) in enumerate(zip(budget.assets, centres, strict=True), start=FIRST):
        texts = (
            asset.asset,
            asset.asset_class,
            asset.accelerator,
            asset.vendor,
            asset.origin,
            asset.site,
            centre,
        )
        for at, text in enumerate(texts):
            page.put(row, at, text)
        page.put(row, 7, asset.cards, "count")
        page.month(row, 8, asset.put_into_use)
        _money(page, row, asset, orders, places, grid)
        for book_name in GRIDS:
            _life(page, row, asset, book_name, budget.months, places)
    page.close(filtered=(grid.last_row, len(COLUMNS) - 1))
    return grid


def _money(page: Page, row: int, asset: Asset, orders: Mapping[str, int], places: Places, grid: Grid) -> None:
    at = row + 1
    if asset.opening:
        page.put(row, COST_AT, asset.cost)
    else:
        place = f"'{PURCHASES}'!${column_name(COST)}${orders[asset.asset] + 1}"
        page.formula(row, COST_AT, place, asset.cost)
    share = places.classes[asset.asset_class, "residual_share"]
    cost, residual = f"{column_name(COST_AT)}{at}", f"{column_name(RESIDUAL)}{at}"
    page.formula(row, RESIDUAL, f"{part_cents(f'ROUND({cost}*100,0)', share)}/100", asset.residual)
    base = int((asset.cost - asset.residual) * 100)
    page.formula(row, BASE, f"ROUND(({cost}-{residual})*100,0)", base, "count")
    used = asset.put_into_use - grid.first_month + 1
    page.put(row, USED, used, "count")
    starts = asset.starts - grid.first_month + 1
    page.formula(row, STARTS, f"{column_name(USED)}{at}+{places.lag}", starts, "count")
    if asset.disposed is not None:
        page.put(row, DISPOSED, asset.disposed - grid.first_month + 1, "count")


def _life(
    page: Page, row: int, asset: Asset, book: str, months: tuple[BookMonth, ...], places: Places
) -> None:
    page.formula(
        row, LIFE[book], places.classes[asset.asset_class, f"{book}_life_months"], asset.life(book), "count"
    )
    page.put(row, LIFE[book] + 1, asset.method(book).replace("_", " "))
    before = next((r.opening for r in months if r.asset == asset.asset and r.book == book), ZERO)
    at = row + 1
    done = charged_cents(
        asset.method(book), f"{column_name(BASE)}{at}", f"({column_name(COST_AT)}{at}*100)",
        f"{column_name(LIFE[book])}{at}", f"(1-{column_name(STARTS)}{at})",
    )  # fmt: skip
    cost, used = f"{column_name(COST_AT)}{at}", f"{column_name(USED)}{at}"
    page.formula(row, BEFORE[book], f"IF({used}<1,ROUND({cost}-{done}/100,2),0)", before)


def write_depreciation(book: Book, budget: Budget, grid: Grid, name: str) -> None:
    """Write the charges of a book, every asset and month a formula, with totals below."""
    title = f"Depreciation, {'books' if name == 'book' else 'tax'}, {budget.run.currency}"
    page = book.page(
        GRIDS[name], title, "Charged to date, rounded, less charged before; nothing after disposal."
    )
    _month_header(page, grid)
    charges = {(r.asset, r.month): r.depreciation for r in budget.months if r.book == name}
    for row, asset in enumerate(budget.assets, start=FIRST):
        at = row + 1
        page.put(row, 0, asset.asset)
        page.put(row, 1, asset.method(name).replace("_", " "))
        place = {
            key: f"'{REGISTER}'!${column_name(column)}{at}"
            for key, column in (("base", BASE), ("cost", COST_AT), ("life", LIFE[name]), ("starts", STARTS),
                                ("disposed", DISPOSED))
        }  # fmt: skip
        for month in range(grid.first_month, grid.first_month + grid.months):
            column = grid.column(month)
            number = f"{column_name(column)}${HEADER}"
            now, before = (
                charged_cents(
                    asset.method(name), place["base"], f"({place['cost']}*100)", place["life"],
                    f"({number}-{place['starts']}{add})",
                )
                for add in ("+1", "")
            )  # fmt: skip
            text = f'IF(AND({place["disposed"]}<>"",{number}>{place["disposed"]}),0,({now}-{before})/100)'
            page.formula(row, column, text, charges.get((asset.asset, month), ZERO))
        block = f"{column_name(GRID_FIRST)}{at}:{column_name(GRID_FIRST + grid.months - 1)}{at}"
        whole = total(amount for (asset_name, _), amount in charges.items() if asset_name == asset.asset)
        page.formula(row, 2, f"ROUND(SUM({block}),2)", whole)
    _totals(page, budget, grid, name)
    page.close(GRID_FIRST)


def _totals(page: Page, budget: Budget, grid: Grid, name: str) -> None:
    row = grid.last_row + 1
    page.put(row, 0, "total", "bold")
    by_month: dict[int, Decimal] = {}
    for entry in budget.months:
        if entry.book == name:
            by_month[entry.month] = by_month.get(entry.month, ZERO) + entry.depreciation
    if not grid.assets:
        return
    page.formula(row, 2, f"SUM(C{FIRST + 1}:C{row})", total(by_month.values()), "total")
    for month in range(grid.first_month, grid.first_month + grid.months):
        letters = column_name(grid.column(month))
        page.formula(
            row,
            grid.column(month),
            f"SUM({letters}{FIRST + 1}:{letters}{row})",
            by_month.get(month, ZERO),
            "total",
        )


def _month_header(page: Page, grid: Grid) -> None:
    """Months, with their numbers in the row above."""
    page.header(["asset", "method", "total"])
    page.put(HEADER - 1, 2, "month", "note")
    for month in range(grid.first_month, grid.first_month + grid.months):
        column = grid.column(month)
        page.put(HEADER - 1, column, month - grid.first_month + 1, "count")
        page.month(HEADER, column, month, "month_header")


def write_nbv(book: Book, budget: Budget, grid: Grid) -> int:
    """Write the book values of every asset and, below, the roll-forward; returns the row of its opening value."""
    note = "Below the assets: opening + additions - depreciation - disposals = closing, every month."
    page = book.page(NBV, f"Net book value, books, {budget.run.currency}", note)
    _month_header(page, grid)
    rows = [r for r in budget.months if r.book == "book"]
    values = {(r.asset, r.month): r.closing for r in rows}
    for row, asset in enumerate(budget.assets, start=FIRST):
        at = row + 1
        page.put(row, 0, asset.asset)
        cost, used, disposed, before = (
            f"'{REGISTER}'!${column_name(column)}{at}" for column in (COST_AT, USED, DISPOSED, BEFORE["book"])
        )
        ended = ZERO if asset.disposed is not None else asset.residual
        for month in range(grid.first_month, grid.first_month + grid.months):
            column = grid.column(month)
            number = f"{column_name(column)}${HEADER}"
            held = before if month == grid.first_month else f"{column_name(column - 1)}{at}"
            charge = f"'{GRIDS['book']}'!{column_name(column)}{at}"
            value = f"ROUND({held}+IF({number}={used},{cost},0)-{charge},2)"
            text = f'IF(AND({disposed}<>"",{number}>={disposed}),0,{value})'
            begun = month >= asset.put_into_use
            page.formula(row, column, text, values.get((asset.asset, month), ended if begun else ZERO))
    first = grid.last_row + 3
    _roll_forward(page, rows, grid, first)
    _chart(book, page, grid, first)
    page.close(GRID_FIRST)
    return first


def _roll_forward(page: Page, rows: list[BookMonth], grid: Grid, first: int) -> None:
    sums: dict[str, dict[int, Decimal]] = {name: {} for name in ("additions", "depreciation", "disposals")}
    for entry in rows:
        for name, by_month in sums.items():
            by_month[entry.month] = by_month.get(entry.month, ZERO) + getattr(entry, name)
    for offset, name in enumerate(("opening", "additions", "depreciation", "disposals", "closing")):
        page.put(first + offset, 0, name, "bold")
    if not grid.assets:
        return
    value = total(r.opening for r in rows if r.month == grid.first_month)
    used, disposed, cost = (grid.block(REGISTER, column) for column in (USED, DISPOSED, COST_AT))
    for month in range(grid.first_month, grid.first_month + grid.months):
        column = grid.column(month)
        letters, number = column_name(column), f"{column_name(column)}${HEADER}"
        begins = month == grid.first_month
        held = grid.block(REGISTER, BEFORE["book"]) if begins else grid.block(NBV, column - 1)
        charged = grid.block(GRIDS["book"], column)
        added, charge, given_up = (sums[name].get(month, ZERO) for name in sums)
        page.formula(first, column, f"ROUND(SUM({held}),2)", value)
        page.formula(first + 1, column, f"ROUND(SUMIF({used},{number},{cost}),2)", added)
        page.formula(first + 2, column, f"ROUND(SUM({charged}),2)", charge)
        page.formula(
            first + 3,
            column,
            f"ROUND(SUMIF({disposed},{number},{held})+SUMIFS({cost},{disposed},{number},{used},{number})"
            f"-SUMIF({disposed},{number},{charged}),2)",
            given_up,
        )
        value += added - charge - given_up
        page.formula(
            first + 4,
            column,
            f"ROUND(SUM({letters}{FIRST + 1}:{letters}{grid.last_row + 1}),2)",
            value,
            "total",
        )


def _chart(book: Book, page: Page, grid: Grid, first: int) -> None:
    """Closing book value by month."""
    if not grid.assets:
        return
    left, right = grid.column(grid.first_month), grid.column(grid.first_month + grid.months - 1)
    chart = book.chart("line")
    chart.add_series(
        {
            "name": "closing net book value",
            "categories": [NBV, HEADER, left, HEADER, right],
            "values": [NBV, first + 4, left, first + 4, right],
        }
    )
    chart.set_title({"name": "Net book value, end of month", "name_font": {"size": 11}})
    chart.set_legend({"none": True})
    chart.set_x_axis(
        {"num_format": "yyyy-mm", "date_axis": True, "major_unit": 12, "major_unit_type": "months"}
    )
    chart.set_y_axis({"num_format": "#,##0"})
    chart.set_size({"width": 760, "height": 300})
    page.sheet.insert_chart(first + 6, 0, chart)
