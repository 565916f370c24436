"""``capplan explain``: what binds in a plan, and why it is as it is."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option


@click.command("explain")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--again", type=click.IntRange(min=0), default=0, metavar="N",
    help="Solve again with one more and one less of the N limits that matter most.",
)  # fmt: skip
@click.option(
    "--why", "--why-not", "card", metavar="CARD", help="Say why this card is in the plan, or why not."
)
@json_option
@ends_well("explain")
def command(run: Path, again: int, card: str | None, as_json: bool) -> None:
    """Say what binds in RUN, with the price of each limit; of a case folder, which of its rules conflict.

    Example: capplan explain runs/starter --again 3
    """
    from planner import api

    if not (run / "plan.json").is_file() and (run / "case.yaml").is_file():
        _explain_case(run, as_json)
        return
    if card is not None:
        from planner.explain.render_why import render_why, why_json

        found = api.why(run, card)
        click.echo(envelope("explain", why_json(found)) if as_json else render_why(found))
        return
    from planner.explain.render_overview import overview_json, render_overview

    view = api.explain_run(run, again)
    click.echo(envelope("explain", overview_json(view)) if as_json else render_overview(view))


def _explain_case(folder: Path, as_json: bool) -> None:
    """Which limits of a case conflict; exit code 4 when some do."""
    from planner import api
    from planner.errors import InfeasibleError
    from planner.explain.render_conflict import conflict_json, render_conflict

    found = api.conflict_of(folder)
    name = folder.resolve().name
    click.echo(envelope("explain", conflict_json(name, found)) if as_json else render_conflict(name, found))
    if found is not None:
        sys.exit(InfeasibleError.exit_code)
