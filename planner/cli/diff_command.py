"""``capplan diff``: what changed in the orders between two runs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option

DIFFERENT = 7


@click.command("diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--exit-code", is_flag=True, help="End with 7 where the orders differ.")
@json_option
@ends_well("diff")
def command(before: Path, after: Path, exit_code: bool, as_json: bool) -> None:
    """Compare the orders of two runs: quantity, unit price, amount.

    Example: capplan diff runs/may runs/june
    """
    from planner import api
    from planner.compare.comparison import order_changes
    from planner.compare.render import render_changes

    first, second = api.read(before), api.read(after)
    table = order_changes(first, second)
    if as_json:
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        click.echo(envelope("diff", {"currency": second.currency, "orders": rows}))
    else:
        click.echo(render_changes(table, second.currency))
    if exit_code and len(table):
        sys.exit(DIFFERENT)
