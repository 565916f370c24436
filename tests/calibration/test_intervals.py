"""Half widths of intervals: of the errors they were taken from they hold 80 %, and less knowledge is never narrower."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from calibration_world import run, table

from planner.calibration.intervals import QUANTITIES, log_errors, spreads
from planner.calibration.kinds import CLOSED, OFFLINE

LEVELS = ("accelerator", "family", "global")
NUMBER = 4000


def rows() -> pd.DataFrame:
    """Closed loops, then offline runs, all of which measured 1 of everything."""
    two = table(run(tpot_ms=1.0, ttft_ms=1.0, req_s=1.0), run(load_type="offline", req_s=1.0))
    return two.iloc[np.repeat([0, 1], NUMBER)].reset_index(drop=True)


def predicted(scatter: dict[str, float], seed: int) -> pd.DataFrame:
    """Predictions whose errors scatter so at each level of knowledge, the levels taking turns."""
    draw = np.random.default_rng(seed)
    known = np.array(list(scatter))[np.arange(2 * NUMBER) % len(scatter)]
    width = np.array([scatter[level] for level in known])
    off = {name: np.exp(width * draw.standard_normal(2 * NUMBER)) for name in ("tpot_ms", "ttft_ms", "req_s")}
    return pd.DataFrame({**off, "kind": np.repeat([CLOSED, OFFLINE], NUMBER), "known": known})


def widths(card: float, family: float, unknown: float) -> dict[tuple[str, str], float]:
    known = [predicted({"accelerator": card}, seed) for seed in (1, 2)]
    return spreads(rows(), known, predicted({"family": family, "global": unknown}, 3))


def test_the_width_is_that_of_four_errors_in_five() -> None:
    # 80 % of a normal error lie within 1.2816 of its standard deviation; of 2,000 draws to 2 % (one deviation).
    found = widths(0.1, 0.2, 0.4)
    for quantity in QUANTITIES:
        for level, sigma in zip(LEVELS, (0.1, 0.2, 0.4), strict=True):
            assert found[quantity, level] == pytest.approx(1.2816 * sigma, rel=0.08), (quantity, level)


def test_the_interval_holds_four_in_five_of_what_it_was_taken_from() -> None:
    known = predicted({"accelerator": 0.3}, 1)
    found = spreads(rows(), [known], predicted({"family": 0.3, "global": 0.3}, 2))
    for quantity in QUANTITIES:
        off = log_errors(rows(), known, quantity).dropna()
        assert len(off) == NUMBER
        assert (off.abs() <= found[quantity, "accelerator"]).mean() == pytest.approx(0.80, abs=0.01)


@pytest.mark.parametrize("scatter", [(0.1, 0.2, 0.4), (0.4, 0.2, 0.1), (0.2, 0.4, 0.1)])
def test_less_knowledge_is_never_a_narrower_interval(scatter: tuple[float, float, float]) -> None:
    found = widths(*scatter)
    for quantity in QUANTITIES:
        card, family, unknown = (found[quantity, level] for level in LEVELS)
        assert card <= family <= unknown, quantity


def test_a_level_nobody_was_measured_at_takes_the_widest() -> None:
    found = spreads(rows(), [predicted({"accelerator": 0.1}, 1)], predicted({"family": 0.3}, 2))
    for quantity in QUANTITIES:
        assert found[quantity, "global"] == found[quantity, "family"] > 2 * found[quantity, "accelerator"]


def test_rows_that_are_context_do_not_count() -> None:
    wrong = predicted({"accelerator": 0.1}, 1)
    wrong.loc[: NUMBER // 2, ["tpot_ms", "ttft_ms"]] = 1e6
    context = rows()
    context.loc[: NUMBER // 2, "quality"] = "C"
    off = log_errors(context, wrong, "tpot").dropna()
    assert len(off) == NUMBER - NUMBER // 2 - 1
    assert off.abs().max() < 1.0
