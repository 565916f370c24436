"""Files that a command would write over."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from planner.errors import UnreachableError

replace_option = click.option("--replace", is_flag=True, help="Write over files that are there.")


def need_new(paths: Iterable[Path], replace: bool) -> None:
    """Make sure that none of the files is there, unless they may be replaced.

    Raises
    ------
    UnreachableError : with the names of those that are
    """
    there = [str(path) for path in paths if path.exists()]
    if there and not replace:
        verb = "is" if len(there) == 1 else "are"
        raise UnreachableError(f"{', '.join(there)} {verb} there already. Write over with --replace.")
