"""Which record of the finance settings holds for an offer or a line: the one that names most of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from planner.errors import Problem
from planner.inputs.finance_records import AssetClass, CostCentre, PaymentTerms

R = TypeVar("R", AssetClass, PaymentTerms)
SELECTORS = ("offer", "accelerator", "vendor", "origin")


def selected(records: Sequence[R], what: Mapping[str, object], name: str, file: str) -> R | Problem:
    """The record of an offer, or the problem: none fits, or two fit equally well.

    Parameters
    ----------
    what : offer, accelerator, vendor, origin
    name : name of the record's key, ``terms`` or ``asset_class``
    file : where the settings came from, for the message
    """
    fitting = [
        record
        for record in records
        if all(getattr(record, field) in (None, what[field]) for field in SELECTORS)
    ]
    ranked = [(sum(getattr(record, field) is not None for field in SELECTORS), record) for record in fitting]
    best = max((rank for rank, _ in ranked), default=0)
    winners = [record for rank, record in ranked if rank == best]
    if len(winners) == 1:
        return winners[0]
    told = ", ".join(str(getattr(record, name)) for record in winners) or "none"
    found = f"{told} for offer {what['offer']} ({what['accelerator']}, {what['vendor']}, {what['origin']})"
    return Problem(file, "", name, found, "exactly one that names most", "Add one, or name the offer in one.")


def cost_centre_of(
    centres: Sequence[CostCentre], site: str, accelerator: str, line_type: str
) -> list[CostCentre]:
    """Cost centres that bear a line and name most of it; a sound file gives exactly one."""
    ranked = []
    for centre in centres:
        named = (centre.sites, centre.accelerators, centre.line_types)
        if all(
            names is None or value in names
            for names, value in zip(named, (site, accelerator, line_type), strict=True)
        ):
            ranked.append((sum(names is not None for names in named), centre))
    best = max((rank for rank, _ in ranked), default=0)
    return [centre for rank, centre in ranked if rank == best]
