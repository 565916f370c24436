"""A table of the plan beside the same table counted again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import Checked, Rule, key_text, rule_rows


def compared_numbers(
    rule: Rule, shown: pd.DataFrame, again: pd.DataFrame, key: Sequence[str], columns: Sequence[str]
) -> list[Checked]:
    """Rows that ask each number shown to equal the one counted again; a row that is missing counts as zero."""
    return _compared(rule, shown, again, key, columns, how="outer")


def compared_shown(
    rule: Rule, shown: pd.DataFrame, again: pd.DataFrame, key: Sequence[str], columns: Sequence[str]
) -> list[Checked]:
    """The same for the rows that the plan shows and that could be counted again."""
    return _compared(rule, shown, again, key, columns, how="inner")


def _compared(
    rule: Rule,
    shown: pd.DataFrame,
    again: pd.DataFrame,
    key: Sequence[str],
    columns: Sequence[str],
    *,
    how: Literal["inner", "outer"],
) -> list[Checked]:
    names = [*key, *columns]
    both = shown[names].merge(again[names], on=list(key), how=how, suffixes=("", "_again"))
    keys = key_text(both, key)
    return [
        rule_rows(
            rule,
            [f"{key},{name}" for key in keys],
            both[name].fillna(0.0),
            both[f"{name}_again"].fillna(0.0),
        )
        for name in columns
    ]


def compared_texts(
    rule: str, shown: pd.DataFrame, again: pd.DataFrame, key: Sequence[str], columns: Sequence[str]
) -> list[Finding]:
    """Findings where a text shown is not the one counted again, for rows in both tables."""
    both = shown[[*key, *columns]].merge(again[[*key, *columns]], on=list(key), suffixes=("", "_again"))
    found = []
    for name in columns:
        wrong = both[both[name] != both[f"{name}_again"]]
        found += [
            finding(
                rule,
                ",".join([*(str(row[part]) for part in key), name]),
                str(row[name]),
                str(row[f"{name}_again"]),
            )
            for row in wrong.to_dict("records")
        ]
    return found
