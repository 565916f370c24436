"""What a case takes from the shipped catalogue, by name, and how its own records complete it."""

from __future__ import annotations

from pathlib import Path

from planner.inputs import csv_reader, locations
from planner.inputs.cards import Card, card_of
from planner.inputs.declarations.catalogue import ACCELERATORS, LLMS, SERVICE_CLASS_MAPPINGS, SERVICE_CLASSES
from planner.inputs.draft import Draft
from planner.inputs.llms import Llm, llm_of
from planner.inputs.problems import Ledger
from planner.inputs.rows import Row, Source, named_fields, records_of, rows_of
from planner.inputs.table_reader import text_of, yaml_of
from planner.inputs.yaml_reader import Mapping
from planner.tables import Table


def _label(path: Path) -> str:
    """Path of a shipped file relative to the data folder."""
    return path.relative_to(locations.data_folder()).as_posix()


def read_classes(own: Path | None, draft: Draft) -> dict[str, Row]:
    """Service classes: shipped ones, replaced by the case's own of the same id."""
    found = {}
    for path in (locations.service_classes_file(), own):
        node = yaml_of(path, draft, None if path is own else _label(path)) if path else None
        if node is not None:
            rows = records_of(SERVICE_CLASSES, node, Source(str(path), draft.ledger), SERVICE_CLASS_MAPPINGS)
            found.update({row.text("service_class"): row for row in rows})
    return found


def read_shipped_rows(table: Table, wanted: set[str], draft: Draft) -> dict[str, list[Row]]:
    """Rows of a shipped table by the id in its first column: those wanted; the others give their name only."""
    path = locations.profile_file(table.name)
    text = text_of(path, csv_reader.MOST_BYTES, draft, _label(path))
    raw = None if text is None else csv_reader.read_csv(text, str(path), draft.ledger)
    if raw is None or table.key[0] not in raw.header:
        return {}
    at = raw.header.index(table.key[0])
    found: dict[str, list[Row]] = {str(row.cells[at]): [] for row in raw.rows}
    raw.rows = [row for row in raw.rows if row.cells[at] in wanted]
    for row in rows_of(table, raw, Source(str(path), draft.ledger)):
        found[row.text(table.key[0])].append(row)
    return found


def _own_records(table: Table, own: Path | None, draft: Draft) -> dict[str, tuple[str, Mapping]]:
    """Place and fields of each record of the case's own file."""
    node = yaml_of(own, draft) if own else None
    if node is None:
        return {}
    source = Source(str(own), draft.ledger)
    return {name: (where, fields) for name, where, fields in named_fields(table, node, source)}


def read_cards(wanted: set[str], own: Path | None, draft: Draft) -> set[str]:
    """Put the cards that the case names into the draft, its own records over the catalogue's; every id known."""
    files, records = locations.card_files(), _own_records(ACCELERATORS, own, draft)
    for name in sorted(wanted | set(records)):
        card = None
        if name in files:
            shipped = yaml_of(files[name], draft, _label(files[name]))
            card = card_of(name, shipped, Source(str(files[name]), draft.ledger)) if shipped else None
        if name in records:
            where, fields = records[name]
            card = card_of(name, fields, Source(str(own), draft.ledger), where, card)
        if card is not None:
            draft.cards[name] = card
    return set(files) | set(records)


def read_catalogue_cards(ledger: Ledger) -> tuple[Card, ...]:
    """Every card of the catalogue; faults go to the ledger."""
    draft = Draft("", ledger)
    read_cards(set(locations.card_files()), None, draft)
    return tuple(card for _, card in sorted(draft.cards.items()))


def read_llms(wanted: set[str], own: Path | None, draft: Draft) -> set[str]:
    """Put the language models that the workloads name into the draft, in the same way; every id known."""
    files, records = locations.llm_files(), _own_records(LLMS, own, draft)
    for name in sorted(wanted | set(records)):
        shipped = yaml_of(files[name], draft, _label(files[name])) if name in files else None
        llm = None
        if name in records:
            where, fields = records[name]
            llm = llm_of(name, fields, Source(str(own), draft.ledger), where, shipped)
        elif shipped is not None:
            llm = llm_of(name, shipped, Source(str(files[name]), draft.ledger))
        if llm is not None and name in wanted:
            draft.llms[name] = llm
    return set(files) | set(records)


def read_catalogue_llms(ledger: Ledger) -> tuple[Llm, ...]:
    """Every language model of the catalogue; faults go to the ledger."""
    draft = Draft("", ledger)
    read_llms(set(locations.llm_files()), None, draft)
    return tuple(llm for _, llm in sorted(draft.llms.items()))
