"""``capplan forecast``: monthly demand with p10, p50 and p90 from a history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.outcome import ends_well, envelope, json_option, say
from planner.cli.replacing import need_new, replace_option

if TYPE_CHECKING:
    import pandas as pd

    from planner.demand.forecast import Asked, Forecast, History
    from planner.inputs import Case

MONTHS = 24  # of a forecast without a case; as the starter case
METHODS = ("drift", "ets", "local-trend", "last-season")


@click.command("forecast")
@click.argument("history", type=click.Path(path_type=Path))
@click.option(
    "--case", type=click.Path(path_type=Path), help="Case whose months, workloads and lengths are meant."
)
@click.option("--months", type=click.IntRange(1, 240), help="Months ahead without a case; 24 when not given.")
@click.option("--method", type=click.Choice(METHODS), default="drift", show_default=True)
@click.option(
    "--growth", help="LOW:MID:HIGH growth per month, such as 0.02:0.05:0.1, for series under 8 points."
)
@click.option(
    "--quantiles", type=click.Path(path_type=Path), help="Your own p10, p50, p90 by period and workload."
)
@click.option(
    "--take",
    type=click.Choice(["p10", "p50", "p90"]),
    default="p50",
    show_default=True,
    help="Quantile of the demand rows.",
)
@click.option(
    "--commitments", type=click.Path(path_type=Path), help="Packages and reserved rates that were sold."
)
@click.option(
    "--surge", is_flag=True, help="Let unused packages be used up in their last month: a high case."
)
@click.option(
    "--backtest",
    "backtested",
    type=click.IntRange(1, 60),
    metavar="MONTHS",
    help="Compare all methods on the past instead, this far ahead.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder for demand.csv and the quantiles."
)
@replace_option
@json_option
@ends_well("forecast")
def command(
    history: Path,
    case: Path | None,
    months: int | None,
    method: str,
    growth: str | None,
    quantiles: Path | None,
    take: str,
    commitments: Path | None,
    surge: bool,
    backtested: int | None,
    output: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Forecast demand by workload and region from HISTORY, a table by day, week or month (docs/forecast.md).

    Example: capplan forecast demand/starter/demand.csv --months 6
    """
    from planner.demand.forecast import HISTORY, demand_rows, forecast, history_of
    from planner.demand.forecast.for_case import rows_for
    from planner.inputs import load_case
    from planner.inputs.plain_table import read_plain_table
    from planner.plan.render import records

    if output is not None:
        need_new(_places(output), replace)
    file = str(history)
    past = history_of(read_plain_table(HISTORY, history), file)
    if backtested is not None:
        _backtest(past, backtested, file, case, as_json)
        return
    plan = load_case(case) if case else None
    found = forecast(past, _asked(past, plan, months, method, growth, quantiles), file)
    rows, notes = demand_rows(found, take, f"forecast by {method} of {history.name}, {take}"), list[str]()
    if commitments is not None:
        rows, notes = _committed(rows, commitments, surge, plan)
    if plan is not None:
        rows, told = rows_for(plan, rows)
        notes += told
    written = _write(rows, found, output) if output else []
    if as_json:
        data = {"quantiles": records(found.quantiles), "series": records(found.series),
                "shares": records(found.shares), "demand": records(rows), "unit": found.unit,
                "notes": notes}  # fmt: skip
        click.echo(envelope("forecast", data))
        return
    _print(found)
    for note in notes:
        say(f"note: {note}")
    for path in written:
        say(f"Written to {path}.")


