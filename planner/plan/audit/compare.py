"""A table of the plan beside the same table counted again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import Checked, Rule, joined, rule_rows

Key = tuple[Any, ...]


def by_key(table: pd.DataFrame, key: Sequence[str], columns: Sequence[str]) -> dict[Key, tuple[Any, ...]]:
    """Columns of a table by key; a key has one row."""
    keys = zip(*(table[name].to_list() for name in key), strict=True)
    return dict(zip(keys, zip(*(table[name].to_list() for name in columns), strict=True), strict=True))


def compared_numbers(
    rule: Rule, shown: pd.DataFrame, again: pd.DataFrame, key: Sequence[str], columns: Sequence[str]
) -> list[Checked]:
    """Rows that ask each number shown to equal the one counted again; a row that is missing counts as zero."""
    found, allowed = by_key(shown, key, columns), by_key(again, key, columns)
    return _compared(rule, columns, found, allowed, {**found, **allowed})


def compared_shown(
    rule: Rule, shown: pd.DataFrame, again: pd.DataFrame, key: Sequence[str], columns: Sequence[str]
) -> list[Checked]:
    """The same for the rows that the plan shows and that could be counted again."""
    found, allowed = by_key(shown, key, columns), by_key(again, key, columns)
    return _compared(rule, columns, found, allowed, [one for one in found if one in allowed])


def _compared(
    rule: Rule,
    columns: Sequence[str],
    found: Mapping[Key, tuple[float, ...]],
    allowed: Mapping[Key, tuple[float, ...]],
    keys: Iterable[Key],
) -> list[Checked]:
    nothing = (0.0,) * len(columns)
    both = [(joined(one), found.get(one, nothing), allowed.get(one, nothing)) for one in keys]
    return [
        rule_rows(
            rule,
            [f"{text},{name}" for text, _, _ in both],
            [_zero_if_absent(shown[at]) for _, shown, _ in both],
            [_zero_if_absent(again[at]) for _, _, again in both],
        )
        for at, name in enumerate(columns)
    ]


def _zero_if_absent(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def compared_texts(
    rule: str, shown: pd.DataFrame, again: pd.DataFrame, key: Sequence[str], columns: Sequence[str]
) -> list[Finding]:
    """Findings where a text shown is not the one counted again, for rows in both tables."""
    allowed = by_key(again, key, columns)
    return [
        finding(rule, f"{joined(one)},{name}", str(text), str(right))
        for one, texts in by_key(shown, key, columns).items()
        if one in allowed
        for name, text, right in zip(columns, texts, allowed[one], strict=True)
        if text != right
    ]
