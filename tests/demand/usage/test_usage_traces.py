"""On the real traces: totals to the token, published hit shares and peaks, and what the buckets cost in capacity."""

from __future__ import annotations

import csv
import json
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.demand.profiles.fold import merge_small
from planner.demand.profiles.measure import MeasuredWorkload
from planner.demand.profiles.sums import Grouping
from planner.demand.profiles.usage import read_usage
from planner.inputs.usage import open_usage
from planner.serving.closed_loop import saturated
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.requests import Requests
from planner.serving.work import work_of

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "serving"))
from serving_world import catalogue_card, catalogue_llm, layout

# Reference, section 3.2: quantiles of ten-minute windows over their mean, holes masked.
PEAKS = {
    "m-small": (1.34, 1.48, 1.99, 2.67, 3.25),
    "m-mid": (1.36, 1.43, 1.73, 1.79, 1.82),
    "m-large": (1.57, 1.75, 2.08, 2.63, 2.98),
    "deepseek-r1": (1.94, 2.04, 2.45, 2.64, 2.66),
    "mm-image": (1.31, 1.36, 1.39, 1.40, 1.40),
}


@cache
def only(path: Path, grouping: Grouping | None = None) -> MeasuredWorkload:
    (one,) = read_usage([path], grouping=grouping).workloads
    return one


@pytest.mark.parametrize("name", ["azure_llm_2023_conv.csv", "azure_llm_2023_code.csv"])
def test_bucket_sums_reproduce_the_totals_exactly(name: str, traces: Path) -> None:
    with (traces / name).open(newline="") as file:
        rows = [(int(row["ContextTokens"]), int(row["GeneratedTokens"])) for row in csv.DictReader(file)]
    one = only(traces / name)
    assert one.totals["requests"] == len(rows)
    assert one.totals["input_tokens"] == sum(into for into, _ in rows)
    assert one.totals["output_tokens"] == sum(out for _, out in rows)
    assert one.lengths is not None
    for column, total in (("mean_in", "input_tokens"), ("mean_out", "output_tokens")):
        mean = float((one.lengths["share"] * one.lengths[column]).sum())
        assert mean * len(rows) == pytest.approx(
            one.totals[total], rel=1e-6
        )  # lengths are rounded to 4 digits


def test_the_conversation_finds_what_was_published_in_stores_of_every_size(traces: Path) -> None:
    one = only(traces / "mooncake_conversation.jsonl", Grouping(store_tokens=None))
    assert 100 * one.cached_share == pytest.approx(37.4, abs=0.05)
    assert one.reuse is not None
    found = dict(zip(one.reuse["store_tokens"].fillna(0), 100 * one.reuse["hit_share"], strict=True))
    assert found[0] == pytest.approx(37.4, abs=0.05)
    assert found[5_120_000] == pytest.approx(21.5, abs=0.05)
    assert found[15_360_000] == pytest.approx(33.2, abs=0.05)
    assert list(found.values()) == sorted(found.values())


def test_the_synthetic_trace_finds_what_was_published(traces: Path) -> None:
    assert 100 * only(
        traces / "mooncake_synthetic.jsonl", Grouping(store_tokens=None)
    ).cached_share == pytest.approx(65.1, abs=0.05)
    assert 100 * only(traces / "mooncake_synthetic.jsonl").cached_share == pytest.approx(43.1, abs=0.05)


def test_servegen_peaks_are_those_of_the_reference(traces: Path) -> None:
    usage = read_usage([traces / "servegen_rate_10min.csv"])
    assert {one.workload for one in usage.workloads} == set(PEAKS)
    for one in usage.workloads:
        found = one.peaks.loc[0, ["p90", "p95", "p99", "p99.9", "max"]].tolist()
        assert found == pytest.approx(PEAKS[one.workload], abs=0.0051), one.workload
        assert one.shape is not None
        assert one.shape["weight"].mean() == pytest.approx(1.0, abs=1e-9)


def test_arrivals_are_as_bursty_as_in_the_reference(traces: Path) -> None:
    """Variance over mean of ten seconds: 3.9 and 2.1; windows begin elsewhere here, hence the tolerance."""
    assert only(traces / "azure_llm_2023_conv.csv").dispersion_10s == pytest.approx(3.9, rel=0.05)
    assert only(traces / "mooncake_conversation.jsonl").dispersion_10s == pytest.approx(2.1, rel=0.05)
    code, poisson = only(traces / "azure_llm_2023_code.csv"), only(traces / "mooncake_synthetic.jsonl")
    assert code.burst_z == pytest.approx(8.1, rel=0.15)
    assert only(traces / "azure_llm_2023_conv.csv").burst_z == pytest.approx(1.6, rel=0.15)
    assert poisson.dispersion_10s == pytest.approx(1.2, rel=0.05)


