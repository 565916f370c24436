"""The verbs, for the command line, notebooks and pipelines alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from planner.errors import InputError, Problem
from planner.inputs import Case, check_case, load_case
from planner.inputs.cards import catalogue_cards
from planner.plan import (
    Plan,
    Refusal,
    RunAudit,
    audit_plan,
    is_refusal,
    read_refusal,
    read_run,
    write_refusal,
    write_run,
)
from planner.plan.certificate import Refuted, refuted
from planner.planning import LIGHT_STRINGS, Limits, options_of, solve, solve_verified
from planner.prepare import prepare
from planner.serving import model_of, percentile_table, role_rates

if TYPE_CHECKING:
    from planner.budget import Budget
    from planner.budget.compare_actual import Variance
    from planner.budget.export.files import Exported
    from planner.calibration.accuracy import Accuracy
    from planner.compare.comparison import Comparison
    from planner.demand.look import Look
    from planner.demand.profiles.sums import Grouping
    from planner.demand.profiles.usage import Usage
    from planner.explain.alternatives import Alternatives
    from planner.explain.conflict import Conflict
    from planner.explain.frontier import Frontier
    from planner.explain.overview import Overview
    from planner.explain.valley import Valley
    from planner.explain.why import Why
    from planner.futures import WorthOfKnowing
    from planner.inputs.usage import ReadOptions
    from planner.simulation import Question, Verification

__all__ = [
    "Limits",
    "Refusal",
    "accuracy",
    "alternatives",
    "audit_proof",
    "audit_run",
    "budget_run",
    "cards",
    "check",
    "compare",
    "conflict_of",
    "demand_look",
    "explain_run",
    "export_budget",
    "fleet_of_today",
    "frontier",
    "holds_proof",
    "import_actuals",
    "load",
    "measure_usage",
    "plan_against_actual",
    "read",
    "serving_table",
    "solve",
    "solve_verified",
    "valley_of",
    "verify_run",
    "why",
    "worth_of_futures",
    "write",
    "write_finance_template",
    "write_proof",
]


def check(folder: Path | str) -> tuple[list[Problem], list[Problem]]:
    """Errors and warnings of a case; raises nothing for a user's mistakes."""
    return check_case(Path(folder))


