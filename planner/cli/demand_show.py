"""``capplan demand show``: what a person looks at before trusting a demand."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, say

KINDS = (".png", ".svg", ".html")
QUANTILES = Path("runs") / "demand_quantiles.csv"  # where `capplan forecast -o CASE` puts them


@click.command("show")
@click.argument("case", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
              help="Picture (.png, .svg) or page (.html) to write; needs the extra 'plot'.")  # fmt: skip
@click.option("--quantiles", type=click.Path(path_type=Path),
              help="Quantiles of a forecast, for the band.  [default: CASE/runs/demand_quantiles.csv]")  # fmt: skip
@json_option
@ends_well("demand show")
def command(case: Path, output: Path | None, quantiles: Path | None, as_json: bool) -> None:
    """Print and plot the demand of CASE: volume, growth with its band, traffic, lengths, cached share.

    Example: capplan demand show demand/starter -o demand.html
    """
    from planner.cli.text_table import text_table
    from planner.demand.look import look_at
    from planner.demand.look.picture import draw
    from planner.demand.look.render import (
        band_lines,
        length_table,
        look_json,
        look_page,
        shape_lines,
        summary_table,
    )
    from planner.demand.look.source import volume_quantiles
    from planner.inputs import load_case
    from planner.inputs.output import write_data

    if output is not None and output.suffix.lower() not in KINDS:
        raise click.UsageError(f"-o {output}: expected a file that ends in {', '.join(KINDS)}.")
    own = quantiles or (case / QUANTILES if (case / QUANTILES).is_file() else None)
    look = look_at(load_case(case), volume_quantiles(own) if own else None)
    if output is not None:
        kind = output.suffix.lower().lstrip(".")
        data = draw(look, "svg" if kind == "html" else kind)
        write_data(output, look_page(look, data.decode()).encode() if kind == "html" else data)
    if as_json:
        click.echo(envelope("demand show", look_json(look)))
        return
    first = look.volumes["period"].min()
    click.echo(
        f"Demand of {look.name}, {first} (logical input; 'to compute' is what the prefix cache leaves):\n"
    )
    click.echo(text_table(summary_table(look)))
    for side in ("input", "output"):
        click.echo(f"\n{side.capitalize()} lengths in tokens, % of requests / % of {side} tokens:\n")
        click.echo(text_table(length_table(look, side)))
    click.echo("\nA weekday, midnight to midnight:\n" + "\n".join(shape_lines(look)))
    click.echo("\nAll tokens and their band, p10 to p90:\n" + "\n".join(band_lines(look)))
    if output is not None:
        say(f"Written to {output}.")
