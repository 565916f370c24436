"""The wheel works outside the repository: it finds the catalogue, copies a case, plans it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds nothing but what the wheel brings."""
    place = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(place),
        str(ROOT),
    ]
    if subprocess.run(
        [sys.executable, "-m", "pip", "--version"], capture_output=True, check=False
    ).returncode:
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True)
    (wheel,) = place.glob("capplan-*.whl")
    target = place / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def run(installed: Path, where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    environment.pop("CAPPLAN_DATA_DIR", None)
    command = [sys.executable, "-m", "planner.cli", *arguments]
    return subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_brings_catalogue_and_cases(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import planner; print(planner.__file__)"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(installed)
    profiles = installed / "planner/data/hardware_profiles"
    assert len(list(profiles.rglob("*.yaml"))) == len(list((ROOT / "hardware_profiles").rglob("*.yaml")))
    assert (installed / "planner/data/demand/starter/case.yaml").is_file()


def test_a_copied_case_solves(installed: Path, tmp_path: Path) -> None:
    made = run(installed, tmp_path, "init", "mine", "--from", "tiny")
    assert made.returncode == 0, made.stderr
    solved = run(installed, tmp_path, "solve", "mine", "-o", "run", "--json")
    assert solved.returncode == 0, solved.stderr
    answer = json.loads(solved.stdout)
    assert answer["ok"]
    assert answer["data"]["bound"] <= answer["data"]["cost"]
    audited = run(installed, tmp_path, "audit", "run")
    assert audited.returncode == 0, audited.stdout + audited.stderr