@cache
def frame_of(path: Path) -> pd.DataFrame:
    return pd.concat([piece.frame for piece in open_usage(path).pieces()], ignore_index=True)


def capacity(lengths: pd.DataFrame, share: np.ndarray, spread: float, llm: str, cards: int) -> float:
    """Requests/s of a replica that is never idle, by the rule of the program: work per bucket adds up."""
    of = layout(catalogue_card("nvidia_h200_sxm"), catalogue_llm(llm), "fp8", cards)
    tokens = (lengths[name].to_numpy(float) for name in ("mean_in", "mean_cached_in", "mean_out"))
    engine = Engine()
    rates = saturated(
        work_of([of], engine).column(), Efficiency(), Requests(*tokens, spread), engine
    ).requests_per_s
    return float(1.0 / np.sum(share / rates[0]))


def error(raw: pd.DataFrame, weights: np.ndarray, profile: pd.DataFrame, llm: str, cards: int) -> float:
    """Capacity that the profile promises over that of the requests one by one, minus 1 [%]."""
    one_by_one = capacity(raw, weights / weights.sum(), 0.0, llm, cards)
    spread = Requests(*(np.ones(1),) * 3).output_spread  # what the product assumes inside a bucket
    return 100 * (
        capacity(profile, profile["share"].to_numpy(float), float(spread), llm, cards) / one_by_one - 1
    )


@pytest.mark.parametrize(
    ("name", "llm", "cards", "most"),
    [
        ("azure_llm_2023_conv.csv", "llama-3.3-70b", 4, 1.0),
        ("azure_llm_2023_code.csv", "llama-3.3-70b", 4, 1.0),
        ("arxiv_summarization_lengths.csv", "llama-3.3-70b", 4, 1.0),
        ("mooncake_conversation.jsonl", "llama-3.3-70b", 4, 1.005),  # 1.0 to the digit of the reference
        ("mooncake_synthetic.jsonl", "llama-3.3-70b", 4, 1.0),
        ("mooncake_conversation.jsonl", "deepseek-v3.2", 8, 1.0),
        ("azure_llm_2023_conv.csv", "qwen3-8b", 1, 1.0),
        (
            "mooncake_conversation.jsonl",
            "qwen3-8b",
            1,
            3.0,
        ),  # attention over long prompts is most of its work
    ],
)
def test_buckets_cost_little_capacity(name: str, llm: str, cards: int, most: float, traces: Path) -> None:
    requests = frame_of(traces / name)
    raw = pd.DataFrame(
        {"mean_in": requests["input_tokens"], "mean_out": requests["output_tokens"], "mean_cached_in": 0.0}
    )
    one = only(traces / name)
    assert one.lengths is not None
    profile = one.lengths.assign(mean_cached_in=0.0)  # lengths alone, as in the reference's table
    assert abs(error(raw, np.ones(len(raw)), profile, llm, cards)) <= most


def test_buckets_of_reasoning_cost_under_four_per_cent(traces: Path) -> None:
    """Marginals of ServeGen deepseek-r1, joined as if independent; bins of the histogram stand for requests."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))
    from profiles.traces import servegen_requests

    from planner.demand.profiles.grid import bucket_table

    found = servegen_requests(traces / "servegen_length_hist_6h.csv.gz", "deepseek-r1")
    raw = pd.DataFrame(
        {"mean_in": found["input_tokens"], "mean_out": found["output_tokens"], "mean_cached_in": 0.0}
    )
    weights = found["requests"].to_numpy(float)
    assert abs(error(raw, weights, merge_small(bucket_table(found)), "llama-3.3-70b", 4)) <= 4.0


def test_means_alone_would_cost_much_more(traces: Path) -> None:
    """The check can fail: one bucket of mean lengths misses the conversation's capacity by over a tenth."""
    requests = frame_of(traces / "mooncake_conversation.jsonl")
    raw = pd.DataFrame(
        {"mean_in": requests["input_tokens"], "mean_out": requests["output_tokens"], "mean_cached_in": 0.0}
    )
    mean = raw.mean().to_frame().T.assign(share=1.0)
    assert error(raw, np.ones(len(raw)), mean, "llama-3.3-70b", 4) > 10.0


def test_sums_do_not_depend_on_how_the_trace_was_cut(traces: Path, tmp_path: Path) -> None:
    lines = (traces / "mooncake_synthetic.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    parts = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    parts[0].write_text("\n".join(lines[:1000]))
    parts[1].write_text("\n".join(lines[1000:]))
    (one,) = read_usage(parts).workloads
    whole = only(traces / "mooncake_synthetic.jsonl")
    assert one.totals == whole.totals
    assert one.totals["input_tokens"] == sum(record["input_length"] for record in records)
    pd.testing.assert_frame_equal(one.lengths, whole.lengths)
