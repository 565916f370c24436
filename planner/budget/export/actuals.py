"""Writes checked actuals into a folder that is read as it is, and today's fleet for a new plan."""

from __future__ import annotations

import json
from pathlib import Path

from planner.budget.actuals import Actuals
from planner.budget.export.columnar import parquet_of
from planner.budget.export.text import csv_of
from planner.budget.export.write import write_all
from planner.budget.fiscal import month_number
from planner.budget.run_money import rows_of
from planner.plan import Plan

HEAD = "actuals.json"


def write_actuals(actuals: Actuals, folder: Path, *, force: bool = False) -> list[Path]:
    """Write the tables as Parquet and, in `HEAD`, the run they were checked against and the hashes of their files."""
    head = {
        "kind": "capplan actuals",
        "run_id": actuals.run_id,
        "rows": {name: len(table) for name, table in actuals.tables.items()},
        "sources": {source.path: source.sha256 for source in actuals.sources},
    }
    text = json.dumps(head, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    files = {folder / HEAD: text.encode("utf-8")}
    files |= {
        folder / f"{name}.parquet": parquet_of(table) for name, table in actuals.tables.items() if len(table)
    }
    return write_all(files, force=force)


def write_fleet(
    plan: Plan, actuals: Actuals, through: str, path: Path, *, force: bool = False
) -> tuple[Path, int]:
    """Write ``fleet.csv`` of a case that begins after a month: the opening fleet still there, and what has come.

    Returns the path and the cards that are ordered and still open, which a case cannot be given as fleet.
    """
    import pandas as pd

    last = month_number(through)
    fleet = plan.given["fleet"]
    gone = [
        label is not None and month_number(str(label)) <= last + 1 for label in fleet["retires"].to_list()
    ]
    offers = {str(row["offer"]): row for row in rows_of(plan.given["offers"])}
    rows = []
    for row in rows_of(actuals.tables["deliveries"]):
        if row["status"] == "delivered" and month_number(row["month"]) <= last and row["cards"]:
            card = offers[str(row["offer"])]["accelerator"]
            rows.append(
                (
                    f"{row['delivery']}",
                    card,
                    row["site"],
                    int(row["cards"]),
                    None,
                    None,
                    "delivered",
                    row["offer"],
                )
            )
    names = [
        "batch",
        "accelerator",
        "site",
        "cards",
        "retires",
        "maintenance_per_card_month",
        "source",
        "note",
    ]
    came = pd.DataFrame(rows, columns=names, dtype=object)
    kept = fleet[[not out for out in gone]][names].astype(object)
    found = pd.concat([kept, came], ignore_index=True) if len(came) else kept
    ordered = sum(int(row["cards"]) for row in rows_of(plan.tables["orders"]))
    settled = sum(int(row["cards"]) for row in rows_of(actuals.tables["deliveries"]))
    return write_all({path: csv_of(found)}, force=force)[0], max(0, ordered - settled)
