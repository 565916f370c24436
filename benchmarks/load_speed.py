"""Build and load speed: our route beside the direct HiGHS call, linopy and PuLP, on the same program, in one run.

    python benchmarks/load_speed.py [--runs 3] [--routes ours,direct_c,...]

Every measurement is a process of its own; the routes take turns, so that a busy machine hurts all alike; the table
shows medians. "Built" means that the route's own model is complete, "loaded" that a HiGHS instance (or, for PuLP's
CBC, the file it would read) holds all of it; nobody solves. Each route reports what it loaded (columns, non-zeros,
sums of costs, coefficients and right sides), and the run stops if two routes loaded different programs.

The program has the shape of a capacity plan: servers ordered per card, site and period (whole), cards installed,
work flowing from regions to sites, work placed on cards, work unmet. Numbers are made up (assumed) but of the size
of real ones. By default 371,520 columns and about 1.3 million non-zeros.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from planner.optimization.matrix import Matrix, check_matrix, matrix_from_triplets

CARDS, WORKLOADS, SITES, REGIONS, PERIODS = 12, 160, 5, 6, 24
LARGE = 1e6  # upper bound of every column


@dataclass(frozen=True)
class Given:
    """Made-up figures of the program, the same for every route: arrays over cards a, workloads w, sites s,
    regions r and periods n."""

    per_card: np.ndarray  # work per card, (w, a)
    power: np.ndarray  # kW per unit of work, (w, a)
    demand: np.ndarray  # (w, r, n)
    link: np.ndarray  # capacity between region and site, (r, s)
    site_power: np.ndarray  # (s,)
    quota: np.ndarray  # servers, (a, n)
    price: np.ndarray  # per server, (a, n)
    running: np.ndarray  # cost per unit of work, (w, a)
    transport: np.ndarray  # cost per unit of work, (r, s)
    domestic: np.ndarray  # 1 or 0, (a,)


def given_figures() -> Given:
    """Seeded, so every process sees the same program."""
    draw = np.random.default_rng(2027)
    return Given(
        per_card=draw.uniform(0.5, 20, (WORKLOADS, CARDS)).round(3),
        power=draw.uniform(0.01, 1, (WORKLOADS, CARDS)).round(3),
        demand=draw.uniform(1, 100, (WORKLOADS, REGIONS, PERIODS)).round(2),
        link=draw.uniform(1e4, 1e5, (REGIONS, SITES)).round(),
        site_power=draw.uniform(1e3, 1e4, SITES).round(),
        quota=draw.integers(10, 200, (CARDS, PERIODS)).astype(float),
        price=draw.uniform(100, 2000, (CARDS, PERIODS)).round(2),
        running=draw.uniform(0.1, 2, (WORKLOADS, CARDS)).round(3),
        transport=draw.uniform(0.01, 0.1, (REGIONS, SITES)).round(3),
        domestic=(np.arange(CARDS) < CARDS // 2).astype(float),
    )


def build_by_joins() -> Matrix:
    """The program as the product assembles it: tables of keys joined with each other (planner.optimization.program)."""
    import pandas as pd

    from planner.optimization.program import Program

    g = given_figures()
    size = {"w": WORKLOADS, "a": CARDS, "s": SITES, "r": REGIONS, "n": PERIODS}

    def table(values: np.ndarray, dims: str, name: str) -> pd.DataFrame:
        index = pd.MultiIndex.from_product([range(size[d]) for d in dims], names=list(dims))
        return pd.DataFrame({name: values.ravel()}, index=index).reset_index()

    def keys(dims: str) -> pd.DataFrame:
        return table(np.zeros([size[d] for d in dims]), dims, "zero")[list(dims)]

    program = Program()
    order = program.decide("order", keys("asn"), LARGE, whole=True)
    installed, load = (
        program.decide("installed", keys("asn"), LARGE),
        program.decide("load", keys("wasn"), LARGE),
    )
    flow, unmet = program.decide("flow", keys("wrsn"), LARGE), program.decide("unmet", keys("wrn"), LARGE)
    ledger = program.rows("ledger", keys("asn"), equal=0.0)
    ledger.add(installed)
    ledger.add(installed.assign(n=installed["n"] + 1), coefficient=-1.0)
    ledger.add(order, coefficient=-8.0)
    cover = program.rows("cover", keys("wrn"), at_least=g.demand.ravel())
    cover.add(flow)
    cover.add(unmet)
    balance = program.rows("balance", keys("wsn"), equal=0.0)
    balance.add(load)
    balance.add(flow, coefficient=-1.0)
    use = program.rows("use", keys("asn"), at_most=0.0)
    use.add(load.merge(table(1.0 / g.per_card, "wa", "coefficient")))
    use.add(installed, coefficient=-1.0)
    power = program.rows("power", keys("sn"), at_most=np.repeat(g.site_power, PERIODS))
    power.add(load.merge(table(g.power, "wa", "coefficient")))
    program.rows("link", keys("rsn"), at_most=np.repeat(g.link.ravel(), PERIODS)).add(flow)
    program.rows("quota", keys("an"), at_most=g.quota.ravel()).add(order)
    share = program.rows("share", keys("wn"), at_least=0.0)
    share.add(load.merge(table(g.domestic - 0.3, "a", "coefficient")))
    cost = np.zeros(program.columns)
    for terms in (
        order.merge(table(g.price, "an", "each")),
        load.merge(table(g.running, "wa", "each")),
        flow.merge(table(g.transport, "rs", "each")),
        unmet.assign(each=500.0),
    ):
        cost[terms["column"]] = terms["each"]
    return program.matrix(cost, 0.0)


def build_by_hand() -> Matrix:
    """The same by index arithmetic on arrays: the least that any route could spend on building."""
    g = given_figures()
    shapes = {
        "order": (CARDS, SITES, PERIODS),
        "installed": (CARDS, SITES, PERIODS),
        "load": (WORKLOADS, CARDS, SITES, PERIODS),
        "flow": (WORKLOADS, REGIONS, SITES, PERIODS),
        "unmet": (WORKLOADS, REGIONS, PERIODS),
    }
    column: dict[str, np.ndarray] = {}
    columns = 0
    for name, shape in shapes.items():
        column[name] = columns + np.arange(int(np.prod(shape))).reshape(shape)
        columns += column[name].size
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    sides: list[tuple[np.ndarray, np.ndarray]] = []
    rows = 0

    def family(shape: tuple[int, ...], lower: Any, upper: Any) -> np.ndarray:
        nonlocal rows
        number = rows + np.arange(int(np.prod(shape))).reshape(shape)
        rows += number.size
        sides.append((np.broadcast_to(lower, shape).ravel(), np.broadcast_to(upper, shape).ravel()))
        return number

    def add(row: np.ndarray, of: np.ndarray, value: Any) -> None:
        shape = np.broadcast_shapes(row.shape, of.shape, np.shape(value))
        parts.append(tuple(np.broadcast_to(part, shape).ravel() for part in (row, of, value)))

    order, installed, load, flow, unmet = (column[name] for name in shapes)
    ledger = family(shapes["installed"], 0.0, 0.0)
    add(ledger, installed, 1.0)
    add(ledger[..., 1:], installed[..., :-1], -1.0)
    add(ledger, order, -8.0)
    cover = family(shapes["unmet"], g.demand, np.inf)
    add(cover[:, :, None, :], flow, 1.0)
    add(cover, unmet, 1.0)
    balance = family((WORKLOADS, SITES, PERIODS), 0.0, 0.0)
    add(balance[:, None], load, 1.0)
    add(balance[:, None], flow, -1.0)
    use = family(shapes["installed"], -np.inf, 0.0)
    add(use, load, 1.0 / g.per_card[:, :, None, None])
    add(use, installed, -1.0)
    power = family((SITES, PERIODS), -np.inf, g.site_power[:, None])
    add(power, load, g.power[:, :, None, None])
    link = family((REGIONS, SITES, PERIODS), -np.inf, g.link[:, :, None])
    add(link, flow, 1.0)
    quota = family((CARDS, PERIODS), -np.inf, g.quota)
    add(quota[:, None], order, 1.0)
    share = family((WORKLOADS, PERIODS), 0.0, np.inf)  # 30 % of each workload on domestic cards
    add(share[:, None, None], load, (g.domestic - 0.3)[None, :, None, None])

    cost = np.concatenate(
        [
            np.broadcast_to(g.price[:, None], shapes["order"]).ravel(),
            np.zeros(installed.size),
            np.broadcast_to(g.running[:, :, None, None], shapes["load"]).ravel(),
            np.broadcast_to(g.transport[None, :, :, None], shapes["flow"]).ravel(),
            np.full(unmet.size, 500.0),
        ]
    )
    return matrix_from_triplets(
        *(np.concatenate([part[k] for part in parts]) for k in range(3)),
        cost=cost,
        lower=np.zeros(columns),
        upper=np.full(columns, LARGE),
        integer=np.arange(columns) < order.size,
        row_lower=np.concatenate([low for low, _ in sides]),
        row_upper=np.concatenate([high for _, high in sides]),
    )


Build = Callable[[], Matrix]


class Clock:
    """CPU and wall seconds of the phases of one process, its children's included."""

    def __init__(self) -> None:
        self.phases: dict[str, tuple[float, float]] = {}
        self._last = self._now()

    @staticmethod
    def _now() -> tuple[float, float]:
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime, time.perf_counter()

    def restart(self) -> None:
        """Forget what went before: imports (pandas and the program's tables come with the build by joins)."""
        import planner.optimization.program  # noqa: F401

        self._last = self._now()

    def lap(self, phase: str) -> None:
        """Seconds since the last lap go to this phase."""
        now = self._now()
        self.phases[phase] = (now[0] - self._last[0], now[1] - self._last[1])
        self._last = now


