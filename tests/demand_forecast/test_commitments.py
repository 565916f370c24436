"""Packages cap, rush and lapse; provisioned rates are kept free; in that order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand.commitments import COMMITMENTS, committed
from planner.errors import InputError
from planner.inputs.plain_table import read_plain_table
from planner.units import DAYS_PER_MONTH


def demand(*mtok: float, peak: float = 2.0) -> pd.DataFrame:
    """Input only, so that a token is a token."""
    periods = [f"2027-{month:02d}" for month in range(1, len(mtok) + 1)]
    return pd.DataFrame(
        {
            "period": periods,
            "region": "east",
            "workload": "chat",
            "input_mtok_per_day": mtok,
            "output_mtok_per_day": 0.0,
            "requests_per_day": np.nan,
            "mean_input_tokens": np.nan,
            "mean_output_tokens": np.nan,
            "peak_to_mean": peak,
        }
    )


def sold(**fields: object) -> pd.DataFrame:
    row = {"commitment": "c", "kind": "package", "region": "east", "workload": "chat", "from_period": "2027-01",
           "to_period": "2027-12", "demand_share": 1.0, "quantity_mtok": np.nan, "draw_ratio_input": 1.0,
           "draw_ratio_output": 1.0, "breakage_share": 0.0, "reserved_tokens_per_minute": np.nan}  # fmt: skip
    return pd.DataFrame([{**row, **fields}])


def test_a_package_stops_when_it_is_used_up() -> None:
    """Three months of 10 a day on a package of 25 months-of-one: 10, 10 and 5."""
    rows, told = committed(demand(10, 10, 10), sold(quantity_mtok=25 * DAYS_PER_MONTH))
    assert rows["input_mtok_per_day"].tolist() == pytest.approx([10, 10, 5])
    assert "beyond it" in told[0]


def test_only_the_buyers_part_stops() -> None:
    rows, _ = committed(demand(10, 10), sold(quantity_mtok=4 * DAYS_PER_MONTH, demand_share=0.4))
    assert rows["input_mtok_per_day"].tolist() == pytest.approx([10, 6])


def test_breakage_and_draw_ratio_shrink_it() -> None:
    """40 sold, a quarter never drawn, two drawn per token: 15 tokens."""
    fields = {"quantity_mtok": 40 * DAYS_PER_MONTH, "breakage_share": 0.25, "draw_ratio_input": 2.0}
    rows, _ = committed(demand(10, 10), sold(**fields))
    assert rows["input_mtok_per_day"].tolist() == pytest.approx([10, 5])


def test_what_is_left_lapses_or_comes_in_a_rush() -> None:
    package = sold(quantity_mtok=50 * DAYS_PER_MONTH, to_period="2027-02")
    calm, told = committed(demand(10, 10, 10), package)
    rush, _ = committed(demand(10, 10, 10), package, surge=True)
    assert calm["input_mtok_per_day"].tolist() == pytest.approx([10, 10, 10])
    assert "lapse" in told[0]
    assert rush["input_mtok_per_day"].tolist() == pytest.approx([10, 10 + 30, 10])


def test_a_reserved_rate_is_kept_even_when_idle() -> None:
    """1.44 million a day: 1,000 a minute, 2,000 at the peak. 5,000 reserved for a tenth of it: 0.9 * 2,000 + 5,000."""
    rows, _ = committed(
        demand(1.44), sold(kind="provisioned", demand_share=0.1, reserved_tokens_per_minute=5000.0)
    )
    assert rows["peak_to_mean"].tolist() == pytest.approx([6.8])
    assert rows["input_mtok_per_day"].tolist() == pytest.approx([1.44])


def test_a_reserved_rate_below_the_buyers_peak_changes_nothing() -> None:
    rows, told = committed(demand(1.44), sold(kind="provisioned", reserved_tokens_per_minute=1999.0))
    assert rows["peak_to_mean"].tolist() == [2.0]
    assert "0 of 1 periods" in told[0]


def test_next_to_no_demand_still_reserves() -> None:
    rows, _ = committed(demand(1e-9), sold(kind="provisioned", reserved_tokens_per_minute=1000.0))
    assert rows["peak_to_mean"].iloc[0] <= 1000.0
    peak = rows["input_mtok_per_day"] * rows["peak_to_mean"]
    assert peak.iloc[0] == pytest.approx(1.44, rel=1e-6)


def test_packages_come_before_reserved_rates() -> None:
    """The package halves the demand; the reserve is measured against what is left, whatever the order of the rows."""
    both = pd.concat([
        sold(commitment="p", kind="provisioned", reserved_tokens_per_minute=1500.0),
        sold(commitment="q", quantity_mtok=0.72 * DAYS_PER_MONTH),
    ])  # fmt: skip
    for order in (both, both.iloc[::-1]):
        rows, _ = committed(demand(1.44), order)
        assert rows["input_mtok_per_day"].tolist() == pytest.approx([0.72])
        assert rows["peak_to_mean"].tolist() == pytest.approx(
            [3.0]
        )  # 1,500 of a mean of 500; its own peak was 1,000


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.floats(0.1, 100), min_size=1, max_size=6),
    st.floats(1, 1e5),
    st.floats(0.1, 1.0),
    st.floats(1, 1e6),
)
def test_a_package_never_adds_and_a_reserve_never_takes(
    volumes: list[float], quantity: float, share: float, reserved: float
) -> None:
    before = demand(*volumes)
    after, _ = committed(before, sold(quantity_mtok=quantity, demand_share=share))
    assert (after["input_mtok_per_day"] <= before["input_mtok_per_day"] * (1 + 1e-9)).all()
    kept = (before["input_mtok_per_day"] * (1 - share)).to_numpy()
    assert (after["input_mtok_per_day"].to_numpy() >= kept * (1 - 1e-9)).all()
    held, _ = committed(
        before, sold(kind="provisioned", demand_share=share, reserved_tokens_per_minute=reserved)
    )
    peak = before["input_mtok_per_day"] * before["peak_to_mean"]
    floor = np.maximum(peak * (1 - share) + reserved * 1440 / 1e6, peak)
    held_peak = held["input_mtok_per_day"] * held["peak_to_mean"]
    assert (held_peak >= peak * (1 - 1e-9)).all()
    assert (held_peak <= floor * (1 + 1e-9)).all()


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"region": "eats", "quantity_mtok": 1.0}, "Nearest: 'east'"),
        ({"workload": "chta", "quantity_mtok": 1.0}, "Nearest: 'chat'"),
        ({"from_period": "2029-01", "to_period": "2029-02", "quantity_mtok": 1.0}, "periods of the demand"),
        ({}, "quantity_mtok: blank"),
        ({"kind": "provisioned"}, "reserved_tokens_per_minute: blank"),
    ],
)
def test_faults_are_told(fields: dict[str, object], found: str) -> None:
    with pytest.raises(InputError, match=found):
        committed(demand(1.0), sold(**fields))


def test_demand_without_tokens_is_told() -> None:
    rows = demand(1.0).assign(input_mtok_per_day=np.nan, requests_per_day=5.0)
    with pytest.raises(InputError, match="no tokens"):
        committed(rows, sold(quantity_mtok=1.0))


def test_the_table_is_read_with_its_defaults(tmp_path: Path) -> None:
    path = tmp_path / "commitments.csv"
    path.write_text("commitment,kind,region,workload,from_period,to_period,quantity_mtok\n"
                    "c,package,east,chat,2027-01,2027-02,100\n")  # fmt: skip
    table = read_plain_table(COMMITMENTS, path)
    assert table["demand_share"].tolist() == [1.0]
    committed(demand(1.0, 1.0), table)
