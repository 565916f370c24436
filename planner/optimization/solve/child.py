"""The process that solves: started by ``process.py`` with one private folder, run once, ended.

A script of its own that imports neither the planner nor numpy nor pandas, so that a small solve starts in a few
tenths of a second. It reads ``request.json``, ``model.bin``, ``hint.bin`` and, where the duals of the relaxation are
wanted besides a whole-number plan, ``relaxation.bin``; it writes ``log.txt``, ``incumbents.txt``, ``values.bin``,
``duals.bin`` and, last and whole, ``answer.json``. Its stdout and stderr are a file: HiGHS prints there when it likes,
so nothing is read from it but words for a failure report.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import sys
import threading
import time
from array import array
from typing import Any

SOLVERS = {"highs": "SOLVER_TYPE_HIGHS", "scip": "SOLVER_TYPE_GSCIP", "glop": "SOLVER_TYPE_GLOP"}
# Share of the work HiGHS spends on finding plans rather than on proving; its own default is 0.05. On the starter case
# 0.3 found a plan within 0.4 % where 0.05 stopped at 1 % in the same 20 s; bounds come from the relaxation here.
HEURISTIC_EFFORT = 0.3
LOG_INTERVAL_S = 1.0  # least time between two lines of HiGHS's progress; its default is 5


def true_text(error: BaseException) -> str:
    """The solver's own words behind an error.

    In OR-Tools 9.15 a refusal is a ``StatusNotOk``; the public ``mathopt.solve`` stumbles over it and shows an
    AttributeError about ``canonical_code`` instead (upstream issue 4606), with the real one as its context. We call
    the layer below and meet the first kind; the second is handled all the same.
    """
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__


def watch_parent(folder: str) -> threading.Event:
    """Listen to the parent on stdin: a byte says that the request is there; its end that the parent is gone.

    Then end at once, and leave no files behind. The event returned is set by the byte.
    """
    go = threading.Event()

    def wait() -> None:
        while os.read(0, 1):
            go.set()
        import shutil

        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
    return go


def load_solver() -> None:
    """Load OR-Tools while the parent still builds the program; what cannot be loaded is reported by the solve."""
    with contextlib.suppress(ImportError):
        from ortools.math_opt import (  # noqa: F401
            callback_pb2,
            model_parameters_pb2,
            model_pb2,
            parameters_pb2,
            result_pb2,
        )
        from ortools.math_opt.core.python import solver  # noqa: F401


def limit_memory(limit_bytes: int | None) -> None:
    """Cap the address space, before the model is loaded."""
    if limit_bytes is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


def parameters(request: dict[str, Any], folder: str) -> Any:
    """Solver parameters; the time limit is set later, when the model is loaded."""
    from ortools.math_opt import parameters_pb2

    given = parameters_pb2.SolveParametersProto(enable_output=True, random_seed=request["seed"])
    if request["solver"] != "glop":
        given.relative_gap_tolerance = request["gap"]
        given.absolute_gap_tolerance = 0.0
        if request["node_limit"] is not None:
            given.node_limit = request["node_limit"]
    if request["solver"] == "highs":
        # `threads` itself is refused for HiGHS ("must be set using globals"); its own option is taken.
        given.highs.int_options["threads"] = request["threads"]
        given.highs.double_options["mip_min_logging_interval"] = LOG_INTERVAL_S
        given.highs.double_options["mip_heuristic_effort"] = HEURISTIC_EFFORT
        if request["keep_incumbents"]:
            given.highs.string_options["mip_improving_solution_file"] = os.path.join(folder, "incumbents.txt")
            given.highs.bool_options["mip_improving_solution_report_sparse"] = True
    elif request["solver"] == "scip":
        given.threads = request["threads"]
    return given


def load_model(data: bytes, solver: str) -> Any:
    """Hand the model to the solver. The bytes are passed on as they are, not parsed into a Python message first."""
    from ortools.math_opt import model_pb2, parameters_pb2
    from ortools.math_opt.core.python import solver as mathopt

    class Model:
        """What the binding needs of a message: its type and its bytes."""

        DESCRIPTOR = model_pb2.ModelProto.DESCRIPTOR

        def SerializePartialToString(self) -> bytes:  # noqa: N802 - the binding's name
            return data

    kind = getattr(parameters_pb2, SOLVERS[solver])
    return mathopt.new(kind, Model(), parameters_pb2.SolverInitializerProto())


def hint_parameters(folder: str) -> Any:
    """The start, if one was sent: a value per column, NaN where unknown."""
    from ortools.math_opt import model_parameters_pb2

    given = model_parameters_pb2.ModelSolveParametersProto()
    path = os.path.join(folder, "hint.bin")
    if os.path.exists(path):
        known = [(column, value) for column, value in enumerate(read_doubles(path)) if not math.isnan(value)]
        start = given.solution_hints.add().variable_values
        start.ids.extend(column for column, _ in known)
        start.values.extend(value for _, value in known)
    return given


def solve(request: dict[str, Any], folder: str) -> dict[str, Any]:
    """Load, solve, write the values; returns what goes into ``answer.json``."""
    import ortools
    from ortools.math_opt import callback_pb2

    given = parameters(request, folder)
    start = hint_parameters(folder)
    relaxed_duals(request, given, folder)
    with open(os.path.join(folder, "model.bin"), "rb") as file:
        solver = load_model(file.read(), request["solver"])
    version = f"OR-Tools {ortools.__version__}"
    loaded = time.monotonic()
    left_s = request["deadline"] - loaded
    if left_s <= 0:
        return {"reason": "NO_SOLUTION_FOUND", "limit": "TIME", "bound": -float("inf"), "version": version}
    given.time_limit.FromNanoseconds(max(1, int(left_s * 1e9)))
    log = os.open(os.path.join(folder, "log.txt"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write_log(lines: list[str]) -> None:
        os.write(log, ("\n".join(lines) + "\n").encode(errors="replace"))

    result = solver.solve(given, start, write_log, callback_pb2.CallbackRegistrationProto(), None, None)
    return {"version": version, **read_result(result, folder)}


def relaxed_duals(request: dict[str, Any], given: Any, folder: str) -> None:
    """Solve the relaxation, if one was sent, for its duals only; without an answer in time there are none."""
    from ortools.math_opt import callback_pb2, model_parameters_pb2, parameters_pb2

    path = os.path.join(folder, "relaxation.bin")
    left_s = request["deadline"] - time.monotonic()
    if left_s <= 0 or not os.path.exists(path):
        return
    plain = parameters_pb2.SolveParametersProto()
    plain.CopyFrom(given)
    plain.highs.string_options.clear()  # plans on the way are of the program itself
    plain.enable_output = False
    plain.ClearField("node_limit")
    plain.time_limit.FromNanoseconds(max(1, int(left_s * 1e9)))
    with open(path, "rb") as file:
        solver = load_model(file.read(), request["solver"])
    start, calls = model_parameters_pb2.ModelSolveParametersProto(), callback_pb2.CallbackRegistrationProto()
    read_result(solver.solve(plain, start, None, calls, None, None), folder)
    if os.path.exists(os.path.join(folder, "values.bin")):
        os.remove(os.path.join(folder, "values.bin"))  # fractions are no plan


def read_result(result: Any, folder: str) -> dict[str, Any]:
    """Status and bound; values and duals go to files of their own."""
    from ortools.math_opt import result_pb2, solution_pb2

    termination = result.termination
    answer: dict[str, Any] = {
        "reason": result_pb2.TerminationReasonProto.Name(termination.reason).removeprefix(
            "TERMINATION_REASON_"
        ),
        "limit": result_pb2.LimitProto.Name(termination.limit).removeprefix("LIMIT_"),
        "detail": termination.detail,
        "bound": termination.objective_bounds.dual_bound,
    }
    feasible = solution_pb2.SOLUTION_STATUS_FEASIBLE
    for solution in result.solutions[:1]:
        if solution.HasField("primal_solution") and solution.primal_solution.feasibility_status == feasible:
            write_doubles(os.path.join(folder, "values.bin"), solution.primal_solution.variable_values.values)
        if solution.HasField("dual_solution") and solution.dual_solution.feasibility_status == feasible:
            write_doubles(os.path.join(folder, "duals.bin"), solution.dual_solution.dual_values.values)
    return answer


def read_doubles(path: str) -> array[float]:
    """A file of 64-bit floats in this machine's order."""
    values = array("d")
    with open(path, "rb") as file:
        values.frombytes(file.read())
    return values


