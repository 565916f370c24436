"""Plain faults of single rows: unknown names, negative or broken quantities, work where there is no rate."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.plan.audit.compare import compared_shown, compared_texts
from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import Checked, Rule, key_text, listed_rows
from planner.plan.audit.tolerances import COUNTED, RATE, WHOLE
from planner.plan.tables import COST_TERMS

NAMES = {
    "offer": "offers",
    "accelerator": "cards",
    "site": "sites",
    "workload": "workloads",
    "layout": "layouts",
    "rental": "rentals",
    "package": "packages",
}
CHECKED = (
    "orders",
    "fleet",
    "deployment",
    "load",
    "routing",
    "deferred",
    "unmet",
    "ports",
    "measures",
    "costs",
    "rentals",
    "hourly",
    "bought",
    "drawn",
    "packages_bought",
)
WHOLE_COLUMNS = {
    "orders": ("servers", "cards"),
    "fleet": ("opening_cards", "bought_cards", "installed_cards"),
    "deployment": ("cards_per_replica",),
    "rentals": ("servers", "cards"),
    "hourly": (),
    "packages_bought": ("packages",),
}
FOLLOWING = {"deployment": ("replicas", "cards"), "hourly": ("cards",)}  # whole where replicas are
SIGNED = {"costs": ("amount", "discounted"), "fleet": ("free_cards",)}  # card_use judges free cards


def known_keys(facts: Facts) -> list[Finding]:
    """Rule ``known_keys``: every id and period a result row names was given."""
    known = {column: set(facts.given[table][column]) for column, table in NAMES.items()}
    known |= {column: set(facts.nodes) for column in ("node", "ordered")}
    known["region"] = set(facts.given["requests"]["region"]) | set(facts.given["routes"]["region"])
    known |= {column: set(facts.slices) for column in ("slice", "served")}
    known["llm"] = set(facts.given["layouts"]["llm"])
    known["term"] = set(COST_TERMS)
    known["token_offer"] = set(facts.given["token_offers"]["offer"])
    buckets = set(facts.given["buckets"][["workload", "bucket"]].itertuples(index=False, name=None))
    found = []
    for name in CHECKED:
        table = facts.result[name]
        named = [(column, set(table[column]) - known[column]) for column in table.columns if column in known]
        if "bucket" in table.columns:
            pairs = set(table[["workload", "bucket"]].itertuples(index=False, name=None))
            named.append(("bucket", {",".join(pair) for pair in pairs - buckets}))
        for column, strange in named:
            found += [
                finding("known_keys", f"{name}.{column}", str(value), "a known one")
                for value in sorted(strange)
            ]
    return found


def not_negative(facts: Facts) -> list[Checked]:
    """Rule ``not_negative``: no quantity is below zero, not even within a tolerance."""
    rule = Rule("not_negative", ">=", "", WHOLE)
    rows = []
    for name in CHECKED:
        table = facts.result[name]
        for column in table.select_dtypes("number").columns.difference(list(SIGNED.get(name, ()))):
            bad = table.loc[table[column] < 0, column]
            rows += [
                (f"{name}.{column},row {at + 1}", float(value), 0.0) for at, value in enumerate_rows(bad)
            ]
    return [listed_rows(rule, rows)]


def whole_numbers(facts: Facts) -> list[Checked]:
    """Rule ``whole_numbers``: servers, cards, and replicas unless fractions are allowed, are whole, exactly."""
    rule = Rule("whole_numbers", "=", "", WHOLE)
    rows = []
    for name, columns in WHOLE_COLUMNS.items():
        follows = () if facts.fractional else FOLLOWING.get(name, ())
        wanted = (*columns, *follows)
        table = facts.result[name]
        for column in wanted:
            bad = table.loc[table[column] != table[column].round(), column]
            found = [
                (f"{name}.{column},row {at + 1}", value, float(round(value)))
                for at, value in enumerate_rows(bad)
            ]
            rows += found
    return [listed_rows(rule, rows)]


def enumerate_rows(column: pd.Series[float]) -> list[tuple[int, float]]:
    """Row number and value of the cells of a column."""
    return [
        (int(at), float(value)) for at, value in zip(column.index.to_numpy(), column.to_numpy(), strict=True)
    ]


def load_rates(facts: Facts) -> list[Finding]:
    """Rule ``load_rates``: work stands only on layouts of its own llm that keep its promise (a rate above zero)."""
    rates = facts.given["rates"].rename(columns={"requests_per_s": "rate"})
    key = ["workload", "bucket", "band_ms", "layout"]
    load = facts.result["load"].pipe(matched, rates[[*key, "rate"]], on=key, how="left")
    load = load.pipe(matched, facts.given["workloads"][["workload", "llm"]], on="workload", how="left")
    layouts = facts.given["layouts"][["layout", "llm", "accelerator"]]
    load = load.merge(layouts, on="layout", how="left", suffixes=("", "_of_layout"))
    faults = (
        (~(load["rate"] > 0), "no rate within the promise", "a rate above zero"),
        (load["llm"] != load["llm_of_layout"], "a layout of another llm", "a layout of the workload's llm"),
        (
            load["accelerator"] != load["accelerator_of_layout"],
            "another card than the layout's",
            "the layout's card",
        ),
    )
    found = []
    for wrong, what, allowed in faults:
        rows = load[wrong & (load["requests_per_s"] != 0)].head(50)
        keys = key_text(rows, [*key, "site", "node", "slice"])
        found += [finding("load_rates", str(text), what, allowed) for text in keys]
    return found


def deployment_table(facts: Facts) -> tuple[list[Checked], list[Finding]]:
    """Rule ``deployment_table``: cards = replicas * cards per replica; llm and card are the layout's."""
    key = ["layout", "site", "node", "slice"]
    shown = facts.result["deployment"]
    layouts = facts.given["layouts"][["layout", "llm", "accelerator", "cards_per_replica"]]
    again = shown[[*key, "replicas"]].pipe(matched, layouts, on="layout")
    again["cards"] = again["replicas"] * again["cards_per_replica"]
    rule = Rule("deployment_table", "=", "cards", RATE if facts.fractional else COUNTED)
    rows = compared_shown(rule, shown, again, key, ["cards_per_replica", "cards"])
    return rows, compared_texts("deployment_table", shown, again, key, ["llm", "accelerator"])
