"""A plan made by hand with two slices: chats by day and night, documents that wait for the night.

One site, one card of 1 kW per replica, four of them on hand; day has 16 hours, night 8; H is the hours of a quarter.
  demand at the peak   chat 8 by day, 2 by night (on average half of it); docs 2.5 by day, 1 by night
  docs of the day      2.0 are served at night, where they are 2.0 * 16 / 8 = 4.0 requests/s; 0.5 are unmet
  day                  chat 8 / 4 = 2 replicas
  night                chat 2 / 4 + docs (4 + 1) / 2 = 3 replicas, one of them started: 60 of 480 minutes are lost
                       3 + 1 * 1/8 = 3.125 cards of 4
"""

from __future__ import annotations

import pandas as pd
from plan_case import filled, nothing, settings, table

from planner.units import HOURS_PER_MONTH

Q = "2027Q1"
H = 3 * HOURS_PER_MONTH
# idle 4 * 0.25 = 1 card always; day (1 + 2 * 0.5 * 0.75) * 1.2 kW * 2/3 H * 1.0;
# night (1 + (0.5 * 0.5 + 2.5) * 0.75) * 1.2 kW * 1/3 H * 0.4
ENERGY = 1.75 * 1.2 * 2 / 3 * H + 3.0625 * 1.2 / 3 * H * 0.4
MTOK = 6.0 * H  # 0.5 * 3,600 * 2/3 H * 5,000 / 1e6
COSTS = {"maintenance": 4 * 5.0 * 3, "hosting": 4 * 50.0 * 3, "energy": ENERGY, "unmet": 10.0 * MTOK}
COST = sum(COSTS.values())


def given() -> dict[str, pd.DataFrame]:
    """What the plan was made from."""
    nan, none = float("nan"), None
    return filled({
        "settings": settings(
            name="slices", start="2027-01", periods=1, period_months=3, discount_rate_per_year=0.1,
            idle_power_share=0.25, switch_minutes=60.0,
        ),
        "periods": table("node index period parent probability", (Q, 0, Q, none, 1.0)),
        "slices": table(
            "slice index days share day_hours before",
            ("day", 0, "all", 2 / 3, 16.0, "night"), ("night", 1, "all", 1 / 3, 8.0, "day"),
        ),
        "sites": table(
            "site power_kw racks rack_kw pue tariff_per_kwh hosting_per_kw_month spare_servers spare_share",
            ("east", nan, nan, 40.0, 1.2, 1.0, 50.0, 0, 0.0),
        ),
        "routes": table("region site network_ms band_ms", ("north", "east", 0.0, 0.0)),
        "workloads": table(
            "workload llm unmet_penalty_per_mtok precisions deferrable deadline_hours",
            ("chat", "small", 100.0, (), False, 24.0), ("docs", "small", 10.0, (), True, 24.0),
        ),
        "requests": table(
            "workload bucket region node slice requests_per_s mean_requests_per_s",
            ("chat", "all", "north", Q, "day", 8.0, 4.0), ("chat", "all", "north", Q, "night", 2.0, 1.0),
            ("docs", "all", "north", Q, "day", 2.5, 2.5), ("docs", "all", "north", Q, "night", 1.0, 1.0),
        ),
        "buckets": table(
            "workload bucket share mean_in mean_cached_in mean_out",
            ("chat", "all", 1.0, 100.0, 0.0, 50.0), ("docs", "all", 1.0, 4000.0, 0.0, 1000.0),
        ),
        "layouts": table(
            "layout llm accelerator precision cards_per_replica role basis cache_bytes_per_token",
            ("ant-small", "small", "ant", "fp8", 1, "whole", "given", 0.0),
        ),
        "rates": table(
            "workload bucket band_ms layout requests_per_s",
            ("chat", "all", 0.0, "ant-small", 4.0), ("docs", "all", 0.0, "ant-small", 2.0),
        ),
        "cards": table(
            "accelerator vendor origin power_kw bf16_tflops cards_per_server",
            ("ant", "acme", "domestic", 1.0, 100.0, 4),
        ),
        "offers": table(
            "offer accelerator price_per_card currency price_change_per_year lead_time_months cards_per_server "
            "min_order_servers freight_share duty_share vat_share vat_recoverable maintenance_share_per_year "
            "life_months residual_share",
            ("buy-ant", "ant", 10_000.0, none, 0.0, 0.0, nan, 1, 0.0, 0.0, 0.13, True, 0.04, 60.0, 0.5),
        ),
        "fleet": table(
            "batch accelerator site cards retires maintenance_per_card_month", ("ants", "ant", "east", 4, none, 5.0)
        ),
        "tariffs": table(
            "site period origin slice tariff_per_kwh", ("east", "*", "*", "night", 0.4)
        ),
    })  # fmt: skip


def result() -> dict[str, pd.DataFrame]:
    """What the plan says."""
    return nothing() | {
        "fleet": table(
            "accelerator vendor origin site node opening_cards bought_cards installed_cards deployed_cards spare_cards "
            "free_cards",
            ("ant", "acme", "domestic", "east", Q, 4, 0, 4, 3.125, 0.0, 0.875),
        ),
        "deployment": table(
            "layout llm accelerator site node slice replicas cards_per_replica cards",
            ("ant-small", "small", "ant", "east", Q, "day", 2, 1, 2),
            ("ant-small", "small", "ant", "east", Q, "night", 3, 1, 3),
        ),
        "load": table(
            "workload bucket band_ms layout accelerator site node slice requests_per_s",
            ("chat", "all", 0.0, "ant-small", "ant", "east", Q, "day", 8.0),
            ("chat", "all", 0.0, "ant-small", "ant", "east", Q, "night", 2.0),
            ("docs", "all", 0.0, "ant-small", "ant", "east", Q, "night", 5.0),
        ),
        "deferred": table(
            "workload bucket region node slice served requests_per_s",
            ("docs", "all", "north", Q, "day", "night", 4.0), ("docs", "all", "north", Q, "night", "night", 1.0),
        ),
        # of documents at most 2.5 * 16 / 8 + 1 = 6 requests/s can be served at night
        "routing": table(
            "workload bucket region site node slice requests_per_s share",
            ("chat", "all", "north", "east", Q, "day", 8.0, 1.0),
            ("chat", "all", "north", "east", Q, "night", 2.0, 1.0),
            ("docs", "all", "north", "east", Q, "night", 5.0, 5 / 6),
        ),
        "unmet": table(
            "workload bucket region node slice requests_per_s share mtok",
            ("docs", "all", "north", Q, "day", 0.5, 0.2, MTOK),
        ),
        "costs": table(
            "term node amount discounted", *((term, Q, amount, amount) for term, amount in COSTS.items())
        ),
    }  # fmt: skip
