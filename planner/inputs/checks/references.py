"""Names that must exist elsewhere in the case or in the catalogue."""

from __future__ import annotations

from planner.inputs.draft import Draft
from planner.inputs.nearest import listing, nearest_mend
from planner.inputs.rows import Row
from planner.tables import ANY, Column

_HOMES = {
    "sites": "sites",
    "supply": "supply",
    "workloads": "workloads",
    "offers": "offers",
    "token_offers": "token_offers",
    "accelerators": "the catalogue or accelerators.yaml",
    "llms": "the catalogue or llms.yaml",
    "service_classes": "the catalogue or service_classes.yaml",
    "length_profiles": "the catalogue or length_profiles",
    "slices": "slices",
    "traffic_shapes": "the catalogue or traffic_shapes",
}


def check_references(draft: Draft) -> None:
    """Every id that refers to a record is the id of one; the nearest known name is given."""
    for name, found in draft.tables.items():
        for column in found.table.columns:
            home = column.refers
            if home and _can_tell(draft, home):
                for row in draft.rows(name, column.name):
                    if draft.ledger.full(row.file):
                        break
                    _check(draft, row, column, draft.known[home], _HOMES[home])


def _can_tell(draft: Draft, home: str) -> bool:
    """Whether the list of known ids is whole: its table, or the case's own file of records, could be read."""
    return draft.tables[home].readable if home in draft.tables else not draft.in_doubt(home)


def _check(draft: Draft, row: Row, column: Column, known: set[str], home: str) -> None:
    value = row.values.get(column.name)
    if value is None or (value == ANY and column.wildcard) or value in known:
        return
    text = str(value)
    mend = nearest_mend(text, known, f"Known: {listing(known)}." if known else "")
    draft.ledger.error(row.at(column.name), f"'{text}' is not in {home}", f"an id of {home}", mend)


def check_vendors(draft: Draft) -> None:
    """A maker that a rule names makes one of the case's cards."""
    vendors = {card.vendor for card in draft.cards.values()}
    if not draft.readable("offers", "fleet") or not vendors:
        return
    for name in (
        "supply",
        "permits",
        "selections",
        "vendor_share",
        "scenario_effects",
        "porting",
        "maturity",
        "minimum_fleet",
        "failures",
    ):
        for row in draft.rows(name, "vendor"):
            vendor = row.values.get("vendor")
            if vendor is not None and vendor != ANY and vendor not in vendors:
                mend = nearest_mend(str(vendor), vendors, f"Makers of this case: {listing(vendors)}.")
                draft.ledger.error(
                    row.at("vendor"),
                    f"'{vendor}' makes no card of this case",
                    "the maker of a card that is offered or on hand",
                    mend,
                )
