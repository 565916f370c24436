"""The case as the other rooms see it: settings, frames, cards, language models, records of what was read."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from inputs_folders import FOLDERS, MONTHLY, TABLES, write

from planner.errors import InputError
from planner.inputs import Architecture, Case, Settings, load_case
from planner.inputs.cards import SERVER_OVERHEAD_SHARE, Card, Figure, catalogue_cards
from planner.inputs.declarations import CASE_TABLES, SETTINGS
from planner.inputs.declarations.catalogue import ARCHITECTURE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return load_case(write(tmp_path_factory.mktemp("case"), MONTHLY))


def test_fields_follow_the_declarations() -> None:
    assert {field.name for field in dataclasses.fields(Settings)} == set(SETTINGS.names)
    fields = {field.name: field.default for field in dataclasses.fields(Architecture)}
    assert set(fields) == set(ARCHITECTURE.names)
    for column in ARCHITECTURE.columns:
        assert column.required == (fields[column.name] is dataclasses.MISSING), column.name
        assert column.required or column.default == fields[column.name]


def test_settings_and_periods(case: Case) -> None:
    assert (case.settings.name, case.settings.start, case.settings.seed) == ("monthly", "2027-01", 7)
    assert case.settings.discount_rate_per_year == 0.08
    assert case.settings.node_limit is None
    assert case.periods == ("2027-01", "2027-02", "2027-03")


def test_it_is_frozen(case: Case) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        case.settings.gap = 0.1  # type: ignore[misc]


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_every_frame_has_the_declared_columns_and_types(folder: str, tmp_path: Path) -> None:
    case = load_case(write(tmp_path, FOLDERS[folder]))
    for table in CASE_TABLES:
        frame = case.frame(table.name)
        assert tuple(frame.columns) == table.names
        for column in table.columns:
            kind = frame[column.name].dtype.kind
            if column.kind in ("number", "share"):
                assert kind == "f"
            elif column.kind == "whole":
                assert kind == ("f" if column.default is None else "i")
            else:
                assert kind == ("b" if column.kind == "flag" else "O")
        assert frame is not case.frame(table.name)


def test_values_of_frames(case: Case) -> None:
    offers = case.frame("offers").set_index("offer")
    assert list(offers.index) == ["ascend", "h20", "own"]
    assert offers.loc["own", "currency"] is None
    assert pd.isna(offers.loc["h20", "cards_per_server"])
    assert offers.loc["own", "note"] == "a note, with a comma"
    assert offers.loc["own", "residual_share"] == 1.0
    assert list(case.frame("demand")["region"].unique()) == ["NA", "south"]
    talk = case.frame("workloads").set_index("workload").loc["talk"]
    assert talk["precisions"] == ("bf16", "fp8")
    assert (talk["max_ttft_ms"], talk["max_tpot_ms"]) == (900.0, 50.0)
    assert case.frame("fleet").set_index("batch").loc["older", "retires"] is None
    assert case.frame("serving").empty
    assert case.frame("case")["periods"].tolist() == [3]


def test_cards_and_llms(case: Case) -> None:
    assert [card.accelerator for card in case.cards] == ["huawei_910c", "mycard", "nvidia_h20_96gb"]
    mine = case.cards[1]
    assert (mine.vendor, mine.origin, mine.native_precisions) == ("Mine", "domestic", ("bf16", "fp8"))
    assert mine.figures["memory_gib"] == Figure(64.0, "GiB", "user")
    assert mine.figures["memory_bandwidth_gb_per_s"].grade == "vendor_stated"
    assert mine.get("fp8_tflops") is None
    with pytest.raises(InputError, match="fp8_tflops: no figure"):
        mine.value("fp8_tflops")
    assert [llm.llm for llm in case.llms] == ["myllm", "qwen3-8b"]
    assert case.llms[0].architecture.kv_heads == 2


def test_power_of_a_card() -> None:
    def power(**figures: float) -> float:
        card = Card("a", "a", "v", "domestic", (), {n: Figure(v, "W", "user") for n, v in figures.items()})
        return card.power_kw

    assert power(tdp_w=400) == pytest.approx(0.4 * (1 + SERVER_OVERHEAD_SHARE))
    assert power(tdp_w=400, server_power_w=5600, cards_per_server=8) == pytest.approx(0.7)
    assert power(tdp_w=400, server_power_w=5600, cards_per_server=8, all_in_power_w_per_card=900) == 0.9
    with pytest.raises(InputError):
        power()


def test_a_case_completes_and_overrides_the_catalogue(tmp_path: Path) -> None:
    own = MONTHLY["accelerators.yaml"] + "  huawei_910c:\n    figures:\n      memory_gib: 100\n"
    card = load_case(write(tmp_path, {**MONTHLY, "accelerators.yaml": own})).cards[0]
    shipped = {card.accelerator: card for card in catalogue_cards()}["huawei_910c"]
    assert card.figures["memory_gib"] == Figure(100.0, "GiB", "user")
    assert {n: f for n, f in card.figures.items() if n != "memory_gib"} == {
        n: f for n, f in shipped.figures.items() if n != "memory_gib"
    }
    assert (card.vendor, card.name) == (shipped.vendor, shipped.name)


def test_an_llm_is_overridden_field_by_field(tmp_path: Path) -> None:
    own = (
        MONTHLY["llms.yaml"]
        + "  qwen3-8b:\n    context_tokens: 4096\n    architecture: {tied_embeddings: true}\n"
    )
    before = load_case(write(tmp_path / "a", MONTHLY)).llms[1]
    after = load_case(write(tmp_path / "b", {**MONTHLY, "llms.yaml": own})).llms[1]
    assert (after.context_tokens, after.architecture.tied_embeddings) == (4096, True)
    assert after.architecture.layers == before.architecture.layers


def test_an_unused_card_is_left_out_by_name(tmp_path: Path) -> None:
    own = MONTHLY["accelerators.yaml"] + "  huawei_970: {}\n"
    (found,) = load_case(write(tmp_path, {**MONTHLY, "accelerators.yaml": own})).unplannable
    assert found.accelerator == "huawei_970"
    assert found.missing
    assert found.used_by == ("accelerators.yaml",)


def test_sources_are_hashes_of_what_was_read(case: Case) -> None:
    hashes = {source.path: source.sha256 for source in case.sources}
    for name, text in MONTHLY.items():
        assert hashes[name] == hashlib.sha256(text.encode()).hexdigest()
    shipped = "hardware_profiles/domestic/huawei_910c.yaml"
    assert hashes[shipped] == hashlib.sha256((ROOT / shipped).read_bytes()).hexdigest()


def test_defaults_are_listed(case: Case) -> None:
    used = {(d.table, d.key, d.column): (d.value, d.origin) for d in case.defaults_used}
    assert used["case", "monthly", "idle_power_share"] == ("0.3", "declared default")
    assert used["workloads", "talk", "max_tpot_ms"] == ("50", "service class chat")
    assert used["sites", "west", "pue"] == ("1.3", "declared default")
    assert ("sites", "west", "note") not in used
    assert ("sites", "east", "pue") not in used


def test_every_table_is_in_a_folder() -> None:
    files = {name.split(".", maxsplit=1)[0] for texts in FOLDERS.values() for name in texts}
    assert set(TABLES) <= files


def test_a_plain_case_needs_no_heavy_library(tmp_path: Path) -> None:
    folder = write(tmp_path, FOLDERS["quarterly"])
    code = (
        "import sys; from planner.inputs import load_case; load_case(sys.argv[1]);"
        "print({'pandas', 'numpy', 'pyarrow', 'openpyxl', 'ortools', 'difflib'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "set()"
