"""``capplan demand``: from logs, counters and bills to the demand of a case; one file per subcommand.

A subcommand ``name`` lives in ``planner/cli/demand_name.py`` as ``command`` and is imported only when it runs.
"""

from __future__ import annotations

import importlib

import click

SUBCOMMANDS = {
    "import": "Read usage logs, counters or bills into the demand tables of a case.",
    "show": "Print and plot the demand of a case.",
    "agents": "Show what sessions of agents make of a question, in tokens.",
    "levers": "Show what measures that save tokens do, in tokens and cards.",
    "scenarios": "Cut many futures of demand and supply down to a few.",
}


class DemandGroup(click.Group):
    """The subcommands of ``capplan demand``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which they are used."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command object, imported now."""
        if cmd_name not in SUBCOMMANDS:
            return None
        found: click.Command = importlib.import_module(f"planner.cli.demand_{cmd_name}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names with their lines, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUBCOMMANDS.items()))


@click.command("demand", cls=DemandGroup)
def command() -> None:
    """Make and look at the demand of a case.

    Example: capplan demand import spend_logs.csv.gz -o my-case
    """
