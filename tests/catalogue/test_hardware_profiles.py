"""The accelerator catalogue: every profile is readable, sourced, and equal to what the tables say."""

from __future__ import annotations

import csv
import importlib.util
import math
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
PROFILES = sorted((REPOSITORY / "hardware_profiles").glob("*/*.yaml"))
OWN_TABLES = REPOSITORY / "scripts" / "hardware_sources"
TABLES = REPOSITORY.parent / "shared" / "data"
GRADES = {"vendor_stated", "third_party_measured", "press_estimate", "own_estimate_by_rule"}
REQUIRED = {"accelerator", "name", "vendor", "origin", "availability", "confidence", "figures"}
OPTIONAL = {
    "form_factor",
    "memory_type",
    "native_precisions",
    "software",
    "released",
    "export_status",
    "procurement_status",
    "note",
    "family",
    "family_source",
    "aliases",
    "aliases_source",
}
LISTS = ("figures", "native_precisions", "software", "aliases")
PRECISIONS = {"fp32", "tf32", "fp16", "bf16", "fp8", "fp6", "fp4", "int16", "int8", "int4"}

with_tables = pytest.mark.skipif(
    not TABLES.is_dir(), reason="the sourced tables are not beside the repository"
)


class NoDuplicates(yaml.SafeLoader):
    """A loader that refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key in {keys}", node.start_mark)
        return super().construct_mapping(node, deep)


def read(path: Path) -> dict[str, Any]:
    """A profile as a dictionary."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=NoDuplicates)


