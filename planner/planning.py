"""From a case to an audited plan, and to one whose promises a replay has confirmed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from planner.errors import AuditError, InfeasibleError, NoPlanError, SolverError, StoppedError
from planner.finance.break_even import break_even_table
from planner.futures import with_best
from planner.inputs import Case, load_case
from planner.optimization.build import Built, build
from planner.optimization.certificate import certificate_tables, refusal_prices
from planner.optimization.conflict import conflicts, impossible_rows
from planner.optimization.gather import gather
from planner.optimization.given import Given
from planner.optimization.repair import repaired
from planner.optimization.results import result_tables
from planner.optimization.scale import MONEY
from planner.optimization.solve import Progress, SolveOptions, spare_child
from planner.optimization.strategy import Solved, solve_program
from planner.plan import Plan, Refusal, audit
from planner.prepare import Prepared, prepare, unkept_promises
from planner.record import defaults_table, provenance_table, run_facts

if TYPE_CHECKING:
    from planner.simulation import Verification

# Many small joins: Arrow-backed strings take twice the time of plain ones (measured on the tiny and starter cases).
LIGHT_STRINGS = ("mode.string_storage", "python")
BOUND_TOLERANCE = 1e-6  # relative; a bound further above the plan's cost than this is nonsense
VERIFIED_PLANS = (
    3  # assumed: the loads of a second plan rarely fall short again, those of a third hardly ever
)


def _silent(text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Limits:
    """When to stop, where it differs from the case's own settings; ``None`` means the case's.

    gap [share], time_limit_s [s], node_limit [nodes], seed.
    """

    gap: float | None = None
    time_limit_s: float | None = None
    node_limit: int | None = None
    seed: int | None = None


def solve(
    folder: Path | str,
    limits: Limits | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Plan:
    """Plan a case: the best plan found, audited, with its cost, bound and gap.

    Raises
    ------
    InputError, InfeasibleError, NoPlanError, StoppedError, SolverError, AuditError
        See ``planner.errors``. Ctrl-C with a plan in hand is no error: ``plan.interrupted`` says so.
    """
    case, say = load_case(Path(folder)), on_stage or _silent
    with pd.option_context(*LIGHT_STRINGS), spare_child():
        say("Rating the cards")
        return solve_prepared(prepare(case), options_of(case, limits or Limits()), on_progress, say)


def solve_verified(
    folder: Path | str,
    limits: Limits | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> tuple[Plan, Verification]:
    """Plan a case, replay requests through the plan, lower the loads that fell short, and plan again.

    At most three plans are made; the replay says whether the last one keeps its promises. Its loads may be lower than
    the serving table's, and its run holds those that were used.

    Raises
    ------
    As `solve`.
    """
    from planner.simulation import Question, tighten_factors, tightened, verify
    from planner.simulation.timer import timers_of

    case, say = load_case(Path(folder)), on_stage or _silent
    options = options_of(case, limits or Limits())
    with pd.option_context(*LIGHT_STRINGS):
        say("Rating the cards")
        prepared = prepare(case)
        for left in reversed(range(VERIFIED_PLANS)):
            with spare_child():
                plan = solve_prepared(prepared, options, on_progress, say)
            say("Replaying requests through the plan")
            found = verify(plan, timers_of(plan.given), Question(search=True), on_stage=say)
            factors = tighten_factors(found)
            if factors.empty or plan.interrupted or not left:
                return plan, found
            rates = tightened(prepared.given["rates"], factors)
            prepared = replace(prepared, given={**prepared.given, "rates": rates})
    raise AssertionError("the last round returns")


def solve_prepared(
    prepared: Prepared,
    options: SolveOptions,
    on_progress: Callable[[Progress], None] | None = None,
    say: Callable[[str], None] = _silent,
) -> Plan:
    """Plan from given tables: the best plan found, audited.

    Raises
    ------
    InfeasibleError, NoPlanError, StoppedError, SolverError, AuditError
        See ``planner.errors``.
    """
    say("Building the program")
    prepared = replace(prepared, given=with_best(prepared.given, options))
    given = gather(prepared.given)
    built = build(given)
    impossible = impossible_rows(built)
    if impossible:
        names = ", ".join(impossible)
        text = f"No plan can keep {names}: nothing that can be ordered or run in the horizon counts there."
        raise InfeasibleError(text, _refusal(prepared, built, options, text))
    say("Solving the relaxation")
    solved = solve_program(
        built.matrix, built.structure, options, names=_namer(built), on_progress=on_progress
    )
    _gate(prepared, built, solved, options)
    say("Auditing the plan")
    return _plan(prepared, given, built, solved, options)


def options_of(case: Case, limits: Limits) -> SolveOptions:
    """The case's own limits, where no others are given."""
    own = case.settings
    return SolveOptions(
        gap=own.gap if limits.gap is None else limits.gap,
        time_limit_s=own.time_limit_s if limits.time_limit_s is None else limits.time_limit_s,
        node_limit=own.node_limit if limits.node_limit is None else limits.node_limit,
        seed=own.seed if limits.seed is None else limits.seed,
    )


