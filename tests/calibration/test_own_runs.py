"""Own runs: what they say of a card is found, what they do not say stays, and what cannot count is set aside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from calibration_world import CATALOGUE, SHIPPED, errors, measured, run, table

from planner.calibration.own_runs import OwnCalibration, calibrate, last_tested
from planner.inputs.declarations.calibration import CALIBRATION
from planner.serving.effects import Calibration, Subject, calibration_of

LOADS = (1.0, 8.0, 32.0, 128.0)


def own(runs: pd.DataFrame) -> OwnCalibration:
    return calibrate(runs, CATALOGUE, SHIPPED)


def with_own(found: OwnCalibration) -> Calibration:
    """The shipped calibration with a case's rows over it, as a case uses them."""
    rows = calibration_of(found.rows.to_dict("records"))
    return replace(
        SHIPPED, effects={**SHIPPED.effects, **rows.effects}, spreads={**SHIPPED.spreads, **rows.spreads}
    )


def at(*loads: float, **facts: Any) -> pd.DataFrame:
    return table(*(run(concurrency=load, **facts) for load in loads))


# One point of typical error 0.12 against a prior of 0.30 on its configuration: 0.3^2 / (0.3^2 + 0.12^2) = 86 % of a
# deviation is taken over, three points 95 %; at other loads a little less, as effects of the card take a part.
@pytest.mark.parametrize(("given", "factor", "left"), [((16.0,), 0.75, 0.20), ((2.0, 16.0, 64.0), 1.3, 0.08)])
def test_a_known_factor_is_recovered_at_loads_that_were_not_measured(
    given: tuple[float, ...], factor: float, left: float
) -> None:
    slow = {("slowness", "configuration", "small/alpha/bf16"): np.log(factor)}
    true = replace(SHIPPED, effects={**SHIPPED.effects, **slow})
    found = own(measured(at(*given), calibration=true))
    assert found.used == len(given)
    unseen = measured(at(*LOADS), calibration=true)
    for name in ("tpot_ms", "ttft_ms"):
        before, after = (np.abs(errors(unseen, c, name)).max() for c in (SHIPPED, with_own(found)))
        assert before > 0.9 * abs(np.log(factor)), name
        assert after < left * before, name


def test_runs_that_agree_with_the_shipped_calibration_change_nothing() -> None:
    # In particular the effect of the card that many shipped rows are behind is not pulled to zero by one run.
    found = own(measured(at(16.0)))
    effects = calibration_of(found.rows.to_dict("records")).effects
    assert effects["bandwidth_share", "accelerator", "alpha"] == pytest.approx(0.15, abs=1e-3)
    for key, value in effects.items():
        assert value == pytest.approx(SHIPPED.effects.get(key, 0.0), abs=1e-3), key
    assert found.before < 1e-9
    other = measured(at(*LOADS, model="mixed"))
    assert np.abs(errors(other, with_own(found))).max() < 1e-3


def test_effects_of_other_cards_do_not_move() -> None:
    found = own(measured(at(4.0, 64.0), 1.5))
    assert {key[1] for key in calibration_of(found.rows.to_dict("records")).effects} == {
        "accelerator",
        "configuration",
    }
    others = at(*LOADS, accelerator="beta")
    assert errors(measured(others), with_own(found)) == pytest.approx(np.zeros(4), abs=1e-12)
    # The same card with another model: less than the measured model is, since the factor may be the model's own.
    same = np.abs(errors(measured(at(*LOADS)), with_own(found)))
    another = np.abs(errors(measured(at(*LOADS, model="mixed")), with_own(found)))
    assert (another < 0.6 * same).all()


def test_the_error_before_is_that_of_the_rows_however_many_there_are() -> None:
    many = measured(at(*np.linspace(1, 100, 100)), 1.3)
    found = own(many)
    assert found.used == 100
    assert found.before == pytest.approx(np.log(1.3), rel=1e-9)


def test_what_is_left_is_the_interval_of_the_card() -> None:
    # Two halves of many runs 1.25 times too slow and too fast: no factor explains both. What is left is ln 1.25, and
    # the interval 1.2816 of it.
    runs = measured(at(*np.linspace(1, 40, 40)))
    factor = np.where(np.arange(40) % 2 == 0, 1.25, 1 / 1.25)
    runs = runs.assign(tpot_ms=runs["tpot_ms"] * factor, ttft_ms=runs["ttft_ms"] * factor)
    spread = with_own(own(runs)).spread_of(Subject("alpha"))
    assert spread == pytest.approx(1.2816 * np.log(1.25), rel=0.03)
    # Runs without any scatter: never less than runs repeat.
    repeated = with_own(own(measured(at(16.0))))
    assert repeated.spread_of(Subject("alpha")) == pytest.approx(0.10)
    assert repeated.spread_of(Subject("beta")) == SHIPPED.spread_of(Subject("beta"))


