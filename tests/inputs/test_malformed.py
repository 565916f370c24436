"""A malformed corpus: every single fault is refused, and named with its file, field and line."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest
from inputs_folders import FOLDERS, write
from inputs_mutations import Mutation, everything, sample

from planner.errors import Problem
from planner.inputs import check_case

SINGLES = 240
PAIRS = 45
MOST_SECONDS = 5.0


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    for name, texts in FOLDERS.items():
        write(folder / name, texts)
    return folder


def problems_of(root: Path, *mutations: Mutation) -> list[Problem]:
    """Errors of a folder with these faults; the folder is whole again afterwards."""
    folder = root / mutations[0].folder
    for mutation in mutations:
        (folder / mutation.file).write_bytes(mutation.text.encode("utf-8"))
    try:
        return check_case(folder)[0]
    finally:
        for mutation in mutations:
            (folder / mutation.file).write_bytes(FOLDERS[mutation.folder][mutation.file].encode("utf-8"))


def is_named(mutation: Mutation, problems: list[Problem]) -> bool:
    """Whether one problem names file, field and line of the fault together."""
    return any(
        Path(problem.file).name == mutation.file
        and mutation.field in ("", problem.field)
        and (not mutation.line or re.search(rf"line {mutation.line}(?!\d)", problem.where))
        and problem.found
        and problem.expected
        for problem in problems
    )


def test_the_folders_are_valid(root: Path) -> None:
    for name in FOLDERS:
        assert check_case(root / name) == ([], [])


def test_the_corpus_is_large() -> None:
    assert len(everything()) > 2500


@pytest.mark.parametrize("part", range(8))
def test_each_fault_is_named(root: Path, part: int) -> None:
    for mutation in sample(SINGLES)[part::8]:
        start = time.monotonic()
        problems = problems_of(root, mutation)
        assert time.monotonic() - start < MOST_SECONDS, mutation
        assert is_named(mutation, problems), (mutation, problems[:3])


@pytest.mark.parametrize("part", range(3))
def test_two_faults_are_both_named(root: Path, part: int) -> None:
    chosen, draw = everything(), random.Random(part)
    for _ in range(PAIRS // 3):
        one = draw.choice(chosen)
        other = draw.choice([m for m in chosen if m.folder == one.folder and m.file != one.file])
        problems = problems_of(root, one, other)
        assert is_named(one, problems), (one, other)
        assert is_named(other, problems), (other, one)


def test_two_faults_of_one_row_are_both_named(root: Path) -> None:
    bad = "offer,period,price_per_card\nh20,2027-2,-5\nh21,2027-03,1\n"
    problems = problems_of(root, Mutation("", "monthly", "prices.csv", bad, "", 0))
    assert [(p.where, p.field) for p in problems] == [
        ("line 2", "period"),
        ("line 2", "price_per_card"),
        ("line 3", "offer"),
    ]
    assert "Write 2027-02." in problems[0].mend
    assert "h20" in problems[2].mend


def test_unit_slips_are_mostly_noticed(root: Path) -> None:
    """At least 60 % of slips by 1e3, 1e-3 and 1e6 in figures with a unit are refused or warned of, by field."""
    slips = noticed = 0
    for file, name in SLIPPING:
        text = FOLDERS["monthly"][file]
        for factor in (1e3, 1e-3, 1e6):
            changed = slipped(text, file, name, factor)
            (root / "monthly" / file).write_text(changed, encoding="utf-8")
            errors, warnings = check_case(root / "monthly")
            slips += 1
            noticed += any(problem.field == name for problem in (*errors, *warnings))
            (root / "monthly" / file).write_text(text, encoding="utf-8")
    assert slips == 3 * len(SLIPPING)
    assert noticed / slips >= 0.6


SLIPPING = (
    ("sites.yaml", "power_kw"),
    ("sites.yaml", "racks"),
    ("sites.yaml", "rack_kw"),
    ("sites.yaml", "pue"),
    ("sites.yaml", "tariff_per_kwh"),
    ("sites.yaml", "hosting_per_kw_month"),
    ("workloads.yaml", "max_ttft_ms"),
    ("workloads.yaml", "unmet_penalty_per_mtok"),
    ("routes.csv", "network_ms"),
    ("demand.csv", "output_mtok_per_day"),
    ("offers.csv", "price_per_card"),
    ("offers.csv", "life_months"),
    ("offers.csv", "vat_share"),
    ("prices.csv", "price_per_card"),
    ("tariffs.csv", "tariff_per_kwh"),
    ("fx.csv", "rate"),
    ("fleet.csv", "maintenance_per_card_month"),
)


def slipped(text: str, file: str, name: str, factor: float) -> str:
    """The text with the first figure of a field multiplied."""
    if file.endswith(".yaml"):
        return re.sub(rf"{name}: (\S+)", lambda m: f"{name}: {float(m[1]) * factor:g}", text, count=1)
    lines = text.splitlines()
    at = lines[0].split(",").index(name)
    cells = lines[1].split(",")
    cells[at] = f"{float(cells[at]) * factor:g}"
    return "\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n"
