"""Sheet Checks: what must be zero, as live formulas over the other sheets."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from planner.budget.budget import Budget
from planner.budget.export.workbook.book import FIRST, Book, column_name, reference
from planner.budget.export.workbook.compare import BRIDGE
from planner.budget.export.workbook.lines import BUDGET, KEYS, LinesPlace
from planner.budget.export.workbook.orders import COST, GROSS, PAYMENTS, PURCHASES
from planner.budget.export.workbook.register import COST_AT, GRIDS, NBV, REGISTER, Grid
from planner.budget.money import ZERO, total

CHECKS = "Checks"


@dataclass(frozen=True)
class Written:
    """Rows of totals on the other sheets."""

    payments: int
    budget: int
    roll_forward: int
    bridge: int


def write_checks(book: Book, budget: Budget, lines: LinesPlace, grid: Grid, at: Written) -> str:
    """Write what must be zero; returns the address of the verdict."""
    note = "As exported every difference is 0; after a change of an assumption they say how far the sheets have moved."
    page = book.page(CHECKS, "Checks", note)
    page.header(["check", "left", "right", "difference"])
    rows = _checks(budget, lines, grid, at)
    for row, (name, left, right, value) in enumerate(rows, start=FIRST):
        page.put(row, 0, name)
        page.formula(row, 1, f"ROUND({left},2)", value)
        page.formula(row, 2, f"ROUND({right},2)", value)
        page.formula(row, 3, f"ROUND(B{row + 1}-C{row + 1},2)", ZERO)
    last = FIRST + len(rows)
    page.put(last + 1, 0, "all differences are zero", "bold")
    block = f"D{FIRST + 1}:D{last}"
    page.formula(last + 1, 3, f'IF(SUMPRODUCT(ABS({block}))=0,"yes","NO")', "yes", "good")
    page.close()
    return reference(CHECKS, (last + 1, 3))


def _checks(
    budget: Budget, lines: LinesPlace, grid: Grid, at: Written
) -> list[tuple[str, str, str, Decimal]]:
    """Name, left and right expression, and the value both have."""
    ours = [asset for asset in budget.assets if not asset.opening]
    cost, paid = total(a.cost for a in budget.assets), total(p.net for p in budget.payments)
    back = total(p.vat_back for p in budget.payments)
    opening = total(r.opening for r in budget.months if r.book == "book" and r.month == grid.first_month)
    orders = len(budget.purchases)
    order_cost = reference(PURCHASES, (FIRST + orders, COST)) if orders else "0"
    gross = f"{reference(PURCHASES, (FIRST, GROSS), (FIRST + orders - 1, GROSS))}" if orders else "0"
    total_of = {letters: f"'{PAYMENTS}'!{letters}{at.payments + 1}" for letters in "JKL"}
    rows = [
        ("cost of the orders = payments, net", order_cost, total_of["J"], paid),
        ("gross of the orders = payments, gross", f"SUM({gross})", total_of["L"], paid + back),
        ("payments: gross = net + VAT", total_of["L"], f"{total_of['J']}+{total_of['K']}", paid + back),
    ]
    if grid.assets:
        first, last = grid.column(grid.first_month), grid.column(grid.first_month + grid.months - 1)
        flow = {
            name: f"SUM({reference(NBV, (at.roll_forward + i, first), (at.roll_forward + i, last))})"
            for i, name in enumerate(("opening", "additions", "depreciation", "disposals", "closing"))
        }
        begins, ends = (
            reference(NBV, (at.roll_forward + i, column)) for i, column in ((0, first), (4, last))
        )
        came = opening + total(asset.cost for asset in ours)
        register = grid.block(REGISTER, COST_AT)
        rows += [
            ("assets in the register = orders + opening assets", f"SUM({register})",
             f"{order_cost}+{total(a.cost for a in budget.assets if a.opening)}", cost),
            ("opening + additions = depreciation + disposals + closing", f"{begins}+{flow['additions']}",
             f"{flow['depreciation']}+{flow['disposals']}+{ends}", came),
            ("each month: opening + additions - depreciation - disposals = closing",
             _monthly_gap(at.roll_forward, first, last), "0", ZERO),
            ("depreciation sheet = depreciation lines", flow["depreciation"],
             lines.sum_if("amount_net", line_type='"depreciation"', basis='"accrual"'),
             total(r.depreciation for r in budget.months if r.book == "book")),
            _tax(budget, grid),
        ]  # fmt: skip
    page_total = column_name(len(KEYS) + budget.finance.head.fiscal_periods)
    for basis in ("cash", "accrual"):
        left = (
            f"SUMIFS('{BUDGET}'!{page_total}{FIRST + 1}:{page_total}{at.budget + 1},'{BUDGET}'!A{FIRST + 1}:"
        )
        left += f'A{at.budget + 1},"{basis}")'
        rows.append((f"{basis}: budget by period = lines", left,
                     lines.sum_if("amount_net", basis=f'"{basis}"'), budget.total(basis)))  # fmt: skip
    net, vat, whole = (f"SUM({lines.block(name)})" for name in ("amount_net", "vat_amount", "amount_gross"))
    rows.append(("lines: gross = net + VAT", whole, f"{net}+{vat}", total(budget.lines["amount_gross"])))
    bridge = budget.bridge.iloc[-1]
    place = {letters: f"'{BRIDGE}'!{letters}{at.bridge + 1}" for letters in "EFGH"}
    for letters, basis in (("G", "cash"), ("H", "accrual")):
        rows.append((f"plan, undiscounted = no money + {basis}", place["E"], f"{place['F']}+{place[letters]}",
                     bridge["plan_undiscounted"]))  # fmt: skip
    return rows


def _monthly_gap(first_row: int, first: int, last: int) -> str:
    """Sum over the months of what the roll-forward is off by."""
    rows = [reference(NBV, (first_row + i, first), (first_row + i, last)) for i in range(5)]
    opening, added, charged, given_up, closing = rows
    return f"SUMPRODUCT(ABS({opening}+{added}-{charged}-{given_up}-{closing}))"


def _tax(budget: Budget, grid: Grid) -> tuple[str, str, str, Decimal]:
    """Charges for tax, added up by asset and by month."""
    charged = total(r.depreciation for r in budget.months if r.book == "tax")
    first, last = grid.column(grid.first_month), grid.column(grid.first_month + grid.months - 1)
    cells = reference(GRIDS["tax"], (FIRST, first), (grid.last_row, last))
    return (
        "tax: charges by asset = charges by month",
        f"SUM({grid.block(GRIDS['tax'], 2)})",
        f"SUM({cells})",
        charged,
    )
