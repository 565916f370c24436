"""Time zones: only their distance to the reference zone counts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from planner.demand import demand_tables
from planner.inputs import load_case
from tests.cases.test_worked_cases import complete


def requests(into: Path, home: int, away: int, reference: int) -> pd.DataFrame:
    """Requests of `two_zones` with other offsets."""
    folder = complete("two_zones", into)
    (folder / "regions.csv").write_text(f"region,utc_offset_hours\nhome,{home}\naway,{away}\n")
    with (folder / "case.yaml").open("a") as file:
        file.write(f"utc_offset_hours: {reference}\n")
    return demand_tables(load_case(folder)).requests


def test_shifting_all_zones_alike_changes_nothing(tmp_path: Path) -> None:
    first = requests(tmp_path / "a", 8, -4, 8)
    pd.testing.assert_frame_equal(first, requests(tmp_path / "b", 11, -1, 11))
    pd.testing.assert_frame_equal(first, requests(tmp_path / "c", 0, -12, 0))
    assert set(first[["region", "slice"]].itertuples(index=False, name=None)) == {
        ("home", "late"),
        ("away", "early"),
    }


def test_shifting_one_zone_moves_its_load(tmp_path: Path) -> None:
    moved = requests(tmp_path / "a", 8, 8, 8)
    assert set(moved["slice"]) == {"late"}
    halves = requests(tmp_path / "b", 8, 2, 8)  # six hours behind: half of its busy hours in either slice
    away = halves[halves["region"] == "away"].set_index("slice")
    assert away["mean_requests_per_s"].to_dict() == {"early": 4.0, "late": 4.0}
    assert away["requests_per_s"].to_dict() == {"early": 8.0, "late": 8.0}