def compare(
    places: Sequence[Path | str],
    mixes: Sequence[str] = (),
    limits: Limits | None = None,
    *,
    stress: bool = True,
    ban_from: str | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Comparison:
    """Several runs side by side, or several mixes of one case, the case as it stands first.

    Parameters
    ----------
    places : run folders; or one case folder
    mixes : words such as ``import-ban:2027-07``, joined by ``+``; only with a case
    stress : hold each plan's orders and let things go wrong
    ban_from : period from which the stress bans imports; the second quarter of the horizon if not given

    Raises
    ------
    InputError
        A folder, a mix or the period is not what it should be.
    """
    from planner.compare.comparison import Column, compared, solve_mixes
    from planner.compare.mixes import mix_of
    from planner.compare.stress import shocks

    say = on_stage or (lambda text: None)
    with pd.option_context(*LIGHT_STRINGS):
        if mixes or len(places) == 1:
            if len(places) > 1:
                found = f"{len(places)} folders beside --mix"
                raise InputError(
                    [Problem(str(places[1]), "", "", found, "one case, or runs without --mix", "")]
                )
            asked = [mix_of(text) for text in dict.fromkeys(("best", *mixes))]
            case = load(places[0])
            columns = solve_mixes(prepare(case), asked, options_of(case, limits or Limits()), say)
        else:
            columns = tuple(Column(Path(place).name, read(place)) for place in places)
        periods = next((plan.given["periods"]["period"] for plan in (c.plan for c in columns) if plan), None)
        ban = ban_from or (None if periods is None else str(sorted(set(periods))[len(set(periods)) // 4]))
        return compared(columns, shocks(ban) if stress else (), say)


def valley_of(folder: Path | str) -> Valley | None:
    """What deferrable work of a run saves by filling valleys; None where a case has no slices or no such work."""
    from planner.explain.valley import valley_saving

    with pd.option_context(*LIGHT_STRINGS):
        return valley_saving(read_run(folder))


def worth_of_futures(folder: Path | str, gap: float = 0.001, time_limit_s: float = 60.0) -> WorthOfKnowing:
    """What it would be worth to know the future, and what planning for several saves, for a run with scenarios.

    Raises
    ------
    InputError
        The run has no scenarios.
    """
    from planner.futures import worth_of_knowing
    from planner.optimization.solve import SolveOptions

    plan = read_run(folder)
    if not plan.given["periods"]["index"].duplicated().any():
        mend = "Add scenarios.csv and scenario_effects.csv to the case, and solve it again."
        raise InputError(
            [Problem(str(folder), "", "", "one future only", "a run of a case with scenarios", mend)]
        )
    with pd.option_context(*LIGHT_STRINGS):
        return worth_of_knowing(plan, SolveOptions(gap=gap, time_limit_s=time_limit_s))


def measure_usage(
    files: Sequence[Path | str], options: ReadOptions | None = None, grouping: Grouping | None = None
) -> Usage:
    """Workloads measured from usage files: logs, counters, bills, traces; every row used or set aside with its reason.

    Raises
    ------
    UnreachableError, InputError
        A file is not there, of no known format, damaged, or holds no usage.
    """
    from planner.demand.profiles.usage import read_usage

    return read_usage(files, options, grouping)


def demand_look(folder: Path | str) -> Look:
    """Volumes, growth with its band, traffic, lengths and cached share of a case, as tables."""
    from planner.demand.look import look_at

    return look_at(load(folder))


def load(folder: Path | str) -> Case:
    """The checked case; raises `InputError` with every problem."""
    return load_case(Path(folder))


def cards() -> pd.DataFrame:
    """The catalogue: accelerator, vendor, origin, memory_gib, memory_bandwidth_gb_per_s, bf16_tflops, missing."""
    names = ("memory_gib", "memory_bandwidth_gb_per_s", "bf16_tflops", "cards_per_server")
    rows = [
        {"accelerator": card.accelerator, "vendor": card.vendor, "origin": card.origin}
        | {name: card.get(name) for name in names}
        | {"missing": ", ".join(card.missing_to_plan) or "-"}
        for card in catalogue_cards()
    ]
    return pd.DataFrame(rows)


def serving_table(
    folder: Path | str,
    *,
    workload: str | None = None,
    accelerator: str | None = None,
    refused: bool = False,
    role: str | None = None,
    percentiles: bool = False,
) -> pd.DataFrame:
    """The serving table of a case in the buckets of its length profiles, or what was refused and why.

    With a role, ``prefill`` or ``decode``, what replicas in pools of that role take; with percentiles, P50, P95 and P99
    of both latencies at the admissible load.

    Raises
    ------
    InputError
        The case has problems, or has no such workload or card.
    """
    case = load(folder)
    _known("workload", workload, case.frame("workloads")["workload"].to_list(), folder)
    _known("accelerator", accelerator, [card.accelerator for card in case.cards], folder)
    prepared = prepare(case)
    tables = prepared.serving
    table = tables.refused if refused else tables.rates.merge(tables.layouts, on="layout")
    if role is not None:
        bands = sorted(tables.rates["band_ms"].unique())
        table = role_rates(case, prepared.demand.buckets, bands, model_of(case))
        table = table[table["role"] == role]
    elif percentiles:
        bands = sorted(tables.rates["band_ms"].unique())
        table = percentile_table(case, prepared.demand.buckets, bands, model_of(case))
    for column, wanted in (("workload", workload), ("accelerator", accelerator)):
        if wanted is not None:
            table = table[table[column] == wanted]
    return table.reset_index(drop=True)


def _known(field: str, asked: str | None, names: list[str], folder: Path | str) -> None:
    if asked is not None and asked not in names:
        one_of = ", ".join(names)
        raise InputError([Problem(str(folder), "", field, f"no {field} '{asked}'", f"one of: {one_of}")])


def write(plan: Plan, folder: Path | str) -> None:
    """Write a plan into a run folder, whole or not at all."""
    write_run(plan, folder)


def read(folder: Path | str) -> Plan:
    """Read a plan back from its run folder."""
    return read_run(folder)


def audit_run(folder: Path | str) -> RunAudit:
    """Every rule, the cost and the bound of a run again, from its tables alone."""
    with pd.option_context(*LIGHT_STRINGS):
        return audit_plan(read_run(folder))


def write_proof(refusal: Refusal, folder: Path | str) -> None:
    """Write the proof that a case has no plan (``InfeasibleError.refusal``) into a folder without a plan."""
    write_refusal(refusal, folder)


def audit_proof(folder: Path | str) -> Refuted:
    """Whether the proof in a folder, that a case has no plan, stands."""
    with pd.option_context(*LIGHT_STRINGS):
        return refuted(read_refusal(folder))


def holds_proof(folder: Path | str) -> bool:
    """Whether a folder holds, instead of a plan, the proof that there is none."""
    return is_refusal(folder)


def explain_run(folder: Path | str, again: int = 0) -> Overview:
    """What binds in a run, with the price of each limit; ``again`` limits are solved again with one more and one less.

    Raises
    ------
    InputError
        The run was written by another version.
    """
    from planner.explain.overview import overview

    with pd.option_context(*LIGHT_STRINGS):
        return overview(read_run(folder), again)


def conflict_of(folder: Path | str) -> Conflict | None:
    """Limits of a case that cannot all be kept, a smallest such set; None where they can, in fractions of servers.

    Raises
    ------
    InputError
        The case has problems.
    """
    from planner.explain.conflict import conflict
    from planner.explain.opened import opened

    case = load(folder)
    with pd.option_context(*LIGHT_STRINGS):
        return conflict(opened(prepare(case).given))


def alternatives(
    folder: Path | str,
    within: float,
    *,
    against: Path | str | None = None,
    time_limit_s: float | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Alternatives:
    """Other plans of a run's case within a share of its cost, each the best in something else, all audited.

    Raises
    ------
    InputError
        The run was written by another version, or ``against`` orders what this case does not offer.
    SolverError
        The run's own plan was not found again in time.
    """
    from planner.explain.alternatives import alternatives as others

    other = None if against is None else read_run(against)
    with pd.option_context(*LIGHT_STRINGS):
        return others(read_run(folder), within, against=other, time_limit_s=time_limit_s, on_stage=on_stage)


def frontier(
    folder: Path | str,
    what: str,
    points: int = 5,
    *,
    ends: tuple[float | None, float | None] = (None, None),
    case: Path | str | None = None,
    time_limit_s: float | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Frontier:
    """Cost of a run's case against a domestic share, capital, power, or (with the case folder) the latency promise.

    Raises
    ------
    InputError
        There is no such axis, its ends are the wrong way round, or latency is asked for without a case.
    NoPlanError
        Nothing of the kind can be held.
    """
    from planner.explain.frontier import frontier as along
    from planner.explain.latency_frontier import latency_frontier

    plan = read_run(folder)
    with pd.option_context(*LIGHT_STRINGS):
        if what != "latency":
            return along(plan, what, points, ends=ends, time_limit_s=time_limit_s, on_stage=on_stage)
        if case is None:
            raise InputError(
                [Problem("frontier", "", "case", "none", "the case folder: promises are rated anew")]
            )
        return latency_frontier(
            plan, load(case), points, ends=ends, time_limit_s=time_limit_s, on_stage=on_stage
        )


def why(folder: Path | str, card: str) -> Why:
    """Why a card is in a run, or why not: what it costs and saves, where it breaks even, what serves instead.

    Raises
    ------
    InputError
        The case of the run has no such card, or the run was written by another version.
    """
    from planner.explain.why import why as why_card

    with pd.option_context(*LIGHT_STRINGS):
        return why_card(read_run(folder), card)


def verify_run(folder: Path | str, question: Question | None = None) -> Verification:
    """Replay requests through the plan of a run: are its promises kept?

    Raises
    ------
    InputError
        The run holds no step times, or the question names what the plan does not have.
    """
    from planner.simulation import verify
    from planner.simulation.timer import timers_of

    plan = read_run(folder)
    return verify(plan, timers_of(plan.given), question)


def accuracy(path: Path | str, points: int = 0) -> Accuracy:
    """How far the serving model is from measured runs it has not seen; ``points`` of each configuration are given.

    Raises
    ------
    InputError, UnreachableError
        The file cannot be read as measurements.
    """
    from planner.calibration.accuracy import accuracy as measured_accuracy

    return measured_accuracy(path, points)


def budget_run(
    run: Path | str | Plan, finance: Path | str | None = None, *, branch: str | None = None
) -> Budget:
    """The budget of a run: exact money lines, payments, assets and checks; see docs/budget.md.

    Parameters
    ----------
    run : run folder, or a plan
    finance : file of finance settings; the documented defaults without one
    branch : last node of the branch to budget, where the plan has scenarios

    Raises
    ------
    InputError
        The settings have problems, or do not fit the run.
    """
    from planner.budget import budget_of
    from planner.inputs.finance import read_finance

    return budget_of(run if isinstance(run, Plan) else read_run(run), read_finance(finance), branch)


def export_budget(
    budgets: Budget | list[Budget], target: str, output: Path | str, **options: object
) -> Exported:
    """Write budgets as ``xlsx``, ``csv``, ``parquet``, ``focus`` or ``sql``; options as in ``ExportOptions``.

    Raises
    ------
    AuditError
        A check of a budget is not 0; nothing is written.
    InputError, UnreachableError
        The target does not take what was asked, or cannot be written.
    """
    from planner.budget.export.files import export_budgets
    from planner.budget.export.options import ExportOptions

    several = budgets if isinstance(budgets, list) else [budgets]
    return export_budgets(several, target, str(output), ExportOptions(**options))  # type: ignore[arg-type]


def write_finance_template(path: Path | str, *, force: bool = False) -> Path:
    """Write a commented file of finance settings that says what the defaults say."""
    from planner.budget.export.write import write_all
    from planner.inputs.finance_template import finance_template

    return write_all({Path(path): finance_template().encode("utf-8")}, force=force)[0]


def import_actuals(
    run: Path | str, folder: Path | str, output: Path | str, *, branch: str | None = None, force: bool = False
) -> list[Path]:
    """Check a folder of actuals against a run and keep it as Parquet; see docs/budget.md.

    Raises
    ------
    InputError, UnreachableError
        The actuals have problems, or do not fit the run; or the output is there already.
    """
    from planner.budget.actuals import actuals_of
    from planner.budget.export.actuals import write_actuals

    return write_actuals(actuals_of(folder, read_run(run), branch), Path(output), force=force)


def plan_against_actual(
    run: Path | str | Plan,
    folder: Path | str,
    finance: Path | str | None = None,
    *,
    through: str | None = None,
    branch: str | None = None,
) -> Variance:
    """Why spend and tokens differ from a run: price, exchange, timing, volume and mix, adding up to the cent.

    Raises
    ------
    InputError, UnreachableError
        The actuals have problems, or do not fit the run.
    """
    from planner.budget.compare_actual import plan_against_actual as compared
    from planner.inputs.finance import read_finance

    plan = run if isinstance(run, Plan) else read_run(run)
    return compared(plan, folder, read_finance(finance), through=through, branch=branch)


def fleet_of_today(
    run: Path | str,
    folder: Path | str,
    output: Path | str,
    *,
    through: str | None = None,
    branch: str | None = None,
    force: bool = False,
) -> tuple[Path, int]:
    """Write a case's ``fleet.csv`` as it is after a month; returns its path and the cards ordered and still open."""
    from planner.budget.actuals import actuals_of
    from planner.budget.branch import of_branch
    from planner.budget.export.actuals import write_fleet
    from planner.budget.variance import last_month

    plan = read_run(run)
    actuals = actuals_of(folder, plan, branch)
    month = last_month(actuals, through)
    return write_fleet(of_branch(plan, branch), actuals, month, Path(output), force=force)
