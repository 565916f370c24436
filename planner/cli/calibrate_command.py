"""``capplan calibrate``: the serving model of a case, corrected by its user's own runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.outcome import ends_well, envelope, json_option, say
from planner.errors import InputError, Problem

if TYPE_CHECKING:
    from planner.calibration.own_runs import OwnCalibration


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
    if not found.used:
        raise _nothing_used(files, found)
    if as_json:
        tables = {"rows": found.rows, "set_aside": found.set_aside, "last_tested": found.last_tested}
        data = {name: records(table) for name, table in tables.items()}
        about = {"used": found.used, "written": str(target), "assumptions": list(found.assumptions)}
        click.echo(envelope("calibrate", {**about, **data}))
        return
    for place, reason in zip(found.set_aside["place"], found.set_aside["reason"], strict=True):
        say(f"set aside: {place}: {reason}")
    for place, reason in zip(found.last_tested["place"], found.last_tested["reason"], strict=True):
        say(f"note: {place}: {reason}")
    for sentence in found.assumptions:
        say(sentence)
    before, after = (100 * math.expm1(error) for error in (found.before, found.after))
    runs = f"{found.used} run{'s' if found.used > 1 else ''} used"
    click.echo(f"{runs}: median error {before:.1f} % before, {after:.1f} % after.")
    click.echo(f"Written to {target}.")


def _nothing_used(files: Sequence[Path], found: OwnCalibration) -> InputError:
    """The error of files without any run that can be used: each run with the reason."""
    name = ", ".join(str(file) for file in files)
    expected = "a run that can be used (docs/measurements.md)"
    aside = zip(found.set_aside["place"], found.set_aside["reason"], strict=True)
    problems = [Problem(name, place, "", reason, expected) for place, reason in aside]
    return InputError(problems or [Problem(name, "", "", "no runs", expected)])
