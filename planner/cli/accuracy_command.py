"""``capplan accuracy``: how far predictions are from measurements the model has not seen."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, say


@click.command("accuracy")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--calibrate-points", "points", type=click.IntRange(0, 100), default=0, show_default=True,
              help="Measured points given per configuration; the others are scored.")  # fmt: skip
@click.option("--by", type=click.Choice(["accelerator", "model", "source", "load_type"]), multiple=True,
              help="Also by this column; may be given several times.")  # fmt: skip
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE",
              help="What the file does not state, such as accelerator=nvidia_h100_sxm.")  # fmt: skip
@json_option
@ends_well("accuracy")
def command(file: Path, points: int, by: tuple[str, ...], facts: tuple[str, ...], as_json: bool) -> None:
    """Predict every run in FILE and print how far off the predictions are; nothing is fitted to it.

    FILE is a table of measurements, or the result of a benchmark (vLLM, SGLang, AIPerf, GenAI-Perf, MLPerf).

    Example: capplan accuracy my-runs.csv --by accelerator
    """
    from planner.calibration.accuracy import accuracy
    from planner.cli.facts import facts_of
    from planner.cli.text_table import text_table
    from planner.plan.render import records

    found = accuracy(file, points, facts_of(facts))
    if as_json:
        tables = {
            name: records(getattr(found, name)) for name in ("figures", "groups", "coverage", "refused")
        }
        lacking = {"lacking": list(found.lacking), "assumptions": list(found.assumptions)}
        click.echo(envelope("accuracy", {"counts": dict(found.counts), **tables, **lacking}))
        return
    counts = found.counts
    click.echo(f"{counts['rows']} rows: {counts['answered']} answered, {counts['refused']} refused, "
               f"{counts['set_aside']} set aside as doubtful; {counts['called_infeasible']} measured runs do not fit "
               f"by our count; {counts['scored']} scored.")  # fmt: skip
    if found.lacking:
        say(f"The file lacks columns that predictions need: {', '.join(found.lacking)}.")
    for sentence in found.assumptions:
        say(sentence)
    if found.figures.empty:
        click.echo("\nNothing was scored.")
    else:
        click.echo("\nError of predictions, percent of the measurement:")
        click.echo(text_table(found.figures.round(1)))
    for name in by if len(found.figures) else ():
        mine = (
            found.groups[found.groups["group"] == name].drop(columns="group").rename(columns={"value": name})
        )
        click.echo(f"\nBy {name}:")
        click.echo(text_table(mine.sort_values(["figure", name]).round(1)))
    if len(found.coverage):
        click.echo("\nMeasurements inside the stated 80 % interval:")
        click.echo(text_table(found.coverage.round(2)))
    if len(found.refused):
        click.echo("\nNot answered:")
        click.echo(text_table(found.refused))
