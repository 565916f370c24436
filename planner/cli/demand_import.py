"""``capplan demand import``: usage logs, counters and bills into the demand tables of a case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.outcome import ends_well, envelope, json_option, say, say_problems

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from planner.demand.profiles.usage import Usage

BY = ("model", "workload", "tenant", "region")


@click.command("import")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="CASE",
              help="Case whose demand is written; a new case if it is not there. Without: print only.")  # fmt: skip
@click.option(
    "--format", "format_name", default="auto", show_default=True, help="Format; docs/demand.md lists them."
)
@click.option("--timezone", default="UTC", show_default=True,
              help="Of stamps that name none, and of days and hours of the week, such as Asia/Shanghai.")  # fmt: skip
@click.option(
    "--by", multiple=True, type=click.Choice(BY), help="What makes a workload.  [default: model and workload]"
)
@click.option(
    "--workload", default="all", show_default=True, help="Name of the workload of rows that name none."
)
@click.option(
    "--llm",
    "llms",
    multiple=True,
    metavar="NAME=ID",
    help="Language model of a name in the files; '*' for the rest.",
)
@click.option(
    "--class", "classes", multiple=True, metavar="[WORKLOAD=]CLASS", help="Service class.  [default: chat]"
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="[NAME=]REGION",
    help="Region of the case; '*' for rows without one.",
)
@click.option(
    "--field", "fields", multiple=True, metavar="OURS=COLUMN", help="Column of a field, such as time=ts."
)
@click.option("--cached", type=click.Choice(["auto", "included", "excluded"]), default="auto", show_default=True,
              help="Whether input tokens hold the cached ones.")  # fmt: skip
@click.option("--store-tokens", type=click.FloatRange(0, 1e15, min_open=True),
              help="Prefix store, where a trace has block ids.  [default: 5.12 million]")  # fmt: skip
@click.option("--growth-per-month", type=click.FloatRange(-0.9, 10), default=0.0, show_default=True,
              help="Share by which demand grows each month after the recording.")  # fmt: skip
@click.option("--history", type=click.Path(path_type=Path), metavar="FILE",
              help="Write volumes by day, for `capplan forecast FILE`.")  # fmt: skip
@json_option
@ends_well("demand import")
def command(
    files: tuple[Path, ...],
    output: Path | None,
    format_name: str,
    timezone: str,
    by: tuple[str, ...],
    workload: str,
    llms: tuple[str, ...],
    classes: tuple[str, ...],
    regions: tuple[str, ...],
    fields: tuple[str, ...],
    cached: str,
    store_tokens: float | None,
    growth_per_month: float,
    history: Path | None,
    as_json: bool,
) -> None:
    """Measure the usage in FILES and write it as the demand of a case: lengths, traffic, volumes, workloads.

    FILES are logs of LiteLLM, One-API, New-API, Portkey, Higress or APISIX, exports of Langfuse, OpenTelemetry or
    OpenAI, counters of vLLM or SGLang, FOCUS bills, published traces or a plain table; CSV, JSON or Parquet, packed or
    not. Every row is used or set aside with its reason.

    Example: capplan demand import spend_logs.csv.gz --timezone Asia/Shanghai -o my-case
    """
    from planner.demand.profiles.into_case import tables_for
    from planner.demand.profiles.render import rows_lines, usage_json, workload_lines
    from planner.demand.profiles.sums import STORE_TOKENS, Grouping
    from planner.demand.profiles.usage import read_usage
    from planner.inputs.usage import ReadOptions
    from planner.inputs.usage.target import write_case

    zone = _zone(timezone)
    llm_of, class_of, region_of = (
        _pairs(texts, option, "*")
        for texts, option in ((llms, "--llm"), (classes, "--class"), (regions, "--region"))
    )
    options = ReadOptions(format_name, zone, _pairs(fields, "--field", ""), cached)
    grouping = Grouping(by or ("model", "workload"), workload, zone, store_tokens or STORE_TOKENS)
    usage = read_usage(files, options, grouping, on_file=None if as_json else say)
    assumed = [f"Stamps without a zone, days and hours of the week are in {timezone}."]
    lines = [
        *rows_lines(usage),
        "",
        *(line for one in usage.workloads for line in workload_lines(one)),
        "",
        *assumed,
    ]
    if not as_json:
        click.echo("\n".join(lines))  # before anything is asked for: reading may have taken minutes
    notes: list[str] = []
    written: list[Path] = []
    if output is not None:
        target, tables, notes = tables_for(
            usage, output, llm_of, class_of, region_of, growth_per_month
        )  # fmt: skip
        page = "\n".join(
            ["# Imported demand", "", "```", *lines, "```", "", *(f"- {note}" for note in notes), ""]
        )
        written = write_case(target, tables, page)
    if history is not None:
        written.append(_write_history(usage, history, region_of))
    if as_json:
        data = {**usage_json(usage), "written": [str(path) for path in written]}
        click.echo(envelope("demand import", data, warnings=[*assumed, *notes]))
        return
    for note in notes:
        say(f"note: {note}")
    if output is not None:
        _say_written(output, written)


def _say_written(case: Path, written: Sequence[Path]) -> None:
    """What was written, and whether the case can be planned now."""
    from planner.inputs import check_case

    say(f"Wrote {', '.join(path.name for path in written)} to {case}.")
    errors, warnings = check_case(case)
    say_problems(warnings, "warning")
    say_problems(errors, "error")
    say(
        f"{case} {'cannot be planned yet' if errors else 'can be planned'}. Look at it: capplan demand show {case}"
    )


def _write_history(usage: Usage, path: Path, region_of: dict[str, str]) -> Path:
    """Volumes of whole days by region and workload, as `capplan forecast` reads them."""
    from planner.demand.profiles.render import history_table
    from planner.inputs.output import write_table

    table = history_table(usage.workloads, region_of)
    if not len(table):
        say("note: no whole days were recorded, so there is no history to forecast from.")
    write_table(path, table)
    return path


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise click.BadParameter(
            f"'{name}' is no time zone; expected a name such as Asia/Shanghai or UTC"
        ) from error


def _pairs(texts: Sequence[str], option: str, alone: str) -> dict[str, str]:
    """NAME=VALUE; a text without a name stands for ``alone``, if that is allowed."""
    found = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if (not equals and not alone) or not value or (equals and not name):
            raise click.BadParameter(f"{option} {text}: expected NAME=VALUE.")
        found[name if equals else alone] = value
    return found