def _asked(
    past: History,
    case: Case | None,
    months: int | None,
    method: str,
    growth: str | None,
    quantiles: Path | None,
) -> Asked:
    import numpy as np

    from planner.demand.forecast import Asked
    from planner.demand.forecast.for_case import months_of
    from planner.demand.forecast.given import QUANTILES, VOLUME, check_quantiles, parse_growth
    from planner.inputs.plain_table import read_plain_table

    if case is not None:
        wanted = months_of(case)
    else:
        first = past.dates[-1].astype("datetime64[M]") + 1
        wanted = (first + np.arange(months or MONTHS)).astype("datetime64[D]")
    own = None
    if quantiles is not None:
        own = read_plain_table(QUANTILES, quantiles)
        check_quantiles(own, str(quantiles))
        own = own[own["metric"] == VOLUME]
    return Asked(wanted, method, parse_growth(growth) if growth else None, own)


def _backtest(past: History, months: int, file: str, case: Path | None, as_json: bool) -> None:
    from planner.cli.text_table import text_table
    from planner.demand.forecast import backtest
    from planner.demand.forecast.methods import available
    from planner.inputs import load_case
    from planner.plan.render import records
    from planner.savings import money_per_volume
    from planner.units import DAYS_PER_MONTH

    ahead = max(1, round(months * DAYS_PER_MONTH / past.grain.days))
    money = None
    if case is not None:
        plan = load_case(case)
        money = money_per_volume(plan, past.unit)
    table = backtest(past, available(), ahead, file, money)
    if as_json:
        click.echo(envelope("forecast", {"backtest": records(table), "points_ahead": ahead}))
        return
    click.echo(text_table(table))
    say(
        f"\nForecasts {ahead} {past.grain.name}s ahead from up to six origins per series. held: outcomes within p10 to "
        "p90 (0.8 is right). bias: p50 over outcomes, less 1. cost_over_foresight: capacity bought ahead for 99.5 % of "
        "the volume, over that of knowing the future; the reserve on p50 is k times p90 less p50. "
        + ("Workloads weigh what their cards cost." if case else "All series weigh the same without --case.")
    )


def _committed(
    rows: pd.DataFrame, file: Path, surge: bool, case: Case | None
) -> tuple[pd.DataFrame, list[str]]:
    from planner.demand.commitments import COMMITMENTS, committed
    from planner.demand.forecast.for_case import week_peaks
    from planner.inputs.plain_table import read_plain_table

    peaks = None if case is None else week_peaks(case)
    return committed(rows, read_plain_table(COMMITMENTS, file), surge=surge, peaks=peaks)


def _places(folder: Path) -> list[Path]:
    aside = folder / "runs" if (folder / "case.yaml").is_file() else folder
    return [folder / "demand.csv", aside / "demand_quantiles.csv"]


def _write(rows: pd.DataFrame, found: Forecast, folder: Path) -> list[Path]:
    """demand.csv, and the quantiles beside it; in a case folder under runs/, which cases pass over."""
    from planner.inputs.output import write_table

    paths = _places(folder)
    empty = [name for name in rows.columns if rows[name].isna().all()]
    write_table(paths[0], rows.drop(columns=empty))
    write_table(paths[1], found.quantiles)
    return paths


def _print(found: Forecast) -> None:
    """A line per series: how it was made, and its first and last month."""
    from planner.cli.text_table import text_table
    from planner.demand.forecast.given import PROMPT, VOLUME

    key = ["region", "workload"]
    volume = found.quantiles[found.quantiles["metric"] == VOLUME]
    table = found.series.copy()
    for name, rows in (("first", volume.groupby(key).first()), ("last", volume.groupby(key).last())):
        part = rows[["p10", "p50", "p90"]].add_prefix(f"{name}_").reset_index()
        table = table.merge(part, on=key)
    prompts = found.quantiles[found.quantiles["metric"] == PROMPT].groupby(key)["p50"].last()
    if len(prompts):
        table = table.merge(prompts.rename("last_prompt_tokens").reset_index(), on=key, how="left")
    click.echo(text_table(table))
    unit = "million tokens per day" if found.unit == "tokens" else "requests per day"
    say(f"\n{volume['period'].min()} to {volume['period'].max()}, {unit}, logical (cached input included).")
    if len(found.shares):
        say("\nModels, recent points counting most:")
        click.echo(text_table(found.shares))
