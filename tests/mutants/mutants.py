"""Wrong programs: each mutant changes the code that plans, while it lasts, in one way a slip could."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

from planner.optimization import build as build_module
from planner.optimization import gather as gather_module
from planner.optimization import variables as variables_module
from planner.optimization.families import FAMILIES
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions

Patch = Callable[[], contextlib.AbstractContextManager[Any]]


@dataclass(frozen=True)
class Mutant:
    """A name, and what makes it real; the family it is about, and whether rows only vanish, which proves no less."""

    name: str
    patch: Patch
    family: str = ""
    deleted: bool = False


def _with_family(name: str, change: Callable[[Rows], None] | None) -> Patch:
    """One family left out (None) or changed after it was added."""

    def changed(program: Program, given: Given, decide: Decisions) -> Rows:
        rows = FAMILIES[name](program, given, decide)
        if change is None:
            rows.lower, rows.upper = np.full_like(rows.lower, -np.inf), np.full_like(rows.upper, np.inf)
            rows.parts.clear()
        else:
            change(rows)
        return rows

    return lambda: mock.patch.object(build_module, "FAMILIES", {**FAMILIES, name: changed})


def _scaled(part: int, factor: float) -> Callable[[Rows], None]:
    """The coefficients of one call of ``rows.add`` times a factor."""

    def change(rows: Rows) -> None:
        filled = [at for at, (numbers, _, _) in enumerate(rows.parts) if len(numbers)]
        if filled:
            at = filled[part]
            numbers, columns, values = rows.parts[at]
            rows.parts[at] = (numbers, columns, values * factor)

    return change


def _side(factor: float, plus: float) -> Callable[[Rows], None]:
    """The sides of the rows times a factor, and more."""

    def change(rows: Rows) -> None:
        rows.lower, rows.upper = rows.lower * factor + plus, rows.upper * factor + plus

    return change


def _missing_term(rows: Rows) -> None:
    """Without the last terms that were added."""
    filled = [at for at, (numbers, _, _) in enumerate(rows.parts) if len(numbers)]
    if filled:
        rows.parts.pop(filled[-1])


def _costs(change: Callable[[dict[str, pd.DataFrame]], dict[str, pd.DataFrame]]) -> Patch:
    """The cost terms changed."""
    original = build_module.cost_terms

    def changed(given: Given, decide: Decisions) -> dict[str, pd.DataFrame]:
        return change(dict(original(given, decide)))

    return lambda: mock.patch.object(build_module, "cost_terms", changed)


def _term(name: str, factor: float) -> Patch:
    def change(terms: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        return {**terms, name: terms[name].assign(amount=terms[name]["amount"] * factor)}

    return _costs(change)


def _given(change: Callable[[Given], Given]) -> Patch:
    """What the program is given changed after it was gathered; `gathered` in the harness calls it by this name."""
    original = gather_module.gather
    return lambda: mock.patch.object(gather_module, "gather", lambda tables: change(original(tables)))


def _column(table: str, column: str, change: Callable[[Any], Any]) -> Patch:
    def changed(given: Given) -> Given:
        frame = getattr(given, table)
        return replace(given, **{table: frame.assign(**{column: change(frame[column])})})

    return _given(changed)


def _function(module: Any, name: str, wrap: Callable[[Any], Any]) -> Patch:
    original = getattr(module, name)
    return lambda: mock.patch.object(module, name, lambda *args, **kwargs: wrap(original(*args, **kwargs)))


def _setting(**changed: Any) -> Patch:
    return _given(lambda given: replace(given, settings=replace(given.settings, **changed)))


TERMS = ("purchase", "freight_duty", "vat", "maintenance", "hosting", "energy", "unmet", "residual")
BASIC = (
    "installed_cards", "demand_cover", "site_balance", "serving_capacity", "card_use", "pool_in_use", "supply_limit",
    "supply_window", "order_size", "power_limit", "rack_limit", "budget_limit", "domestic_share", "vendor_share",
    "residency", "include_exclude",
)  # fmt: skip


def _first_half(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[: max(1, len(table) // 2)]


def mutants() -> Iterator[Mutant]:
    """All of them; names are unique."""
    for name in BASIC:
        yield Mutant(f"{name} deleted", _with_family(name, None), name, deleted=True)
        yield Mutant(f"{name}: sign of its first terms flipped", _with_family(name, _scaled(0, -1.0)), name)
        if name in (
            "pool_in_use",
            "order_size",
        ):  # their last terms are a bound large enough: any larger one is as good
            continue
        yield Mutant(f"{name}: a coefficient doubled", _with_family(name, _scaled(-1, 2.0)), name)
        yield Mutant(f"{name}: a term left out", _with_family(name, _missing_term), name)
    for name in ("demand_cover", "supply_limit", "power_limit", "rack_limit", "budget_limit"):
        yield Mutant(f"{name}: side doubled", _with_family(name, _side(2.0, 0.0)))
    for name in ("installed_cards", "site_balance", "card_use", "residency"):
        yield Mutant(f"{name}: side one more", _with_family(name, _side(1.0, 1.0)))
    yield Mutant("budget in currency, costs in thousands", _with_family("budget_limit", _side(1000.0, 0.0)))
    yield Mutant("power in W, limit in kW", _with_family("power_limit", _scaled(0, 1000.0)))
    for name in TERMS:
        yield Mutant(f"cost term {name} omitted", _term(name, 0.0))
        yield Mutant(f"cost term {name} doubled", _term(name, 2.0))
    yield Mutant("residual value added, not taken off", _term("residual", -1.0))
    yield Mutant(
        "discount ignored",
        _costs(lambda terms: {name: table.assign(discount=1.0) for name, table in terms.items()}),
    )
    yield Mutant("energy per month, not per period", _term("energy", 1.0 / 3.0))
    yield Mutant("tokens in thousands, not millions", _term("unmet", 1000.0))
    yield Mutant("headroom ignored", _setting(headroom_share=0.0))
    yield Mutant("idle power ignored", _setting(idle_power_share=0.0))
    yield Mutant("a period is a month", _setting(months=1))
    yield Mutant(
        "orders serve at once",
        _column("deliveries", "in_service", lambda old: old.where(old.isna(), "2027Q1")),
    )
    yield Mutant(
        "orders never leave",
        _column("deliveries", "leaves", lambda old: pd.Series(None, old.index, dtype=object)),
    )
    yield Mutant("rates of replicas halved", _column("rates", "requests_per_s", lambda old: old / 2))
    yield Mutant("cards per replica doubled", _column("layouts", "cards_per_replica", lambda old: old * 2))
    yield Mutant("servers of one card", _column("offers", "cards_per_server", lambda old: old * 0 + 1))
    yield Mutant("cooling ignored", _column("sites", "pue", lambda old: old * 0 + 1.0))
    yield Mutant("spare servers ignored", _column("sites", "spare_servers", lambda old: old * 0))
    yield Mutant(
        "mean load taken for the peak", _column("mean_to_peak", "mean_to_peak", lambda old: old * 0 + 1.0)
    )
    yield Mutant("opening fleet ignored", _column("fleet", "net_opening_cards", lambda old: old * 0))
    yield Mutant(
        "a bound too low: orders", _function(variables_module, "_order_keys", lambda t: t.assign(most=0.0))
    )
    yield Mutant("a decision forgotten: orders", _function(variables_module, "_order_keys", _first_half))
    yield Mutant("a decision forgotten: loads", _function(variables_module, "_load_keys", _first_half))
    yield Mutant("fewer replicas than needed", _function(
        variables_module, "most_replicas", lambda t: t.assign(replicas=t["replicas"] * 0.0)))  # fmt: skip
