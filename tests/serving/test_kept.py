"""A serving table is computed once per question, and never answers another question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from planner.demand import demand_tables
from planner.inputs import Case, load_case
from planner.serving import ServingModel, kept_serving_tables, model_of, serving_tables
from planner.serving import kept as kept_module

TINY = Path(__file__).parents[2] / "demand" / "tiny"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("CAPPLAN_CACHE_DIR", str(tmp_path / "cache"))
    return load_case(TINY)


def ask(case: Case, model: ServingModel | None = None) -> dict[str, pd.DataFrame]:
    tables = kept_serving_tables(case, demand_tables(case).buckets, [0.0], model or model_of(case))
    return {name: getattr(tables, name) for name in kept_module.TYPES}


def test_what_is_read_back_is_what_was_computed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = serving_tables(case, demand_tables(case).buckets, [0.0], model_of(case))
    ask(case)

    def refuse(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(kept_module, "serving_tables", refuse)
    for name, table in ask(case).items():
        pd.testing.assert_frame_equal(table, getattr(fresh, name))


def test_another_model_is_another_question(case: Case) -> None:
    model = replace(model_of(case), estimate="median")
    median = ask(case, model)
    small_chunks = replace(model, engine=replace(model.engine, chunk_tokens=512.0))
    assert not ask(case, small_chunks)["rates"].equals(median["rates"])
    wide = replace(
        model.calibration, spreads={("tpot", level): 0.3 for level in ("accelerator", "family", "global")}
    )
    pessimistic = replace(model, calibration=wide, estimate="pessimistic")
    slower = ask(case, pessimistic)["rates"]["requests_per_s"].sum()
    assert slower < median["rates"]["requests_per_s"].sum()


def test_a_damaged_entry_is_computed_again(case: Case, tmp_path: Path) -> None:
    first = ask(case)
    for path in (tmp_path / "cache").rglob("rates.parquet"):
        path.write_bytes(b"no table")
    pd.testing.assert_frame_equal(ask(case)["rates"], first["rates"])