def fingerprint(columns: int, values: Any, costs: Any, row_lower: Any, row_upper: Any) -> list[float]:
    """What must agree between routes, to nine digits."""
    low, high = np.asarray(row_lower, float), np.asarray(row_upper, float)
    sums = [np.sum(values), np.sum(costs), low[np.abs(low) < 1e20].sum(), high[np.abs(high) < 1e20].sum()]
    return [float(columns), float(len(values)), *(float(f"{total:.9g}") for total in sums)]


def of_matrix(matrix: Matrix) -> list[float]:
    return fingerprint(matrix.columns, matrix.entry_values, matrix.cost, matrix.row_lower, matrix.row_upper)


def of_highs(highs: Any) -> list[float]:
    """The same of a loaded highspy instance."""
    model = highs.getLp()
    return fingerprint(
        model.num_col_, model.a_matrix_.value_, model.col_cost_, model.row_lower_, model.row_upper_
    )


def ours(clock: Clock, build: Build = build_by_joins) -> list[float]:
    """Arrays -> guards -> message -> loaded, in one process: what is to be compared with the direct call."""
    import ortools.math_opt.core.python.solver
    import ortools.math_opt.model_pb2
    import ortools.math_opt.parameters_pb2  # noqa: F401 - imports are not timed

    from planner.optimization.solve import child
    from planner.optimization.solve.wire import model_bytes

    clock.restart()
    matrix = build()
    clock.lap("build")
    check_matrix(matrix)
    clock.lap("guards")
    data = b"".join(model_bytes(matrix))
    clock.lap("message")
    loaded = child.load_model(data, "highs")
    clock.lap("solver")
    assert loaded is not None
    return of_matrix(matrix)


