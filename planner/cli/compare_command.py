"""``capplan compare``: procurement mixes side by side."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, say


@click.command("compare")
@click.argument("places", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--mix", "mixes", multiple=True, help="A mix of the case, such as import-ban:2027-07; may be repeated."
)
@click.option("--stress/--no-stress", default=True, help="Hold each mix's orders and let things go wrong.")
@click.option(
    "--ban-from",
    help="Period from which the stress bans imports; the second quarter of the horizon if not given.",
)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    help="Write the run of each mix below this folder.",
)
@click.option("--gap", type=click.FloatRange(0, 1), help="Stop at this distance from the proven optimum.")
@click.option(
    "--time-limit", "time_limit_s", type=click.FloatRange(min=0, min_open=True), help="Seconds for each mix."
)
@json_option
@ends_well("compare")
def command(
    places: tuple[Path, ...],
    mixes: tuple[str, ...],
    stress: bool,
    ban_from: str | None,
    folder: Path | None,
    gap: float | None,
    time_limit_s: float | None,
    as_json: bool,
) -> None:
    """Compare PLACES: one case with --mix options, or several runs.

    Mixes: best, imported-only, domestic-only, domestic-share:0.6, vendor-cap:huawei=0.5, import-ban:2027-07,
    quota-cut:0.5, price:nvidia_h20_141gb=+20%, rent-only, api-only, and any of them joined by +.

    Example: capplan compare demand/starter --mix best --mix domestic-only --mix import-ban:2027-07
    """
    from planner import api
    from planner.compare.render import comparison_json, render_comparison

    limits = api.Limits(gap=gap, time_limit_s=time_limit_s)
    view = api.compare(places, mixes, limits, stress=stress, ban_from=ban_from, on_stage=say)
    if folder is not None:
        for name, plan in view.plans.items():
            api.write(
                plan, folder / name.replace(":", "-").replace("+", "_").replace("=", "-").replace("%", "")
            )
    click.echo(envelope("compare", comparison_json(view)) if as_json else render_comparison(view))
