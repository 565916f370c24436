"""What prefills and what decodes, and what the plan survives, in plain text; nothing where no case asks for it."""

from __future__ import annotations

import pandas as pd

from planner.plan.grid import grid, number
from planner.plan.plan import Plan


def pool_section(plan: Plan) -> str:
    """Requests per second of every pool of a site in the period of most work in pools, by llm, card and role."""
    layouts = plan.given["layouts"]
    if "role" not in layouts.columns or (layouts["role"] == "whole").all():
        return ""
    load = plan.tables["load"].merge(layouts[["layout", "llm", "role"]], on="layout")
    pooled = load[load["role"] != "whole"]
    if pooled.empty:
        return "Prefill and decode in pools of their own: nowhere; whole replicas are cheaper."
    moments = pooled.groupby(["node", "slice"], as_index=False)[["requests_per_s"]].sum()
    busiest = moments.iloc[int(moments["requests_per_s"].to_numpy(float).argmax())]
    node, part = busiest["node"], busiest["slice"]
    here = load[(load["node"] == node) & (load["slice"] == part)]
    sums = here.groupby(["site", "llm", "role", "accelerator"], as_index=False)[["requests_per_s"]].sum()
    rows = [
        [str(site), str(llm), "prefills" if role == "prefill" else "decodes", str(card), f"{rate:,.4g}"]
        for site, llm, role, card, rate in sums[sums["role"] != "whole"].itertuples(index=False)
    ]
    rows.sort(key=lambda row: (row[0], row[1], row[2] != "prefills", row[3]))
    whole = float(sums.loc[sums["role"] != "decode", "requests_per_s"].sum())
    prefilled = float(sums.loc[sums["role"] == "prefill", "requests_per_s"].sum())
    title = (
        f"Prefill and decode in pools of their own, {node}: {100 * prefilled / whole:.0f} % of all requests"
    )
    return f"{title}:\n" + grid(["site", "llm", "", "card", "requests/s"], rows, left=4)


def failure_section(plan: Plan) -> str:
    """What must be survived, and the least that is then served of any workload."""
    rules = plan.given.get("failures", pd.DataFrame())
    if rules.empty or "failure_unmet" not in plan.tables:
        return ""
    asked, rows = plan.given["requests"], []
    unmet = plan.tables["failure_unmet"].groupby(["failure", "workload", "node"])["requests_per_s"].sum()
    busy = (
        asked.groupby(["workload", "node", "slice"])["requests_per_s"]
        .sum()
        .groupby(["workload", "node"])
        .max()
    )
    for row in rules.to_dict("records"):
        lost = ", ".join(str(row[name]) for name in ("site", "vendor", "accelerator") if pd.notna(row[name]))
        own = unmet[unmet.index.get_level_values("failure") == row["failure"]].droplevel("failure")
        least = 1.0 - float((own / busy.reindex(own.index)).max()) if len(own) else 1.0
        span = f"{row['from_period'] or 'start'} to {row['to_period'] or 'end'}"
        rows.append([str(row["failure"]), lost, span, number(100 * row["kept_share"]), number(100 * least)])
    header = ["failure", "lost", "periods", "asked, %", "least served, %"]
    return "Survives, in the busiest slice, of each workload:\n" + grid(header, rows, left=3)
