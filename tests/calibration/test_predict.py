"""Predictions of rows: every kind of load, in any order, and never from what was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from calibration_world import CATALOGUE, SHIPPED, run, table

from planner.calibration.kinds import KINDS
from planner.calibration.predict import FIGURES, predict

# One row of each kind of load, and the figures a prediction of it has.
BOTH = ["tpot_ms", "ttft_ms", "req_s", "output_tok_s"]
RATE = ["req_s", "output_tok_s"]
LOADS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "closed loop": ({}, BOTH),
    "open loop": ({"load_type": "open_poisson", "request_rate": 2.0, "concurrency": None}, BOTH),
    "pools": ({"mode": "disagg", "p_tp": 1, "d_tp": 2, "p_workers": 1, "d_workers": 1, "n_cards": 3}, BOTH),
    "offline": ({"load_type": "offline", "mode": "mlperf-offline", "concurrency": None}, ["tpot_ms", *RATE]),
    "burst": ({"load_type": "burst", "n_requests": 500, "concurrency": None}, RATE),
    "promised": (
        {"load_type": "open_poisson", "mode": "mlperf-server", "concurrency": None}
        | {"slo_ttft_ms": 2000, "slo_tpot_ms": 100},
        BOTH,
    ),
    "static": ({"load_type": "static-batch", "mode": "static"}, RATE),
}  # fmt: skip


def answers(runs: pd.DataFrame) -> pd.DataFrame:
    return predict(runs, SHIPPED, CATALOGUE)


def test_every_kind_of_load_is_tried_here() -> None:
    assert set(LOADS) == set(KINDS)


@pytest.mark.parametrize("kind", LOADS)
def test_each_kind_of_load_is_answered(kind: str) -> None:
    facts, stated = LOADS[kind]
    (row,) = answers(table(run(**facts))).to_dict("records")
    assert (row["kind"], row["reason"], row["fits"]) == (kind, "", True)
    for name in FIGURES:
        assert (np.isfinite(row[name]) and row[name] > 0) == (name in stated), name
    assert row["output_tok_s"] == pytest.approx(row["req_s"] * 200.0)
    assert row["known"] == "accelerator"


def mixed_rows() -> pd.DataFrame:
    rows = [run(**facts) for facts, _ in LOADS.values()]
    rows += [run(concurrency=c, accelerator=a) for c in (1, 8, 300) for a in ("alpha", "beta", "gamma")]
    rows += [run(tp=None, n_cards=4, model=m) for m in ("small", "large", "mixed")]
    rows += [run(load_type="open_poisson", mode="mlperf-server", slo_ttft_ms=500, concurrency=None)]
    return table(*rows)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = mixed_rows()
    order = np.random.default_rng(5).permutation(len(rows))
    straight, shuffled = answers(rows), answers(rows.iloc[order].reset_index(drop=True))
    pd.testing.assert_frame_equal(
        straight.iloc[order].reset_index(drop=True), shuffled, check_exact=False, rtol=1e-9
    )


def test_a_row_is_predicted_as_if_it_were_alone() -> None:
    rows = mixed_rows()
    together = answers(rows)
    for at in range(0, len(rows), 4):
        alone = answers(rows.iloc[[at]].reset_index(drop=True))
        pd.testing.assert_frame_equal(
            together.iloc[[at]].reset_index(drop=True), alone, check_exact=False, rtol=1e-9
        )


def test_predictions_never_look_at_what_was_measured() -> None:
    rows = mixed_rows()
    draw = np.random.default_rng(1)
    percentiles = [f"{what}_p{q}_ms" for what in ("ttft", "tpot") for q in (50, 90, 95, 99)]
    seen = [*FIGURES, *percentiles, "total_tok_s", "per_card_tok_s", "e2e_ms"]
    changed = rows.assign(**{name: draw.uniform(1, 1e4, len(rows)) for name in seen})
    pd.testing.assert_frame_equal(answers(rows), answers(changed))


@pytest.mark.parametrize(
    ("column", "facts", "said"),
    [
        ("concurrency", {}, "not stated: concurrency"),
        ("input_tokens", {}, "not stated: input_tokens"),
        ("output_tokens", {}, "not stated: output_tokens"),
        ("n_requests", LOADS["burst"][0], "not stated: n_requests"),
        ("precision", {}, "precision not stated"),
        ("model", {}, "model not stated"),
        ("accelerator", {}, "accelerator not stated"),
        ("load_type", {}, "load_type not stated"),
    ],
)
def test_a_column_that_is_missing_is_named(column: str, facts: dict[str, Any], said: str) -> None:
    (answer,) = answers(table(run(**facts)).drop(columns=column)).to_dict("records")
    assert answer["reason"].startswith(said)
    assert all(np.isnan(answer[name]) for name in FIGURES)


def test_columns_that_only_refine_may_be_absent() -> None:
    needed = [
        "model",
        "accelerator",
        "n_cards",
        "tp",
        "precision",
        "input_tokens",
        "output_tokens",
        "load_type",
    ]
    needed.append("concurrency")
    pd.testing.assert_frame_equal(
        answers(table(run(engine=None)))[["kind", "layout", "reason", "known", *FIGURES]],
        answers(table(run())[needed])[["kind", "layout", "reason", "known", *FIGURES]],
    )


def test_the_fastest_layout_counts_where_none_is_stated() -> None:
    for clients in (1.0, 400.0):
        (free,) = answers(table(run(tp=None, n_cards=4, concurrency=clients)))["req_s"]
        stated = answers(table(*(run(tp=side, n_cards=4, concurrency=clients) for side in (1, 2, 4))))
        assert free == pytest.approx(stated["req_s"].max())
        assert stated["req_s"].max() > 1.01 * stated["req_s"].min()


def test_replicas_side_by_side_share_the_clients() -> None:
    one, four = answers(table(run(tp=2, n_cards=2), run(tp=2, n_cards=8, concurrency=64))).to_dict("records")
    assert four["req_s"] == pytest.approx(4 * one["req_s"])
    assert (four["tpot_ms"], four["ttft_ms"]) == pytest.approx((one["tpot_ms"], one["ttft_ms"]))


def test_a_single_stream_is_one_client() -> None:
    single, one = answers(table(run(load_type="single", concurrency=None), run(concurrency=1))).to_dict(
        "records"
    )
    assert single["tpot_ms"] == pytest.approx(one["tpot_ms"])


def test_a_request_that_does_not_fit_is_said_so() -> None:
    # A token leaves 2 x 32 layers x 8 heads x 128 x 2 B = 131 kB; 1e6 tokens are 131 GB, more than the card has.
    long, short = answers(table(run(input_tokens=1e6), run()))["fits"]
    assert (long, short) == (False, True)