def ours_child(clock: Clock) -> list[float]:
    """The same as it is used: guards, private folder, a spawned child that loads and, its deadline past, ends."""
    from planner.optimization.solve.process import Request, SolverProcess
    from planner.optimization.solve.wire import model_bytes

    clock.restart()
    matrix = build_by_joins()
    clock.lap("build")
    check_matrix(matrix)
    request = Request("highs", 0.0, None, 0, 1, None, deadline=0.0, keep_incumbents=True)
    with SolverProcess(request, model_bytes(matrix), None) as process:
        assert process.wait(600)
        answer = process.answer()
        assert answer is not None, process.end_in_words
        assert answer["limit"] == "TIME", answer
    clock.lap("solver")
    return of_matrix(matrix)


def direct_highspy(clock: Clock) -> list[float]:
    """highspy's passModel with arrays."""
    import highspy

    clock.restart()
    matrix = build_by_joins()
    clock.lap("build")
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    starts = np.zeros(matrix.rows + 1, np.int32)
    np.cumsum(np.bincount(matrix.entry_rows, minlength=matrix.rows), out=starts[1:])
    by_row, minimise = 2, 1
    status = highs.passModel(
        matrix.columns, matrix.rows, len(matrix.entry_values), by_row, minimise, 0.0, matrix.cost, matrix.lower,
        matrix.upper, matrix.row_lower, matrix.row_upper, starts, matrix.entry_columns.astype(np.int32),
        matrix.entry_values, matrix.integer.astype(np.int32),
    )  # fmt: skip
    clock.lap("solver")
    assert status == highspy.HighsStatus.kOk
    return of_highs(highs)


