"""Solve a matrix: guards before, one child process, a gate behind."""

from __future__ import annotations

import contextlib
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from planner.errors import SolverError
from planner.optimization.matrix import FloatArray, Matrix, Namer, check_matrix, whole_integer_bounds
from planner.optimization.solve.incumbents import plans_newest_first
from planner.optimization.solve.judge import Verdict, best_plan, judge
from planner.optimization.solve.log import latest_progress
from planner.optimization.solve.options import SolveOptions
from planner.optimization.solve.outcome import Outcome, Progress
from planner.optimization.solve.process import Request, SolverProcess
from planner.optimization.solve.wire import model_bytes
from planner.units import GIB_BYTES

POLL_S = 0.1  # how often progress, cancellation and Ctrl-C are looked at; the child's end is seen at once
GRACE_S = 1.0  # past its limit a solver may finish its sentence; assumed
GRACE_SHARE = (
    0.1  # and this share of the limit more: HiGHS looks at its clock seldom in large presolves; assumed
)
LEAST_RETRY_S = 1.0  # less time than this is not worth a second solver; assumed
KEPT_LOG_LINES = 20  # of the solver's log, in the messages of a failure


class Cancel(Protocol):
    """Anything that can be asked whether to stop, such as ``threading.Event``."""

    def is_set(self) -> bool:
        """True from the moment the solve should stop."""
        ...


@dataclass(frozen=True, eq=False)
class _Task:
    """What to solve, from when on, and who may speak meanwhile."""

    matrix: Matrix
    options: SolveOptions
    hint: FloatArray | None
    on_progress: Callable[[Progress], None] | None
    cancel: Cancel | None
    interrupted: threading.Event
    started: float
    relax_first: bool = False


@dataclass
class _Watch:
    """What the parent has seen of a child so far."""

    progress: Progress | None = None
    log: list[str] = field(default_factory=list)
    stop: str = ""  # why the parent ended the child, if it did


def solve_matrix(
    matrix: Matrix,
    options: SolveOptions | None = None,
    *,
    relax: bool = False,
    relax_first: bool = False,
    hint: FloatArray | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
    names: Namer | None = None,
) -> Outcome:
    """Solve a program in a child process of its own.

    Parameters
    ----------
    matrix : the program; checked by ``check_matrix`` first
    options : limits, gap, seed, solver
    relax : solve without integrality and return the rows' duals
    relax_first : solve the relaxation first, in the same child, and return its rows' duals with the whole-number plan
    hint : a start, one value per column, NaN where unknown; a start that is a plan is kept as one
    on_progress : called with new incumbents and bounds as HiGHS reports them, about once a second
    cancel : asked every tenth of a second
    names : names rows and columns in the messages of the guards

    Returns
    -------
    Outcome
        Also for failures of the solver: a status, never an exception. Ctrl-C in the main thread ends the child and
        gives 'interrupted' with the best plan so far; it raises nothing. A MILP whose HiGHS run crashed is
        solved once more with SCIP in the time left.

    Raises
    ------
    MatrixError
        The guards refuse the program.
    SolverError
        Options that do not fit together, or a hint of another length.
    """
    options = options or SolveOptions()
    started = time.monotonic()
    check_matrix(matrix, names)
    matrix = whole_integer_bounds(matrix)
    if relax:
        matrix = replace(matrix, integer=np.zeros_like(matrix.integer))
    if options.solver == "scip" and relax:
        raise SolverError("SCIP gives no duals; relaxations are for highs or glop.")
    if options.solver == "glop" and matrix.integer.any():
        raise SolverError("GLOP cannot keep whole numbers; use it with relax=True only.")
    if hint is not None and hint.shape != matrix.cost.shape:
        raise SolverError(f"The start has {hint.size} values for {matrix.columns} columns.")
    with ctrl_c_noted() as interrupted:
        both = relax_first and options.solver == "highs" and bool(matrix.integer.any())
        task = _Task(matrix, options, hint, on_progress, cancel, interrupted, started, both)
        outcome = _solve_once(task)
        left_s = options.time_limit_s - (time.monotonic() - started)
        again = outcome.status == "crashed" and options.solver == "highs" and bool(matrix.integer.any())
        if again and left_s >= LEAST_RETRY_S:
            second = replace(options, solver="scip", time_limit_s=left_s)
            start = hint if outcome.values is None else outcome.values
            other = _solve_once(
                replace(task, options=second, hint=start, started=time.monotonic(), relax_first=False)
            )
            note = f"HiGHS: {outcome.stop_reason}; solved again with SCIP"
            if other.status != "crashed":
                outcome = replace(
                    other, duals=outcome.duals, messages=(note, *outcome.messages, *other.messages)
                )
    return replace(outcome, seconds=time.monotonic() - started)


