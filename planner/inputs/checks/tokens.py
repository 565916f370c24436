"""Tokens for sale: workloads and regions that exist, and that fit the offer."""

from __future__ import annotations

from planner.inputs.draft import Draft
from planner.inputs.nearest import nearest_mend
from planner.inputs.rows import Row
from planner.tables import Value


def check_tokens(draft: Draft) -> None:
    """Workloads named are of the offer's llm, regions have demand; without any such workload there is no effect."""
    llm_of = {row.text("workload"): row.text("llm") for row in draft.rows("workloads", "workload", "llm")}
    regions = {row.text("region") for row in draft.rows("demand", "region")}
    for row in draft.rows("token_offers", "workloads", "regions", "llm"):
        for name in _listed(row.values.get("workloads")):
            if draft.readable("workloads") and name not in llm_of:
                mend = nearest_mend(name, llm_of)
                draft.ledger.error(row.at("workloads"), f"'{name}' is not in workloads", "workloads", mend)
            elif name in llm_of and llm_of[name] != row.text("llm"):
                found = f"'{name}' is a workload of {llm_of[name]}"
                draft.ledger.error(row.at("workloads"), found, f"workloads of {row.text('llm')}")
        for name in _listed(row.values.get("regions")):
            if draft.readable("demand") and regions and name not in regions:
                mend = nearest_mend(name, regions)
                draft.ledger.error(row.at("regions"), f"'{name}' has no demand", "regions of demand", mend)
        _check_effect(draft, row, set(llm_of.values()))


def _check_effect(draft: Draft, row: Row, llms: set[str]) -> None:
    if draft.readable("workloads") and llms and row.text("llm") not in llms:
        draft.ledger.warn(
            row.at("llm"), f"no workload runs {row.text('llm')}: no effect", "an llm of the workloads"
        )


def _listed(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
