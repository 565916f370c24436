"""The ``limits`` table: how far every limit is used, from the tables alone."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.errors import AuditError
from planner.plan.audit.evaluate import limit_rows, read_facts
from planner.plan.audit.ledger import cards_in_service, known_orders
from planner.plan.audit.money import costs_again
from planner.plan.audit.rows import stacked
from planner.plan.audit.side_tables import limits_of


def limits_table(given: Mapping[str, pd.DataFrame], result: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every limit with what the plan does: family, key, activity, limit, slack, binding, unit.

    The rows are the audit's own: what it would find broken is here with a negative slack.

    Raises
    ------
    AuditError
        A table the rules need is missing or cannot be read.
    """
    facts, faults = read_facts(given, result, ("limits", "promises", "fleet", "costs"))
    if facts is None:
        raise AuditError("\n".join(fault.text for fault in faults))
    orders = known_orders(facts)
    service = cards_in_service(facts, orders)
    return limits_of(stacked(limit_rows(facts, orders, service, costs_again(facts, orders, service))))
