"""A commented file of finance settings that says what the defaults say."""

from __future__ import annotations

from planner.inputs.declarations.finance import FINANCE, FINANCE_SECTIONS
from planner.inputs.finance_defaults import DEFAULT_RECORDS
from planner.inputs.template import commented, explained
from planner.tables import Required, Table, Value


def finance_template() -> str:
    """Text of the file; read back, it gives the defaults."""
    text = commented(
        f"{FINANCE.name}: {FINANCE.meaning}. A blank or absent field takes the default named here."
    )
    text += f"\n{FINANCE.name}:\n"
    for column in FINANCE.columns:
        text += commented(explained(column), "  # ")
        default = column.default
        blank = isinstance(default, Required) or default in (None, "")
        text += f"  # {column.name}:\n" if blank else f"  {column.name}: {_shown(default)}\n"
    for table in FINANCE_SECTIONS:
        text += "\n" + _section(table)
    return text


def _section(table: Table) -> str:
    text = commented(f"{table.name}: {table.meaning}.") + "#\n"
    for column in table.columns[1:]:
        text += commented(explained(column))
    records = DEFAULT_RECORDS[table.name]
    text += f"{table.name}:\n" if records else f"# {table.name}:\n"
    for record, fields in records.items():
        text += f"  {record}:\n"
        text += "".join(f"    {name}: {_quoted(value)}\n" for name, value in fields.items())
    return text


def _quoted(value: str) -> str:
    """Text that YAML would take for something else, in quotes."""
    return f'"{value}"' if ":" in value or "#" in value else value


def _shown(value: Value | Required) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
