"""``capplan serving``: the serving table, and why a pair is out."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option

NOTHING = "Nothing to show for these."


@click.command("serving")
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--workload", help="Only this workload.")
@click.option("--accelerator", help="Only this card.")
@click.option("--refused", is_flag=True, help="Show the pairs that are out, and why.")
@click.option("--percentiles", is_flag=True, help="Show P50, P95 and P99 of both latencies at that load.")
@click.option("--role", type=click.Choice(["prefill", "decode"]), help="Replicas in pools of this role.")
@json_option
@ends_well("serving")
def command(
    case: Path,
    workload: str | None,
    accelerator: str | None,
    refused: bool,
    role: str | None,
    percentiles: bool,
    as_json: bool,
) -> None:
    """Show what one replica of each card can do for each workload of CASE within its promises.

    Example: capplan serving demand/tiny --refused
    """
    from planner import api
    from planner.cli.text_table import text_table
    from planner.plan.render import records

    table = api.serving_table(
        case, workload=workload, accelerator=accelerator, refused=refused, role=role, percentiles=percentiles
    )
    if as_json:
        click.echo(envelope("serving", {"refused" if refused else "rates": records(table)}))
    else:
        click.echo(text_table(table) if len(table) else NOTHING)
