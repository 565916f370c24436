"""What `capplan demand show` prints and draws is what the case's tables say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from planner.cli import main
from planner.demand.look import look_at
from planner.demand.look.picture import draw
from planner.demand.look.render import length_table, spark, summary_table
from planner.errors import UnreachableError
from planner.inputs import load_case

ROOT = Path(__file__).resolve().parents[3]
TINY = ROOT / "demand" / "tiny"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["demand", "show", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_tables_are_those_of_the_case() -> None:
    look = look_at(load_case(TINY))
    summary = summary_table(look).set_index("workload")
    # azure_conv_2023: 1,155 in, 211 out; class chat caches 35 %; 5.28 million requests a day in the first quarter
    assert summary.loc["chat", "requests/day"] == 5_280_000
    assert summary.loc["chat", "input Mtok/day"] == pytest.approx(5.28 * 1155, rel=1e-3)
    assert summary.loc["chat", "to compute"] == pytest.approx(0.65 * 5.28 * 1155, rel=1e-3)
    assert summary.loc["chat", "output Mtok/day"] == pytest.approx(5.28 * 211, rel=2e-3)
    # 3.52 + 1.76 to 4.84 + 2.42 million in nine months
    assert summary.loc["chat", "growth %/month"] == pytest.approx(
        100 * ((7.26 / 5.28) ** (1 / 9) - 1), abs=0.05
    )
    for side in ("input", "output"):
        part = look.lengths[look.lengths["side"] == side]
        assert part.groupby("workload")["requests"].sum().tolist() == pytest.approx([1.0, 1.0])
        assert part.groupby("workload")["tokens"].sum().tolist() == pytest.approx([1.0, 1.0])
        assert len(length_table(look, side)) == 2
    assert look.band_source == ""
    assert look.band["p10"].tolist() == look.band["p90"].tolist()


def test_scenarios_give_the_band(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    (folder / "scenarios.csv").write_text("scenario,probability\nlow,0.3\nbase,0.4\nhigh,0.3\n")
    (folder / "scenario_effects.csv").write_text(
        "effect,scenarios,from_period,what,factor\nfall,low,2027Q2,demand,0.5\nrise,high,2027Q2,demand,2\n"
    )
    look = look_at(load_case(folder))
    assert look.band_source == "scenarios of the case"
    ratio = (look.band["p10"] / look.band["p50"]).tolist(), (look.band["p90"] / look.band["p50"]).tolist()
    assert ratio[0] == pytest.approx([1, 0.5, 0.5, 0.5])
    assert ratio[1] == pytest.approx([1, 2, 2, 2])


def test_quantiles_of_a_forecast_give_the_band(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    (folder / "runs").mkdir()
    lines = ["period,region,workload,metric,p10,p50,p90"]
    lines += [
        f"2027Q{q},{region},chat,volume_per_day,5,10,40" for q in (1, 2, 3, 4) for region in ("east", "north")
    ]
    lines += [f"2027Q{q},east,documents,volume_per_day,5,10,40" for q in (1, 2, 3, 4)]
    lines += ["2027Q1,east,chat,input_tokens_per_request,1,2,3"]
    (folder / "runs" / "demand_quantiles.csv").write_text("\n".join(lines) + "\n")
    answer = json.loads(run(folder, "--json").stdout)["data"]
    assert "forecast" in answer["band_source"]
    for row in answer["band"]:
        assert row["p10"] == pytest.approx(0.5 * row["p50"])
        assert row["p90"] == pytest.approx(4 * row["p50"])


def test_text_names_logical_and_compute_tokens() -> None:
    result = run(TINY)
    assert result.exit_code == 0
    for words in (
        "to compute",
        "cached %",
        "growth %/month",
        "% of requests / % of input tokens",
        "busiest hour",
        "no band",
    ):
        assert words in result.stdout


@pytest.mark.parametrize(
    ("ending", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("html", b"<!doctype html>")]
)
def test_pictures_are_written_and_the_same_each_time(ending: str, begins: bytes, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / f"a.{ending}"
    assert run(TINY, "-o", path).exit_code == 0
    data = path.read_bytes()
    assert data.startswith(begins)
    if ending == "svg":
        assert data == draw(look_at(load_case(TINY)), "svg")
    if ending != "png":
        for text in (b"chat", b"documents", b"Cached share of the input"):
            assert text in data
    if ending == "html":
        assert b"<script" not in data
        assert b"src=" not in data


def test_another_ending_is_a_usage_error(tmp_path: Path) -> None:
    assert run(TINY, "-o", tmp_path / "picture.gif").exit_code == 2


def test_without_matplotlib_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(UnreachableError, match=r"capplan\[plot\]"):
        draw(look_at(load_case(TINY)), "png")


def test_bars() -> None:
    assert spark(pd_array([0, 1, 2])) == "▁▅█"
    assert spark(pd_array([0, 0])) == "▁▁"


def pd_array(values: list[float]):  # type: ignore[no-untyped-def]
    import numpy as np

    return np.array(values, dtype=float)