def direct_c(clock: Clock, build: Build = build_by_joins) -> list[float]:
    """The C function Highs_passMip of the HiGHS that OR-Tools brings, with arrays."""
    import ortools

    place = Path(ortools.__path__[0]) / ".libs"
    library = ctypes.CDLL(str(next(iter(sorted(place.glob("libhighs*"))))))
    library.Highs_create.restype = ctypes.c_void_p
    clock.restart()
    matrix = build()
    clock.lap("build")
    highs = ctypes.c_void_p(library.Highs_create())
    library.Highs_setBoolOptionValue(highs, b"output_flag", 0)
    starts = np.zeros(matrix.rows + 1, np.int32)
    np.cumsum(np.bincount(matrix.entry_rows, minlength=matrix.rows), out=starts[1:])
    arrays = [
        matrix.cost, matrix.lower, matrix.upper, matrix.row_lower, matrix.row_upper, starts,
        matrix.entry_columns.astype(np.int32), matrix.entry_values, matrix.integer.astype(np.int32),
    ]  # fmt: skip
    by_row, minimise = 2, 1
    status = library.Highs_passMip(
        highs, matrix.columns, matrix.rows, len(matrix.entry_values), by_row, minimise, ctypes.c_double(0.0),
        *(array.ctypes.data_as(ctypes.c_void_p) for array in arrays),
    )  # fmt: skip
    clock.lap("solver")
    assert status == 0
    assert library.Highs_getNumNz(highs) == len(matrix.entry_values)
    return of_matrix(matrix)


def ours_by_hand(clock: Clock) -> list[float]:
    """Our route behind the leanest possible build."""
    return ours(clock, build_by_hand)


def direct_by_hand(clock: Clock) -> list[float]:
    """The direct call behind the leanest possible build: the floor."""
    return direct_c(clock, build_by_hand)


def linopy(clock: Clock) -> list[float]:
    """linopy's arrays of variables and expressions, to a loaded highspy instance."""
    import linopy as library
    import pandas as pd
    import xarray as xr

    clock.restart()
    g = given_figures()
    axes = {"a": CARDS, "w": WORKLOADS, "s": SITES, "r": REGIONS, "n": PERIODS}
    index = {name: pd.RangeIndex(size, name=name) for name, size in axes.items()}

    def data(values: np.ndarray, dims: str) -> Any:
        return xr.DataArray(values, dims=list(dims), coords={dim: index[dim] for dim in dims})

    model = library.Model()

    def variable(name: str, dims: str, **more: Any) -> Any:
        return model.add_variables(lower=0, upper=LARGE, coords=[index[d] for d in dims], name=name, **more)

    order = variable("order", "asn", integer=True)
    installed = variable("installed", "asn")
    load = variable("load", "wasn")
    flow = variable("flow", "wrsn")
    unmet = variable("unmet", "wrn")
    model.add_constraints(installed - installed.shift(n=1) - 8 * order == 0, name="ledger")
    model.add_constraints(flow.sum("s") + unmet >= data(g.demand, "wrn"), name="cover")
    model.add_constraints(load.sum("a") - flow.sum("r") == 0, name="balance")
    model.add_constraints((load * data(1 / g.per_card, "wa")).sum("w") - installed <= 0, name="use")
    model.add_constraints(
        (load * data(g.power, "wa")).sum(["w", "a"]) <= data(g.site_power, "s"), name="power"
    )
    model.add_constraints(flow.sum("w") <= data(g.link, "rs"), name="link")
    model.add_constraints(order.sum("s") <= data(g.quota, "an"), name="quota")
    model.add_constraints((load * data(g.domestic - 0.3, "a")).sum(["a", "s"]) >= 0, name="share")
    model.add_objective(
        (order * data(g.price, "an")).sum()
        + (load * data(g.running, "wa")).sum()
        + (flow * data(g.transport, "rs")).sum()
        + 500 * unmet.sum()
    )
    clock.lap("build")
    from linopy.io import to_highspy

    highs = to_highspy(model)
    clock.lap("solver")
    return of_highs(highs)


