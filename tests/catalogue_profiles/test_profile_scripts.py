"""The scripts that build the profiles: replay and merging on examples done by hand, and the same bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from planner.demand.profiles.fold import merge_small, rounded
from planner.demand.profiles.grid import bucket_table
from planner.demand.profiles.shape import hour_shape
from planner.inputs.prefix_store import cached_tokens

REPOSITORY = Path(__file__).resolve().parents[2]


def requests(rows: list[tuple[float, float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["input_tokens", "output_tokens", "cached_tokens", "requests"])


def test_the_script_writes_the_committed_bytes(traces: Path, tmp_path: Path) -> None:
    script = REPOSITORY / "scripts" / "build_profiles.py"
    command = [sys.executable, str(script), "--traces", str(traces), "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    for name in ("length_profiles.csv", "traffic_shapes.csv"):
        committed = (REPOSITORY / "demand" / "profiles" / name).read_bytes()
        assert (tmp_path / name).read_bytes() == committed, name


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    script = REPOSITORY / "scripts" / "build_profiles.py"
    command = [sys.executable, str(script), "--traces", str(tmp_path / "absent"), "--out", str(tmp_path)]
    outcome = subprocess.run(command, check=False, capture_output=True, text=True)
    assert outcome.returncode == 2
    assert "no such folder" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_unlimited_store_finds_leading_blocks_only() -> None:
    prompts = [(1_500, [0, 1, 2]), (1_300, [0, 1, 2]), (2_000, [0, 9, 2, 3])]
    # Second: all three blocks, cut at its 1,300 tokens. Third: block 2 is known but stands behind 9.
    assert cached_tokens(prompts, 512) == [0, 1_300, 512]


def test_small_store_forgets_the_least_recently_used() -> None:
    prompts = [(512, [1]), (512, [2]), (512, [1]), (512, [3]), (512, [1]), (512, [2])]
    # Two blocks fit. 3 drives out 2, since 1 was used after 2.
    assert cached_tokens(prompts, 512, store_blocks=2) == [0, 0, 512, 0, 512, 0]


def test_edges_belong_to_the_lower_bucket() -> None:
    cells = bucket_table(requests([(512, 64, 0, 1), (513, 65, 100, 3)]))
    assert cells[["row", "col", "share"]].to_numpy().tolist() == [[0, 0, 0.25], [1, 1, 0.75]]
    assert cells["mean_cached_in"].tolist() == [0, 100]


@pytest.mark.parametrize(("tokens_in", "tokens_out"), [(0, 10), (1_048_577, 10), (10, 131_073)])
def test_lengths_outside_the_grid_are_refused(tokens_in: int, tokens_out: int) -> None:
    with pytest.raises(ValueError, match="1 requests lie outside"):
        bucket_table(requests([(tokens_in, tokens_out, 0, 1)]))


def test_a_small_bucket_goes_to_its_neighbour_with_its_tokens() -> None:
    cells = bucket_table(requests([(1_000, 100, 0, 998), (3_000, 100, 500, 1), (100, 2_000, 0, 1_001)]))
    merged = merge_small(cells)
    assert merged["share"].tolist() == pytest.approx([1_001 / 2_000, 999 / 2_000])
    # 998 requests of 1,000 and one of 3,000 tokens: 1,001,000 / 999; cached 500 / 999.
    assert merged["mean_in"].tolist() == pytest.approx([100, 1_001_000 / 999])
    assert merged["mean_cached_in"].tolist() == pytest.approx([0, 500 / 999])


def test_a_bucket_that_would_carry_its_neighbour_over_the_edge_goes_further_away() -> None:
    # 1 request of 900 k tokens would lift the 40 at 130 k to 148.8 k, past their edge at 131,072.
    cells = bucket_table(requests([(130_000, 100, 0, 40), (1_000, 100, 0, 9_959), (900_000, 100, 0, 1)]))
    merged = merge_small(cells)
    assert merged["share"].tolist() == pytest.approx([0.996, 0.004])
    assert merged["mean_in"].tolist() == pytest.approx([10_859_000 / 9_960, 130_000])


def test_a_bucket_that_nobody_can_take_stays() -> None:
    cells = bucket_table(requests([(2_048, 64, 0, 1_999), (1_000_000, 100, 0, 1)]))
    assert merge_small(cells)["share"].tolist() == pytest.approx([0.9995, 0.0005])


def test_rounding_leaves_shares_that_sum_to_one() -> None:
    cells = bucket_table(requests([(100, 10, 0, 1), (1_000, 10, 0, 1), (3_000, 10, 0, 1)]))
    shares = rounded(cells)["share"].tolist()
    assert sorted(shares) == [0.3333333333, 0.3333333333, 0.3333333334]


def test_holes_are_left_out_of_the_shape() -> None:
    # Rate 10 by day hour 0, 30 by every other hour; the hole in hour 1 reads zero.
    rows = [(600 * i, 10.0 if i < 6 else 30.0, 0) for i in range(144)]
    rows[6] = (3_600, 0.0, 1)
    shape = hour_shape(pd.DataFrame(rows, columns=["t_s", "rate_rps", "is_gap"]))
    mean = (10 + 23 * 30) / 24
    assert shape["weight"].tolist()[:3] == pytest.approx([10 / mean, 30 / mean, 30 / mean])
    assert shape["weight"].tolist()[24] == pytest.approx(10 / mean)
    assert shape["window_peak"].tolist() == pytest.approx([1.0] * 168)


def test_an_hour_without_a_window_is_an_error() -> None:
    rows = [(600 * i, 10.0, int(i < 6)) for i in range(144)]
    with pytest.raises(ValueError, match="1 hours of the cycle"):
        hour_shape(pd.DataFrame(rows, columns=["t_s", "rate_rps", "is_gap"]))
