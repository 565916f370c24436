"""A rule as a table of rows: what the plan does beside what is allowed.

One evaluation has two readers: the audit takes the rows beyond their limit, the ``limits`` table takes them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.tolerances import tolerance

SENSES = {"<=": "at most ", ">=": "at least ", "=": ""}
Numbers = pd.Series | Sequence[float] | float
SHOWN_PER_RULE = 200  # findings of one rule; the rest is counted, so that a broken plan is still readable


def joined(key: Iterable[object]) -> str:
    """A key as one text, parts separated by commas; whole numbers without a decimal point."""
    return ",".join([part if type(part) is str else _part_text(part) for part in key])


def _part_text(part: object) -> str:
    return f"{part:g}" if isinstance(part, float) else str(part)


def key_text(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """The key of every row as one text."""
    return [joined(key) for key in zip(*(frame[name].to_list() for name in columns), strict=True)]


@dataclass(frozen=True)
class Rule:
    """Name of a rule, its sense (``<=``, ``>=``, ``=``), its unit, and the kind of tolerance it has."""

    name: str
    sense: str
    unit: str
    kind: str


@dataclass(frozen=True)
class Checked:
    """Rows of one rule: keys, what the plan does, what is allowed; one array entry per row."""

    rule: Rule
    key: np.ndarray
    activity: np.ndarray
    limit: np.ndarray


def rule_rows(rule: Rule, key: Sequence[str], activity: Numbers, limit: Numbers) -> Checked:
    """Rows of one rule; a single number for activity or limit stands for all of them."""
    keys = np.asarray(key, dtype=object)
    wide = [np.broadcast_to(np.asarray(numbers, dtype=float), keys.shape) for numbers in (activity, limit)]
    return Checked(rule, keys, wide[0], wide[1])


def listed_rows(rule: Rule, rows: Sequence[tuple[str, float, float]]) -> Checked:
    """Rows of one rule from key, activity and limit, one by one."""
    keys = [key for key, _, _ in rows]
    return rule_rows(rule, keys, [activity for _, activity, _ in rows], [limit for _, _, limit in rows])


def stacked(parts: Sequence[Checked]) -> pd.DataFrame:
    """Rows of all rules in one table: family, key, activity, limit, sense, unit, kind."""
    sizes = [len(part.key) for part in parts]
    columns: dict[str, np.ndarray] = {
        "family": np.repeat(np.array([part.rule.name for part in parts], dtype=object), sizes),
        "key": np.concatenate([part.key for part in parts]),
        "activity": np.concatenate([part.activity for part in parts]),
        "limit": np.concatenate([part.limit for part in parts]),
    }
    for name in ("sense", "unit", "kind"):
        columns[name] = np.repeat(np.array([getattr(part.rule, name) for part in parts], dtype=object), sizes)
    return pd.DataFrame(columns)


def broken(rows: pd.DataFrame) -> list[Finding]:
    """Findings for rows beyond their limit by more than their tolerance; a number that is not finite is one too."""
    over = (rows["activity"] - rows["limit"]).to_numpy()
    sense = rows["sense"].to_numpy()
    excess = np.where(sense == ">=", -over, np.where(sense == "=", np.abs(over), over))
    off = ~(excess <= tolerance(rows["kind"], rows["activity"], rows["limit"]).to_numpy())
    found = []
    beyond = rows[off]
    for family in beyond["family"].unique():
        part = beyond[beyond["family"] == family]
        for row in part.head(SHOWN_PER_RULE).to_dict("records"):
            unit = f" {row['unit']}" if row["unit"] else ""
            allowed = f"{SENSES[row['sense']]}{number_text(row['limit'])}{unit}"
            found.append(finding(family, row["key"], f"{number_text(row['activity'])}{unit}", allowed))
        if len(part) > SHOWN_PER_RULE:
            found.append(finding(family, "", f"{len(part) - SHOWN_PER_RULE} more rows broken", "none"))
    return found


def number_text(value: float) -> str:
    """A number with thousands separators, exact to twelve digits."""
    return f"{value:,.12g}"
