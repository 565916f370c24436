"""The page on money says what the declarations say."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import planner.cli
from planner.budget.export.mapped import preset_names

ROOT = Path(__file__).parents[2]


def test_the_page_is_the_declarations() -> None:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "scripts" / "build_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "budget.md").read_text(encoding="utf-8")
    assert page == module.budget_page(), "run scripts/build_docs.py"


def test_every_option_and_preset_the_page_names_is_there() -> None:
    page = (ROOT / "docs" / "budget.md").read_text(encoding="utf-8")
    command = planner.cli.main.get_command(None, "budget")  # type: ignore[arg-type]
    assert command is not None
    options = {name for parameter in command.params for name in parameter.opts}
    for name in re.findall(r"(--[a-z][a-z-]+)", page):
        assert name in options, name
    assert set(re.findall(r"--preset (\w+)", page)) <= set(preset_names())