def _solve_once(task: _Task) -> Outcome:
    """One child, from its start to the verdict on what it left."""
    matrix, options, hint = task.matrix, task.options, task.hint
    whole = bool(matrix.integer.any())
    request = Request(
        solver=options.solver,
        gap=options.gap,
        node_limit=options.node_limit,
        seed=options.seed,
        threads=options.threads,
        memory_limit_bytes=None
        if options.memory_limit_gib is None
        else int(options.memory_limit_gib * GIB_BYTES),
        deadline=task.started + options.time_limit_s,
        keep_incumbents=whole,
    )
    watch = _Watch()
    start = hint if whole else None
    relaxation = model_bytes(matrix, relax=True) if task.relax_first else None
    with SolverProcess(request, model_bytes(matrix), start, relaxation) as process:
        _wait(process, task, watch)
        answer = process.answer()
        with_duals = task.relax_first or (answer is not None and not whole)
        duals = process.doubles("duals.bin") if with_duals else None
        if answer is not None:
            verdict = judge(matrix, answer, process.doubles("values.bin"), [hint], options.gap)
        else:
            verdict = _without_answer(matrix, process, watch, hint)
    if duals is not None and (duals.shape != matrix.row_lower.shape or not np.isfinite(duals).all()):
        duals = None
    log = tuple(watch.log[-KEPT_LOG_LINES:]) if verdict.status == "crashed" else ()
    return Outcome(
        status=verdict.status,
        values=verdict.values,
        cost=verdict.cost,
        bound=verdict.bound,
        duals=duals,
        stop_reason=verdict.stop_reason,
        seconds=time.monotonic() - task.started,
        solver=options.solver,
        solver_version=str(answer.get("version", "")) if answer is not None else "",
        messages=(*verdict.messages, *log),
    )


def _wait(process: SolverProcess, task: _Task, watch: _Watch) -> None:
    """Watch the child until it ends or has to."""
    limit_s = task.options.time_limit_s
    last = task.started + limit_s + GRACE_S + GRACE_SHARE * limit_s
    ended = False
    while not ended:
        ended = process.wait(min(POLL_S, last - time.monotonic()))
        lines = process.new_log_lines()
        watch.log.extend(lines)
        news = latest_progress(lines)
        if news is not None:
            watch.progress = news
            if task.on_progress is not None:
                task.on_progress(news)
        if ended:
            return
        if task.interrupted.is_set():
            watch.stop = "interrupted by the user"
        elif task.cancel is not None and task.cancel.is_set():
            watch.stop = "cancelled"
        elif time.monotonic() >= last:
            watch.stop = "time limit"
        if watch.stop:
            process.kill()
            return


def _without_answer(
    matrix: Matrix, process: SolverProcess, watch: _Watch, hint: FloatArray | None
) -> Verdict:
    """The child was killed, or died: what it had written on the way is checked and kept."""
    written = plans_newest_first(process.folder / "incumbents.txt", matrix.columns)
    plan, cost = best_plan(matrix, [hint])
    for candidate in written:
        found, found_cost = best_plan(matrix, [candidate])
        if found is not None:  # the newest whole plan is HiGHS's cheapest
            if found_cost < cost:
                plan, cost = found, found_cost
            break
    bound = watch.progress.bound if watch.progress is not None else -math.inf
    bound = min(bound, cost)
    if watch.stop in ("interrupted by the user", "cancelled"):
        return Verdict("interrupted", plan, cost, bound, watch.stop)
    if watch.stop == "time limit":
        note = ("the solver did not stop by itself at its time limit and was ended",)
        if plan is not None:
            return Verdict("feasible", plan, cost, bound, watch.stop, note)
        if watch.log:
            return Verdict("no_plan", None, math.inf, bound, watch.stop, note)
        return Verdict("crashed", None, math.inf, -math.inf, "the solver hung: no sign of life", note)
    return Verdict("crashed", plan, cost, bound, f"the solving process {process.end_in_words}")


@contextlib.contextmanager
def ctrl_c_noted() -> Iterator[threading.Event]:
    """While inside, Ctrl-C sets an event instead of raising in the middle of things.

    Only in the main thread and only in place of Python's own handler; a program that has a handler of its own keeps it.
    """
    noted = threading.Event()
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if ours:
        signal.signal(signal.SIGINT, lambda *_: noted.set())
    try:
        yield noted
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
