"""What an audit says."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Finding:
    """One rule the plan breaks.

    Parameters
    ----------
    rule : name of the rule, as in `Audit.rules_checked`
    key : which row of it, parts separated by commas
    found : what the tables say, with its unit
    allowed : what would keep the rule
    text : one sentence with all of it
    """

    rule: str
    key: str
    found: str
    allowed: str
    text: str


def finding(rule: str, key: str, found: str, allowed: str) -> Finding:
    """A finding with its sentence."""
    place = f"{rule}[{key}]" if key else rule
    return Finding(rule, key, found, allowed, f"{place}: found {found}; allowed {allowed}.")


@dataclass(frozen=True)
class Audit:
    """Every rule again, from the tables alone.

    Attributes
    ----------
    findings : rules broken; empty when the plan is clean
    rules_checked : names of all rules that were evaluated. When tables cannot be read, only those about reading
    cost : the cost, re-evaluated, discounted to the start [case currency]
    cost_by_term : term, node, amount, discounted [case currency], re-evaluated
    limits : every limit with what the plan does: family, key, activity, limit, slack, binding, unit. What is broken has
        a negative slack
    """

    findings: tuple[Finding, ...]
    rules_checked: tuple[str, ...]
    cost: float
    cost_by_term: pd.DataFrame
    limits: pd.DataFrame

    @property
    def clean(self) -> bool:
        """Whether no rule is broken."""
        return not self.findings
