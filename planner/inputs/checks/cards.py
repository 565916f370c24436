"""Cards: what is offered or on hand must have the figures that planning needs."""

from __future__ import annotations

from pathlib import Path

from planner.inputs.case import Unplannable
from planner.inputs.declarations.catalogue import ACCELERATORS
from planner.inputs.draft import Draft
from planner.inputs.nearest import listing
from planner.inputs.rows import Row
from planner.tables import ANY


def check_cards(draft: Draft) -> None:
    """Name each card that lacks a figure: an error where it is offered or on hand, else it is left out by name."""
    users: dict[str, list[Row]] = {}
    for name in ("offers", "rentals", "fleet"):
        for row in draft.rows(name, "accelerator"):
            users.setdefault(row.text("accelerator"), []).append(row)
    rated = _rates_given(draft)
    workloads = draft.known["workloads"]
    in_doubt = _cards_in_doubt(draft)
    for name, card in sorted(draft.cards.items()):
        rest = workloads - rated.get(name, set())
        missing = card.missing_figures(not rest)
        if not missing or name in in_doubt:
            continue
        if name not in users:
            used_by = (
                ("serving",) if any(r.text("accelerator") == name for r in draft.rows("serving")) else ()
            )
            draft.unplannable.append(Unplannable(name, missing, used_by or ("accelerators.yaml",)))
            continue
        row = users[name][0]
        mend = "Give the figures in accelerators.yaml, or remove the rows that name the card."
        if rest < workloads:
            mend = (
                f"serving gives its rates for some workloads only: add rows for {listing(rest)}, with requests_per_s 0 "
                "where the card serves none of it; or give the figures in accelerators.yaml."
            )
        draft.ledger.error(
            row.at("accelerator"),
            f"'{name}' cannot be planned: {'; '.join(missing)} unknown",
            "a card with all figures that planning needs",
            mend,
        )
    _check_compute(draft, {name: rows for name, rows in users.items() if name not in in_doubt})


def _rates_given(draft: Draft) -> dict[str, set[str]]:
    """Workloads for which the case's serving table gives rates of a card, by card."""
    workloads = draft.known["workloads"]
    covered: dict[str, set[str]] = {}
    for row in draft.rows("serving", "accelerator", "workload"):
        workload = row.text("workload")
        covered.setdefault(row.text("accelerator"), set()).update(
            workloads if workload == ANY else {workload}
        )
    return covered


def _cards_in_doubt(draft: Draft) -> set[str]:
    """Cards whose own record has a fault: what they lack may be what could not be read, and that is told already."""
    if draft.in_doubt(ACCELERATORS.name):
        return set(draft.cards)
    faults = {
        problem.where for problem in draft.ledger.errors if Path(problem.file).stem == ACCELERATORS.name
    }
    return {name for name in draft.cards if any(f"key {name} " in f"{where} " for where in faults)}


def _check_compute(draft: Draft, users: dict[str, list[Row]]) -> None:
    """Shares of compute are counted in 16-bit TFLOPS, so every card in the case needs that figure."""
    rules = [
        row.text("policy")
        for name in ("domestic_share", "vendor_share")
        for row in draft.rows(name, "measure")
        if row.text("measure") == "compute"
    ]
    for name, rows in sorted(users.items()) if rules else ():
        card = draft.cards.get(name)
        if card is not None and card.get("bf16_tflops") is None:
            draft.ledger.error(
                rows[0].at("accelerator"),
                f"'{name}' has no bf16_tflops, in which policy {rules[0]} counts compute",
                "a card with bf16_tflops",
                "Give it in accelerators.yaml, or measure cards.",
            )
