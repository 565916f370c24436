"""The gate: claims that do not hold are not passed on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from planner.optimization.matrix import Matrix
from planner.optimization.solve.incumbents import plans_newest_first
from planner.optimization.solve.judge import judge
from planner.optimization.solve.log import latest_progress
from planner.optimization.solve.outcome import relative_gap

GOOD = np.array([2.0, 1.0])  # cost 10, the optimum


def claim(reason: str, bound: float = 10.0, **more: str) -> dict[str, object]:
    return {"reason": reason, "bound": bound, **more}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (None, "no values"),
        (np.array([2.0]), "1 values for 2 columns"),
        (np.array([2.0, np.nan]), "not a finite number"),
        (np.array([-0.1, 4.0]), "column 0 is outside"),
        (np.array([2.5, 1.0]), "column 0 is not whole"),
        (np.array([0.0, 0.0]), "row 0 is broken"),
    ],
)
def test_a_claimed_plan_is_checked(small: Matrix, values: np.ndarray | None, why: str) -> None:
    verdict = judge(small, claim("OPTIMAL"), values, [], gap=0.0)
    assert verdict.status == "crashed"
    assert why in verdict.stop_reason
    assert verdict.values is None


def test_values_are_clipped_and_the_cost_is_ours(small: Matrix) -> None:
    verdict = judge(small, claim("OPTIMAL", 12.0), np.array([-1e-9, 3.0]), [], gap=0.0)
    assert verdict.status == "optimal"
    assert (verdict.values.tolist(), verdict.cost) == ([0.0, 3.0], 12.0)


def test_optimal_needs_a_bound_that_says_so(small: Matrix) -> None:
    verdict = judge(small, claim("OPTIMAL", 9.0), GOOD, [], gap=0.05)
    assert verdict.status == "feasible"
    assert "its own bound does not" in verdict.stop_reason
    assert judge(small, claim("OPTIMAL", 9.0), GOOD, [], gap=0.1).status == "optimal"


def test_a_bound_above_a_plan_in_hand_is_nonsense(small: Matrix) -> None:
    """HiGHS 1.12 has ended 'optimal' at 329,849 with a plan of 325,507 in existence; a start can show it up."""
    worse = np.array([0.0, 3.0])
    verdict = judge(small, claim("OPTIMAL", 12.0), worse, [GOOD], gap=0.0)
    assert verdict.status == "crashed"
    assert "above the cost 10.0" in verdict.stop_reason
    assert verdict.values.tolist() == GOOD.tolist()
    assert judge(small, claim("OPTIMAL", float("nan")), GOOD, [], gap=0.0).status == "crashed"


def test_infeasible_with_a_plan_in_hand_is_nonsense(small: Matrix) -> None:
    assert judge(small, claim("INFEASIBLE"), None, [GOOD], gap=0.0).status == "crashed"
    assert judge(small, claim("INFEASIBLE_OR_UNBOUNDED"), None, [None], gap=0.0).status == "infeasible"


def test_other_ends(small: Matrix) -> None:
    assert judge(small, claim("UNBOUNDED"), None, [], gap=0.0).status == "unbounded"
    failed = judge(small, claim("NUMERICAL_ERROR", detail="lost"), None, [], gap=0.0)
    assert (failed.status, failed.stop_reason) == ("crashed", "the solver failed: lost")
    nothing = judge(small, claim("NO_SOLUTION_FOUND", 3.0, limit="NODE"), None, [], gap=0.0)
    assert (nothing.status, nothing.bound, nothing.stop_reason) == ("no_plan", 3.0, "node limit")
    kept = judge(small, claim("NO_SOLUTION_FOUND", 3.0, limit="TIME"), None, [GOOD], gap=0.0)
    assert (kept.status, kept.cost) == ("feasible", 10.0)


def test_gap_in_words() -> None:
    assert relative_gap(100.0, 90.0) == pytest.approx(0.1)
    assert relative_gap(-100.0, -110.0) == pytest.approx(0.1)
    assert relative_gap(5.0, 5.0) == 0
    assert relative_gap(0.0, -1.0) == np.inf
    assert relative_gap(np.inf, 3.0) == np.inf


def test_plans_cut_short_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "incumbents.txt"
    assert list(plans_newest_first(path, 4)) == []
    whole = "Objective 9\n# Columns -2\n 1.5 0\n -2 3\nObjective 7\n# Columns 0\n"
    path.write_text(whole)
    assert [plan.tolist() for plan in plans_newest_first(path, 4)] == [[0, 0, 0, 0], [1.5, 0, 0, -2]]
    block = "Objective 5\n# Columns -2\n 3 1\n 12.25 2\n"
    for cut in range(1, len(block)):
        path.write_text(whole + block[:cut])
        newest = next(plans_newest_first(path, 4)).tolist()
        assert newest == [0, 0, 0, 0], block[:cut]
    path.write_text(whole + block)
    assert next(plans_newest_first(path, 4)).tolist() == [0, 3, 12.25, 0]
    path.write_text("Objective 5\n# Columns -1\n 3 9\n")  # a column that is not there
    assert list(plans_newest_first(path, 4)) == []


def test_log_lines_of_highs() -> None:
    lines = [
        "Src  Proc. InQueue |  Leaves   Expl. | BestBound       BestSol              Gap |   Cuts   InLp Confl.",
        " J       0       0         0   0.00%   -inf            5152               Large        0   0   0   0     0.0s",
        "      1506       0         0   0.00%   12.5            14                10.71%        3   0   0  16115  3.3s",
        "5 rows, 50 cols, 207 nonzeros  0s",
    ]
    first = latest_progress(lines[:2])
    assert first is not None
    assert (first.cost, first.bound, first.gap, first.seconds) == (5152, -np.inf, np.inf, 0.0)
    last = latest_progress(lines)
    assert last is not None
    assert (last.cost, last.seconds) == (14, 3.3)
    assert 12.4999 < last.bound < 12.5  # printed digits are rounded, so a little lower
    assert latest_progress(lines[3:]) is None
