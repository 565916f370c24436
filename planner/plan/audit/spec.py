"""Which tables and columns the audit reads of what was given to the plan."""

from __future__ import annotations

from dataclasses import dataclass

from planner.plan.failure_tables import FAILURE_TABLES
from planner.plan.offer_tables import OFFER_TABLES
from planner.plan.tables import RESULT_TABLES


@dataclass(frozen=True)
class Wanted:
    """One table: its key, text columns, number columns, which of all of them may be blank, whether it may be absent."""

    key: tuple[str, ...]
    text: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    optional: bool = False


SELECTORS = ("offer", "accelerator", "vendor", "origin")
SPAN = ("from_period", "to_period")
CARDS = ("accelerator", "vendor", "origin")

GIVEN: dict[str, Wanted] = {
    "settings": Wanted((), ("currency", "replicas", "objective", "pools"), (
        "period_months", "discount_rate_per_year", "headroom_share", "idle_power_share", "switch_minutes",
        "risk_weight", "risk_quantile", "porting_team"), blank=("porting_team",)),
    "periods": Wanted(("node",), ("node", "period", "parent"), ("index", "probability"), blank=("parent",)),
    "slices": Wanted(("slice",), ("slice", "days", "before"), ("index", "share", "day_hours")),
    "sites": Wanted(("site",), ("site",), (
        "power_kw", "racks", "rack_kw", "pue", "tariff_per_kwh", "hosting_per_kw_month", "spare_servers",
        "spare_share", "kv_gb_per_s"), blank=("power_kw", "racks", "kv_gb_per_s")),
    "routes": Wanted(("region", "site"), ("region", "site"), ("band_ms",)),
    "workloads": Wanted(("workload",), ("workload", "llm"), ("unmet_penalty_per_mtok", "deadline_hours"),
                        ("deferrable",)),
    "requests": Wanted(("workload", "bucket", "region", "node", "slice"),
                       ("workload", "bucket", "region", "node", "slice"), ("requests_per_s", "mean_requests_per_s")),
    "buckets": Wanted(("workload", "bucket"), ("workload", "bucket"), ("mean_in", "mean_cached_in", "mean_out")),
    "layouts": Wanted(("layout",), ("layout", "llm", "accelerator", "role"),
                      ("cards_per_replica", "cache_bytes_per_token")),
    "rates": Wanted(("workload", "bucket", "band_ms", "layout"), ("workload", "bucket", "layout"),
                    ("band_ms", "requests_per_s")),
    "cards": Wanted(("accelerator",), ("accelerator", "vendor", "origin"),
                    ("power_kw", "bf16_tflops", "cards_per_server"), blank=("bf16_tflops", "cards_per_server")),
    "offers": Wanted(("offer",), ("offer", "accelerator", "currency"), (
        "price_per_card", "price_change_per_year", "lead_time_months", "cards_per_server", "min_order_servers",
        "freight_share", "duty_share", "vat_share", "maintenance_share_per_year", "life_months", "residual_share"),
        ("vat_recoverable",), blank=("currency", "cards_per_server")),
    "prices": Wanted(("offer", "period"), ("offer", "period"), ("price_per_card",), optional=True),
    "supply": Wanted(("limit",), ("limit", *SELECTORS, *SPAN), ("max_cards",), blank=(*SELECTORS, *SPAN),
                     optional=True),
    "permits": Wanted(("permit",), ("permit", *SELECTORS, *SPAN), blank=(*SELECTORS, *SPAN), optional=True),
    "price_factors": Wanted(("offer", "node"), ("offer", "node"), ("factor",), optional=True),
    "supply_factors": Wanted(("limit", "node"), ("limit", "node"), ("factor",), optional=True),
    "porting": Wanted(("port",), ("port", *CARDS, "llm"), ("cost", "months", "person_months"), blank=CARDS,
                      optional=True),
    "maturity": Wanted(("maturity",), ("maturity", *CARDS, "llm", *SPAN), ("factor",), blank=(*CARDS, "llm", *SPAN),
                       optional=True),
    "minimum_fleet": Wanted(("rule",), ("rule", *CARDS), ("min_cards",), blank=CARDS, optional=True),
    "measures": Wanted(("measure",), ("measure", "workload", "from_period"), (
        "saves_share", "max_share", "start_cost", "cost_per_month", "ramp_months"), blank=("from_period",),
        optional=True),
    "best": Wanted(("path",), ("path",), ("cost",), optional=True),
    "closures": Wanted(("offer", "node"), ("offer", "node"), optional=True),
    "delays": Wanted(("offer", "node"), ("offer", "node"), ("months",), optional=True),
    "token_offers": Wanted(("offer",), ("offer", "llm", "workloads", "regions", "currency", "origin", *SPAN), (
        "input_price_per_mtok", "cached_price_per_mtok", "output_price_per_mtok", "deferrable_factor",
        "max_requests_per_s", "max_mtok_per_day"), blank=("workloads", "regions", "currency", *SPAN,
        "cached_price_per_mtok", "max_requests_per_s", "max_mtok_per_day"), optional=True),
    "token_factors": Wanted(("offer", "slice"), ("offer", "slice"), ("factor",), optional=True),
    "packages": Wanted(("package",), ("package", "token_offer", "currency", *SPAN), (
        "price", "mtok", "valid_months", "max_mtok_per_day", "max_packages"), blank=("currency", *SPAN,
        "max_mtok_per_day", "max_packages"), optional=True),
    "rentals": Wanted(("rental",), ("rental", "accelerator", "site", "currency", *SPAN), (
        "price_per_card_month", "price_per_card_hour", "term_months", "lead_time_months", "min_cards", "max_cards",
        "upfront_share"), blank=("site", "currency", *SPAN, "price_per_card_month", "price_per_card_hour", "max_cards"),
        optional=True),
    "fleet": Wanted(("batch",), ("batch", "accelerator", "site", "retires"), (
        "cards", "maintenance_per_card_month"), blank=("retires",), optional=True),
    "fx": Wanted(("currency", "period"), ("currency", "period"), ("rate",), optional=True),
    "tariffs": Wanted(("site", "period", "origin", "slice"), ("site", "period", "origin", "slice"), ("tariff_per_kwh",),
                      optional=True),
    "budgets": Wanted(("budget",), ("budget", "kind", *SPAN), ("amount",), blank=SPAN, optional=True),
    "domestic_share": Wanted(("policy",), ("policy", "measure", *SPAN), ("min_share",), blank=SPAN, optional=True),
    "vendor_share": Wanted(("policy",), ("policy", "vendor", "measure", *SPAN), ("max_share",), blank=SPAN,
                           optional=True),
    "residency": Wanted(("workload", "region", "site"), ("workload", "region", "site"), optional=True),
    "selections": Wanted(("selection",), ("selection", "rule", *SELECTORS, "site", "workload"), ("min_cards",),
                         blank=(*SELECTORS, "site", "workload", "min_cards"), optional=True),
    "failures": Wanted(("failure",), ("failure", "site", "vendor", "accelerator", *SPAN), ("kept_share",),
                       blank=("site", "vendor", "accelerator", *SPAN), optional=True),
}  # fmt: skip


def wanted_results() -> dict[str, Wanted]:
    """The same for the result tables, from their declarations."""
    specs = {}
    for table in (*RESULT_TABLES, *OFFER_TABLES, *FAILURE_TABLES):
        numeric = {column.name for column in table.columns if column.kind in ("number", "share", "whole")}
        flags = tuple(column.name for column in table.columns if column.kind == "flag")
        needed = [column.name for column in table.columns if column.required]
        text = tuple(name for name in needed if name not in numeric and name not in flags)
        specs[table.name] = Wanted(
            table.key,
            text,
            tuple(name for name in needed if name in numeric),
            flags,
            optional=table in (*OFFER_TABLES, *FAILURE_TABLES),
        )
    return specs
