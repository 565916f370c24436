"""The commands that people type all day start without the heavy libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"pandas", "numpy", "ortools", "pyarrow", "openpyxl", "rich"}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["check", "demand/tiny"], ["solve", "--help"]], ids=" ".join
)
def test_no_heavy_library_is_imported(arguments: list[str]) -> None:
    code = (
        "import sys, planner.cli\n"
        f"try:\n    planner.cli.main({arguments!r})\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