def test_rows_are_those_of_the_declared_table_and_say_where_they_come_from() -> None:
    runs = measured(at(1.0, 16.0, engine_version="0.9", measured="2026-05-01"))
    runs.loc[1, ["engine_version", "measured"]] = ["0.10", "2026-06-01"]
    rows = own(runs).rows
    assert set(rows.columns) <= set(CALIBRATION.names)
    assert not rows.duplicated(["parameter", "level", "subject"]).any()
    assert (rows["points"] == 2).all()
    assert (rows["engine_version"] == "0.10, 0.9").all()
    assert (rows["measured"] == "2026-05-01, 2026-06-01").all()
    assert "slowness" in rows["parameter"].to_list()
    (configuration,) = rows["subject"][rows["level"] == "configuration"]
    assert configuration == "small/alpha/bf16"


NOT_COUNTED: dict[str, tuple[dict[str, Any], str]] = {
    "weights": ({"model": "large"}, "weights do not fit in 1 card"),
    "cache": ({"input_tokens": 1e6}, "weights and one request do not fit"),
    "card": ({"accelerator": "gamma"}, "accelerator gamma is not in the catalogue"),
    "speculative": ({"spec": 1.0}, "speculative decoding"),
    "nothing measured": ({"tpot_ms": np.nan, "ttft_ms": np.nan}, "none of these is stated: tpot_ms, ttft_ms"),
    "rate": ({"load_type": "open_poisson", "request_rate": 1.0}, "a run at a stated rate of arrivals"),
    "promise": ({"load_type": "open_poisson", "mode": "mlperf-server"}, "a largest rate within a promise"),
}


def test_rows_that_cannot_count_are_set_aside_with_their_places() -> None:
    times = {"tpot_ms": 20.0, "ttft_ms": 200.0, "req_s": 1.0}
    wrong = [run(**{**times, **facts}) for facts, _ in NOT_COUNTED.values()]
    found = own(table(run(**times), *wrong, run(**times, concurrency=4)))
    assert found.used == 2
    assert found.set_aside["place"].to_list() == [f"line {at}" for at in range(3, 3 + len(wrong))]
    for reason, (name, (_, said)) in zip(found.set_aside["reason"], NOT_COUNTED.items(), strict=True):
        assert reason.startswith(said), name
    nothing = own(table(*wrong))
    assert (nothing.used, len(nothing.rows), len(nothing.set_aside)) == (0, 0, len(wrong))


def test_runs_of_time_to_first_token_alone_count_and_leave_the_interval() -> None:
    found = own(measured(at(1.0, 16.0), 1.5).assign(tpot_ms=np.nan))
    assert found.used == 2
    assert found.before == pytest.approx(np.log(1.5))
    assert found.after < found.before
    assert with_own(found).spread_of(Subject("alpha")) == SHIPPED.spread_of(Subject("alpha"))


def curve(*rates: float, **facts: Any) -> pd.DataFrame:
    return table(*(run(concurrency=2.0**i, output_tok_s=rate, **facts) for i, rate in enumerate(rates)))


@pytest.mark.parametrize(
    ("rates", "flagged"),
    [
        ((100, 190, 350, 600), True),
        ((100, 300, 400, 410), False),
        ((100, 300, 400, 300), False),
        ((100,), False),
    ],
)
def test_a_best_load_that_is_merely_the_last_tested_is_said_so(
    rates: tuple[float, ...], flagged: bool
) -> None:
    rows = curve(*rates)
    found = last_tested(rows.sample(frac=1, random_state=1))
    assert found["place"].to_list() == ([rows["place"].iloc[-1]] if flagged else [])
    if flagged:
        assert "8 clients" in found["reason"].item()


def test_curves_are_told_apart() -> None:
    # Together the last point lies above all others; each curve alone is flat at its end.
    low, high = curve(10, 20, 20), curve(100, 200, 200, accelerator="beta")
    both = pd.concat([low, high.assign(concurrency=high["concurrency"] * 2)], ignore_index=True)
    assert last_tested(both).empty
