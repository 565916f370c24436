"""``capplan demand scenarios``: the few futures that stand for many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.outcome import ends_well, envelope, json_option, say
from planner.cli.replacing import need_new, replace_option

if TYPE_CHECKING:
    import pandas as pd

    from planner.demand.scenarios import Paths, Reduced
    from planner.inputs import Case

STEP_MONTHS = 3  # of a factor


@click.command("scenarios")
@click.argument("case", type=click.Path(path_type=Path))
@click.option(
    "--events", type=click.Path(path_type=Path), help="Jumps and supply shocks; without it the usual ones."
)
@click.option("--fan", type=click.Path(path_type=Path), help="Spread of growth and shocks by workload.")
@click.option(
    "--quantiles", type=click.Path(path_type=Path), help="p10, p50, p90 that the fan shall spread as."
)
@click.option("--count", type=int, default=7, show_default=True, help="Scenarios, the stress path included.")
@click.option("--method", type=click.Choice(["strata", "medoids"]), default="strata", show_default=True)
@click.option(
    "--branch",
    "branches",
    multiple=True,
    metavar="PERIOD",
    help="From when scenarios part; several times for a deeper tree. Blank: the second period.",
)
@click.option(
    "--stress", type=float, default=0.02, show_default=True, help="Probability of the stress path; 0: none."
)
@click.option("--stress-event", "stress_events", multiple=True, help="An event that happens on it.")
@click.option("--by-region", is_flag=True, help="Let the regions of a workload move apart.")
@click.option(
    "--correlation", type=(float, float), metavar="WORKLOADS REGIONS", help="0.6 and 0.8 when not given."
)
@click.option("--center", type=click.Choice(["median", "mean"]), default="median", show_default=True,
              help="What of the fan the demand of CASE is, before events.")  # fmt: skip
@click.option(
    "--step-months",
    type=click.IntRange(1, 120),
    default=STEP_MONTHS,
    show_default=True,
    help="Months that share a factor.",
)
@click.option("--paths", "count_of_paths", type=click.IntRange(100, 100_000), default=4000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder for the tables, such as CASE itself."
)
@replace_option
@json_option
@ends_well("demand scenarios")
def command(
    case: Path,
    events: Path | None,
    fan: Path | None,
    quantiles: Path | None,
    count: int,
    method: str,
    branches: tuple[str, ...],
    stress: float,
    stress_events: tuple[str, ...],
    by_region: bool,
    correlation: tuple[float, float] | None,
    center: str,
    step_months: int,
    count_of_paths: int,
    seed: int,
    output: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Draw paths of demand and supply for CASE and cut them down to a few scenarios (docs/scenarios.md).

    Example: capplan demand scenarios demand/tiny --count 5
    """
    from planner.demand.scenarios import draw_paths, reduce_paths, scenario_tables
    from planner.demand.scenarios.for_case import setup_of, weights_of
    from planner.demand.scenarios.reduction import Branching
    from planner.inputs import load_case
    from planner.inputs.output import write_table
    from planner.plan.render import records

    if output is not None:
        need_new([output / "scenarios.csv", output / "scenario_effects.csv"], replace)
    plan = load_case(case)
    if correlation is not None and not all(0.0 <= part <= 1.0 for part in correlation):
        raise click.UsageError("Correlations lie between 0 and 1.")
    spread = _fan(fan, quantiles, plan)
    setup = setup_of(
        plan, spread, _events(events, plan), by_region=by_region, correlations=correlation, center=center
    )
    paths = draw_paths(setup, count_of_paths, seed)
    how = Branching(count, _positions(branches, plan), method, stress, stress_events)
    reduced = reduce_paths(paths, weights_of(plan, setup.series), how, seed)
    step = max(1, step_months // plan.settings.period_months)
    source = f"{count_of_paths} paths, seed {seed}, {method}"
    scenarios, effects = scenario_tables(paths, reduced, step, source)
    chances = _chances(paths, reduced)
    if output is not None:
        for name, table in (("scenarios", scenarios), ("scenario_effects", effects)):
            write_table(output / f"{name}.csv", table.drop(columns=_blank(table)))
    if as_json:
        data = {"scenarios": records(scenarios), "effects": records(effects), "events": records(chances),
                "kept_total": reduced.kept_total, "kept_cells": reduced.kept_cells}  # fmt: skip
        click.echo(envelope("demand scenarios", data))
        return
    _print(scenarios, chances, reduced, count_of_paths)
    if output is not None:
        say(f"Written to {output}: scenarios.csv and scenario_effects.csv ({len(effects)} effects).")


def _fan(fan: Path | None, quantiles: Path | None, case: Case) -> pd.DataFrame | None:
    from planner.demand.forecast.given import QUANTILES, check_quantiles
    from planner.demand.scenarios.parameters import FAN, fan_of_quantiles
    from planner.inputs.plain_table import read_plain_table

    if fan is not None and quantiles is not None:
        raise click.UsageError("One of --fan and --quantiles.")
    if fan is not None:
        return read_plain_table(FAN, fan)
    if quantiles is None:
        return None
    rows = read_plain_table(QUANTILES, quantiles, 0)
    check_quantiles(rows, str(quantiles))
    return fan_of_quantiles(rows)


def _events(file: Path | None, case: Case) -> pd.DataFrame | None:
    from planner.demand.scenarios.parameters import EVENTS
    from planner.inputs.plain_table import read_plain_table

    return None if file is None else read_plain_table(EVENTS, file, case.settings.period_months)


def _positions(branches: tuple[str, ...], case: Case) -> tuple[int, ...]:
    unknown = [label for label in branches if label not in case.periods]
    if unknown:
        raise click.UsageError(
            f"--branch {unknown[0]}: no period of the case ({case.periods[0]} to {case.periods[-1]})."
        )
    return tuple(case.periods.index(label) for label in branches) or (min(1, len(case.periods) - 1),)


def _chances(paths: Paths, reduced: Reduced) -> pd.DataFrame:
    """Probability of every event of supply, in the paths and in the scenarios."""
    import pandas as pd

    from planner.demand.scenarios.paths import NEVER

    events = paths.setup.events
    names = [name for name in paths.events if (events.loc[events["event"] == name, "what"] != "demand").any()]
    rows = [
        (
            name,
            float(paths.happens(name).mean()),
            float(reduced.probability[reduced.starts[:, paths.events.index(name)] != NEVER].sum()),
        )
        for name in names
    ]
    return pd.DataFrame(rows, columns=["event", "in_paths", "in_scenarios"])


def _blank(table: pd.DataFrame) -> list[str]:
    return [name for name in table.columns if table[name].isna().all()]


def _print(scenarios: pd.DataFrame, chances: pd.DataFrame, reduced: Reduced, paths: int) -> None:
    from planner.cli.text_table import text_table

    click.echo(text_table(scenarios[["scenario", "probability", "note"]]))
    say(f"\nOf the variance of {paths} paths these keep {100 * reduced.kept_total:.0f} % of the total that drives cost "
        f"and {100 * reduced.kept_cells:.0f} % of its parts; the mean is kept.")  # fmt: skip
    if len(chances):
        say("Probability of supply events, in the paths and in the scenarios:")
        click.echo(text_table(chances))
    for name in chances.loc[(chances["in_paths"] > 0) & (chances["in_scenarios"] == 0), "event"]:
        say(f"{name} happens in no scenario: ask for more (--count), or name it (--stress-event {name}).")
