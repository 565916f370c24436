"""Quirks of OR-Tools 9.15 that the adapter leans on or works around; each fails loudly when an upgrade changes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    model_pb2,
    parameters_pb2,
)
from ortools.math_opt.core.python import solver as mathopt
from ortools.math_opt.python import mathopt as public
from pybind11_abseil.status import StatusNotOk

from planner.optimization.matrix import Matrix
from planner.optimization.solve import child
from planner.optimization.solve.wire import model_bytes


def solve_directly(matrix: Matrix, solver: str, parameters: parameters_pb2.SolveParametersProto) -> object:
    loaded = child.load_model(b"".join(model_bytes(matrix)), solver)
    start = model_parameters_pb2.ModelSolveParametersProto()
    return loaded.solve(parameters, start, None, callback_pb2.CallbackRegistrationProto(), None, None)


def test_our_bytes_are_the_message(small: Matrix) -> None:
    many = replace(
        small,
        cost=np.arange(300.0),
        lower=np.arange(300.0) - 5,
        upper=np.arange(300.0) + 0.1,
        integer=np.arange(300) % 3 == 0,
        row_lower=np.array([-np.inf, 2.0]),
        row_upper=np.array([1.0, np.inf]),
        entry_rows=np.array([0, 0, 1]),
        entry_columns=np.array([0, 299, 128]),
        entry_values=np.array([1.5, -2.0, 1e-7]),
        offset=-3.25,
    )
    model = model_pb2.ModelProto.FromString(b"".join(model_bytes(many)))
    assert list(model.variables.ids) == list(range(300))
    assert list(model.variables.lower_bounds) == many.lower.tolist()
    assert list(model.variables.upper_bounds) == many.upper.tolist()
    assert list(model.variables.integers) == many.integer.tolist()
    assert model.objective.offset == -3.25
    assert not model.objective.maximize
    assert list(model.objective.linear_coefficients.ids) == list(range(1, 300))
    assert list(model.objective.linear_coefficients.values) == many.cost[1:].tolist()
    assert list(model.linear_constraints.ids) == [0, 1]
    assert list(model.linear_constraints.lower_bounds) == [-np.inf, 2.0]
    assert list(model.linear_constraints.upper_bounds) == [1.0, np.inf]
    entries = model.linear_constraint_matrix
    assert list(entries.row_ids) == [0, 0, 1]
    assert list(entries.column_ids) == [0, 299, 128]
    assert list(entries.coefficients) == [1.5, -2.0, 1e-7]
    relaxed = model_pb2.ModelProto.FromString(b"".join(model_bytes(many, relax=True)))
    assert not any(relaxed.variables.integers)


def test_wire_numbers_up_to_the_largest(small: Matrix) -> None:
    from planner.optimization.solve.wire import LARGEST_NUMBER, _numbers, _packed

    ids = np.array([0, 127, 128, 16383, 16384, 2**21 - 1, 2**21, LARGEST_NUMBER])
    message = model_pb2.VariablesProto.FromString(b"".join(_packed(1, _numbers(ids))))
    assert list(message.ids) == ids.tolist()


def test_the_public_layer_masks_a_refusal_and_we_unmask_it() -> None:
    model = public.Model()
    model.add_variable(lb=float("nan"), ub=1.0)
    with pytest.raises(AttributeError, match="canonical_code") as caught:
        public.solve(model, public.SolverType.HIGHS)
    assert "canonical_code" not in child.true_text(caught.value)
    assert "nan" in child.true_text(caught.value).lower()


def test_the_layer_we_call_says_what_is_wrong(small: Matrix) -> None:
    wrong = replace(small, cost=np.array([np.nan, 1.0]))  # past the guard on purpose
    with pytest.raises(StatusNotOk, match=r"NaN value;.*id: 0"):
        child.load_model(b"".join(model_bytes(wrong)), "highs")


def test_a_refusal_becomes_an_answer(small: Matrix, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"".join(model_bytes(small)))
    request = {"seed": 0, "solver": "glop", "deadline": 1e12}
    answer = child.solve_or_say_why(request, str(tmp_path))
    assert answer["reason"] == "ERROR"
    assert "integer variables" in answer["detail"]


def test_highs_refuses_threads_but_takes_its_own_option(small: Matrix) -> None:
    with pytest.raises(StatusNotOk, match="threads"):
        solve_directly(small, "highs", parameters_pb2.SolveParametersProto(threads=1))
    own = parameters_pb2.SolveParametersProto()
    own.highs.int_options["threads"] = 1
    solve_directly(small, "highs", own)


def test_glop_refuses_whole_numbers(small: Matrix) -> None:
    with pytest.raises(StatusNotOk, match="does not support integer variables"):
        solve_directly(small, "glop", parameters_pb2.SolveParametersProto())


def test_an_unknown_option_of_highs_is_refused(small: Matrix) -> None:
    """So a renamed option for improving solutions would not pass in silence."""
    wrong = parameters_pb2.SolveParametersProto()
    wrong.highs.string_options["mip_improving_solution_fil"] = "x"
    with pytest.raises(StatusNotOk, match="option name was unknown"):
        solve_directly(small, "highs", wrong)


def test_highs_writes_improving_plans_in_our_format(small: Matrix, tmp_path: Path) -> None:
    from planner.optimization.solve.incumbents import plans_newest_first

    request = {
        "seed": 0,
        "solver": "highs",
        "gap": 0.0,
        "node_limit": None,
        "threads": 1,
        "keep_incumbents": True,
    }
    solve_directly(small, "highs", child.parameters(request, str(tmp_path)))
    plans = list(plans_newest_first(tmp_path / "incumbents.txt", 2))
    assert plans
    assert plans[0].round(9).tolist() == [2, 1]


def test_the_binding_has_the_calls_we_make() -> None:
    assert callable(mathopt.new)
    assert "message_callback" in mathopt.Solver.solve.__doc__
