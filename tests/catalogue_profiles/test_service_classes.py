"""The service classes: exact keys, sane ranges, and ids that exist."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
KEYS = [
    "tier",
    "length_profile",
    "traffic_shape",
    "max_ttft_ms",
    "max_tpot_ms",
    "promise_quantile",
    "peak_quantile",
    "burst_z",
    "cached_input_share",
    "retry_share",
    "failed_work_share",
    "response_cache_share",
    "deferrable",
    "sources",
]


def classes() -> dict[str, dict]:
    text = (REPOSITORY / "demand" / "workloads" / "service_classes.yaml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    assert list(loaded) == ["service_classes"]
    return loaded["service_classes"]


def test_the_six_classes_have_exactly_these_keys() -> None:
    assert set(classes()) == {"chat", "agent", "rag", "batch", "reasoning", "code"}
    for name, record in classes().items():
        assert list(record) == KEYS, name


def test_figures_are_in_range() -> None:
    for name, record in classes().items():
        assert record["tier"] in {"interactive", "standard", "batch"}, name
        assert record["max_ttft_ms"] > 0, name
        assert record["max_tpot_ms"] > 0, name
        assert record["burst_z"] >= 1, name
        for key in KEYS:
            if key.endswith("_share") or key.endswith("_quantile"):
                assert 0 <= record[key] <= 1, (name, key)
        assert record["deferrable"] is (record["tier"] == "batch"), name


def test_every_figure_has_its_source_on_one_line() -> None:
    needed = [key for key in KEYS if key not in {"tier", "traffic_shape", "deferrable", "sources"}]
    for name, record in classes().items():
        assert set(needed) <= set(record["sources"]) <= set(KEYS), name
        for text in record["sources"].values():
            assert isinstance(text, str)
            assert text.strip()
            assert "\n" not in text


def test_profiles_and_shapes_exist(lengths: pd.DataFrame, shapes: pd.DataFrame) -> None:
    for name, record in classes().items():
        assert record["length_profile"] in set(lengths["profile"]), name
        assert record["traffic_shape"] in set(shapes["shape"]), name
