"""From a table of history to quantiles and demand rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.demand.forecast import HISTORY, Asked, Forecast, History, demand_rows, forecast, history_of
from planner.demand.forecast.backtest import Trial, cost_at_equal_service, scores
from planner.demand.forecast.drift import Band
from planner.demand.forecast.given import GrowthRange, parse_growth
from planner.demand.forecast.rows import fitted_to_profiles, quarterly
from planner.demand.forecast.shares import model_shares
from planner.errors import InputError
from planner.inputs.plain_table import read_plain_table

MONTHS = [str(month) for month in np.arange("2025-01", "2027-01", dtype="datetime64[M]")]  # 24


def months(first: str, count: int) -> np.ndarray:
    return (np.datetime64(first, "M") + np.arange(count)).astype("datetime64[D]")


def read(path: Path, text: str) -> History:
    path.write_text(text, encoding="utf-8")
    return history_of(read_plain_table(HISTORY, path), "history.csv")


def growing(path: Path, *, llm: bool = False, points: int = 24) -> History:
    """100 requests of 900 + 100 tokens growing 5 % a month; prompts 2 % a month."""
    lines = ["period,region,workload,llm,requests_per_day,mean_input_tokens,mean_output_tokens"]
    for at, month in enumerate(MONTHS[:points]):
        for name, share in (("big", 0.75), ("small", 0.25)) if llm else (("", 1.0),):
            lines.append(f"{month},east,chat,{name},{1e6 * 1.05**at * share!r},{900 * 1.02**at!r},100")
    return read(path, "\n".join(lines))


def made(history: History, count: int = 3, **asked: object) -> Forecast:
    return forecast(history, Asked(months("2027-01", count), **asked), "history.csv")  # type: ignore[arg-type]


def metric(found: Forecast, name: str) -> pd.DataFrame:
    return found.quantiles[found.quantiles["metric"] == name]


def test_volume_and_prompts_go_on_each_by_itself(tmp_path: Path) -> None:
    found = made(growing(tmp_path / "h.csv"))
    prompts = metric(found, "input_tokens_per_request")
    assert prompts["p50"].to_numpy() == pytest.approx(900 * 1.02 ** np.arange(24, 27))
    rows = demand_rows(found)
    assert rows["period"].tolist() == ["2027-01", "2027-02", "2027-03"]
    assert rows["mean_output_tokens"].tolist() == pytest.approx([100.0] * 3)
    # volume 1.05^t (900 1.02^t + 100): carried on by its own mean growth, near the truth three months ahead
    truth = 1e6 * 1.05 ** np.arange(24, 27)
    assert rows["requests_per_day"].to_numpy() == pytest.approx(truth, rel=0.01)


def test_models_keep_their_shares(tmp_path: Path) -> None:
    rows = demand_rows(made(growing(tmp_path / "h.csv", llm=True)))
    assert set(rows["workload"]) == {"chat-big", "chat-small"}
    by = rows.groupby("workload")["requests_per_day"].sum()
    assert by["chat-big"] / by["chat-small"] == pytest.approx(3.0)


def test_recent_shares_count_most(tmp_path: Path) -> None:
    """One month old, 31 days: weight 0.5^(31/24.5) = 0.416. Model a all of July, b all of August."""
    history = read(
        tmp_path / "h.csv", "period,workload,llm,requests_per_day\n2026-07,w,a,100\n2026-08,w,b,100\n"
    )
    shares = model_shares(history).set_index("llm")["share"]
    old = 0.5 ** (31 / 24.5)
    assert shares["a"] == pytest.approx(old / (1 + old))
    assert shares.sum() == pytest.approx(1.0)


def test_days_become_months_with_their_week(tmp_path: Path) -> None:
    """300 million tokens on weekdays and 100 at weekends, no growth: a month is the mean of its days."""
    days = pd.date_range("2026-01-01", "2026-06-30")
    lines = ["period,workload,input_mtok_per_day,output_mtok_per_day"]
    for day in days:
        volume = 100 if day.weekday() > 4 else 300
        lines.append(f"{day:%Y-%m-%d},w,{volume * 0.9},{volume * 0.1}")
    history = read(tmp_path / "h.csv", "\n".join(lines))
    found = forecast(history, Asked(months("2026-07", 1)), "h")
    july = pd.date_range("2026-07-01", "2026-07-31")
    assert metric(found, "volume_per_day")["p50"].iloc[0] == pytest.approx(
        np.where(july.day_of_week > 4, 100, 300).mean(), rel=0.02
    )
    rows = demand_rows(found)
    assert rows["input_mtok_per_day"].iloc[0] / rows["output_mtok_per_day"].iloc[0] == pytest.approx(9.0)
    assert rows["requests_per_day"].isna().all()


def test_short_history_is_refused_and_says_what_to_give(tmp_path: Path) -> None:
    history = growing(tmp_path / "h.csv", points=7)
    with pytest.raises(InputError, match="7 points; expected at least 8 to fit") as error:
        forecast(history, Asked(months("2025-08", 3)), "history.csv")
    assert "--quantiles" in str(error.value)


def test_short_history_with_growth(tmp_path: Path) -> None:
    """Two months ahead of the last point at 10 % (5 to 20): p50 is 1.21 times it; p90 by the stated formula."""
    history = growing(tmp_path / "h.csv", points=3)
    found = forecast(history, Asked(months("2025-04", 2), growth=GrowthRange(0.05, 0.1, 0.2)), "h")
    volume = metric(found, "volume_per_day").iloc[1]
    last = history.volume[0, -1]
    assert volume["p50"] == pytest.approx(last * 1.21)
    up = np.sqrt((2 * np.log(1.2 / 1.1)) ** 2 + 2 * (1.2815515655 * 0.1) ** 2)
    assert volume["p90"] == pytest.approx(last * 1.21 * np.exp(up))
    assert found.series["method"].tolist() == ["growth given"]


def test_own_quantiles_win_and_must_cover_every_month(tmp_path: Path) -> None:
    history = growing(tmp_path / "h.csv", points=3)
    own = pd.DataFrame({"period": ["2025-04", "2025-05"], "region": "east", "workload": "chat", "p10": [1.0, 2.0],
                        "p50": [2.0, 3.0], "p90": [3.0, 4.0]})  # fmt: skip
    found = forecast(history, Asked(months("2025-04", 2), quantiles=own), "h")
    assert metric(found, "volume_per_day")["p90"].tolist() == [3.0, 4.0]
    with pytest.raises(InputError, match="own quantiles for 2 of 3 months"):
        forecast(history, Asked(months("2025-04", 3), quantiles=own), "h")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("period,workload,requests_per_day\n2026-13,w,1\n", "'2026-13'"),
        ("period,workload,requests_per_day\n2026-01,w,1\n2026-01-02,w,1\n", "months and days"),
        ("period,workload,requests_per_day\n2026-01,w,\n", "no volume"),
        ("period,workload,requests_per_day\n2026-01-01,w,1\n2026-01-06,w,1\n2026-01-12,w,1\n", "days apart"),
    ],
)
def test_dates_that_are_none_are_told(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(InputError, match=found):
        read(tmp_path / "h.csv", text)


def test_months_inside_the_history_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a first month from 2027-01"):
        forecast(growing(tmp_path / "h.csv"), Asked(months("2026-12", 2)), "h")


def test_holes_are_bridged_and_counted(tmp_path: Path) -> None:
    history = growing(tmp_path / "h.csv")
    volume = history.volume.copy()
    volume[0, 10], volume[0, 11] = np.nan, 0.0
    found = made(replace(history, volume=volume))
    assert found.series["holes"].tolist() == [2]
    whole = made(growing(tmp_path / "h.csv"))
    assert metric(found, "volume_per_day")["p50"].to_numpy() == pytest.approx(
        metric(whole, "volume_per_day")["p50"].to_numpy(), rel=1e-3
    )


def test_a_series_that_ended_is_no_forecast(tmp_path: Path) -> None:
    history = growing(tmp_path / "h.csv")
    volume = history.volume.copy()
    volume[0, -2:] = 0.0
    with pytest.raises(InputError, match="no volume in the last 2 points"):
        made(replace(history, volume=volume))


@pytest.mark.parametrize("text", ["0.1", "a:b:c", "0.2:0.1:0.3", "-1:0:0"])
def test_growth_out_of_form_is_told(text: str) -> None:
    with pytest.raises(InputError):
        parse_growth(text)


def trial(actual: list[float], mid: float, high: float) -> Trial:
    logs = np.log(np.array(actual))
    ones = np.ones((1, len(actual)))
    band = Band(np.log(mid / (high / mid)) * ones, np.log(mid) * ones, np.log(high) * ones)
    return Trial(0, 8, band, logs)


def test_scores_by_hand() -> None:
    """p10 50, p50 100, p90 200; outcomes 100, 120, 40, 240: half are held, bias 400/500 - 1, errors 0+20+60+140."""
    found = scores([trial([100.0, 120.0, 40.0, 240.0], 100.0, 200.0)])
    assert (found["held"], found["below_p10"], found["above_p90"]) == (0.5, 0.25, 0.25)
    assert found["bias"] == pytest.approx(-0.2)
    assert found["absolute_error"] == pytest.approx(220 / 500)
    low = 0.1 * (50 + 70 + 190) + 0.9 * 10
    mid = 0.5 * (0 + 20 + 60 + 140)
    high = 0.9 * 40 + 0.1 * (100 + 80 + 160)
    assert found["pinball"] == pytest.approx((low + mid + high) / 500 / 3)


def test_cost_at_equal_service_by_hand() -> None:
    """Outcomes 100 and 200 of a flat p50 of 100: 99.5 % of 300 served leaves 1.5 of the second, so 198.5 twice."""
    cost, reserve = cost_at_equal_service([trial([100.0, 200.0], 100.0, 200.0)], {0: 7.0})
    assert cost == pytest.approx(2 * 198.5 / 300)
    assert reserve == pytest.approx(0.985)  # p50 100, p90 200


def test_knowing_more_never_costs_more() -> None:
    """A forecast that follows its outcomes costs less than a flat one of the same mean, at the same service."""
    flat = trial([100.0, 200.0], 150.0, 200.0)
    band = Band(flat.actual[None, :] - 0.1, flat.actual[None, :], flat.actual[None, :] + 0.1)
    following = Trial(0, 8, band, flat.actual)
    assert cost_at_equal_service([following], {0: 1.0})[0] < cost_at_equal_service([flat], {0: 1.0})[0]


def rows_of_case() -> pd.DataFrame:
    rows = {"period": ["2027-01", "2027-02", "2027-03"], "region": "east", "workload": "chat",
            "input_mtok_per_day": np.nan, "output_mtok_per_day": np.nan, "requests_per_day": [100.0, 200.0, 300.0],
            "mean_input_tokens": [900.0, 900.0, 900.0], "mean_output_tokens": 100.0, "peak_to_mean": [np.nan, 3.0, 2.0],
            "source": "s"}  # fmt: skip
    return pd.DataFrame(rows)


def test_requests_of_a_profile_carry_the_same_tokens() -> None:
    means = pd.DataFrame([{"workload": "chat", "mean_in": 400.0, "mean_out": 100.0}])
    fitted, notes = fitted_to_profiles(rows_of_case(), means)
    assert fitted["requests_per_day"].tolist() == pytest.approx([200.0, 400.0, 600.0])
    assert fitted["mean_input_tokens"].isna().all()
    assert "9 input tokens per output token, its length profile has 4" in notes[0]


def test_quarters_are_means_of_their_months() -> None:
    rows = quarterly(rows_of_case())
    assert rows["period"].tolist() == ["2027Q1"]
    assert rows["requests_per_day"].tolist() == [200.0]
    assert rows["mean_input_tokens"].tolist() == [900.0]
    assert rows["peak_to_mean"].tolist() == [3.0]