def write_doubles(path: str, values: Any) -> None:
    """The reverse of ``read_doubles``; ``values`` is dense, in the order of the ids (0, 1, 2, ...)."""
    with open(path, "wb") as file:
        array("d", values).tofile(file)


def solve_or_say_why(request: dict[str, Any], folder: str) -> dict[str, Any]:
    """``solve``, with every refusal of the solver as an answer; what else is raised ends the child with its trace."""
    try:
        from ortools.math_opt.core.python import solver  # noqa: F401 - registers the exception's module
        from pybind11_abseil.status import StatusNotOk  # type: ignore[import-untyped]
    except ImportError as error:
        return {"reason": "ERROR", "detail": f"OR-Tools cannot be loaded: {error}"}
    try:
        return solve(request, folder)
    except MemoryError:
        return {"reason": "ERROR", "detail": "out of memory"}
    except (StatusNotOk, AttributeError, RuntimeError, ValueError, TypeError, OSError) as error:
        return {"reason": "ERROR", "detail": true_text(error)}


def main(folder: str) -> int:
    """Solve what the folder asks; 0 when an answer, also one that says why not, was written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to decide
    go = watch_parent(folder)
    load_solver()
    go.wait()
    with open(os.path.join(folder, "request.json"), encoding="utf-8") as file:
        request = json.load(file)
    limit_memory(request["memory_limit_bytes"])
    answer = solve_or_say_why(request, folder)
    path = os.path.join(folder, "answer.json")
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.replace(path + ".part", path)
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1])
    sys.stdout.flush()
    os._exit(code)  # the answer is on disk; taking the solver's memory apart would only cost time
