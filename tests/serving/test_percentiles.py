"""Percentiles at the admissible load: in order, and at the promised quantile what was promised where that binds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from serving_world import SHIPPED, bucket_table, case_of, catalogue_card, catalogue_llm

from planner.serving.engine import Engine
from planner.serving.model import ServingModel
from planner.serving.percentiles import percentile_table
from planner.serving.serving_table import serving_tables

BUCKETS = bucket_table(("chat", "short", 0.5, 300, 0, 200), ("chat", "long", 0.5, 6000, 2000, 400))
CARDS, LLM = ("nvidia_h200_sxm", "huawei_910c"), "qwen3-32b"
# So many places that promises bind, not the engine's cap.
MODEL = ServingModel(SHIPPED, Engine(running_requests_large=1e5, running_requests_small=1e5))


@cache
def found(
    ttft_ms: float = 3000.0, tpot_ms: float = 40.0, quantile: float = 0.95, band_ms: float = 0.0
) -> pd.DataFrame:
    workload: dict[str, Any] = {
        "workload": "chat", "llm": LLM, "max_ttft_ms": ttft_ms, "max_tpot_ms": tpot_ms, "promise_quantile": quantile,
    }  # fmt: skip
    case = case_of([catalogue_card(name) for name in CARDS], [catalogue_llm(LLM)], [workload])
    return percentile_table(case, BUCKETS, [band_ms], MODEL)


@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
def test_percentiles_are_in_order(quantile: float) -> None:
    table = found(quantile=quantile)
    assert len(table) > 4
    for what in ("ttft", "tpot"):
        p50, p95, p99 = (table[f"{what}_p{q}_ms"].to_numpy() for q in (50, 95, 99))
        assert (p50 > 0).all()
        assert (p50 <= p95).all()
        assert (p95 <= p99).all()


@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
def test_the_promised_quantile_is_the_promise_where_it_binds_and_never_more(quantile: float) -> None:
    at = f"p{100 * quantile:.0f}_ms"
    table = found(ttft_ms=np.nan, tpot_ms=40.0, quantile=quantile)
    assert (table[f"tpot_{at}"] <= 40.0 * (1 + 1e-6)).all()
    # Without a promise on the first token a load ends at the time per token, at full memory, or at busy prompts.
    assert (table[f"tpot_{at}"] > 40.0 * (1 - 1e-3)).sum() >= 4
    table = found(ttft_ms=800.0, tpot_ms=np.nan, quantile=quantile, band_ms=100.0)
    assert (table[f"ttft_{at}"] <= 700.0 * (1 + 1e-6)).all()
    assert (table[f"ttft_{at}"] > 700.0 * (1 - 1e-3)).sum() >= 2


def test_a_stricter_quantile_takes_less_at_the_same_promise() -> None:
    key = ["bucket", "layout"]
    loose, strict = (found(quantile=q).set_index(key)["requests_per_s"] for q in (0.5, 0.99))
    assert len(strict) > 4
    assert (strict < loose[strict.index]).all()


def test_rates_are_those_of_the_serving_table() -> None:
    workload = {
        "workload": "chat",
        "llm": LLM,
        "max_ttft_ms": 3000.0,
        "max_tpot_ms": 40.0,
        "promise_quantile": 0.95,
    }
    case = case_of([catalogue_card(name) for name in CARDS], [catalogue_llm(LLM)], [workload])
    key = ["bucket", "layout"]
    rates = serving_tables(case, BUCKETS, [0.0], MODEL).rates.set_index(key)
    mine = found().set_index(key).loc[rates.index]
    for one, other in (
        ("requests_per_s", "requests_per_s"),
        ("ttft_p95_ms", "ttft_ms"),
        ("tpot_p95_ms", "tpot_ms"),
    ):
        assert mine[one].to_numpy() == pytest.approx(rates[other].to_numpy(), rel=1e-6)


def test_the_width_of_the_interval_is_said_in_percent() -> None:
    spreads = {(what, level): np.log(1.2 if what == "tpot" else 1.5)
               for what in ("tpot", "ttft") for level in ("accelerator", "family", "global")}  # fmt: skip
    model = replace(MODEL, calibration=replace(SHIPPED, spreads=spreads))
    workload = {
        "workload": "chat",
        "llm": LLM,
        "max_ttft_ms": 3000.0,
        "max_tpot_ms": 40.0,
        "promise_quantile": 0.95,
    }
    case = case_of([catalogue_card(CARDS[0])], [catalogue_llm(LLM)], [workload])
    table = percentile_table(case, BUCKETS, [0.0], model)
    assert table["tpot_within_percent"].to_numpy() == pytest.approx(np.full(len(table), 20.0))
    assert table["ttft_within_percent"].to_numpy() == pytest.approx(np.full(len(table), 50.0))
