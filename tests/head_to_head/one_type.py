"""inferno's own rule, one accelerator unit per server, as a small program that shares nothing with ours."""

from __future__ import annotations

from ortools.sat.python import cp_model
from peer_instances import inferno_candidates, inferno_capacity, inferno_card_types

CENTS = 100  # costs have two decimals; the solver takes whole numbers


def best_one_type() -> tuple[dict[str, str], float]:
    """Server -> accelerator unit of least cost [cents per hour] within the cards available.

    Formulation: pick one candidate per server; replicas and cost are the candidate's; cards of a candidate are its
    cost over the price of a card of its type.
    """
    price = {"L4": 6.0, "A100": 40.0, "AIU2": 3.75, "G2": 23.0}  # cents per card and hour, accelerators.csv
    candidates, card_type = inferno_candidates(), inferno_card_types()
    model = cp_model.CpModel()
    pick = [model.new_bool_var(f"{row['server']}/{row['accelerator']}") for row in candidates]
    for server in {row["server"] for row in candidates}:
        model.add_exactly_one(x for x, row in zip(pick, candidates, strict=True) if row["server"] == server)
    cost = [float(row["cost_cents_h"]) for row in candidates]
    for kind, most in inferno_capacity().items():
        model.add(
            sum(
                round(c / price[kind]) * x
                for x, c, row in zip(pick, cost, candidates, strict=True)
                if card_type[row["accelerator"]] == kind
            )
            <= most
        )
    model.minimize(sum(round(CENTS * c) * x for x, c in zip(pick, cost, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if solver.solve(model) != cp_model.OPTIMAL:
        raise ValueError("the small program was not solved")
    chosen = [row for x, row in zip(pick, candidates, strict=True) if solver.boolean_value(x)]
    return {row["server"]: row["accelerator"] for row in chosen}, solver.objective_value / CENTS
