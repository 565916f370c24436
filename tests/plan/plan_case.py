"""A plan made by hand: two cards, two sites, three quarters. Every number follows from the arithmetic beside it.

Money is discounted with 1.4641 per year = 1.1 per quarter. H is the hours of a quarter.

Work (load / rate, headroom 0.2, so replicas >= that / 0.8):
  east, ant-small: chat short 24 / 10 + chat long 4 / 2.5 = 4.0 -> 5 replicas of 2 cards = 10; a spare server: 18 <= 24
  west, bee-small: chat short 6 / 20 + chat long 6 / 5    = 1.5 -> 2 replicas of 1 card = 2
  west, bee-big:   doc 4 / 2 = 2.0 -> 3 replicas of 4 = 12; with bee-small 14 <= (1 - 1/8) * 16: binds from Q2 on
                   in Q1 8 cards: 7 usable, 2 + 4 deployed, doc 1.6 = 0.8 * 2 served, 2.4 unmet
Cards: ant at east 16 on hand + 8 ordered in Q1 without lead. bee at west 8 on hand until Q3; 8 ordered in Q1 serve
from Q2, 8 ordered in Q2 serve from Q3.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from planner.inputs.declarations import CASE_TABLES, SETTINGS
from planner.plan import audit
from planner.plan.plan import Plan
from planner.plan.tables import DERIVED_LATER, RESULT_TABLES
from planner.units import HOURS_PER_MONTH

DTYPES = {"number": float, "share": float, "whole": int, "flag": bool}
Q1, Q2, Q3 = NODES = ("2027Q1", "2027Q2", "2027Q3")
H = 3 * HOURS_PER_MONTH
D = (1.0, 1 / 1.1, 1 / 1.21, 1 / 1.331)

# Landed money per bee: 2,000 USD at 7 = 14,000; freight 1,400; duty 0.2 * 15,400 = 3,080; VAT 0.1 * 18,480 = 1,848.
BEE1 = {"price": 14_000.0, "freight_duty": 4_480.0, "vat": 1_848.0, "landed": 20_328.0}
# In Q2 1,900 USD at 7.2 = 13,680; freight 1,368; duty 0.2 * 15,048 = 3,009.6; VAT 0.1 * 18,057.6 = 1,805.76.
BEE2 = {"price": 13_680.0, "freight_duty": 4_377.6, "vat": 1_805.76, "landed": 19_863.36}

COSTS = {  # term -> amount by quarter, as it falls due
    "purchase": (8 * 10_000.0 + 8 * 14_000.0, 8 * 13_680.0, 0.0),
    "freight_duty": (8 * 4_480.0, 8 * 4_377.6, 0.0),
    "vat": (8 * 1_848.0, 8 * 1_805.76, 0.0),
    # ant 80,000 * 0.04 / 4 = 800; bees 162,624 * 0.08 / 4 = 3,252.48 and 158,906.88 * 0.02 = 3,178.1376;
    # on hand 16 ants * 5 * 3 = 240, 8 bees * 10 * 3 = 240 until Q3
    "maintenance": (800.0 + 480.0, 800.0 + 3_252.48 + 480.0, 800.0 + 3_252.48 + 3_178.1376 + 240.0),
    # east 24 * 0.5 kW * 100 * 3 = 3,600; west 8 kW * 50 * 3 = 1,200, then 16 kW
    "hosting": (4_800.0, 6_000.0, 6_000.0),
    # east (24 * 0.25 + 4.0 * 0.5 * 2 * 0.75) * 0.5 * 1.25 * 1.0 = 5.625; west Q1 (2 + (0.75 + 0.8) * 0.75) * 1.2 * 0.4,
    # Q2 (4 + (0.75 + 2) * 0.75) * 1.2 * 0.45, Q3 the same at 0.4
    "energy": ((5.625 + 1.518) * H, (5.625 + 3.27375) * H, (5.625 + 2.91) * H),
    # 2.4 * 0.25 * 3,600 H * 5,000 / 1e6 * 10
    "unmet": (108.0 * H, 0.0, 0.0),
}
# ant 80,000 * 0.5 * (1 - 9/60); bees 162,624 * 0.6 * (1 - 6/36), 158,906.88 * 0.6 * (1 - 3/36)
RESIDUAL = -(34_000.0 + 81_312.0 + 87_398.784)
COST = sum(amount * D[at] for row in COSTS.values() for at, amount in enumerate(row)) + RESIDUAL * D[3]


def table(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    """A frame from a line of column names and its rows."""
    return pd.DataFrame(list(rows), columns=columns.split())


def settings(**chosen: object) -> pd.DataFrame:
    """The settings as a case has them: declared defaults where nothing is chosen."""
    blanks = {column.name: column.default for column in SETTINGS.columns if not column.required}
    return pd.DataFrame([blanks | chosen])


def filled(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables of a case with the declared defaults in columns that were left out."""
    found = dict(tables)
    for declared in CASE_TABLES:
        if declared.name in tables:
            left = [
                column
                for column in declared.columns
                if not column.required and column.name not in tables[declared.name]
            ]
            blanks = {
                column.name: float("nan")
                if column.default is None and column.kind in DTYPES
                else column.default
                for column in left
                if column.default != ()
            }
            found[declared.name] = tables[declared.name].assign(**blanks)
    return found


