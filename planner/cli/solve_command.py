"""``capplan solve``: the main job."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, say
from planner.cli.start import no_collection


@click.command("solve")
@click.argument("case", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "folder", type=click.Path(path_type=Path), help="Write the run into this folder."
)
@click.option(
    "--gap",
    type=click.FloatRange(0, 1),
    help="Stop at this distance from the proven optimum (0.005 = 0.5 %).",
)
@click.option(
    "--time-limit",
    "time_limit_s",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop after so many seconds.",
)
@click.option(
    "--node-limit", type=click.IntRange(min=0), help="Stop after so many nodes: repeatable, unlike seconds."
)
@click.option(
    "--verify",
    "verified",
    is_flag=True,
    help="Replay requests through the plan, lower the loads that fall short, and plan again.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed of the solver.")
@json_option
@ends_well("solve")
def command(
    case: Path,
    folder: Path | None,
    gap: float | None,
    time_limit_s: float | None,
    node_limit: int | None,
    seed: int | None,
    verified: bool,
    as_json: bool,
) -> None:
    """Plan CASE: which cards to order, when, for which site, what each serves, what it costs, how far from the optimum.

    Ctrl-C keeps the best plan found so far (exit code 130).

    Example: capplan solve demand/starter -o runs/starter
    """
    with no_collection():
        from planner import api
        from planner.cli.progress import ProgressLine
        from planner.errors import AuditError, InfeasibleError
        from planner.plan.render import plan_json, render_plan

    limits = api.Limits(gap=gap, time_limit_s=time_limit_s, node_limit=node_limit, seed=seed)
    try:
        with ProgressLine(enabled=sys.stderr.isatty() and not as_json) as line:
            if verified:
                plan, found = api.solve_verified(case, limits, on_progress=line.show, on_stage=line.stage)
            else:
                plan, found = api.solve(case, limits, on_progress=line.show, on_stage=line.stage), None
    except InfeasibleError as error:
        if folder is not None and isinstance(error.refusal, api.Refusal):
            api.write_proof(error.refusal, folder)
            say(f"The proof is in {folder}. Check it: capplan audit {folder}")
        raise
    if folder is not None:
        api.write(plan, folder)
    if as_json:
        data = plan_json(plan)
        if found is not None:
            from planner.simulation.render import verification_json

            data |= {"verification": verification_json(found)}
        click.echo(envelope("solve", data, warnings=plan.warnings))
    else:
        click.echo(render_plan(plan))
        if found is not None:
            from planner.simulation.render import render_verification

            click.echo(render_verification(found))
        if folder is not None:
            say(
                f"Written to {folder}. Print it again: capplan show {folder}. Check it: capplan audit {folder}"
            )
    if plan.interrupted:
        sys.exit(130)
    if found is not None and not found.verified:
        sys.exit(AuditError.exit_code)
