"""The rows each family adds to the smallest cases that have them all, as text: one without slices, one with two.

``python -m tests.program.photograph --write`` writes the files again after a change of formula; read the difference
against the formula in the family's header before committing it, for the files are what a reviewer sees of the rows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

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


def sliced() -> Tables:
    """Chats by day and by night, and documents that may wait for the other slice; one site, one card, one quarter.

    A day of 16 hours and a night of 8: what is served at night weighs half of what arrives by day. The card keeps a
    server free, and a start takes an hour: a sixteenth of the day, an eighth of the night.
    """
    return instance(
        settings={"periods": 1, "period_months": 3, "headroom_share": 0.2, "switch_minutes": 60},
        slices=[{"slice": "day", "hours": 16}, {"slice": "night", "hours": 8}],
        sites=[{"site": "east", "spare_servers": 1, "spare_share": 0.1}],
        routes=[{"region": "north", "site": "east"}],
        workloads=[
            {"workload": "chat", "unmet_penalty_per_mtok": 10},
            {"workload": "docs", "unmet_penalty_per_mtok": 10, "deferrable": True, "deadline_hours": 24},
        ],
        requests=[
            {"workload": "chat", "region": "north", "slice": "day", "requests_per_s": 6, "mean": 0.5},
            {"workload": "chat", "region": "north", "slice": "night", "requests_per_s": 2, "mean": 0.5},
            {"workload": "docs", "region": "north", "slice": "day", "requests_per_s": 3},
            {"workload": "docs", "region": "north", "slice": "night", "requests_per_s": 1},
        ],
        layouts=[{"layout": "a/x2", "accelerator": "a", "cards_per_replica": 2}],
        rates=[
            {"workload": "chat", "layout": "a/x2", "requests_per_s": 4},
            {"workload": "docs", "layout": "a/x2", "requests_per_s": 5},
        ],
        cards=[{"accelerator": "a", "cards_per_server": 8}],
        offers=[{"offer": "o", "accelerator": "a", "price_per_card": 50_000}],
        domestic_share=[{"policy": "tokens", "measure": "tokens", "min_share": 0.25}],
    )  # fmt: skip


def futures() -> Tables:
    """Chats in two futures, on prefill and decode replicas of a maker whose software the llm is not ported to yet.

    Cards for rent by the term and by the hour, tokens of an API at list price and in packages, a measure that saves a
    tenth, a maker worth its team from 8 cards on, and an eye on the dearer future.
    """
    first, second = "2027Q1", "2027Q2"
    tables = instance(
        settings={"periods": 2, "period_months": 3, "pools": "same_vendor", "porting_team": 2, "objective": "cvar"},
        sites=[{"site": "east", "kv_gb_per_s": 5}],
        routes=[{"region": "north", "site": "east"}],
        workloads=[{"workload": "chat", "unmet_penalty_per_mtok": 10}],
        requests=[{"workload": "chat", "region": "north", "node": n, "requests_per_s": 6} for n in (0, 1)],
        layouts=[
            {"layout": "a/prefill", "accelerator": "a", "role": "prefill", "cache_bytes_per_token": 100_000},
            {"layout": "a/decode", "accelerator": "a", "role": "decode"},
        ],
        rates=[
            {"workload": "chat", "layout": "a/prefill", "requests_per_s": 5},
            {"workload": "chat", "layout": "a/decode", "requests_per_s": 2},
        ],
        cards=[{"accelerator": "a", "cards_per_server": 4}],
        offers=[{"offer": "o", "accelerator": "a", "price_per_card": 50_000}],
        rentals=[
            {"rental": "term", "accelerator": "a", "price_per_card_month": 900, "term_months": 3, "min_cards": 8,
             "max_cards": 16},
            {"rental": "hour", "accelerator": "a", "price_per_card_hour": 2, "max_cards": 4},
        ],
        token_offers=[
            {"offer": "api", "llm": "qwen3-8b", "input_price_per_mtok": 1, "output_price_per_mtok": 2,
             "origin": "domestic", "max_requests_per_s": 3, "max_mtok_per_day": 100},
        ],
        packages=[{"package": "pack", "token_offer": "api", "price": 100, "mtok": 200, "valid_months": 3,
                   "max_mtok_per_day": 50}],
        porting=[{"port": "stack", "vendor": "v1", "llm": "*", "cost": 100_000, "months": 3, "person_months": 6}],
        minimum_fleet=[{"rule": "worth-it", "vendor": "v1", "min_cards": 8}],
        measures=[{"measure": "cache", "workload": "chat", "saves_share": 0.1, "ramp_months": 6, "start_cost": 1000,
                   "cost_per_month": 100}],
    )  # fmt: skip
    nodes = [first, f"{second}@more", f"{second}@same"]
    tables["periods"] = pd.DataFrame(
        {"node": nodes, "index": [0, 1, 1], "period": [first, second, second], "parent": [None, first, first],
         "probability": [1.0, 0.25, 0.75]}
    )  # fmt: skip
    now, later = (tables["requests"][tables["requests"]["node"] == node] for node in (first, second))
    more = later.assign(node=nodes[1], requests_per_s=12.0, mean_requests_per_s=12.0)
    tables["requests"] = pd.concat([now, more, later.assign(node=nodes[2])], ignore_index=True)
    return tables


def failing() -> Tables:
    """Chats at two sites, nine tenths of which must be served when one of them is lost."""
    return instance(
        sites=[{"site": "east"}, {"site": "west"}],
        routes=[{"region": "north", "site": "east"}, {"region": "north", "site": "west"}],
        workloads=[{"workload": "chat", "unmet_penalty_per_mtok": 10}],
        requests=[{"workload": "chat", "region": "north", "requests_per_s": 10}],
        layouts=[{"layout": "a/x1", "accelerator": "a"}],
        rates=[{"workload": "chat", "layout": "a/x1", "requests_per_s": 5}],
        cards=[{"accelerator": "a"}],
        offers=[{"offer": "o", "accelerator": "a", "price_per_card": 50_000}],
        failures=[{"failure": "no-east", "site": "east", "kept_share": 0.9}],
    )


CASES: dict[str, Callable[[], Tables]] = {
    "": smallest,
    "slices": sliced,
    "futures": futures,
    "failures": failing,
}
# Families whose rows slices change; the first two have none without them.
OF_SLICES = ("batch_cover", "switching", "demand_cover", "site_balance", "serving_capacity", "card_use",
             "pool_in_use", "domestic_share")  # fmt: skip
# Families of pools, rentals, tokens, platforms, measures and futures, and those that are kept path by path.
OF_FUTURES = (
    "pool_balance", "kv_transfer", "rental_limit", "rental_size", "token_rate", "token_volume", "package_use",
    "package_balance", "platform_adoption", "porting_team", "fleet_minimum", "measure_ramp", "measure_once",
    "path_risk",
)  # fmt: skip
ELSEWHERE = (*OF_FUTURES, "failure_cover")  # neither the smallest case nor the one with slices has them
WHOLE_WEEK = [name for name in FAMILIES if name not in (*OF_SLICES[:2], *ELSEWHERE)]
SHOTS = (
    [("", name) for name in WHOLE_WEEK]
    + [("slices", name) for name in OF_SLICES]
    + [("futures", name) for name in OF_FUTURES]
    + [("failures", "failure_cover")]
)


@cache
def built(case: str = "") -> Built:
    """A case as a program."""
    return build(gather(CASES[case]()))


def listing(family: str, case: str = "") -> str:
    """The rows of a family, one per line, terms in the order of the columns."""
    program, matrix = built(case).program, built(case).matrix
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


def path_of(family: str, case: str = "") -> Path:
    """The golden file of a family in a case."""
    return HERE / case / f"{family}.txt"


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit("python -m tests.program.photograph --write")
    for where, name in SHOTS:
        path_of(name, where).parent.mkdir(exist_ok=True)
        path_of(name, where).write_text(listing(name, where), encoding="utf-8")
