"""The page on formats says what the declarations say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from planner.inputs.usage.formats import FORMATS

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_what_the_formats_say() -> None:
    spec = importlib.util.spec_from_file_location("demand_page", ROOT / "scripts" / "build_demand_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = (ROOT / "docs" / "demand.md").read_text(encoding="utf-8")
    assert text == module.page(), "run scripts/build_demand_page.py"
    for one in FORMATS:
        assert f"| `{one.name}` |" in text
