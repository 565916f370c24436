"""The command line: one file per command, each parses, calls `planner.api` and prints.

Data goes to stdout, talk to stderr. Commands are imported when they are called, so that ``--help`` stays fast.
"""

from __future__ import annotations

import importlib

import click

from planner import __version__

COMMANDS = {
    "init": "Write a new case folder, commented and ready to edit.",
    "demand": "Make the demand of a case from logs, counters or bills, and look at it.",
    "check": "Print every problem in the inputs of a case.",
    "forecast": "Forecast demand by workload and region from a history.",
    "serving": "Show what one replica of each card can do within the promises.",
    "solve": "Plan a case: which cards to order, when, for which site.",
    "show": "Print the plan of a run again.",
    "explain": "Say what binds in a run, why this card and not that, and what else costs about as much.",
    "budget": "Turn a run into budget lines, payments, assets and checks for finance.",
    "actuals": "Compare a run with deliveries, prices paid and tokens served.",
    "audit": "Check every rule and the cost of a run again, without the solver.",
    "compare": "Compare procurement mixes of a case, or runs, side by side.",
    "diff": "What changed in the orders between two runs.",
    "futures": "What knowing the future, or planning for several, is worth.",
    "verify": "Replay requests through the plan of a run: are the promises kept?",
    "accuracy": "Compare predictions with measured runs.",
    "calibrate": "Correct the serving model of a case by measured runs.",
    "cards": "List the cards of the catalogue and the figures they lack.",
    "measure": "Measure the accelerator of this machine and write a profile of it.",
    "schema": "Write JSON Schemas of the YAML files, for editors.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command object, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"planner.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names with their lines, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="capplan")
def main() -> None:
    """Plan accelerator purchases for serving language models, with a proven gap.

    \b
    Start here:
      capplan init my-case
      capplan check my-case
      capplan solve my-case -o runs/my-case
    """
