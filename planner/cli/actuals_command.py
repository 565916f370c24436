"""``capplan actuals``: what really happened, checked against a run and compared with it."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, say

FOLDER_HELP = (
    "FOLDER holds any of deliveries, paid_prices and served, as CSV, Excel or Parquet (docs/budget.md)."
)
_run = click.argument("run", type=click.Path(path_type=Path))
_folder = click.argument("folder", type=click.Path(path_type=Path))
_branch = click.option("--branch", help="Last node of the branch, where the plan has scenarios.")
_force = click.option("--force", is_flag=True, help="Overwrite what is there.")


@click.group("actuals")
def command() -> None:
    """Compare a run with what really happened.

    \b
    Example: capplan actuals import runs/starter facts -o actuals/2027-06
      capplan actuals variance runs/starter actuals/2027-06
    """


@command.command("import")
@_run
@_folder
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@_branch
@_force
@json_option
@ends_well("actuals import")
def import_(run: Path, folder: Path, output: Path, branch: str | None, force: bool, as_json: bool) -> None:
    """Check FOLDER against RUN and keep it. FOLDER holds any of deliveries, paid_prices and served, as CSV, Excel or
    Parquet (docs/budget.md).

    Example: capplan actuals import runs/starter facts -o actuals/2027-06
    """
    from planner import api

    written = api.import_actuals(run, folder, output, branch=branch, force=force)
    if as_json:
        click.echo(envelope("actuals import", {"written": [str(path) for path in written]}))
        return
    for path in written:
        click.echo(path)


@command.command("variance")
@_run
@_folder
@click.option(
    "--through", metavar="MONTH", help="Last month compared, such as 2027-06; blank: the last in FOLDER."
)
@click.option("--finance", type=click.Path(path_type=Path), help="Finance settings, a YAML file.")
@_branch
@json_option
@ends_well("actuals variance")
def variance(
    run: Path, folder: Path, through: str | None, finance: Path | None, branch: str | None, as_json: bool
) -> None:
    """Say why spend and tokens differ from RUN: price, exchange, timing, volume, mix, to the cent.

    Example: capplan actuals variance runs/starter actuals/2027-06
    """
    from planner import api
    from planner.budget.compare_actual import render_variance

    found = api.plan_against_actual(run, folder, finance, through=through, branch=branch)
    if as_json:
        data = {"through": found.through, "tokens_through": found.tokens_through, "currency": found.currency}
        tables = {"spend": found.spend, "delays": found.delays, "tokens": found.tokens}
        rows = {
            name: [
                {str(key): _plain(value) for key, value in row.items()} for row in table.to_dict("records")
            ]
            for name, table in tables.items()
        }
        click.echo(envelope("actuals variance", {**data, **rows}))
        return
    click.echo(render_variance(found))


@command.command("fleet")
@_run
@_folder
@click.option("--through", metavar="MONTH", help="Last month that has passed; blank: the last in FOLDER.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="File to write: a case's fleet.csv.",
)
@_branch
@_force
@ends_well("actuals fleet")
def fleet(
    run: Path, folder: Path, through: str | None, output: Path, branch: str | None, force: bool
) -> None:
    """Write the fleet of today, to plan again from: what RUN began with and is still there, and what has come.

    Example: capplan actuals fleet runs/starter actuals/2027-06 -o my-case/fleet.csv
    """
    from planner import api

    path, still_open = api.fleet_of_today(run, folder, output, through=through, branch=branch, force=force)
    if still_open:
        say(f"{still_open} cards of the plan are neither delivered nor cancelled; they are not in the fleet.")
    click.echo(path)


def _plain(value: object) -> object:
    """Amounts as text, so that no cent is lost; counts as they are."""
    if value is None or isinstance(value, str | int):
        return value
    return None if value != value else str(value)  # noqa: PLR0124 - NaN
