"""The command writes its two files, and says what is missing."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.cli import main

NEW = ["--accelerator", "mine", "--vendor", "Me", "--origin", "domestic"]
HAS_TORCH = importlib.util.find_spec("torch") is not None


def test_it_writes_a_profile_and_a_table(tmp_path: Path) -> None:
    limits = ["--quick", "--minutes", "0.02", "--memory-gib", "0.3", "--device", "numpy", "--json"]
    done = CliRunner().invoke(main, ["measure", "-o", str(tmp_path), *NEW, *limits])
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)["data"]
    assert data["points"] > 0
    assert [Path(path).suffix for path in data["files"]] == [".yaml", ".csv"]
    assert all(Path(path).exists() for path in data["files"])


def test_a_device_that_names_no_card_is_an_input_error() -> None:
    done = CliRunner().invoke(main, ["measure", "--device", "numpy"])
    assert done.exit_code == 3
    assert "--accelerator ID" in done.stderr


@pytest.mark.skipif(HAS_TORCH, reason="PyTorch is installed")
def test_without_pytorch_it_says_how_to_install_it() -> None:
    done = CliRunner().invoke(main, ["measure", *NEW])
    assert done.exit_code == 8
    assert "pip install torch" in done.stderr
    assert "torch_npu" in done.stderr


def test_nothing_heavy_is_imported_before_a_device_is_opened() -> None:
    code = "import planner.measure.run, sys; print(sorted({'torch', 'numpy', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
