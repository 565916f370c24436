"""``capplan budget``: the money of a run, for finance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from planner.cli.outcome import ends_well, envelope, json_option, say
from planner.errors import InputError, Problem


@click.command("budget")
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1)
@click.option("--to", "target", type=click.Choice(["xlsx", "csv", "parquet", "focus", "sql"]),
              help="Write: a workbook, tables, FOCUS rows, or into a database.")  # fmt: skip
@click.option("-o", "--output", help="File, folder of csv or parquet tables, or address of a database.")
@click.option("--finance", type=click.Path(path_type=Path), help="Finance settings, a YAML file.")
@click.option("--branch", help="Last node of the branch to budget, where the plan has scenarios.")
@click.option("--preset", help="With csv: layout for another system (sap_s4_plan, oracle_epm_planning, anaplan_module, "
              "adaptive_standard), or a mapping file.")  # fmt: skip
@click.option("--basis", type=click.Choice(["accrual", "cash"]), default="accrual", show_default=True,
              help="Of the preset; the two are never in one file.")  # fmt: skip
@click.option("--focus-version", type=click.Choice(["1.2", "1.3", "1.4"]), default="1.2", show_default=True)
@click.option("--bom", is_flag=True, help="CSV with a byte order mark, for Excel on Windows.")
@click.option(
    "--raw", is_flag=True, help="CSV for machines: cells that look like formulas are left as they are."
)
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option(
    "--template", type=click.Path(path_type=Path), help="Write a commented file of finance settings and stop."
)
@json_option
@ends_well("budget")
def command(runs: tuple[Path, ...], target: str | None, output: str | None, template: Path | None, as_json: bool,
            **asked: Any) -> None:  # fmt: skip
    """Turn RUNS into budget lines, payments, assets and checks, exact to the cent.

    \b
    Example: capplan budget runs/starter
      capplan budget runs/starter --to xlsx -o budget.xlsx --finance finance.yaml
      capplan budget --template finance.yaml
    """
    from planner import api

    if template is not None:
        written = api.write_finance_template(template, force=asked["force"])
        say(f"Wrote {written}. Edit it, then add --finance {written}.")
        return
    if not runs:
        raise click.UsageError("Name a run folder.")
    if (target is None) != (output is None):
        raise click.UsageError("--to needs -o, and -o needs --to.")
    _need_sense(target, asked)
    budgets = [api.budget_run(run, asked["finance"], branch=asked["branch"]) for run in runs]
    if target is None or output is None:
        _print(budgets, as_json)
        return
    options = {name: asked[name] for name in ("force", "raw", "bom", "preset", "basis", "focus_version")}
    done = api.export_budget(budgets, target, output, **options)
    if as_json:
        click.echo(envelope("budget", {"written": list(done.written), "notes": list(done.notes)}))
        return
    for note in done.notes:
        say(note)
    for path in done.written:
        click.echo(path)


def _need_sense(target: str | None, asked: dict[str, Any]) -> None:
    """Options that change nothing for a target are mistakes."""
    for name in ("preset", "raw", "bom"):
        if asked[name] and target not in ("csv", *(("focus",) if name != "preset" else ())):
            raise InputError([Problem("command line", "", f"--{name}", f"--{name} without csv", "--to csv")])


def _print(budgets: list[Any], as_json: bool) -> None:
    from planner.budget.export.files import need_balanced
    from planner.budget.render import budget_json, render_budget

    for budget in budgets:
        need_balanced(budget)
    if as_json:
        click.echo(envelope("budget", {"budgets": [budget_json(budget) for budget in budgets]}))
        return
    click.echo("\n\n".join(render_budget(budget) for budget in budgets))
