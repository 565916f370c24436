"""``capplan check``: every problem of a case at once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, problem_fields, say, say_problems


@click.command("check")
@click.argument("case", type=click.Path(path_type=Path))
@json_option
@ends_well("check")
def command(case: Path, as_json: bool) -> None:
    """Print every problem in the inputs of CASE: file, row, field, what was found, what was expected, how to mend it.

    Exit code 0 when the case can be planned, 3 when it cannot.

    Example: capplan check demand/starter
    """
    from planner.inputs import check_case

    errors, warnings = check_case(case)
    if as_json:
        texts = [str(warning) for warning in warnings]
        click.echo(envelope("check", {}, warnings=texts, errors=map(problem_fields, errors)))
    else:
        say_problems(warnings, "warning")
        say_problems(errors, "error")
        if errors:
            say(f"{len(errors)} problem{'s' if len(errors) > 1 else ''}: {case} cannot be planned yet.")
        else:
            click.echo(f"{case} can be planned.")
    if errors:
        sys.exit(3)
