"""``capplan show``: print the plan of a run again."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option


@click.command("show")
@click.argument("run", type=click.Path(path_type=Path))
@json_option
@ends_well("show")
def command(run: Path, as_json: bool) -> None:
    """Print the plan that ``capplan solve -o RUN`` wrote.

    Example: capplan show runs/starter
    """
    from planner import api
    from planner.plan.render import plan_json, render_plan

    plan = api.read(run)
    click.echo(envelope("show", plan_json(plan), warnings=plan.warnings) if as_json else render_plan(plan))
