"""Constraint family: budgets."""

from __future__ import annotations

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.scale import MONEY
from planner.optimization.selectors import path_spans, span_keys
from planner.optimization.variables import Decisions

CAPEX = ("purchase", "freight_duty", "vat")
OPEX = ("maintenance", "hosting", "energy", "rental", "token_api", "token_package")


def add_budget_limit(program: Program, given: Given, decide: Decisions) -> Rows:
    """Money paid in a span stays within the budget.

    Formulation, for every budget g of a kind, over its nodes N(g) (path by path, where there are scenarios)::

        sum over the terms of that kind and nodes n in N(g) of amount(x, n) * x <= amount[g] - constant[g]

        x              decision   order, installed or load
        amount(x, n)   given      money paid in n per unit of x, not discounted       [thousand of case currency]
        constant[g]    given      opex only: maintenance of the opening fleet         [thousand of case currency]

    Capex is purchase, freight, duty and lost VAT in the node of the order; opex is maintenance, hosting,
    energy,
    rent and tokens.

    Price of a row: what one more thousand of budget would save.

    Examples
    --------
    8 million in 2027 and servers of 3 million landed: two servers.
    """
    spans = path_spans(given.rules["budgets"], "budget", given.nodes)
    budgets = span_keys(given.rules["budgets"], "budget", spans)
    key = [name for name in ("budget", "path") if name in budgets.columns]
    spans = spans.pipe(matched, given.rules["budgets"][["budget", "kind"]], on="budget")
    constant = spans[spans["kind"] == "opex"].pipe(matched, given.fleet_maintenance, on="node")
    paid = constant.groupby(key, as_index=False)[["amount"]].sum().rename(columns={"amount": "fixed"})
    fixed = budgets[key].pipe(matched, paid, on=key, how="left")["fixed"].fillna(0.0)
    rows = program.rows("budget_limit", budgets[key], at_most=(budgets["amount"] - fixed) / MONEY)
    if rows.keys.empty:
        return rows
    kinds = {term: kind for kind, names in (("capex", CAPEX), ("opex", OPEX)) for term in names}
    for term, kind in kinds.items():
        paid = decide.costs[term].pipe(matched, spans[spans["kind"] == kind], on="node")
        rows.add(paid.assign(coefficient=paid["amount"] / MONEY))
    return rows
