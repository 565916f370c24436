"""``capplan futures``: what it is worth to know the future, and to plan for several."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.outcome import ends_well, envelope, json_option

if TYPE_CHECKING:
    from planner.futures import WorthOfKnowing


@click.command("futures")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--gap", type=click.FloatRange(0, 1), default=0.001, show_default=True, help="Of each solve.")
@click.option(
    "--time-limit",
    "time_limit_s",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Seconds for each solve.",
)
@json_option
@ends_well("futures")
def command(run: Path, gap: float, time_limit_s: float, as_json: bool) -> None:
    """Hold the plan of RUN against knowing the future, and against planning for the mean of its scenarios.

    Example: capplan futures runs/uncertain
    """
    from planner import api

    plan = api.read(run)
    found = api.worth_of_futures(run, gap=gap, time_limit_s=time_limit_s)
    if not as_json:
        click.echo(_text(found, plan.currency, plan.gap, gap))
        return
    data = {
        "planned": found.planned,
        "known": found.known,
        "averaged": found.averaged if math.isfinite(found.averaged) else None,
        "perfect_information": found.perfect_information,
        "stochastic_solution": found.stochastic_solution if math.isfinite(found.averaged) else None,
        "paths": found.paths.to_dict("records"),
    }
    click.echo(envelope("futures", data))


def _text(found: WorthOfKnowing, currency: str, gap: float, asked: float) -> str:
    lines = [f"{currency}, discounted and by the chance of each future:"]
    lines.append(f"  this plan                              {found.planned:>16,.0f}")
    lines.append(f"  if the future were known at the start  {found.known:>16,.0f}")
    if math.isfinite(found.averaged):
        lines.append(f"  first orders of the mean future        {found.averaged:>16,.0f}")
    else:
        lines.append("  first orders of the mean future: they leave a future without any plan")
    saved = f"{found.perfect_information:,.0f}"
    lines.append(f"Perfect information would save {saved}: at most what a better forecast is worth.")
    if math.isfinite(found.averaged):
        lines.append(
            f"Planning for several futures saves {found.stochastic_solution:,.0f} against planning for the mean."
        )
    if gap > asked:
        lines.append(
            f"The plan itself may cost {100 * gap:.1f} % too much (its gap): solve it closer before trusting these."
        )
    return "\n".join(lines)
