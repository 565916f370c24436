"""Rows and records by their declaration: columns found, cells read, blanks filled, every fault noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from planner.inputs.cells import Raw, expected_of, parser_of
from planner.inputs.nearest import listing, nearest_mend
from planner.inputs.problems import Fault, Ledger, Place
from planner.inputs.yaml_reader import Mapping, Node, Scalar, Sequence
from planner.tables import Column, Required, Table, Value

_CACHED = 4096  # distinct texts remembered per column while a table is read


@dataclass(frozen=True)
class Source:
    """What is being read: the file, how its months are written, and where faults go."""

    file: str
    ledger: Ledger
    period_months: int = 1


@dataclass(slots=True)
class RawRow:
    """A row as its file gives it."""

    where: str
    cells: list[Raw]


@dataclass(slots=True)
class RawTable:
    """Header and rows of one table as its file gives them."""

    header: list[str]
    header_where: str
    rows: list[RawRow]
    whole: bool = True  # False when a row could not be taken


@dataclass(slots=True)
class Row:
    """A row with its values; ``bad`` names the columns that could not be read."""

    file: str
    where: str
    values: dict[str, Value]
    blanks: set[str] = field(default_factory=set)
    bad: set[str] = field(default_factory=set)
    places: dict[str, str] = field(default_factory=dict)

    def ok(self, *names: str) -> bool:
        """Whether all these columns could be read."""
        return not self.bad or not self.bad.intersection(names)

    def text(self, name: str) -> str:
        """The value as text, '' when absent."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def number(self, name: str) -> float | None:
        """The value as a number, None when absent or unreadable."""
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) else None

    def at(self, name: str) -> Place:
        """Where a field stands: its own line in YAML, else the row."""
        return Place(self.file, self.places.get(name, self.where), name)

    def in_row(self, name: str = "") -> Place:
        """The row as a whole, with the field that matters most."""
        return Place(self.file, self.where, name)


def rows_of(table: Table, raw: RawTable, source: Source) -> list[Row]:
    """Typed rows of a raw table; faults go to the ledger."""
    columns = _header(table, raw, source.file, source.ledger)
    present = {column.name for _, column in columns}
    like = Row(source.file, raw.header_where, {})  # what every row has of the columns that are not there
    for column in table.columns:
        if column.name not in present:
            _blank(like, column)
    readers = [(at, _Reader(column, source)) for at, column in columns]
    rows = []
    for raw_row in raw.rows:
        row = Row(source.file, raw_row.where, dict(like.values), set(like.blanks), set(like.bad))
        cells = raw_row.cells
        for at, reader in readers:
            reader.read(row, cells[at])
        rows.append(row)
        if source.ledger.full(source.file):
            raw.whole = False
            break
    return rows


def _header(table: Table, raw: RawTable, file: str, ledger: Ledger) -> list[tuple[int, Column]]:
    """Positions of the declared columns; unknown, doubled and missing ones are noted."""
    found: dict[str, int] = {}
    columns = []
    for at, name in enumerate(raw.header):
        if not name:
            ledger.error(
                Place(file, raw.header_where),
                f"column {at + 1} has no name",
                "a name for each column",
                "Name it, or remove the column and its commas.",
            )
        elif name in found:
            found_text = f"column '{name}' twice (columns {found[name] + 1} and {at + 1})"
            ledger.error(Place(file, raw.header_where, name), found_text, "each column once", "Remove one.")
        elif name not in table.names:
            found[name] = at
            mend = nearest_mend(name, table.names, f"Columns are {listing(table.names, 40)}.")
            ledger.error(
                Place(file, raw.header_where, name),
                f"unknown column '{name}'",
                f"a column of {table.name}",
                mend,
            )
        else:
            found[name] = at
            columns.append((at, table.column(name)))
    for column in table.columns:
        if column.required and column.name not in found:
            ledger.error(
                Place(file, raw.header_where, column.name),
                f"column '{column.name}' is missing",
                f"{column.meaning} ({expected_of(column)})",
                "Add the column.",
            )
    return columns


class _Reader:
    """Reads the cells of one column; texts read before are remembered."""

    def __init__(self, column: Column, source: Source) -> None:
        self.column = column
        self.ledger = source.ledger
        self.parse = parser_of(column, source.period_months)
        self.period_months = source.period_months
        self.known: dict[str, Value] = {}

    def read(self, row: Row, raw: Raw) -> None:
        """Put the value of a cell into its row, or note why there is none."""
        name = self.column.name
        if isinstance(raw, str):
            raw = raw.strip()
            if raw in self.known:
                row.values[name] = self.known[raw]
                return
        if raw is None or raw == "":
            if not _blank(row, self.column):
                self.ledger.error(
                    row.at(name), "blank", expected_of(self.column, self.period_months), "Fill it in."
                )
            return
        value = raw if isinstance(raw, Fault) else self.parse(raw)
        if isinstance(value, Fault):
            row.bad.add(name)
            self.ledger.fault(row.at(name), value)
            return
        row.values[name] = value
        if isinstance(raw, str) and len(self.known) < _CACHED:
            self.known[raw] = value


