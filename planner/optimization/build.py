"""The program's table of contents: decisions, families, cost terms, arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.optimization.costs import cost_terms
from planner.optimization.families import FAMILIES
from planner.optimization.given import Given
from planner.optimization.matrix import Matrix
from planner.optimization.program import Program
from planner.optimization.risk import risk_objective, with_risk
from planner.optimization.scale import MONEY
from planner.optimization.structure import Structure, structure_of
from planner.optimization.variables import Decisions, add_decisions


@dataclass(frozen=True)
class Built:
    """A program ready to solve.

    Attributes
    ----------
    program : tables of decisions and rows
    decide : the decisions and their cost terms
    structure : what the heuristics know of the columns
    matrix : the arrays; cost in thousands of case currency
    """

    program: Program
    decide: Decisions
    structure: Structure
    matrix: Matrix


def build(given: Given) -> Built:
    """Decisions, each family, the named cost terms, done."""
    program = Program()
    decide = add_decisions(program, given)
    decide = replace(decide, costs=cost_terms(given, decide))
    decide = with_risk(program, given, decide)
    for add_family in FAMILIES.values():
        add_family(program, given, decide)
    expected = objective(program.columns, decide.costs)
    cost, weight = risk_objective(program, given, decide, expected)
    structure = structure_of(program, given, decide)
    return Built(program, decide, structure, program.matrix(cost, weight * fixed_cost(given)))


def objective(columns: int, costs: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """Cost of one unit of each column [thousand of case currency, discounted]."""
    total = np.zeros(columns)
    for table in costs.values():
        np.add.at(total, table["column"].to_numpy(), (table["amount"] * table["discount"]).to_numpy() / MONEY)
    return total


def fixed_cost(given: Given) -> float:
    """Maintenance of the opening fleet, which no decision changes [thousand of case currency, discounted]."""
    paid = given.fleet_maintenance.merge(given.nodes[["node", "discount"]], on="node")
    return float((paid["amount"] * paid["discount"]).sum()) / MONEY
