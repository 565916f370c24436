"""Sections of a printed plan that only some cases have: futures, ports, measures."""

from __future__ import annotations

import pandas as pd

from planner.plan.grid import grid, number
from planner.plan.plan import Plan

MILLION = 1e6
OBJECTIVES = {
    "cvar": "the expected cost and the mean of the worst futures",
    "regret": "the largest regret against knowing the future",
}


def has_futures(plan: Plan) -> bool:
    """Whether the nodes of a plan branch."""
    return bool(plan.given["periods"]["index"].duplicated().any())


def premium(plan: Plan) -> float:
    """What the objective adds to the expected cost; 0 where it is the expected cost."""
    costs = plan.tables["costs"]
    return float(costs.loc[costs["term"] == "risk_premium", "discounted"].sum())


def objective_line(plan: Plan) -> str:
    """What the figure in the headline is, where it is not a cost."""
    asked = str(plan.given["settings"]["objective"].iloc[0])
    if not has_futures(plan) or asked not in OBJECTIVES:
        return ""
    expected = plan.cost - premium(plan)
    return f"The plan weighs {OBJECTIVES[asked]}; its expected cost is {expected:,.0f} {plan.currency} (discounted)."


def paths_of_plan(plan: Plan) -> dict[str, list[str]]:
    """Nodes of every way through the tree, by its last node."""
    periods = plan.given["periods"]
    parent = dict(zip(periods["node"], periods["parent"], strict=True))
    inner = set(periods["parent"].dropna())
    paths: dict[str, list[str]] = {}
    for end in (node for node in periods["node"] if node not in inner):
        path = [str(end)]
        while pd.notna(parent[path[0]]):
            path.insert(0, str(parent[path[0]]))
        paths[str(end)] = path
    return paths


def futures_table(plan: Plan) -> pd.DataFrame:
    """path, scenarios, probability, cost (discounted, without premium), cards ordered, million tokens not served."""
    periods = plan.given["periods"].set_index("node")
    costs = plan.tables["costs"][plan.tables["costs"]["term"] != "risk_premium"]
    worth = (costs["discounted"] / costs["node"].map(periods["probability"])).groupby(costs["node"]).sum()
    cards = plan.tables["orders"].groupby("ordered")["cards"].sum()
    left = plan.tables["unmet"].groupby("node")["mtok"].sum()
    members = plan.given["scenario_nodes"]
    rows = []
    for end, path in paths_of_plan(plan).items():
        names = ", ".join(members.loc[members["node"] == end, "scenario"])
        sums = [float(series.reindex(path).fillna(0.0).sum()) for series in (worth, cards, left)]
        rows.append((end, names, float(periods["probability"][end]), *sums))
    return pd.DataFrame(rows, columns=["path", "scenarios", "probability", "cost", "cards", "unserved"])


def futures_section(plan: Plan) -> str:
    """Each future with its chance, its cost and what it leaves unserved."""
    if not has_futures(plan):
        return ""
    rows = [
        [row["scenarios"], f"{100 * row['probability']:.3g} %", f"{row['cost']:,.0f}", number(row["cards"]),
         number(row["unserved"])]
        for row in futures_table(plan).to_dict("records")
    ]  # fmt: skip
    header = [
        "future",
        "chance",
        f"cost, {plan.currency} discounted",
        "cards ordered",
        "million tokens not served",
    ]
    shared = [node for node in plan.given["periods"]["node"] if "@" not in str(node)]
    until = f" Until {shared[-1]} they are the same, and so are the orders." if shared else ""
    return f"Futures:{until}\n" + grid(header, rows)


def lever_section(plan: Plan) -> str:
    """Ports that begin and measures that are used."""
    lines = [
        f"  port {row['port']}: begins in {row['node']}, {row['cost']:,.0f} {plan.currency}"
        for row in plan.tables["ports"].to_dict("records")
    ]
    used = plan.tables["measures"]
    for measure, rows in used.groupby("measure", sort=True):
        begun = ", ".join(rows.loc[rows["begun"], "node"])
        most, workload = 100 * rows["share"].max(), rows["workload"].iloc[0]
        lines.append(f"  measure {measure}: begins in {begun}, used on up to {most:.0f} % of {workload}")
    return "\n".join(["Beside cards:", *lines]) if lines else ""
