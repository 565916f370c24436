"""What ports, maturing software and measures come to in each node."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from planner.joins import matched
from planner.optimization.paths import paths_of
from planner.optimization.selectors import node_number, spanned_nodes

CARD_ATTRIBUTES = ("accelerator", "vendor", "origin")


def ancestors(nodes: pd.DataFrame) -> pd.DataFrame:
    """Every pair of a node and one before it on its path, or itself: before, node, steps (periods between)."""
    rows = {
        (path[early], path[late], late - early)
        for path in paths_of(nodes)
        for late in range(len(path))
        for early in range(late + 1)
    }
    return pd.DataFrame(sorted(rows), columns=["before", "node", "steps"])


def needed_ports(porting: pd.DataFrame, layouts: pd.DataFrame, cards: pd.DataFrame) -> pd.DataFrame:
    """Every layout that a port must come before: port, layout.

    Parameters
    ----------
    porting : port, accelerator, vendor, origin, llm (or ``*``)
    layouts : layout, llm, accelerator
    cards : accelerator, vendor, origin
    """
    asked = porting[["port", "llm", *CARD_ATTRIBUTES]]
    asked = asked.rename(columns={name: f"{name}_asked" for name in ("llm", *CARD_ATTRIBUTES)})
    known = layouts[["layout", "llm", "accelerator"]].pipe(
        matched, cards[[*CARD_ATTRIBUTES]], on="accelerator"
    )
    pairs = asked.merge(known, how="cross")
    pairs = pairs[pairs["llm_asked"].isin(["*"]) | (pairs["llm_asked"] == pairs["llm"])]
    for name in CARD_ATTRIBUTES:
        pairs = pairs[pairs[f"{name}_asked"].isna() | (pairs[f"{name}_asked"] == pairs[name])]
    return pairs[["port", "layout"]].reset_index(drop=True)


def port_readiness(porting: pd.DataFrame, nodes: pd.DataFrame, months: int) -> pd.DataFrame:
    """Nodes in which a port begun in another serves: port, begun, node.

    Formula: from ``ceil(months of the port / months of a period)`` periods after it began, on every path.
    """
    steps = {port: math.ceil(time / months - 1e-9) for port, time in porting[["port", "months"]].to_numpy()}
    pairs = porting[["port"]].merge(ancestors(nodes).rename(columns={"before": "begun"}), how="cross")
    ready = pairs["steps"] >= pairs["port"].map(steps).astype(float)
    return pairs.loc[ready, ["port", "begun", "node"]].reset_index(drop=True)


def rate_factors(
    maturity: pd.DataFrame, layouts: pd.DataFrame, cards: pd.DataFrame, nodes: pd.DataFrame
) -> pd.DataFrame:
    """What the rates of a layout are times in a node, where it is not 1: layout, node, factor."""
    columns = ["layout", "node", "factor"]
    if maturity.empty:
        return pd.DataFrame(
            {name: pd.Series(dtype=object if name != "factor" else float) for name in columns}
        )
    rows = maturity.assign(port=maturity["maturity"], llm=maturity["llm"].where(maturity["llm"].notna(), "*"))
    hit = needed_ports(rows, layouts, cards).rename(columns={"port": "maturity"})
    each = hit.pipe(matched, spanned_nodes(maturity, "maturity", nodes), on="maturity")
    each = each.pipe(matched, maturity[["maturity", "factor"]], on="maturity")
    return each.groupby(["layout", "node"], as_index=False)[["factor"]].prod()


def measure_effects(measures: pd.DataFrame) -> pd.DataFrame:
    """What each measure saves of a workload per share it is used on: measure, workload, saves.

    Formula: ``saves_share`` times the product of ``1 - saves_share * max_share`` over the workload's measures before
    it, in the order of the table: a plan never saves more than the measures would together.
    """
    left: dict[str, float] = {}
    rows = []
    for measure, workload, saves, most in measures[
        ["measure", "workload", "saves_share", "max_share"]
    ].to_numpy():
        rest = left.get(workload, 1.0)
        rows.append((measure, workload, saves * rest))
        left[workload] = rest * (1.0 - saves * most)
    return pd.DataFrame(rows, columns=["measure", "workload", "saves"])


def measure_ramp(measures: pd.DataFrame, nodes: pd.DataFrame, months: int) -> pd.DataFrame:
    """How far a measure begun in one node may be used in another: measure, begun, node, most [share].

    Formula: ``max_share * min(1, (periods since it began + 1) * months / ramp_months)``.
    """
    first = node_number(measures["from_period"], nodes).fillna(0)
    pairs = measures[["measure", "max_share", "ramp_months"]].assign(first=first)
    pairs = pairs.merge(ancestors(nodes).rename(columns={"before": "begun"}), how="cross")
    number = nodes.set_index("node")["index"]
    pairs = pairs[pairs["begun"].map(number).astype(float) >= pairs["first"]]
    ramp = (pairs["steps"] + 1) * months / pairs["ramp_months"].where(pairs["ramp_months"] > 0)
    return (
        pairs[["measure", "begun", "node"]]
        .assign(most=pairs["max_share"] * ramp.fillna(1.0).clip(upper=1.0))
        .reset_index(drop=True)
    )


def improving(
    tables: Mapping[str, pd.DataFrame], nodes: pd.DataFrame, months: int
) -> dict[str, pd.DataFrame]:
    """All of it by name, from the case's tables porting, maturity, measures; empty where a case has none."""
    cards, layouts = tables["cards"], tables["layouts"]
    porting, maturity, measures = (tables[name] for name in ("porting", "maturity", "measures"))
    return {
        "ports": needed_ports(porting, layouts, cards),
        "port_readiness": port_readiness(porting, nodes, months),
        "rate_factors": rate_factors(maturity, layouts, cards, nodes),
        "measure_effects": measure_effects(measures),
        "measure_ramp": measure_ramp(measures, nodes, months),
    }
