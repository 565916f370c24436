"""``capplan calibrate``: the serving model of a case, corrected by its user's own runs."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, say


@click.command("calibrate")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--case", "case", type=click.Path(path_type=Path),
              help="Case whose calibration.csv is written; its own cards and llms are known.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write instead.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE",
              help="What the files do not state, such as accelerator=huawei_910c or tp=16.")  # fmt: skip
@json_option
@ends_well("calibrate")
def command(
    files: tuple[Path, ...], case: Path | None, output: Path | None, facts: tuple[str, ...], as_json: bool
) -> None:
    """Correct predictions by the runs in FILES: benchmark results of vLLM, SGLang, AIPerf, GenAI-Perf or MLPerf, or a
    table of measurements. One to three points per card suffice.

    Example: capplan calibrate run.json --fact accelerator=huawei_910c --fact tp=8 --case my-case
    """
    from planner.calibration.user_files import calibrate_files
    from planner.cli.facts import facts_of
    from planner.plan.render import records

    if case is None and output is None:
        raise click.UsageError("Say where to write: --case CASE or -o FILE.")
    target = output or Path(str(case)) / "calibration.csv"
    found = calibrate_files(files, facts_of(facts), case, target)
    if as_json:
        tables = {"rows": found.rows, "set_aside": found.set_aside, "last_tested": found.last_tested}
        data = {name: records(table) for name, table in tables.items()}
        click.echo(
            envelope("calibrate", {"used": found.used, "written": str(target) if found.used else "", **data})
        )
        return
    for place, reason in zip(found.set_aside["place"], found.set_aside["reason"], strict=True):
        say(f"set aside: {place}: {reason}")
    for place, reason in zip(found.last_tested["place"], found.last_tested["reason"], strict=True):
        say(f"note: {place}: {reason}")
    if not found.used:
        say("No run can be used. Nothing was written.")
        raise SystemExit(3)
    click.echo(
        f"{found.used} runs used: median error {100 * found.before:.1f} % before, {100 * found.after:.1f} % after."
    )
    click.echo(f"Written to {target}.")
