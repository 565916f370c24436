"""How each cost term of a plan becomes money: one table, and a term that is not in it is an error.

``kind``: ``capital`` becomes assets, ``running`` is expense as it falls due, ``notional`` moves no money: it steers the
plan and is shown in the bridge only. ``timing``: ``order`` follows the orders, ``monthly`` spreads evenly over the
months of its period, ``at_once`` falls in the first month of its period. ``spread``: over which sites and cards a
term's amount is shared out when the run gives no finer figure (see `planner.budget.attribution`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from planner.errors import InputError, Problem


@dataclass(frozen=True)
class Term:
    """One cost term of a plan, see the module."""

    term: str
    kind: Literal["capital", "running", "notional"]
    line_type: str
    timing: Literal["order", "monthly", "at_once", "none"]
    spread: Literal["orders", "hosting", "energy", "cards", "rentals", "whole"]
    meaning: str


TERMS: tuple[Term, ...] = (
    Term("purchase", "capital", "capex_asset", "order", "orders", "price of the cards ordered"),
    Term("freight_duty", "capital", "freight", "order", "orders", "freight, insurance and import duty"),
    Term("vat", "capital", "vat_cost", "order", "orders", "VAT that does not come back"),
    Term("maintenance", "running", "opex_support", "monthly", "cards", "maintenance of cards in service"),
    Term("hosting", "running", "opex_colo", "monthly", "hosting", "space, cooling and staff"),
    Term("energy", "running", "opex_power", "monthly", "energy", "energy at the meter"),
    Term("rental", "running", "opex_rent", "monthly", "rentals", "cards rented"),
    Term("token_api", "running", "opex_tokens", "monthly", "whole", "tokens bought from an API"),
    Term(
        "token_package",
        "running",
        "opex_token_packages",
        "at_once",
        "whole",
        "prepaid tokens, expensed when bought",
    ),
    Term("take_or_pay", "running", "opex_take_or_pay", "monthly", "whole", "committed and not taken"),
    Term("porting", "running", "opex_porting", "at_once", "whole", "porting of llms to a platform"),
    Term("measures", "running", "opex_measures", "monthly", "whole", "measures that save tokens"),
    Term("switching", "running", "opex_switching", "at_once", "whole", "moving work between platforms"),
    Term("resale", "running", "disposal", "at_once", "whole", "proceeds of cards sold, negative"),
    Term("residual", "notional", "", "none", "whole", "worth left at the end of the horizon; no money moves"),
    Term("risk_premium", "notional", "", "none", "whole", "what the objective adds for risk; no money moves"),
    Term("unmet", "notional", "", "none", "whole", "penalty on demand not served; no money moves"),
)
TERM_OF = {term.term: term for term in TERMS}


def need_known(names: Iterable[str], run: str) -> None:
    """Make sure that every cost term of a run is classified.

    Raises
    ------
    InputError : a term is not; each is named
    """
    expected = f"one of {', '.join(TERM_OF)}"
    mend = "Say in planner/budget/terms.py whether it is capital, running or notional."
    problems = [
        Problem(run, "table costs", "term", f"cost term '{name}' has no place in the budget", expected, mend)
        for name in sorted(set(names) - set(TERM_OF))
    ]
    if problems:
        raise InputError(problems)
