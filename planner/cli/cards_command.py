"""``capplan cards``: the catalogue, and what each card lacks."""

from __future__ import annotations

import click

from planner.cli.outcome import ends_well, envelope, json_option


@click.command("cards")
@json_option
@ends_well("cards")
def command(as_json: bool) -> None:
    """List the cards of the catalogue: maker, origin, memory, bandwidth, and the figures that are missing to plan them.

    A missing figure can be given in the accelerators.yaml of a case.

    Example: capplan cards
    """
    from planner import api
    from planner.cli.text_table import text_table
    from planner.plan.render import records

    table = api.cards()
    click.echo(envelope("cards", {"cards": records(table)}) if as_json else text_table(table))
