"""``capplan forecast`` as a person meets it, and the pages on demand."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from planner.cli import main
from planner.inputs import load_case

ROOT = Path(__file__).parents[2]
TINY = ROOT / "demand" / "tiny"


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """24 months of both workloads of the tiny case, growing 3 % a month, in the proportions of no profile."""
    lines = ["period,region,workload,requests_per_day,mean_input_tokens,mean_output_tokens"]
    for at, month in enumerate(np.arange("2025-01", "2027-01", dtype="datetime64[M]")):
        for region, workload in (("east", "chat"), ("north", "chat"), ("east", "documents")):
            lines.append(f"{month},{region},{workload},{1e6 * 1.03**at},2000,300")
    path = tmp_path / "usage.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_case_is_given_its_demand(history: Path, tmp_path: Path) -> None:
    """Four quarters of 2,300 tokens a request, in requests of the case's profiles; the case can still be read."""
    case = tmp_path / "tiny"
    shutil.copytree(TINY, case)
    refused = run("forecast", history, "--case", case, "-o", case)
    assert refused.exit_code == 8
    assert "--replace" in refused.stderr
    result = run("forecast", history, "--case", case, "-o", case, "--replace")
    assert result.exit_code == 0, result.output
    assert "input tokens per output token, its length profile has" in result.stderr
    read = load_case(case)
    rows = read.records("demand")
    assert {row["period"] for row in rows} == {"2027Q1", "2027Q2", "2027Q3", "2027Q4"}
    assert len(rows) == 12
    profile = [row for row in read.records("length_profiles") if row["profile"] == "azure_conv_2023"]
    length = sum(float(row["share"]) * (float(row["mean_in"]) + float(row["mean_out"])) for row in profile)  # type: ignore[arg-type]
    quarter = np.mean([1e6 * 1.03**at * 2300 for at in (24, 25, 26)])
    first = next(row for row in rows if row["period"] == "2027Q1" and row["workload"] == "chat")
    assert float(first["requests_per_day"]) * length == pytest.approx(quarter, rel=1e-6)  # type: ignore[arg-type]
    assert (case / "runs" / "demand_quantiles.csv").is_file()


def test_its_quantiles_spread_scenarios(history: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("forecast", history, "--months", "12", "-o", out).exit_code == 0
    result = run(
        "demand", "scenarios", TINY, "--quantiles", out / "demand_quantiles.csv", "--paths", "300", "--json"
    )
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["data"]["scenarios"]
    assert sum(row["probability"] for row in rows) == pytest.approx(1.0)


def test_json_holds_what_was_forecast(history: Path) -> None:
    data = json.loads(run("forecast", history, "--months", "3", "--json").stdout)["data"]
    assert data["unit"] == "tokens"
    assert {row["metric"] for row in data["quantiles"]} == {
        "volume_per_day", "input_tokens_per_request", "output_tokens_per_request"
    }  # fmt: skip
    assert [row["growth_per_month"] for row in data["series"]] == pytest.approx([0.03] * 3)


def test_a_backtest_of_pure_growth_finds_the_drift_right(tmp_path: Path) -> None:
    """Twelve months at 3 %: the drift errs nowhere; the last month again is 1.03, 1.03^2, 1.03^3 times too little."""
    path = tmp_path / "usage.csv"
    months = np.arange("2026-01", "2027-01", dtype="datetime64[M]")
    rows = [f"{month},w,{1.03**at}" for at, month in enumerate(months)]
    path.write_text("\n".join(["period,workload,requests_per_day", *rows]))
    data = json.loads(run("forecast", path, "--backtest", "3", "--json").stdout)["data"]
    by = {row["method"]: row for row in data["backtest"]}
    assert by["drift"]["bias"] == pytest.approx(0.0, abs=1e-6)
    assert by["drift"]["cost_over_foresight"] == pytest.approx(0.995, abs=0.006)
    assert by["last-season"]["bias"] == pytest.approx(3 / sum(1.03**i for i in (1, 2, 3)) - 1, rel=1e-6)
    assert by["last-season"]["cost_over_foresight"] > by["drift"]["cost_over_foresight"]


def test_short_history_asks_for_growth(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("period,workload,requests_per_day\n2027-01,w,1\n2027-02,w,2\n")
    refused = run("forecast", path)
    assert refused.exit_code == 3
    assert "--growth LOW:MID:HIGH" in refused.stderr
    assert run("forecast", path, "--growth", "0:0.05:0.1", "--months", "2").exit_code == 0


def test_agents_write_a_profile_a_case_can_use(tmp_path: Path) -> None:
    case = tmp_path / "tiny"
    shutil.copytree(TINY, case)
    path = case / "length_profiles.csv"
    assert run("demand", "agents", "--profile", "light", "mine", "-o", path).exit_code == 0
    text = (case / "workloads.yaml").read_text(encoding="utf-8")
    text = text.replace("    service_class: chat\n", "    service_class: chat\n    length_profile: mine\n")
    (case / "workloads.yaml").write_text(text, encoding="utf-8")
    rows = [row for row in load_case(case).records("length_profiles") if row["profile"] == "mine"]
    # five prompts of 900, 1,150 ... 1,900 tokens: all in one bucket
    assert [(row["in_hi"], row["mean_in"], row["mean_out"]) for row in rows] == [(2048.0, 1400.0, 150.0)]
    assert rows[0]["mean_cached_in"] == pytest.approx((0 + 900 + 1150 + 1400 + 1650) / 5)
    assert run("demand", "agents", "--profile", "light", "mine", "-o", path).exit_code == 8


def test_agents_in_json_and_in_words() -> None:
    data = json.loads(run("demand", "agents", "--json").stdout)["data"]
    assert {row["agent"] for row in data["agents"]} >= {"chat", "light", "coding"}
    words = run("demand", "agents").stderr
    assert "light: a question of 1,050 tokens becomes a session of 7,750 to bill, 2,650 to compute" in words


@pytest.mark.parametrize("name", ["agents", "forecast", "scenarios", "levers"])
def test_the_pages_are_those_of_the_script(name: str) -> None:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "scripts" / "build_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_docs"] = module
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert page == module.demand_page(name), "run scripts/build_docs.py"
