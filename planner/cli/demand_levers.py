"""``capplan demand levers``: what measures that save tokens do, each alone and together."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.outcome import ends_well, envelope, json_option, say
from planner.cli.replacing import need_new, replace_option

if TYPE_CHECKING:
    import pandas as pd

    from planner.inputs import Case
    from planner.savings import LeverEffects


@click.command("levers")
@click.argument("case", type=click.Path(path_type=Path))
@click.option(
    "--levers", "file", type=click.Path(path_type=Path), help="Your levers; without it some to try."
)
@click.option("--period", help="Period that is shown; blank: the last.")
@click.option(
    "--solve", is_flag=True, help="Plan the case with and without all levers, and compare the plans."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Folder for measures.csv, such as CASE itself: a plan then chooses among them.",
)
@replace_option
@json_option
@ends_well("demand levers")
def command(
    case: Path,
    file: Path | None,
    period: str | None,
    solve: bool,
    output: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Show what measures that save tokens do to CASE, each alone and together, in tokens and cards (docs/levers.md).

    Example: capplan demand levers demand/tiny
    """
    from planner.demand.levers import LEVERS, trial_levers
    from planner.demand.levers.apply import check_levers
    from planner.inputs import load_case
    from planner.inputs.output import write_table
    from planner.inputs.plain_table import read_plain_table
    from planner.plan.render import records
    from planner.savings import lever_effects, measure_rows

    if output is not None:
        need_new([output / "measures.csv"], replace)
    plan = load_case(case)
    levers = trial_levers()
    if file is not None:
        levers = read_plain_table(LEVERS, file, plan.settings.period_months)
    check_levers(levers, set(plan.frame("workloads")["workload"]), plan.periods, str(file or "levers"))
    shown = period or plan.periods[-1]
    if shown not in plan.periods:
        raise click.UsageError(f"--period {shown}: the case has {plan.periods[0]} to {plan.periods[-1]}.")
    found = lever_effects(plan, levers, shown)
    measures, notes = measure_rows(plan, levers, shown) if output else (None, list[str]())
    if output is not None and measures is not None:
        write_table(output / "measures.csv", measures)
    plans = _solved(case, plan, levers, shown) if solve else None
    if as_json:
        data = {"period": shown, "levers": records(found.table), "counted_on": found.counted_on,
                "left_out": found.left_out,
                "measures": [] if measures is None else records(measures),
                "plans": [] if plans is None else records(plans), "notes": notes}  # fmt: skip
        click.echo(envelope("demand levers", data))
        return
    _print(found, shown, trial=file is None)
    if plans is not None:
        from planner.cli.text_table import text_table

        say("\nPlans:")
        click.echo(text_table(plans))
    for note in notes:
        say(f"note: {note}")
    if output is not None and measures is not None:
        say(f"Written to {output / 'measures.csv'}: {len(measures)} measures, which a plan may take up.")


def _print(found: LeverEffects, period: str, *, trial: bool) -> None:
    from planner.cli.text_table import text_table

    shown = found.table.rename(columns={
        "requests_per_day": "requests/day", "input_mtok_per_day": "input Mtok/day", "output_mtok_per_day": "output",
        "compute_input_mtok_per_day": "computed input", "cost_per_month": "cost/month", "used_share": "used",
    })  # fmt: skip
    for name in ("logical", "compute", "cards"):
        change = shown.pop(f"{name}_change")
        shown[f"{name} change"] = [
            f"{100 * value:+.1f} %" if math.isfinite(value) else "-" for value in change
        ]
    click.echo(text_table(shown))
    say(
        f"\nIn {period}. logical: billed tokens; compute: after prefix reuse; cards: linear estimate at the peak,"
    )
    for card in sorted(set(found.counted_on.values())):
        say(
            f"counted on {card}: {', '.join(sorted(w for w, one in found.counted_on.items() if one == card))}."
        )
    for workload, share in sorted(found.left_out.items()):
        say(
            f"note: {100 * share:.2g} % of {workload} is too long for that card within its promise; it is not counted."
        )
    if trial:
        say(
            "These levers are trials of a stated size, not figures of your traffic: give yours with --levers."
        )


def _solved(case: Path, plan: Case, levers: pd.DataFrame, period: str) -> pd.DataFrame:
    """Cost, cards and service of the plan as it stands and with all levers in force."""
    import tempfile

    import pandas as pd

    from planner import api
    from planner.inputs.written_case import copy_with
    from planner.savings import levered_tables

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder) / plan.settings.name
        copy_with(case, changed, levered_tables(plan, levers, period))
        for name, place in (("as it stands", case), ("all together", changed)):
            say(f"Planning the case {name}")
            run = api.solve(place)
            ordered, unmet = run.tables["orders"]["cards"].sum(), run.tables["unmet"]["mtok"].sum()
            rows.append((name, run.cost, run.bound, int(ordered), float(unmet)))
    columns = ["plan", "cost", "no plan costs less than", "cards ordered", "million tokens not served"]
    return pd.DataFrame(rows, columns=columns)
