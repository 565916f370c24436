"""From usage to a case that can be planned: a new one, one that is there; what is not clear is asked for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import usage_logs as logs
from click.testing import CliRunner, Result

from planner.cli import main
from planner.inputs import check_case, load_case

ROOT = Path(__file__).resolve().parents[3]
FOUND = logs.requests(3_000, seed=2)


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["demand", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def spend(tmp_path: Path) -> Path:
    return logs.write(tmp_path, "litellm_spend", FOUND, "csv.gz")


def test_a_new_case_can_be_planned_and_holds_what_was_measured(spend: Path, tmp_path: Path) -> None:
    case_folder = tmp_path / "new"
    result = run("import", spend, "-o", case_folder)
    assert result.exit_code == 0, result.stderr
    assert "3,000 rows in = 3,000 used + 0 set aside" in result.stdout
    assert check_case(case_folder)[0] == []
    case = load_case(case_folder)
    assert case.periods[0] == "2026-10"  # the month after the log's last
    (workload,) = case.records("workloads")
    failed = sum(one.failed for one in FOUND)
    assert workload["llm"] == "qwen3-32b"
    assert workload["retry_share"] == pytest.approx(failed / len(FOUND), abs=1e-6)
    demand = case.frame("demand")
    seconds = max(one.at_s for one in FOUND) - min(one.at_s for one in FOUND)
    assert demand["requests_per_day"].tolist() == pytest.approx(
        [(len(FOUND) - failed) / seconds * 86400] * 6, rel=1e-6
    )
    lengths = case.frame("length_profiles")
    fine = [one for one in FOUND if not one.failed]
    for column, total in (("mean_in", sum(one.input_tokens for one in fine)),
                          ("mean_cached_in", sum(one.cached_tokens for one in fine)),
                          ("mean_out", sum(one.output_tokens for one in fine))):  # fmt: skip
        mean = float((lengths["share"] * lengths[column]).sum())
        assert mean == pytest.approx(total / len(fine), rel=1e-6)


def test_growth_is_carried_on_from_the_recording(spend: Path, tmp_path: Path) -> None:
    run("import", spend, "-o", tmp_path / "new", "--growth-per-month", "0.1")
    rates = load_case(tmp_path / "new").frame("demand")["requests_per_day"]
    assert (rates / rates.iloc[0]).tolist() == pytest.approx([1.1**month for month in range(6)], rel=1e-6)


def test_a_case_that_is_there_keeps_its_own_workloads(spend: Path, tmp_path: Path) -> None:
    case_folder = tmp_path / "tiny"
    shutil.copytree(ROOT / "demand" / "tiny", case_folder)
    before = load_case(case_folder)
    result = run("import", spend, "-o", case_folder, "--region", "east")
    assert result.exit_code == 0, result.stderr
    assert check_case(case_folder)[0] == []
    after = load_case(case_folder)
    kept = {row["workload"]: row for row in after.records("workloads")}
    for row in before.records("workloads"):
        assert kept[row["workload"]] == row
    assert set(kept) == {"chat", "documents", "qwen3-32b"}
    old = before.frame("demand")
    new = after.frame("demand")
    merged = old.merge(new, on=["period", "region", "workload", "requests_per_day"])
    assert len(merged) == len(old)
    assert len(new) == len(old) + len(after.periods)
    again = run("import", spend, "-o", case_folder, "--region", "east")
    assert again.exit_code == 0
    assert load_case(case_folder) == after


def test_what_is_not_clear_is_asked_for_together(tmp_path: Path) -> None:
    rows = [
        {"time": logs.iso(one.at_s), "model": f"house-model-{at % 2}", "region": "mars",
         "input_tokens": one.input_tokens, "output_tokens": one.output_tokens}
        for at, one in enumerate(FOUND)
    ]  # fmt: skip
    path = tmp_path / "rows.csv"
    path.write_text(logs.csv_text(rows))
    case_folder = tmp_path / "tiny"
    shutil.copytree(ROOT / "demand" / "tiny", case_folder)
    result = run("import", path, "-o", case_folder)
    assert result.exit_code == 3
    assert "house-model-0" in result.stderr
    assert "house-model-1" in result.stderr
    assert "--llm" in result.stderr
    result = run("import", path, "-o", case_folder, "--llm", "*=qwen3-8b")
    assert result.exit_code == 3
    assert "'mars'" in result.stderr
    assert "east" in result.stderr
    result = run(
        "import", path, "-o", case_folder, "--llm", "*=qwen3-8b", "--region", "mars=north", "--class", "batch"
    )
    assert result.exit_code == 0, result.stderr
    assert check_case(case_folder)[0] == []
    assert {row["service_class"] for row in load_case(case_folder).records("workloads")} >= {"batch"}


def test_aggregates_take_the_form_of_a_class_and_keep_their_totals(tmp_path: Path) -> None:
    rows = [{"date": f"2026-09-{day:02d}", "model": "qwen3-32b", "prompt_tokens": 3_000_000,
             "completion_tokens": 50_000, "cache_read_input_tokens": 900_000, "api_requests": 1000}
            for day in range(1, 31)]  # fmt: skip
    path = tmp_path / "daily.csv"
    path.write_text(logs.csv_text(rows))
    result = run("import", path, "-o", tmp_path / "new")
    assert result.exit_code == 0, result.stderr
    assert "azure_conv_2023" in result.stderr  # the profile that is fallen back on, by name
    case = load_case(tmp_path / "new")
    lengths = case.frame("length_profiles")
    for column, expected in (("mean_in", 3000), ("mean_out", 50), ("mean_cached_in", 900)):
        assert float((lengths["share"] * lengths[column]).sum()) == pytest.approx(expected, rel=1e-5)
    assert case.frame("demand")["requests_per_day"].iloc[0] == pytest.approx(1000)
    assert "ASSUMED" in str(lengths["source"].iloc[0])


def test_a_bill_alone_makes_a_case_of_its_tokens(tmp_path: Path) -> None:
    line = {"ChargePeriodStart": "2026-09-01T00:00:00Z", "ChargePeriodEnd": "2026-10-01T00:00:00Z",
            "ChargeCategory": "Usage", "ServiceName": "qwen3-32b", "ConsumedUnit": "MTok"}  # fmt: skip
    rows = [
        line | {"SkuMeter": "Input tokens", "ConsumedQuantity": 300},
        line | {"SkuMeter": "Output tokens", "ConsumedQuantity": 60},
    ]
    path = tmp_path / "bill.csv"
    path.write_text(logs.csv_text(rows))
    result = run("import", path, "-o", tmp_path / "new")
    assert result.exit_code == 0, result.stderr
    case = load_case(tmp_path / "new")
    lengths, rate = case.frame("length_profiles"), case.frame("demand")["requests_per_day"].iloc[0]
    assert rate * float((lengths["share"] * lengths["mean_in"]).sum()) == pytest.approx(10e6, rel=1e-5)
    assert rate * float((lengths["share"] * lengths["mean_out"]).sum()) == pytest.approx(2e6, rel=1e-5)


def test_history_holds_whole_days_that_the_forecast_reads(tmp_path: Path) -> None:
    from planner.demand.forecast import HISTORY, history_of
    from planner.inputs.plain_table import read_plain_table

    rows = [{"time": f"2026-09-{day:02d}T{hour:02d}:30:00Z", "input_tokens": 100, "output_tokens": 10}
            for day in range(1, 21) for hour in range(24)]  # fmt: skip
    path = tmp_path / "rows.csv"
    path.write_text(logs.csv_text(rows))
    result = run("import", path, "--history", tmp_path / "history.csv")
    assert result.exit_code == 0, result.stderr
    table = read_plain_table(HISTORY, tmp_path / "history.csv")
    assert table["requests_per_day"].tolist() == [24.0] * 18
    assert history_of(table, "history.csv").volume[0].tolist() == pytest.approx([24 * 110 / 1e6] * 18)


def test_the_json_has_every_row_and_measure(spend: Path) -> None:
    answer = json.loads(run("import", spend, "--json").stdout)["data"]
    (file,) = answer["files"]
    assert (file["rows"], file["used"], file["format"]) == (3000, 3000, "litellm_spend")
    assert answer["workloads"][0]["totals"]["output_tokens"] == sum(
        one.output_tokens for one in FOUND if not one.failed
    )


def test_wrong_options_are_usage_errors(spend: Path) -> None:
    for wrong in (["--timezone", "Moon/Base"], ["--field", "time"], ["--llm", "=x"]):
        assert run("import", spend, *wrong).exit_code == 2
    assert run("import", spend, "--format", "litelm_spend").exit_code == 3
    assert run("import", spend.parent / "nowhere.csv").exit_code == 8


def test_scale_by_tenant(spend: Path, tmp_path: Path) -> None:
    rows = [{"time": logs.iso(one.at_s), "model": "qwen3-8b", "tenant": "ab"[at % 2], "input_tokens": one.input_tokens,
             "output_tokens": one.output_tokens} for at, one in enumerate(FOUND)]  # fmt: skip
    path = tmp_path / "rows.csv"
    path.write_text(logs.csv_text(rows))
    answer = json.loads(run("import", path, "--json", "--by", "tenant").stdout)["data"]
    assert [one["workload"] for one in answer["workloads"]] == ["a", "b"]
    assert pd.Series([one["totals"]["requests"] for one in answer["workloads"]]).tolist() == [1500, 1500]


def test_a_trace_without_a_calendar_has_none(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        logs.csv_text([{"arrival_s": at, "input_tokens": 50, "output_tokens": 5} for at in range(3600)])
    )
    result = run("import", path, "-o", tmp_path / "new", "--llm", "*=qwen3-8b")
    assert result.exit_code == 0, result.stderr
    case = load_case(tmp_path / "new")
    assert case.periods[0] == "2027-01"
    assert case.frame("demand")["requests_per_day"].iloc[0] == pytest.approx(86400, rel=1e-3)
