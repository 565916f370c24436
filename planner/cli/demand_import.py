"""``capplan demand import``: usage logs, counters and bills into the demand tables of a case."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well


@click.command("import")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@ends_well("demand import")
def command(files: tuple[Path, ...]) -> None:
    """Read FILES into the demand tables of a case.

    Example: capplan demand import spend_logs.csv.gz -o my-case
    """
    raise click.UsageError("not there yet")
