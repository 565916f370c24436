"""One branch of a plan with scenarios: a budget is of one future, since only one will happen."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from planner.errors import InputError, Problem
from planner.inputs.nearest import nearest_mend
from planner.plan import Plan

PREMIUM = "risk_premium"  # cost term of the whole tree, of no branch


def of_branch(plan: Plan, branch: str | None) -> Plan:
    """The plan as it unfolds in the branch that ends in node ``branch``; a plan without branches is itself.

    The branch's discounted amounts are those of the plan over the probability of their node, so its cost is what the
    plan costs if this branch happens.

    Raises
    ------
    InputError : the plan has branches and none, or one it has not, is named
    """
    periods = plan.given["periods"]
    if not periods["index"].duplicated().any():
        if branch is not None and branch != str(periods["node"].iloc[-1]):
            found = f"branch '{branch}' of a plan without branches"
            raise InputError([Problem(plan.case, "", "branch", found, "no branch", "Leave the option out.")])
        return plan
    parents = {
        str(node): None if pd.isna(parent) else str(parent)
        for node, parent in zip(periods["node"], periods["parent"], strict=True)
    }
    chances = dict(zip(periods["node"].astype(str), periods["probability"], strict=True))
    ends = [node for node in parents if node not in set(parents.values())]
    if branch not in ends:
        shown = ", ".join(f"{node} ({100 * chances[node]:.3g} %)" for node in ends)
        found = "several branches" if branch is None else f"no branch '{branch}'"
        mend = "Name one with --branch." if branch is None else nearest_mend(branch, ends)
        raise InputError([Problem(plan.case, "", "branch", found, f"the last node of one: {shown}", mend)])
    path: list[str] = []
    node: str | None = branch
    while node is not None:
        path.append(node)
        node = parents[node]
    return _cut(plan, path, chances, branch)


def _cut(plan: Plan, path: list[str], chances: dict[str, float], branch: str) -> Plan:
    """The tables of the plan on a path."""
    tables, given = dict(plan.tables), dict(plan.given)
    costs = plan.tables["costs"]
    costs = costs[costs["node"].isin(path) & (costs["term"] != PREMIUM)].reset_index(drop=True)
    chance = costs["node"].map(chances)
    tables["costs"] = costs.assign(discounted=costs["discounted"] / chance)
    for name, table in plan.tables.items():
        column = "ordered" if "ordered" in table.columns else "node"
        if name == "costs" or column not in table.columns:
            continue
        tables[name] = table[table[column].isin(path)].reset_index(drop=True)
    periods = plan.given["periods"]
    given["periods"] = periods[periods["node"].isin(path)].reset_index(drop=True)
    cost = float(tables["costs"]["discounted"].sum())
    return replace(plan, case=f"{plan.case} {branch}", cost=cost, tables=tables, given=given)