def nothing() -> dict[str, pd.DataFrame]:
    """Result tables of a plan that does nothing, but those that are written last."""
    return {
        declared.name: pd.DataFrame(
            {column.name: pd.Series(dtype=DTYPES.get(column.kind, object)) for column in declared.columns}
        )
        for declared in RESULT_TABLES
        if declared.name not in DERIVED_LATER
    }


def in_week(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its rows in the one slice of the case."""
    return frame.assign(slice="week")


def by_node(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows repeated for every quarter; a tuple of three holds one value per quarter; ``node`` comes last."""
    spread = [
        (*(cell[at] if isinstance(cell, tuple) else cell for cell in row), node)
        for row in rows
        for at, node in enumerate(NODES)
    ]
    return table(f"{columns} node", *spread)


def given() -> dict[str, pd.DataFrame]:
    """What the plan was made from, as fresh copies."""
    return {name: frame.copy() for name, frame in filled(_given()).items()}


def result() -> dict[str, pd.DataFrame]:
    """What the plan says, without the two tables that are written last, as fresh copies."""
    return {name: frame.copy() for name, frame in _result().items()}


@cache
def _given() -> dict[str, pd.DataFrame]:
    nan, none = float("nan"), None
    return {
        "settings": settings(
            name="hand", start="2027-01", periods=3, period_months=3, discount_rate_per_year=0.4641,
            headroom_share=0.2, idle_power_share=0.25,
        ),
        "periods": table(
            "node index period parent probability",
            (Q1, 0, Q1, none, 1.0), (Q2, 1, Q2, Q1, 1.0), (Q3, 2, Q3, Q2, 1.0),
        ),
        "slices": table("slice index days share day_hours before", ("week", 0, "all", 1.0, 24.0, "week")),
        "sites": table(
            "site power_kw racks rack_kw pue tariff_per_kwh hosting_per_kw_month spare_servers spare_share",
            ("east", 15.0, 1.0, 40.0, 1.25, 1.0, 100.0, 1, 0.0),
            ("west", nan, nan, 40.0, 1.2, 0.5, 50.0, 0, 0.125),
        ),
        "routes": table(
            "region site network_ms band_ms",
            ("north", "east", 0.0, 0.0), ("north", "west", 30.0, 50.0), ("south", "west", 0.0, 0.0),
        ),
        "workloads": table(
            "workload llm unmet_penalty_per_mtok precisions deferrable deadline_hours",
            ("chat", "small", 100.0, (), False, 24.0), ("doc", "big", 10.0, ("fp8",), True, 24.0),
        ),
        "requests": in_week(by_node(
            "workload bucket region requests_per_s mean_requests_per_s",
            ("chat", "short", "north", 30.0, 15.0), ("chat", "long", "north", 10.0, 5.0),
            ("doc", "all", "south", 4.0, 1.0),
        )),
        "buckets": table(
            "workload bucket share mean_in mean_cached_in mean_out",
            ("chat", "short", 0.75, 100.0, 0.0, 50.0), ("chat", "long", 0.25, 1000.0, 0.0, 500.0),
            ("doc", "all", 1.0, 4000.0, 0.0, 1000.0),
        ),
        "layouts": table(
            "layout llm accelerator precision cards_per_replica role basis cache_bytes_per_token",
            ("ant-small", "small", "ant", "fp8", 2, "whole", "given", 0.0),
            ("bee-small", "small", "bee", "fp8", 1, "whole", "given", 0.0),
            ("bee-big", "big", "bee", "fp8", 4, "whole", "modelled", 0.0),
            ("ant-big", "big", "ant", "fp8", 8, "whole", "modelled", 0.0),
        ),
        "rates": table(
            "workload bucket band_ms layout requests_per_s",
            ("chat", "short", 0.0, "ant-small", 10.0), ("chat", "long", 0.0, "ant-small", 2.5),
            ("chat", "short", 50.0, "bee-small", 20.0), ("chat", "long", 50.0, "bee-small", 5.0),
            ("chat", "short", 0.0, "bee-small", 20.0), ("doc", "all", 0.0, "bee-big", 2.0),
            ("doc", "all", 0.0, "ant-big", 1.0),
        ),
        "cards": table(
            "accelerator vendor origin power_kw bf16_tflops cards_per_server",
            ("ant", "acme", "domestic", 0.5, 100.0, 8), ("bee", "bolt", "imported", 1.0, 400.0, 8),
        ),
        "offers": table(
            "offer accelerator price_per_card currency price_change_per_year lead_time_months cards_per_server "
            "min_order_servers freight_share duty_share vat_share vat_recoverable maintenance_share_per_year "
            "life_months residual_share source",
            ("buy-ant", "ant", 10_000.0, none, 0.0, 0.0, nan, 1, 0.0, 0.0, 0.13, True, 0.04, 60.0, 0.5, "assumed"),
            ("bulk-ant", "ant", 9_000.0, "CNY", 0.0, 0.0, 8.0, 4, 0.0, 0.0, 0.13, True, 0.04, 60.0, 0.5, "=quote"),
            ("buy-bee", "bee", 2_000.0, "USD", 0.0, 3.0, 8.0, 1, 0.1, 0.2, 0.1, False, 0.08, 36.0, 0.6, "list"),
        ),
        "prices": table("offer period price_per_card", ("buy-bee", Q2, 1_900.0)),
        "supply": table(
            "limit offer accelerator vendor origin from_period to_period max_cards",
            ("acme-quota", none, none, "acme", none, none, none, 8), ("bee-quota", none, "bee", none, none, Q1, Q2, 24),
        ),
        "permits": table(
            "permit offer accelerator vendor origin from_period to_period",
            ("bee-permit", "buy-bee", none, none, none, none, Q2),
        ),
        "fleet": table(
            "batch accelerator site cards retires maintenance_per_card_month",
            ("ants", "ant", "east", 16, none, 5.0), ("bees", "bee", "west", 8, Q3, 10.0),
        ),
        "fx": table("currency period rate", ("USD", "*", 7.0), ("USD", Q2, 7.2)),
        "tariffs": table(
            "site period origin slice tariff_per_kwh",
            ("west", "*", "imported", "*", 0.4), ("west", Q2, "*", "*", 0.45),
        ),
        "budgets": table(
            "budget kind from_period to_period amount",
            ("capex-2027", "capex", none, none, 500_000.0), ("opex-h1", "opex", Q1, Q2, 60_000.0),
        ),
        "domestic_share": table(
            "policy measure from_period to_period min_share",
            ("cards-60", "cards", Q1, none, 0.6), ("spend-15", "spend", none, none, 0.15),
            ("compute-20", "compute", none, none, 0.2), ("tokens-20", "tokens", none, none, 0.2),
        ),
        "vendor_share": table(
            "policy vendor measure from_period to_period max_share",
            ("nobody-80", "*", "cards", none, none, 0.8), ("bolt-85", "bolt", "spend", none, none, 0.85),
        ),
        "residency": table("workload region site", ("doc", "south", "west")),
        "selections": table(
            "selection rule offer accelerator vendor origin site workload min_cards",
            ("no-bee-east", "exclude", none, "bee", none, none, "east", none, nan),
            ("want-acme", "include", none, none, "acme", none, none, none, 8.0),
            ("no-doc-domestic", "exclude", none, none, none, "domestic", none, "doc", nan),
        ),
    }  # fmt: skip


@cache
def _result() -> dict[str, pd.DataFrame]:
    costs = [
        (term, node, amount, amount * D[at])
        for term, row in COSTS.items()
        for at, (node, amount) in enumerate(zip(NODES, row, strict=True))
        if amount
    ]
    costs.append(("residual", Q3, RESIDUAL, RESIDUAL * D[3]))
    return nothing() | {
        "orders": table(
            "offer accelerator vendor origin site ordered in_service servers cards price_per_card "
            "landed_price_per_card landed",
            ("buy-ant", "ant", "acme", "domestic", "east", Q1, Q1, 1, 8, 10_000.0, 10_000.0, 80_000.0),
            ("buy-bee", "bee", "bolt", "imported", "west", Q1, Q2, 1, 8, 14_000.0, 20_328.0, 162_624.0),
            ("buy-bee", "bee", "bolt", "imported", "west", Q2, Q3, 1, 8, 13_680.0, 19_863.36, 158_906.88),
        ),
        "fleet": by_node(
            "accelerator vendor origin site opening_cards bought_cards installed_cards deployed_cards spare_cards "
            "free_cards",
            ("ant", "acme", "domestic", "east", 16, 8, 24, 10.0, 8.0, 6.0),
            ("bee", "bolt", "imported", "west", (8, 8, 0), (0, 8, 16), (8, 16, 16), (6.0, 14.0, 14.0), (1.0, 2.0, 2.0),
             (1.0, 0.0, 0.0)),
        ),
        "deployment": in_week(by_node(
            "layout llm accelerator site replicas cards_per_replica cards",
            ("ant-small", "small", "ant", "east", 5, 2, 10), ("bee-small", "small", "bee", "west", 2, 1, 2),
            ("bee-big", "big", "bee", "west", (1, 3, 3), 4, (4, 12, 12)),
        )),
        "load": in_week(by_node(
            "workload bucket band_ms layout accelerator site requests_per_s",
            ("chat", "short", 0.0, "ant-small", "ant", "east", 24.0),
            ("chat", "long", 0.0, "ant-small", "ant", "east", 4.0),
            ("chat", "short", 50.0, "bee-small", "bee", "west", 6.0),
            ("chat", "long", 50.0, "bee-small", "bee", "west", 6.0),
            ("doc", "all", 0.0, "bee-big", "bee", "west", (1.6, 4.0, 4.0)),
        )),
        "routing": in_week(by_node(
            "workload bucket region site requests_per_s share",
            ("chat", "short", "north", "east", 24.0, 0.8), ("chat", "short", "north", "west", 6.0, 0.2),
            ("chat", "long", "north", "east", 4.0, 0.4), ("chat", "long", "north", "west", 6.0, 0.6),
            ("doc", "all", "south", "west", (1.6, 4.0, 4.0), (0.4, 1.0, 1.0)),
        )),
        # 2.4 * 0.25 * 3,600 H * 5,000 / 1e6 = 10.8 H million tokens
        "unmet": in_week(table(
            "workload bucket region node requests_per_s share mtok", ("doc", "all", "south", Q1, 2.4, 0.6, 10.8 * H)
        )),
        "costs": table("term node amount discounted", *costs),
    }  # fmt: skip


def no_promises() -> pd.DataFrame:
    """Every request can be served somewhere."""
    return table("workload bucket band_ms promise limit nearest accelerator layout reason")


@cache
def _limits() -> pd.DataFrame:
    return audit(given(), result(), COST).limits


def plan(**changed: object) -> Plan:
    """The whole plan, with a bound 1 % below its cost and texts a spreadsheet would run."""
    tables = result()
    tables |= {"limits": _limits().copy(), "promises": no_promises()}
    tables["provenance"] = table(
        "accelerator figure value unit grade source date",
        ("ant", "memory_gib", 64.0, "GiB", "vendor_stated", "=cmd|' /C calc'!A0", "2026-01"),
        ("ant", "tdp_w", 350.0, "W", "assumed", "@SUM(1+1)", None),
        ("bee", "tdp_w", 700.0, "W", "vendor_stated", "-2+3", "2025"),
    )
    tables["defaults"] = table(
        "table key column value origin", ("sites", "west", "pue", "+1.2", "declared default")
    )
    facts = {
        "case": "hand", "currency": "CNY", "status": "optimal", "cost": COST, "bound": 0.99 * COST,
        "certified_bound": 0.98 * COST, "claimed_bound": 0.99 * COST, "gap_asked": 0.02,
        "stop_reason": "proven within the gap asked for", "facts": {"seed": 0, "versions": {"capplan": "0"}},
        "warnings": ("demand grows by 300 % in one quarter",), "tables": tables, "given": given(), "seconds": 1.5,
    }  # fmt: skip
    return Plan(**(facts | changed))  # type: ignore[arg-type]
