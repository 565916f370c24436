"""What a plan rests on: figures with their grades, blanks that were filled, versions and hashes."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

import pandas as pd

from planner import __version__
from planner.inputs import Case
from planner.optimization.solve import Outcome, SolveOptions

READ_FIGURES = (
    "memory_gib",
    "memory_bandwidth_gb_per_s",
    "bf16_tflops",
    "fp8_tflops",
    "int8_tops",
    "interconnect_gb_per_s",
    "scale_up_domain_cards",
    "cards_per_server",
    "all_in_power_w_per_card",
    "server_power_w",
    "tdp_w",
)
PROVENANCE_COLUMNS = ["accelerator", "figure", "value", "unit", "grade", "source", "date"]


def provenance_table(case: Case, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Figures of the cards that the plan has in service or orders: value, unit, grade, source, date."""
    used = {*tables["fleet"]["accelerator"], *tables["orders"]["accelerator"]}
    rows = [
        (card.accelerator, name, figure.value, figure.unit, figure.grade, figure.source, figure.date)
        for card in case.cards
        if card.accelerator in used
        for name, figure in sorted(card.figures.items())
        if name in READ_FIGURES
    ]
    return pd.DataFrame(rows, columns=PROVENANCE_COLUMNS)


def defaults_table(case: Case) -> pd.DataFrame:
    """Blanks that were filled: table, key, column, value, origin of the value."""
    rows = [(used.table, used.key, used.column, used.value, used.origin) for used in case.defaults_used]
    return pd.DataFrame(rows, columns=["table", "key", "column", "value", "origin"])


def run_facts(case: Case, outcome: Outcome, options: SolveOptions) -> dict[str, object]:
    """Solver, versions, seed and hashes of the inputs: what is needed to get the same plan again."""
    packages = {name: version(name) for name in ("numpy", "ortools", "pandas")}
    return {
        "solver": outcome.solver,
        "solver_version": outcome.solver_version,
        "seed": options.seed,
        "threads": options.threads,
        "node_limit": options.node_limit,
        "repeatable": "time limit" not in outcome.stop_reason,
        "versions": {"capplan": __version__, "python": platform.python_version(), **packages},
        "inputs": {source.path: source.sha256 for source in case.sources},
    }
