"""``capplan verify``: replay requests through a plan."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, say

NOT_VERIFIED = 10  # the exit code of a failed audit: the plan does not hold


@click.command("verify")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--trace", "traces", multiple=True, metavar="WORKLOAD=FILE",
    help="Replay this trace for a workload: Azure, BurstGPT or Mooncake, or timestamp,input_tokens,output_tokens.",
)  # fmt: skip
@click.option(
    "--scaling", type=click.Choice(["auto", "compress", "superpose"]), default="auto", show_default=True,
    help="How a trace is brought to the plan's load: a faster clock, copies side by side, or both.",
)  # fmt: skip
@click.option("--period", help="Period to replay; the one of highest load if not given.")
@click.option(
    "--minutes",
    type=click.FloatRange(0.1, 1440),
    default=10.0,
    show_default=True,
    help="Length of the window.",
)
@click.option(
    "--fail", "failure", metavar="servers:SITE:CARD:N|site:SITE", help="Replay with servers or a site lost."
)
@click.option(
    "--router", type=click.Choice(["least-outstanding", "round-robin", "random"]), default="least-outstanding",
    show_default=True, help="How requests are spread over the replicas of a pool.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Seed of the requests."
)
@json_option
@ends_well("verify")
def command(
    run: Path,
    traces: tuple[str, ...],
    scaling: str,
    period: str | None,
    minutes: float,
    failure: str | None,
    router: str,
    seed: int,
    as_json: bool,
) -> None:
    """Replay the peak window of RUN's plan, request by request, and hold it against its promises.

    Exit code 10 when a promise is broken or the prediction was too fast.

    Example: capplan verify runs/starter --trace chat-large=requests.csv --fail site:west
    """
    from planner.inputs.request_traces import read_trace
    from planner.plan import read_run
    from planner.simulation import Question, parsed_failure, verify
    from planner.simulation.render import render_verification, verification_json
    from planner.simulation.timer import timers_of

    plan = read_run(run)
    question = Question(
        node=period,
        minutes=minutes,
        traces={workload: read_trace(path) for workload, path in _named(traces)},
        scaling=scaling,
        failure=parsed_failure(failure) if failure else None,
        seed=seed,
        router=router,
    )
    show = sys.stderr.isatty() and not as_json
    found = verify(plan, timers_of(plan.given), question, on_stage=say if show else None)
    if as_json:
        click.echo(envelope("verify", verification_json(found), warnings=found.notes))
    else:
        click.echo(render_verification(found))
    if not found.verified:
        sys.exit(NOT_VERIFIED)


def _named(traces: tuple[str, ...]) -> list[tuple[str, Path]]:
    """Workload and file of every --trace."""
    named = []
    for text in traces:
        workload, equals, file = text.partition("=")
        if not (workload and equals and file):
            raise click.UsageError(f"--trace {text}: expected WORKLOAD=FILE.")
        named.append((workload, Path(file)))
    return named