def _blank(row: Row, column: Column) -> bool:
    """Fill in the default of a blank; False when there is none."""
    if isinstance(column.default, Required):
        row.bad.add(column.name)
        return False
    row.values[column.name] = column.default
    row.blanks.add(column.name)
    return True


def records_of(table: Table, node: Mapping, source: Source, extra: Iterable[str] = ()) -> list[Row]:
    """Typed records of a YAML mapping of id to fields.

    The ids may stand under one key with the table's name. ``extra`` names fields that are read elsewhere.
    """
    key = table.key[0]
    rows = []
    for name, where, fields in named_fields(table, node, source):
        rows.append(record_of(table, fields, source, where, given={key: name}, extra=extra))
    return rows


def named_fields(table: Table, node: Mapping, source: Source) -> Iterator[tuple[str, str, Mapping]]:
    """Id, place and fields of each record; what is no id or has no fields is noted and left out."""
    records = unwrapped(node, table.name)
    parse = parser_of(table.column(table.key[0]), source.period_months)
    for name, item in records.items.items():
        where = f"line {records.lines[name]}, key {name}"
        value = parse(name)
        if isinstance(value, Fault):
            source.ledger.fault(Place(source.file, where, table.key[0]), value)
        elif isinstance(item, Mapping):
            yield name, where, item
        elif isinstance(item, Scalar) and item.blank:
            yield name, where, Mapping(item.line)
        else:
            expected = f"fields of {table.name}, one `name: value` per line"
            source.ledger.error(Place(source.file, where), "no fields", expected)


def unwrapped(node: Mapping, name: str) -> Mapping:
    """The mapping under the one key ``name``, or the mapping itself when its keys are the ids."""
    only = node.items.get(name)
    if len(node.items) != 1 or only is None:
        return node
    if isinstance(only, Mapping) and not all(isinstance(value, Mapping) for value in only.items.values()):
        return node
    if isinstance(only, Scalar):
        return Mapping(only.line) if only.blank else node
    return only if isinstance(only, Mapping) else node


def record_of(
    table: Table,
    fields: Mapping,
    source: Source,
    where: str = "",
    *,
    given: dict[str, Value] | None = None,
    extra: Iterable[str] = (),
) -> Row:
    """One typed record; ``given`` holds values known beforehand, such as its id."""
    given, skipped, ledger = given or {}, set(extra), source.ledger
    row = Row(source.file, where, dict(given))
    suffix, names = where.partition(", ")[2], table.names
    for name, line in fields.lines.items():
        row.places[name] = f"line {line}, {suffix}" if suffix else f"line {line}"
        if name in given:
            _check_given(row, name, fields.items[name], ledger)
        elif name not in names and name not in skipped:
            known = [n for n in (*names, *skipped) if n not in given]
            mend = nearest_mend(name, known, f"Fields are {listing(known, 40)}.")
            ledger.error(row.at(name), f"unknown field '{name}'", f"a field of {table.name}", mend)
    for column in table.columns:
        if column.name in given:
            continue
        _Reader(column, source).read(row, _raw(fields.items.get(column.name), column, source.period_months))
    return row


def texts_of(node: Node | None, place: Place, ledger: Ledger) -> tuple[str, ...]:
    """Texts of a YAML list, as they stand; anything else is noted."""
    if node is None or (isinstance(node, Scalar) and node.blank):
        return ()
    items = node.items if isinstance(node, Sequence) else []
    texts = tuple(item.text for item in items if isinstance(item, Scalar) and not item.blank)
    if not isinstance(node, Sequence) or len(texts) < len(items):
        ledger.error(place, "no list of texts", "a list of texts", "Write it as [first, second].")
    return texts


def _check_given(row: Row, name: str, node: Node, ledger: Ledger) -> None:
    """A record may repeat its own id, nothing else."""
    if not isinstance(node, Scalar) or node.text != row.values[name]:
        found = f"'{node.text}'" if isinstance(node, Scalar) else "no text"
        ledger.error(
            row.at(name), found, f"'{row.values[name]}', as its key says", "Remove the field or correct it."
        )


def _raw(node: Node | None, column: Column, period_months: int) -> Raw:  # noqa: PLR0911 - one per form
    """Raw value of a YAML node; quotes make text, and only text."""
    if node is None:
        return None
    expected = expected_of(column, period_months)
    if isinstance(node, Sequence):
        if column.kind != "ids":
            return Fault("a list", expected, "Write one value.")
        if not all(isinstance(item, Scalar) and not item.blank for item in node.items):
            return Fault("a list that holds more than names", expected)
        return tuple(item.text for item in node.items if isinstance(item, Scalar)) or None
    if isinstance(node, Mapping):
        return Fault("fields of its own", expected, "Write one value.")
    if node.blank:
        return None
    if node.quoted and column.kind in ("number", "whole", "share", "flag"):
        return Fault(f"'{node.text}' in quotes, which is text", expected, "Remove the quotes.")
    return node.text
