"""The worked case ``pools``, see `tests/cases/pools/WHY.md`, and plans that break its rules."""

from __future__ import annotations

import pandas as pd
import pytest

from planner.plan.audit import audit
from tests.properties.audited import faults
from tests.properties.in_process import Planned, plan
from tests.properties.tiny import Row, Tables, instance
from tests.tolerances import SAME_COST_SHARE

CACHE = 2e6  # bytes per token: a prompt of 500 tokens hands over 1 GB
RATES = {"rich": (1.6, 10, 2), "wide": (0.8, 1, 5)}
ROLES = ("whole", "prefill", "decode")


def case(pools: str, vendor: str = "v2", **site: float) -> Tables:
    """Ten requests/s, one site; ``vendor`` is the maker of `wide`, v1 that of `rich`."""
    layouts: list[Row] = [
        {"layout": f"{card}/{role}", "accelerator": card, "role": role,
         "cache_bytes_per_token": CACHE if role == "prefill" else 0.0}
        for card in RATES
        for role in ROLES
    ]  # fmt: skip
    rates = [
        {"workload": "chat", "layout": f"{card}/{role}", "requests_per_s": rate}
        for card, each in RATES.items()
        for role, rate in zip(ROLES, each, strict=True)
        if role == "whole" or pools != "none"
    ]
    return instance(
        settings={"pools": pools},
        sites=[{"site": "hall", **site}],
        routes=[{"region": "home", "site": "hall"}],
        workloads=[{"workload": "chat", "unmet_penalty_per_mtok": 1000}],
        requests=[{"workload": "chat", "region": "home", "requests_per_s": 10}],
        layouts=layouts,
        rates=rates,
        cards=[{"accelerator": "rich", "vendor": "v1"}, {"accelerator": "wide", "vendor": vendor}],
        offers=[
            {"offer": "rich", "accelerator": "rich", "price_per_card": 30_000, "residual_share": 0},
            {"offer": "wide", "accelerator": "wide", "price_per_card": 10_000, "residual_share": 0},
        ],
    )


def planned(tables: Tables) -> Planned:
    found = plan(tables)
    assert found is not None
    assert faults(tables, found) == []
    return found


@pytest.mark.parametrize(
    ("tables", "cost"),
    [
        (case("none"), 130_000),
        (case("same_card"), 120_000),
        (case("same_vendor"), 120_000),
        (case("same_vendor", vendor="v1"), 50_000),
        (case("any"), 50_000),
        (case("any", kv_gb_per_s=4), 120_000),
        (case("any", kv_gb_per_s=10), 50_000),
    ],
)
def test_the_optimum_is_the_one_on_paper(tables: Tables, cost: float) -> None:
    assert planned(tables).cost == pytest.approx(cost, rel=SAME_COST_SHARE)


def test_what_reads_and_what_writes() -> None:
    load = planned(case("any")).tables["load"]
    assert dict(zip(load["layout"], load["requests_per_s"], strict=True)) == {
        "rich/prefill": 10.0,
        "wide/decode": 10.0,
    }


def broken(tables: Tables, found: Planned) -> set[str]:
    return {one.rule for one in audit(tables, found.tables, found.cost).findings}


def with_load(found: Planned, load: pd.DataFrame) -> Planned:
    return Planned(
        found.given, found.built, found.value, found.tables | {"load": load}, found.cost, found.bound
    )


def test_prompts_that_nobody_decodes_are_found() -> None:
    tables = case("any")
    found = planned(tables)
    load = found.tables["load"].copy()
    load.loc[load["layout"] == "wide/decode", "requests_per_s"] *= 0.9
    assert broken(tables, with_load(found, load)) == {"pool_balance"}


def test_caches_handed_to_a_card_that_may_not_have_them_are_found() -> None:
    tables = case("any")
    found = planned(tables)
    alone = tables | {"settings": tables["settings"].assign(pools="same_vendor")}
    assert broken(alone, found) == {"pool_balance"}
    assert "pool_balance" in broken(tables | {"settings": tables["settings"].assign(pools="none")}, found)


def test_more_caches_than_the_site_carries_are_found() -> None:
    tables = case("any", kv_gb_per_s=10)
    found = planned(tables)
    tighter = tables | {"sites": tables["sites"].assign(kv_gb_per_s=9.9)}
    assert broken(tighter, found) >= {"kv_transfer"}


def test_requests_are_not_counted_twice() -> None:
    """Decoding takes no request as it comes: a plan that lets it stand for a whole replica is found."""
    tables = case("any")
    found = planned(tables)
    load = found.tables["load"]
    only = load[load["layout"] == "wide/decode"].reset_index(drop=True)
    assert broken(tables, with_load(found, only)) >= {"pool_balance", "site_balance"}


@pytest.mark.parametrize(("vendor", "share", "kept"), [("v1", 0.5, True), ("v1", 0.49, False)])
def test_tokens_of_a_request_are_shared_between_its_two_cards(vendor: str, share: float, kept: bool) -> None:
    """Half of a request's tokens are its prompt's: so each maker serves half of them."""
    tables = case("any")
    found = planned(tables)
    rule = {"policy": "p", "vendor": vendor, "measure": "tokens", "from_period": None, "to_period": None,
            "max_share": share, "source": None, "note": None}  # fmt: skip
    ruled = tables | {"vendor_share": pd.DataFrame([rule])[list(tables["vendor_share"].columns)]}
    assert ("vendor_share" in broken(ruled, found)) != kept
    if kept:
        again = plan(ruled)
        assert again is not None
        assert again.cost == pytest.approx(found.cost, rel=SAME_COST_SHARE)
