"""Mapping files: how budget lines are laid out for another system."""

from __future__ import annotations

from planner.inputs.declarations.common import NOTE
from planner.tables import Column, Table

MAPPING = Table(
    "mapping",
    "layout of the file",
    ("name",),
    (
        Column("name", "id", "name of the layout"),
        Column("label", "text", "what a reader must know first"),
        Column("shape", "choice", "long: a row per period; wide: a column per period", choices=("long", "wide")),
        Column("wide_over", "choice", "wide: a row per fiscal year, or one for all years", choices=("year", "all"),
               default="year"),
        Column("separator", "choice", "between columns", choices=("comma", "semicolon", "tab", "pipe"),
               default="comma"),
        Column("sign", "choice", "sign of costs", choices=("positive", "negative"), default="positive"),
        Column("period_header", "text", "wide: header of a period column, such as {Mon}", default="P{PP}"),
        Column("titles_row", "flag", "a second row with the titles of the columns", default=False),
        Column("scope_row", "flag", "a row that marks with x the columns that define the scope", default=False),
        NOTE,
    ),
    records=True,
)  # fmt: skip

MAPPING_COLUMNS = Table(
    "columns",
    "columns of the file, in order",
    ("column",),
    (
        Column("column", "id", "any name"),
        Column("header", "text", "header as the other system wants it; blank with value {periods}", default=""),
        Column("title", "text", "title in the second row", default=""),
        Column("value", "text", "text with fields of the budget lines in braces, such as {gl_account}; {amount} is the "
               "amount, {periods} a column per period, {YYYY} {YY} {P} {PP} {PPP} {Mon} parts of the period",
               default=""),
        Column("scope", "flag", "part of the scope", default=False),
    ),
    records=True,
)  # fmt: skip

MAPPING_MEMBERS = Table(
    "members",
    "names of accounts and cost centres in the other system; where a kind has any, every one used must be here",
    ("member",),
    (
        Column("member", "id", "account or cost centre as in the finance settings"),
        Column("kind", "choice", "what it is", choices=("account", "cost_centre")),
        Column("name", "text", "name in the other system"),
    ),
    records=True,
)