def _namer(built: Built) -> Callable[[str, int], str]:
    def name(kind: str, number: int) -> str:
        return built.program.row_name(number) if kind == "row" else built.program.column_name(number)

    return name


def _gate(prepared: Prepared, built: Built, solved: Solved, options: SolveOptions) -> None:
    """Let only outcomes with a plan pass; say of the others what happened."""
    outcome = solved.outcome
    if outcome.status == "infeasible":
        found = conflicts(built, options)
        reasons = "\n".join(f"  {conflict}" for conflict in found)
        text = f"No plan keeps all the rules. The cheapest way out gives way here:\n{reasons}"
        if not found:
            text = "No plan keeps all the rules: the limits can be kept by fractions of servers, not by whole ones."
        raise InfeasibleError(text, _refusal(prepared, built, options, text) if found else None)
    if outcome.values is not None:
        return
    floor = f" No plan costs less than {solved.bound * MONEY:,.0f}." if solved.bound > 0 else ""
    if outcome.status == "interrupted":
        raise StoppedError(f"Stopped before any plan was found.{floor}")
    if outcome.status == "no_plan":
        raise NoPlanError(
            f"No plan was found: {outcome.stop_reason}.{floor} Give it more time (--time-limit)."
        )
    raise SolverError(f"The solver failed: {outcome.stop_reason}. {' '.join(outcome.messages[-3:])}")


def _refusal(prepared: Prepared, built: Built, options: SolveOptions, text: str) -> Refusal | None:
    """The proof that there is no plan, or None when the search for one stopped."""
    try:
        prices = refusal_prices(built, options)
    except NoPlanError:
        return None
    return Refusal(prepared.case.settings.name, text, prepared.given, certificate_tables(built, prices))


def _plan(prepared: Prepared, given: Given, built: Built, solved: Solved, options: SolveOptions) -> Plan:
    """Round, repair, re-evaluate, audit: only a clean plan leaves here."""
    outcome = solved.outcome
    if outcome.values is None:
        raise SolverError("A plan was expected here.")
    tables = result_tables(given, built, repaired(given, built, outcome.values))
    tables["promises"] = unkept_promises(prepared.given)
    cost = float(tables["costs"]["discounted"].sum())
    bound = solved.bound * MONEY
    if bound > cost + BOUND_TOLERANCE * max(1.0, abs(cost)):
        raise SolverError(
            f"The solver claims that no plan costs less than {bound:,.2f}; this one costs {cost:,.2f}."
        )
    report = audit(prepared.given, tables, cost)
    if not report.clean:
        texts = "\n".join(f"  {finding.text}" for finding in report.findings[:20])
        raise AuditError(f"The plan breaks its own rules and is not shown; this is a bug.\n{texts}")
    tables |= {
        "limits": report.limits,
        "provenance": provenance_table(prepared.case, tables),
        "defaults": defaults_table(prepared.case),
    }
    if any(len(prepared.given[name]) for name in ("rentals", "token_offers")):
        tables["break_even"] = break_even_table(prepared.given)
    claimed = solved.claimed_bound * MONEY
    return Plan(
        case=prepared.case.settings.name,
        currency=prepared.case.settings.currency,
        status=outcome.status if outcome.status in {"optimal", "interrupted"} else "feasible",
        cost=cost,
        bound=min(bound, cost),
        certified_bound=solved.certified_bound * MONEY,
        claimed_bound=claimed if math.isfinite(claimed) else None,
        gap_asked=options.gap,
        stop_reason=outcome.stop_reason,
        facts=run_facts(prepared.case, outcome, options),
        warnings=tuple(str(warning) for warning in prepared.case.warnings),
        tables=tables,
        given=prepared.given,
        seconds=solved.seconds,
        certificate={} if solved.duals is None else certificate_tables(built, solved.duals),
    )
