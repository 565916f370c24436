"""Templates load, shipped cases copy, and pages made from the declarations are up to date."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
import yaml
from inputs_folders import FOLDERS

from planner.errors import UnreachableError
from planner.inputs import check_case, load_case
from planner.inputs.declarations import CASE_TABLES
from planner.inputs.json_schema import schema_texts, write_schemas
from planner.inputs.locations import VARIABLE, data_folder, shipped_cases
from planner.inputs.template import case_id, copy_case, write_template

ROOT = Path(__file__).parents[2]


def test_the_template_loads_without_a_word(tmp_path: Path) -> None:
    written = write_template(tmp_path / "my case", "my case")
    assert {path.stem for path in written} == {"case", *(table.name for table in CASE_TABLES)}
    assert check_case(tmp_path / "my case") == ([], [])
    case = load_case(tmp_path / "my case")
    assert case.settings.name == "my-case"
    assert {card.origin for card in case.cards} == {"domestic", "imported"}


def test_every_column_is_explained_in_the_template(tmp_path: Path) -> None:
    write_template(tmp_path / "a", "a")
    for table in CASE_TABLES:
        text = (tmp_path / "a" / f"{table.name}.{'yaml' if table.records else 'csv'}").read_text(
            encoding="utf-8"
        )
        comments = [line for line in text.splitlines() if line.startswith("# ")]
        for column in table.columns[1:] if table.records else table.columns:
            assert any(line.startswith(f"# {column.name}: ") for line in comments), (table.name, column.name)


@pytest.mark.parametrize("name", ["", "...", "中文 项目", "a/b"])
def test_any_name_becomes_an_id(name: str, tmp_path: Path) -> None:
    write_template(tmp_path / "x", name)
    assert check_case(tmp_path / "x")[0] == []
    assert case_id("中文 项目") == "中文-项目"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").write_text("keep", encoding="utf-8")
    with pytest.raises(UnreachableError, match="not empty"):
        write_template(tmp_path / "mine", "mine")
    with pytest.raises(UnreachableError, match=r"cannot be used|cannot be written"):
        write_template(tmp_path / "mine" / "notes", "mine")


def test_shipped_cases_copy_and_unknown_ones_are_named(tmp_path: Path) -> None:
    for name, source in shipped_cases().items():
        copy_case(name, tmp_path / name)
        for path in source.iterdir():
            if path.is_file():
                assert (tmp_path / name / path.name).read_bytes() == path.read_bytes()
    with pytest.raises(UnreachableError, match="No shipped case 'strater'"):
        copy_case("strater", tmp_path / "other")


def test_the_catalogue_is_found_or_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (data_folder() / "hardware_profiles").is_dir()
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(UnreachableError, match=VARIABLE):
        data_folder()


def test_pages_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "scripts" / "build_docs.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert (ROOT / "docs" / "data.md").read_text(encoding="utf-8") == script.page(), (
        "run scripts/build_docs.py"
    )
    shown = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "schema").iterdir()}
    assert shown == schema_texts(), "run scripts/build_docs.py"


def resolved(schema: dict[str, object], root: dict[str, object]) -> dict[str, object]:
    if "$ref" in schema:
        return root["$defs"][str(schema["$ref"]).rpartition("/")[2]]  # type: ignore[index,return-value]
    return schema


def accepted(  # noqa: PLR0911 - one per keyword
    value: object, schema: dict[str, object], root: dict[str, object]
) -> bool:
    """The part of JSON Schema that our schemas use, written here so that the test needs no library."""
    schema = resolved(schema, root)
    if "anyOf" in schema:
        return any(accepted(value, one, root) for one in schema["anyOf"])  # type: ignore[attr-defined]
    if "enum" in schema:
        return value in schema["enum"]  # type: ignore[operator]
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    kind = names.get(type(value), "number")
    if kind not in kinds and not (kind == "number" and "integer" in kinds and isinstance(value, int)):
        return False
    if isinstance(value, dict):
        properties, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        if not set(schema.get("required", [])) <= set(value):
            return False
        return all(
            accepted(item, properties[name], root)
            if name in properties
            else rest and accepted(item, rest, root)
            for name, item in value.items()
        )
    if kind == "number":
        low, high, above = (schema.get(n) for n in ("minimum", "maximum", "exclusiveMinimum"))
        return (
            (low is None or value >= low)
            and (high is None or value <= high)
            and (above is None or value > above)
        )
    return True


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_schemas_accept_the_valid_folders(folder: str) -> None:
    texts = {name: json.loads(text) for name, text in schema_texts().items()}
    for name, text in FOLDERS[folder].items():
        if name.endswith(".yaml"):
            schema = texts[name.replace(".yaml", ".schema.json")]
            value = yaml.load(text.replace("1e3", "1000.0"), Loader=yaml.SafeLoader)
            assert accepted(value, schema, schema), name
            spoiled = {**value, "strange_field": 3}
            assert not accepted(spoiled, schema, schema), name


def test_schemas_are_written(tmp_path: Path) -> None:
    paths = write_schemas(tmp_path / "a" / "b")
    assert {path.name for path in paths} == set(schema_texts())
    assert all(path.read_text(encoding="utf-8") == schema_texts()[path.name] for path in paths)
