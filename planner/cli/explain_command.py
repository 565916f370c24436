"""``capplan explain``: what binds in a plan, why it is as it is, and what else costs about as much."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, say
from planner.cli.progress import ProgressLine


@dataclass(frozen=True)
class _Asked:
    """The command line, but for what is asked."""

    run: Path
    as_json: bool
    time_limit_s: float | None


@click.command("explain")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--again", type=click.IntRange(min=0), default=0, metavar="N",
    help="Solve again with one more and one less of the N limits that matter most.",
)  # fmt: skip
@click.option(
    "--why", "--why-not", "card", metavar="CARD", help="Say why this card is in the plan, or why not."
)
@click.option(
    "--alternatives", "within", type=click.FloatRange(0, 100), metavar="PERCENT",
    help="Find other plans within so many per cent of the cost: fewest vendors, latest orders...",
)  # fmt: skip
@click.option(
    "--against", type=click.Path(path_type=Path), metavar="RUN",
    help="With --alternatives: also the plan nearest to that run's.",
)  # fmt: skip
@click.option(
    "--frontier", "what", metavar="WHAT",
    help="Cost against domestic-share (or domestic-share:spend...), capital, power, or latency (with --case).",
)  # fmt: skip
@click.option("--points", type=click.IntRange(2, 100), default=5, show_default=True, help="Of the frontier.")
@click.option("--from", "loosest", type=float, help="Loose end of the frontier.")
@click.option("--to", "tightest", type=float, help="Tight end of the frontier.")
@click.option(
    "--case", type=click.Path(path_type=Path), help="Case folder, for --frontier latency: it is rated anew."
)
@click.option("--csv", "csv", type=click.Path(path_type=Path), help="Write the frontier into this file, too.")
@click.option(
    "--time-limit", "time_limit_s", type=click.FloatRange(min=0, min_open=True),
    help="Seconds for each plan of --alternatives and --frontier.",
)  # fmt: skip
@json_option
@ends_well("explain")
def command(
    run: Path,
    again: int,
    card: str | None,
    within: float | None,
    against: Path | None,
    what: str | None,
    points: int,
    loosest: float | None,
    tightest: float | None,
    case: Path | None,
    csv: Path | None,
    time_limit_s: float | None,
    as_json: bool,
) -> None:
    """Say what binds in RUN, with the price of each limit; of a case folder, which of its rules conflict.

    Example: capplan explain runs/starter --again 3
    """
    asked = _Asked(run, as_json, time_limit_s)
    if sum(answer is not None for answer in (card, within, what)) > 1:
        raise click.UsageError("--why, --alternatives and --frontier are three questions: ask one at a time.")
    if not (run / "plan.json").is_file() and (run / "case.yaml").is_file():
        _explain_case(asked)
    elif card is not None:
        _explain_card(asked, card)
    elif within is not None:
        _explain_alternatives(asked, within, against)
    elif what is not None:
        _explain_frontier(asked, what, points, (loosest, tightest), case, csv)
    else:
        _explain_limits(asked, again)


def _explain_limits(asked: _Asked, again: int) -> None:
    """What binds."""
    from planner import api
    from planner.explain.render_overview import overview_json, render_overview
    from planner.explain.valley import render_valley

    view, valley = api.explain_run(asked.run, again), api.valley_of(asked.run)
    if asked.as_json:
        saved = None if valley is None else {"cards": valley.cards, "cost": valley.cost}
        click.echo(envelope("explain", overview_json(view) | {"valley": saved}))
        return
    click.echo(render_overview(view))
    if valley is not None:
        click.echo("\n" + render_valley(valley, api.read(asked.run).currency))


def _explain_card(asked: _Asked, card: str) -> None:
    """Why this card, or why not."""
    from planner import api
    from planner.explain.render_why import render_why, why_json

    found = api.why(asked.run, card)
    click.echo(envelope("explain", why_json(found)) if asked.as_json else render_why(found))


def _explain_case(asked: _Asked) -> None:
    """Which limits of a case conflict; exit code 4 when some do."""
    from planner import api
    from planner.errors import InfeasibleError
    from planner.explain.render_conflict import conflict_json, render_conflict

    found = api.conflict_of(asked.run)
    name = asked.run.resolve().name
    click.echo(
        envelope("explain", conflict_json(name, found)) if asked.as_json else render_conflict(name, found)
    )
    if found is not None:
        sys.exit(InfeasibleError.exit_code)


def _explain_alternatives(asked: _Asked, within: float, against: Path | None) -> None:
    """Other plans that cost about as much."""
    from planner import api
    from planner.explain.render_alternatives import alternatives_json, render_alternatives

    with ProgressLine(enabled=sys.stderr.isatty() and not asked.as_json) as line:
        view = api.alternatives(
            asked.run, within / 100.0, against=against, time_limit_s=asked.time_limit_s, on_stage=line.stage
        )
    click.echo(envelope("explain", alternatives_json(view)) if asked.as_json else render_alternatives(view))


def _explain_frontier(
    asked: _Asked,
    what: str,
    points: int,
    ends: tuple[float | None, float | None],
    case: Path | None,
    csv: Path | None,
) -> None:
    """Cost along an axis; the CSV is written whole or not at all."""
    from planner import api
    from planner.explain.frontier import frontier_table
    from planner.explain.render_frontier import frontier_json, render_frontier
    from planner.plan.encode import as_csv

    if what == "latency" and case is None:
        raise click.UsageError(
            "--frontier latency rates every card anew for each promise: name the case with --case."
        )
    with ProgressLine(enabled=sys.stderr.isatty() and not asked.as_json) as line:
        view = api.frontier(
            asked.run,
            what,
            points,
            ends=ends,
            case=case,
            time_limit_s=asked.time_limit_s,
            on_stage=line.stage,
        )
    click.echo(envelope("explain", frontier_json(view)) if asked.as_json else render_frontier(view))
    if csv is not None:
        from planner.inputs.output import write_data

        write_data(csv, as_csv(frontier_table(view)))
        say(f"Written to {csv}.")
