"""Cards: what is offered or on hand must have the figures that planning needs."""

from __future__ import annotations

from planner.inputs.case import Unplannable
from planner.inputs.draft import Draft
from planner.inputs.rows import Row
from planner.tables import ANY


def check_cards(draft: Draft) -> None:
    """Name each card that lacks a figure: an error where it is offered or on hand, else it is left out by name."""
    users: dict[str, list[Row]] = {}
    for name in ("offers", "fleet"):
        for row in draft.rows(name, "accelerator"):
            users.setdefault(row.text("accelerator"), []).append(row)
    given = _rates_given(draft)
    for name, card in sorted(draft.cards.items()):
        missing = card.missing_figures(name in given)
        if not missing:
            continue
        if name not in users:
            used_by = (
                ("serving",) if any(r.text("accelerator") == name for r in draft.rows("serving")) else ()
            )
            draft.unplannable.append(Unplannable(name, missing, used_by or ("accelerators.yaml",)))
            continue
        row = users[name][0]
        mend = "Give the figures in accelerators.yaml, or remove the rows that name the card."
        draft.ledger.error(
            row.at("accelerator"),
            f"'{name}' cannot be planned: {'; '.join(missing)} unknown",
            "a card with all figures that planning needs",
            mend,
        )
    _check_compute(draft, users)


def _rates_given(draft: Draft) -> set[str]:
    """Cards whose rates for every workload come from the case's serving table."""
    workloads = draft.known["workloads"]
    covered: dict[str, set[str]] = {}
    for row in draft.rows("serving", "accelerator", "workload"):
        workload = row.text("workload")
        covered.setdefault(row.text("accelerator"), set()).update(
            workloads if workload == ANY else {workload}
        )
    return {name for name, served in covered.items() if served >= workloads}


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
