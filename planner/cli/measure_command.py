"""``capplan measure``: rates and bandwidth of the accelerator in this machine."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.outcome import ends_well, envelope, json_option, say


@click.command("measure")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("measured"),
    show_default=True,
    help="Folder for accelerators.yaml and the table of points.",
)
@click.option(
    "--accelerator", default="", help="Id of the card; found by the device's name when it is left out."
)
@click.option("--vendor", default="", help="Maker of a card that the catalogue lacks.")
@click.option(
    "--origin", type=click.Choice(["domestic", "imported"]), help="Of a card that the catalogue lacks."
)
@click.option(
    "--device",
    default="auto",
    show_default=True,
    help="auto, cuda, npu, mlu, musa, gcu, xpu, mps, cpu (through PyTorch), or numpy.",
)
@click.option("--quick", is_flag=True, help="Fewer shapes, about a minute.")
@click.option(
    "--minutes", type=click.FloatRange(0, 600, min_open=True), help="Time for all tests.  [default: 5]"
)
@click.option(
    "--memory-gib",
    type=click.FloatRange(0, 100_000, min_open=True),
    help="Most memory that the data of a test may take.  [default: a quarter of what is free]",
)
@json_option
@ends_well("measure")
def command(
    output: Path,
    accelerator: str,
    vendor: str,
    origin: str | None,
    device: str,
    quick: bool,
    minutes: float | None,
    memory_gib: float | None,
    as_json: bool,
) -> None:
    """Measure the accelerator of this machine: matrix products, memory, attention, a layer, and all-reduce.

    It takes minutes, uses a part of the memory that is free, and writes a profile for a case to hold as
    accelerators.yaml.

    Example: capplan measure --quick --device numpy --accelerator my-server --vendor Me --origin domestic
    """  # fmt: skip
    from datetime import date

    from planner.inputs.cards import catalogue_cards
    from planner.inputs.output import write_files
    from planner.measure.run import measure, open_device, target_of

    opened = open_device(device)
    target = target_of(opened, catalogue_cards(), accelerator, vendor, origin or "")
    say(f"Measuring {opened.facts.name} ({opened.facts.library}) as {target.accelerator}.")
    day = date.today().isoformat()
    found = measure(opened, target, day, quick=quick, minutes=minutes, memory_gib=memory_gib)
    table = f"{target.accelerator}-{day}.csv".replace("/", "-").replace(":", "-")
    paths = write_files(output, {"accelerators.yaml": found.profile, table: found.table})
    for text in found.passed_over:
        say(f"passed over: {text}")
    for text in found.warnings:
        say(f"warning: {text}")
    if as_json:
        data = {
            "accelerator": found.accelerator,
            "device": found.device,
            "files": [str(path) for path in paths],
            "points": len(found.points),
            "passed_over": list(found.passed_over),
        }
        click.echo(envelope("measure", data, warnings=found.warnings))
    else:
        click.echo(found.profile, nl=False)
        say(f"{len(found.points)} points. Wrote {', '.join(str(path) for path in paths)}.")
