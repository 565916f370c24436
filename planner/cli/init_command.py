"""``capplan init``: a new case folder."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, say


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--from", "shipped", metavar="CASE", help="Copy a shipped case instead: starter, tiny.")
@ends_well("init")
def command(folder: Path, shipped: str | None) -> None:
    """Write a case into FOLDER that solves as it stands: a commented template, or a copy of a shipped case.

    Example: capplan init my-case --from starter
    """
    from planner.inputs.template import copy_case, write_template

    if shipped:
        copy_case(shipped, folder)
    else:
        write_template(folder, folder.resolve().name)
    say(f"Wrote {folder}. Next: edit it, then capplan check {folder} and capplan solve {folder}")
