"""Fit the shipped calibration of the serving model, and measure it on what it has not seen.

    python scripts/build_calibration.py              # hardware_profiles/measured/calibration.csv and docs/accuracy.md
    python scripts/build_calibration.py --fit-only   # the effects alone; the intervals stay as they are

Reads hardware_profiles/measured/serving_measurements.csv. The folds leave out one card, one llm or one source at a
time.
About half an hour of one core; the fit alone takes about one minute.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pandas as pd

from planner.calibration.configurations import shipped_catalogue
from planner.calibration.intervals import spreads
from planner.calibration.points import configuration_of, corrected, pick
from planner.calibration.predict import predict
from planner.calibration.score import coverage, errors, summary
from planner.calibration.training import out_of_fold, train
from planner.inputs.calibration import shipped_calibration
from planner.inputs.locations import calibration_file, measured_folder
from planner.inputs.measurements import read_measurements
from planner.serving.effects import SPREAD_LEVEL, Calibration, calibration_of

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "accuracy.md"
HEAD = ROOT / "scripts" / "pages" / "accuracy.md"
FOLDS = ("accelerator", "model", "source")
SOURCE = "fit to hardware_profiles/measured/serving_measurements.csv"


def write_calibration(calibration: Calibration, rows: int, newest: str) -> None:
    """The table of the calibration, in the order of its key; ``newest``: date of the latest run."""
    lines = [(*key, value, rows, newest, SOURCE) for key, value in sorted(calibration.effects.items())]
    lines += [
        (quantity, SPREAD_LEVEL, known, value, rows, newest, SOURCE)
        for (quantity, known), value in sorted(calibration.spreads.items())
    ]
    names = ["parameter", "level", "subject", "log_effect", "points", "measured", "source"]
    table = pd.DataFrame(lines, columns=names).round({"log_effect": 5})
    table.to_csv(calibration_file(), index=False, lineterminator="\n")


def markdown(table: pd.DataFrame) -> str:
    """A table of a page, numbers with one decimal."""
    shown = table.round(1).astype(object).where(table.notna(), "")
    head = "| " + " | ".join(name.replace("_percent", " %") for name in table.columns) + " |"
    rule = "|" + "---|" * len(table.columns)
    return "\n".join(
        [head, rule, *("| " + " | ".join(map(str, row)) + " |" for row in shown.to_numpy().tolist())]
    )


def page(table: pd.DataFrame, folds: dict[str, pd.DataFrame], calibration: Calibration) -> str:
    """Accuracy in sample and out of fold, after given points, and coverage of the intervals."""
    parts = [HEAD.read_text(encoding="utf-8").rstrip()]
    inside = errors(table, predict(table, calibration, shipped_catalogue()))
    parts += ["\n## On the rows it was fitted to\n", markdown(summary(inside))]
    for by, predictions in folds.items():
        found = errors(table, predictions)
        parts += [f"\n## Out of fold by {by}\n", markdown(summary(found))]
        parts += ["\nInside the stated 80 % interval:\n", markdown(coverage(found, calibration).assign(
            covered=lambda shown: (100 * shown["covered"]).round(0))), ""]  # fmt: skip
    parts.append("\n## After a few given points of the configuration (llm out of fold)\n")
    for number in (1, 2, 3):
        given = pick(table, number)
        answers = corrected(table, folds["model"], given)
        curve = configuration_of(table)
        scored = curve.isin(curve[given]).to_numpy() & ~given
        rest = [frame[scored].reset_index(drop=True) for frame in (table, answers)]
        lines = summary(errors(rest[0], rest[1])).assign(points=number)
        parts.append(markdown(lines[lines["figure"].isin(["TPOT", "TTFT", "throughput"])]) + "\n")
    return "\n".join(parts).rstrip() + "\n"


def main() -> None:
    """Fit, measure, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--fit-only", action="store_true", help="leave the intervals and the page as they are"
    )
    options = parser.parse_args()
    catalogue = shipped_catalogue()
    table = read_measurements(measured_folder() / "serving_measurements.csv").rows.reset_index(drop=True)
    calibration, newest = train(table, catalogue), str(table["measured"].dropna().max())[:10]
    if options.fit_only:
        kept = calibration_of(shipped_calibration()).spreads if calibration_file().is_file() else {}
        write_calibration(replace(calibration, spreads=kept), len(table), newest)
        return
    folds = {by: out_of_fold(table, catalogue, by) for by in FOLDS}
    widths = spreads(table, [folds["model"], folds["source"]], folds["accelerator"])
    calibration = replace(calibration, spreads=widths)
    write_calibration(calibration, len(table), newest)
    PAGE.write_text(page(table, folds, calibration), encoding="utf-8")


if __name__ == "__main__":
    main()
