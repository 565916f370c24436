"""Facts given on the command line: NAME=VALUE."""

from __future__ import annotations

from collections.abc import Sequence

import click

from planner.tables import Value


def facts_of(texts: Sequence[str]) -> dict[str, Value]:
    """The facts by name; their values are checked where they are used.

    Examples
    --------
    >>> facts_of(["accelerator=nvidia_l20", "tp=2"])
    {'accelerator': 'nvidia_l20', 'tp': '2'}
    """
    found: dict[str, Value] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE, for example accelerator=nvidia_h100_sxm")
        found[name.strip()] = value.strip()
    return found
