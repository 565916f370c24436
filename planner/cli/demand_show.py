"""``capplan demand show``: what a person looks at before trusting a demand."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well


@click.command("show")
@click.argument("case", type=click.Path(path_type=Path))
@ends_well("demand show")
def command(case: Path) -> None:
    """Print and plot the demand of CASE.

    Example: capplan demand show demand/starter
    """
    raise click.UsageError("not there yet")