def pulp_problem() -> Any:
    """The program term by term, as PuLP's own documentation does it."""
    import pulp

    g = given_figures()
    a_, w_, s_, r_, n_ = (range(size) for size in (CARDS, WORKLOADS, SITES, REGIONS, PERIODS))
    problem = pulp.LpProblem("capacity", pulp.LpMinimize)

    def variables(name: str, *sets: range, whole: bool = False) -> Any:
        return pulp.LpVariable.dicts(name, sets, 0, LARGE, cat="Integer" if whole else "Continuous")

    order, installed = variables("order", a_, s_, n_, whole=True), variables("installed", a_, s_, n_)
    load, flow = variables("load", w_, a_, s_, n_), variables("flow", w_, r_, s_, n_)
    unmet = variables("unmet", w_, r_, n_)
    total, terms = pulp.lpSum, pulp.LpAffineExpression
    cost = [(order[a][s][n], g.price[a, n]) for a in a_ for s in s_ for n in n_]
    cost += [(load[w][a][s][n], g.running[w, a]) for w in w_ for a in a_ for s in s_ for n in n_]
    cost += [(flow[w][r][s][n], g.transport[r, s]) for w in w_ for r in r_ for s in s_ for n in n_]
    cost += [(unmet[w][r][n], 500.0) for w in w_ for r in r_ for n in n_]
    problem += terms(cost)
    for a in a_:
        for n in n_:
            problem += total(order[a][s][n] for s in s_) <= g.quota[a, n]
            for s in s_:
                before = installed[a][s][n - 1] if n else 0
                problem += installed[a][s][n] - before - 8 * order[a][s][n] == 0
                used = [(load[w][a][s][n], 1 / g.per_card[w, a]) for w in w_]
                problem += terms([*used, (installed[a][s][n], -1)]) <= 0
    for n in n_:
        for s in s_:
            problem += terms([(load[w][a][s][n], g.power[w, a]) for w in w_ for a in a_]) <= g.site_power[s]
            for r in r_:
                problem += total(flow[w][r][s][n] for w in w_) <= g.link[r, s]
            for w in w_:
                sent = [(flow[w][r][s][n], -1) for r in r_]
                problem += terms([*((load[w][a][s][n], 1) for a in a_), *sent]) == 0
        for w in w_:
            problem += terms([(load[w][a][s][n], g.domestic[a] - 0.3) for a in a_ for s in s_]) >= 0
            for r in r_:
                problem += total(flow[w][r][s][n] for s in s_) + unmet[w][r][n] >= g.demand[w, r, n]
    return problem


def pulp_highs(clock: Clock) -> list[float]:
    """PuLP to a loaded highspy instance."""
    import highspy  # noqa: F401 - imports are not timed
    import pulp

    clock.restart()
    problem = pulp_problem()
    clock.lap("build")
    solver = pulp.HiGHS(msg=False)
    solver.createAndConfigureSolver(problem)
    solver.buildSolverModel(problem)
    clock.lap("solver")
    return of_highs(problem.solverModel)


def pulp_file(clock: Clock) -> list[float]:
    """PuLP to the MPS file that CBC would read next (reading not counted)."""
    import pulp  # noqa: F401 - imports are not timed

    clock.restart()
    problem = pulp_problem()
    clock.lap("build")
    with tempfile.TemporaryDirectory() as folder:
        problem.writeMPS(os.path.join(folder, "program.mps"), rename=True)
        clock.lap("solver")
        import highspy

        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.readModel(os.path.join(folder, "program.mps"))
        return of_highs(highs)


