"""``capplan schema``: JSON Schemas for editors."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, say


@click.command("schema")
@click.argument("folder", type=click.Path(path_type=Path))
@ends_well("schema")
def command(folder: Path) -> None:
    """Write one JSON Schema per kind of YAML file into FOLDER, for completion and checks in an editor.

    Example: capplan schema .schemas
    """
    from planner.inputs.json_schema import write_schemas

    for path in write_schemas(folder):
        say(f"Wrote {path}")
