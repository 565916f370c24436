"""The rows each family adds to the smallest case that has them all, as text.

``python -m tests.program.photograph --write`` writes the files again after a change of formula; read the difference
against the formula in the family's header before committing it, for the files are what a reviewer sees of the rows.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np

from planner.optimization.build import Built, build
from planner.optimization.families import FAMILIES
from planner.optimization.gather import gather
from tests.properties.tiny import Tables, instance

HERE = Path(__file__).parent


def smallest() -> Tables:
    """One workload, two sites, two cards, two quarters, and one rule of each kind.

    `domestic` is bought in pairs of servers, serves at once and for one quarter; `imported` comes a quarter late and
    needs a permit. Requests of the north may stay in the east only, which keeps a server free and is small.
    """
    first, second = "2027Q1", "2027Q2"
    return instance(
        settings={"periods": 2, "period_months": 3, "headroom_share": 0.2, "idle_power_share": 0.5},
        sites=[
            {"site": "east", "power_kw": 100, "racks": 5, "rack_kw": 40, "pue": 1.25, "spare_servers": 1,
             "spare_share": 0.1, "hosting_per_kw_month": 100, "tariff_per_kwh": 1.0},
            {"site": "west", "pue": 1.25},
        ],
        routes=[{"region": "north", "site": "east"}, {"region": "north", "site": "west", "band_ms": 50.0}],
        workloads=[{"workload": "chat", "unmet_penalty_per_mtok": 10}],
        requests=[{"workload": "chat", "region": "north", "node": n, "requests_per_s": 6, "mean": 0.5} for n in (0, 1)],
        layouts=[
            {"layout": "dom/x2", "accelerator": "domestic", "cards_per_replica": 2},
            {"layout": "imp/x1", "accelerator": "imported"},
        ],
        rates=[
            {"workload": "chat", "layout": "dom/x2", "requests_per_s": 4},
            {"workload": "chat", "layout": "imp/x1", "requests_per_s": 5},
            {"workload": "chat", "layout": "imp/x1", "band_ms": 50.0, "requests_per_s": 2},
        ],
        cards=[
            {"accelerator": "domestic", "vendor": "v1", "power_kw": 0.8, "bf16_tflops": 300, "cards_per_server": 8},
            {"accelerator": "imported", "vendor": "v2", "origin": "imported", "power_kw": 1.2, "bf16_tflops": 900,
             "cards_per_server": 4},
        ],
        offers=[
            {"offer": "dom", "accelerator": "domestic", "price_per_card": 50_000, "life_months": 3,
             "min_order_servers": 2, "maintenance_share_per_year": 0.04},
            {"offer": "imp", "accelerator": "imported", "price_per_card": 100_000, "duty_share": 0.1,
             "lead_time_months": 3},
        ],
        fleet=[{"batch": "old", "accelerator": "imported", "site": "east", "cards": 2, "retires": second,
                "maintenance_per_card_month": 1000}],
        supply=[{"limit": "quota", "origin": "imported", "max_cards": 40}],
        permits=[{"permit": "from-summer", "vendor": "v2", "from_period": second}],
        budgets=[
            {"budget": "capex-1", "kind": "capex", "to_period": first, "amount": 2_000_000},
            {"budget": "opex-1", "kind": "opex", "to_period": first, "amount": 60_000},
        ],
        domestic_share=[
            {"policy": measure, "measure": measure, "to_period": first, "min_share": 0.6}
            for measure in ("cards", "compute", "spend", "tokens")
        ],
        vendor_share=[{"policy": "each", "vendor": "*", "measure": "cards", "from_period": second, "max_share": 0.75}],
        residency=[{"workload": "chat", "region": "north", "site": "east"}],
        selections=[
            {"selection": "not-here", "rule": "exclude", "vendor": "v2", "site": "west"},
            {"selection": "not-for-chat", "rule": "exclude", "accelerator": "domestic", "workload": "chat"},
            {"selection": "trial", "rule": "include", "origin": "domestic", "min_cards": 8},
        ],
    )  # fmt: skip


@cache
def built() -> Built:
    """The smallest case as a program."""
    return build(gather(smallest()))


def listing(family: str) -> str:
    """The rows of a family, one per line, terms in the order of the columns."""
    program, matrix = built().program, built().matrix
    lines = []
    for row in program.families[family].keys["row"]:
        mine = np.flatnonzero(matrix.entry_rows == row)
        terms = " ".join(
            _term(float(matrix.entry_values[e]), program.column_name(int(matrix.entry_columns[e])))
            for e in mine
        )
        lines.append(
            f"{program.row_name(row)}: {terms or '0'} {_side(matrix.row_lower[row], matrix.row_upper[row])}"
        )
    return "\n".join(lines) + "\n"


def _term(coefficient: float, column: str) -> str:
    return f"{'-' if coefficient < 0 else '+'} {abs(coefficient):.10g} {column}"


def _side(lower: float, upper: float) -> str:
    if lower == upper:
        return f"= {lower:.10g}"
    return f"<= {upper:.10g}" if np.isinf(lower) else f">= {lower:.10g}"


def path_of(family: str) -> Path:
    """The golden file of a family."""
    return HERE / f"{family}.txt"


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit("python -m tests.program.photograph --write")
    for name in FAMILIES:
        path_of(name).write_text(listing(name), encoding="utf-8")