ROUTES: dict[str, tuple[str, Callable[[Clock], list[float]]]] = {
    "ours": ("ours: joins, guards, message, MathOpt", ours),
    "ours_child": ("ours as used: in a spawned child", ours_child),
    "direct_c": ("joins, direct: HiGHS C library", direct_c),
    "direct_highspy": ("joins, direct: highspy passModel", direct_highspy),
    "ours_by_hand": ("hand-made arrays, ours", ours_by_hand),
    "direct_by_hand": ("hand-made arrays, direct C: the floor", direct_by_hand),
    "linopy": ("linopy to HiGHS", linopy),
    "pulp_highs": ("PuLP to HiGHS", pulp_highs),
    "pulp_file": ("PuLP to CBC's file", pulp_file),
}


def measure(route: str) -> None:
    """In a process of its own: one route once, as a line of JSON on a descriptor that no library prints to."""
    out = os.dup(1)
    os.dup2(2, 1)
    clock = Clock()
    loaded = ROUTES[route][1](clock)
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    report = {
        "phases": clock.phases,
        "loaded": loaded,
        "peak_gib": peak_kib / 2**20,
        "child_gib": child_kib / 2**20,
    }
    os.write(out, json.dumps(report).encode())


def main() -> int:
    """Measure the routes in turn, check that all loaded the same program, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="measurements per route (default 3)")
    parser.add_argument("--routes", default=",".join(ROUTES), help="comma-separated, default all")
    parser.add_argument("--route", choices=ROUTES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.route:
        measure(given.route)
        return 0
    routes = given.routes.split(",")
    reports: dict[str, list[dict[str, Any]]] = {route: [] for route in routes}
    for run in range(given.runs):
        for route in routes:
            print(f"run {run + 1} of {given.runs}: {route}", file=sys.stderr)
            command = [sys.executable, "-W", "ignore", __file__, "--route", route]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            reports[route].append(json.loads(done.stdout))
    print_table(reports)
    return 0


def total(report: dict[str, Any], kind: int, phases: tuple[str, ...] = ()) -> float:
    """CPU (kind 0) or wall (1) seconds of a measurement, of all phases or of these."""
    return sum(times[kind] for phase, times in report["phases"].items() if not phases or phase in phases)


def print_table(reports: dict[str, list[dict[str, Any]]]) -> None:
    """Medians, and ratios to the direct call."""
    programs = {route: some[0]["loaded"] for route, some in reports.items()}
    first_route, first = next(iter(programs.items()))
    for route, program in programs.items():
        if not np.allclose(program, first, rtol=1e-7):
            raise SystemExit(f"{route} loaded another program than {first_route}: {program} against {first}")
    print(f"{first[0]:,.0f} columns, {first[1]:,.0f} non-zeros; medians of {len(reports[first_route])} runs")
    print(f"{'':40}{'build':>14}{'load':>14}{'build + load':>16}{'peak':>8}{'child':>8}")
    print(f"{'seconds: CPU (wall); GiB':40}")

    def median(route: str, kind: int, phases: tuple[str, ...] = ()) -> float:
        return statistics.median(total(report, kind, phases) for report in reports[route])

    load = ("guards", "message", "solver")
    for route, some in reports.items():
        cells = [f"{median(route, 0, p):.2f} ({median(route, 1, p):.2f})" for p in (("build",), load, ())]
        peak = statistics.median(report["peak_gib"] for report in some)
        child = statistics.median(report["child_gib"] for report in some)
        print(f"{ROUTES[route][0]:40}{cells[0]:>14}{cells[1]:>14}{cells[2]:>16}{peak:8.2f}{child:8.2f}")
    if "ours" in reports:
        parts = ", ".join(
            f"{phase} {median('ours', 0, (phase,)):.2f}" for phase in reports["ours"][0]["phases"]
        )
        print(f"ours by phase, CPU s: {parts}")
    for base, others in AGAINST.items():
        for route in (route for route in others if route in reports and base in reports):
            whole = median(route, 0) / median(base, 0)
            alone = median(route, 0, load) / median(base, 0, load)
            print(f"CPU of {route} / {base}: build + load {whole:.2f}, load alone {alone:.2f}")


# Like with like: the same build on both sides; and every other route against ours.
AGAINST = {
    "direct_c": ("ours", "ours_child", "direct_highspy"),
    "direct_highspy": ("ours", "ours_child"),
    "direct_by_hand": ("ours_by_hand", "ours"),
    "ours": ("linopy", "pulp_highs", "pulp_file"),
}


if __name__ == "__main__":
    raise SystemExit(main())