def script() -> ModuleType:
    """The generator, imported from its file."""
    path = REPOSITORY / "scripts" / "build_hardware_profiles.py"
    spec = importlib.util.spec_from_file_location("build_hardware_profiles", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(name: str) -> list[dict[str, str]]:
    """Rows of one of the sourced tables, those of the project's own table after the shared ones."""
    found = []
    for folder in (TABLES, OWN_TABLES):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            found += list(csv.DictReader(file))
    return found


def test_the_catalogue_is_there():
    assert len(PROFILES) >= 60
    assert {path.parent.name for path in PROFILES} == {"domestic", "imported"}


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_profile_names_itself_and_its_origin(path: Path):
    profile = read(path)
    assert profile["accelerator"] == path.stem
    assert profile["origin"] == path.parent.name
    assert set(profile) >= REQUIRED
    assert set(profile) <= REQUIRED | OPTIONAL
    assert set(profile.get("native_precisions", [])) <= PRECISIONS
    assert ("family" in profile) == ("family_source" in profile)
    assert ("aliases" in profile) == ("aliases_source" in profile)
    texts = [value for key, value in profile.items() if key not in LISTS]
    assert all(isinstance(text, str) and text for text in texts)


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_every_figure_is_sourced_and_positive(path: Path):
    for name, figure in read(path)["figures"].items():
        assert set(figure) <= {"value", "unit", "grade", "date", "source", "address", "note"}, name
        assert figure["grade"] in GRADES, name
        assert figure["source"], name
        assert figure["date"] == "undated" or re.fullmatch(r"\d{4}(-\d{2}|-\d{4})?", figure["date"]), name
        assert isinstance(figure["value"], int | float), name
        assert math.isfinite(figure["value"]), name
        assert figure["value"] > 0, name
        assert figure["unit"], name
        assert not figure.get("address", "").startswith(("http", "not recorded")), name


def test_a_known_card_reads_as_its_data_sheet_says():
    """H100 SXM: 80 GB, 3.35 TB/s, 989 dense BF16 TFLOPS, 700 W (maker's data sheet)."""
    figures = read(REPOSITORY / "hardware_profiles" / "imported" / "nvidia_h100_sxm.yaml")["figures"]
    assert figures["memory_gib"]["value"] == 80
    assert figures["memory_bandwidth_gb_per_s"]["value"] == pytest.approx(3350)
    assert figures["bf16_tflops"]["value"] == pytest.approx(989, rel=0.001)
    assert figures["tdp_w"]["value"] == 700


@with_tables
def test_number_of_profiles_is_the_number_of_accelerators():
    cards = {row["accelerator_id"] for row in rows("accelerators.csv") if row["row_kind"] != "system"}
    assert {path.stem for path in PROFILES} == cards
    assert len(PROFILES) == len(cards)


@with_tables
def test_each_filled_cell_is_a_figure_and_no_rejected_value_is():
    """Compared through the sources table, by value, without the generator's own column map."""
    values = {
        (row["accelerator_id"], float(row["value"]))
        for row in rows("accelerator_sources.csv")
        if row["used_in_accelerators_csv"] == "yes" and row["unit"] != "text"
    }
    found = {(path.stem, float(f["value"])) for path in PROFILES for f in read(path)["figures"].values()}
    systems = {row["accelerator_id"] for row in rows("accelerators.csv") if row["row_kind"] == "system"}
    assert found == {(accelerator, value) for accelerator, value in values if accelerator not in systems}


@with_tables
def test_running_the_script_again_gives_the_same_bytes(tmp_path: Path):
    written = script().build(TABLES, tmp_path)
    assert len(written) == len(PROFILES)
    for path in PROFILES:
        again = tmp_path / path.parent.name / path.name
        assert again.read_bytes() == path.read_bytes(), path.name


def test_text_that_looks_like_something_else_is_quoted():
    quoted = script().quoted
    for text in ("2025", "2025-09", "no", "1e5", "a: b", "x #y", "[z", "8-card", "Atlas A3, 2 dies", "null"):
        assert yaml.safe_load(f"key: {quoted(text)}") == {"key": text}


def test_a_figure_that_is_not_a_number_above_zero_is_refused():
    line = script().figure_line
    source = {"grade": "vendor_stated", "date": "", "source_title": "sheet", "source_address": "not recorded"}
    assert line("tdp_w", "700", source) == (
        '  tdp_w: {value: 700, unit: W, grade: vendor_stated, date: undated, source: "sheet"}'
    )
    for value in ("0", "-3", "nan", "inf"):
        with pytest.raises(ValueError, match="above 0"):
            line("tdp_w", value, source)


def test_a_stale_generated_profile_is_removed_and_a_handwritten_one_stays(tmp_path: Path):
    module = script()
    columns = ["accelerator_id", "name", "vendor", "origin", "row_kind", "form_factor", "memory_type"]
    columns += ["native_dtypes", "software", "availability", "release_date", "us_export_status_to_china"]
    columns += ["china_procurement_status", "overall_confidence", "note", *module.FIGURES]
    card = dict.fromkeys(columns, "") | {
        "accelerator_id": "new_card",
        "origin": "domestic",
        "row_kind": "card",
    }
    card |= {"name": "New", "vendor": "Maker", "native_dtypes": "FP16,MXFP4", "tdp_w": "300"}
    with (tmp_path / "accelerators.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows([card, card | {"accelerator_id": "rack", "row_kind": "system"}])
    (tmp_path / "accelerator_sources.csv").write_text("accelerator_id,field,used_in_accelerators_csv\n")
    folder = tmp_path / "out" / "domestic"
    folder.mkdir(parents=True)
    (folder / "old_card.yaml").write_text(module.HEADER + "\naccelerator: old_card\n")
    (folder / "mine.yaml").write_text("accelerator: mine\n")

    module.build(tmp_path, tmp_path / "out", tmp_path / "none of our own")

    assert sorted(path.name for path in folder.iterdir()) == ["mine.yaml", "new_card.yaml"]
    profile = read(folder / "new_card.yaml")
    assert profile["native_precisions"] == ["fp16", "fp4"]
    assert profile["figures"]["tdp_w"]["grade"] == "own_estimate_by_rule"
    assert profile["figures"]["tdp_w"]["source"] == "accelerators.csv, no source row"
    assert "form_factor" not in profile


def test_our_own_table_fills_cells_and_never_overrules_one():
    completed = script().completed
    assert completed([{"accelerator_id": "a", "tdp_w": ""}], [{"accelerator_id": "a", "tdp_w": "5"}]) == [
        {"accelerator_id": "a", "tdp_w": "5"}
    ]
    with pytest.raises(ValueError, match="a, tdp_w: 4 and 5"):
        completed([{"accelerator_id": "a", "tdp_w": "4"}], [{"accelerator_id": "a", "tdp_w": "5"}])
