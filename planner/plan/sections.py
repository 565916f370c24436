"""The sections of a printed plan; each is text, or '' when there is nothing to say."""

from __future__ import annotations

import pandas as pd

from planner.plan.grid import coarser, grid, number, spans
from planner.plan.plan import Plan

MILLION = 1e6
MOST_LINES = 12  # of a list that could be long


def nodes_of(plan: Plan) -> list[str]:
    """Node labels in order."""
    return plan.given["periods"].sort_values("index")["node"].to_list()


def busiest_slice(plan: Plan, node: str) -> str:
    """The slice of a node in which the most tokens per second are served; of equals the first."""
    load = plan.tables["load"][plan.tables["load"]["node"] == node]
    load = load.merge(
        plan.given["buckets"][["workload", "bucket", "mean_in", "mean_out"]], on=["workload", "bucket"]
    )
    tokens = (load["requests_per_s"] * (load["mean_in"] + load["mean_out"])).groupby(load["slice"]).sum()
    names = [str(name) for name in plan.given["slices"].sort_values("index")["slice"]]
    return max(names, key=lambda name: float(tokens.get(name, 0.0)))


def _in_slice(plan: Plan, name: str) -> str:
    """The slice in words, '' where there is only one."""
    return f", {name}" if len(plan.given["slices"]) > 1 else ""


def unmet_section(plan: Plan) -> str:
    """What is not served: promises no card keeps first, then the rest."""
    lines = []
    for row in plan.tables["promises"].to_dict("records"):
        miss = (
            f": {row['promise']} {row['limit']:g}, nearest {row['nearest']:,.0f}"
            if pd.notna(row["nearest"])
            else ""
        )
        card = f" ({row['accelerator']})" if pd.notna(row["accelerator"]) and row["accelerator"] else ""
        lines.append(
            f"  {row['workload']} {row['bucket']}: no card can serve it{miss}{card}. {row['reason']}"
        )
    bought = len(plan.tables.get("bought", ())) > 0
    rest = "what no API serves of them stays unserved and is" if bought else "they stay unserved and are"
    text = f"NO CARD KEEPS THE PROMISE for some requests; {rest} priced.\n" if lines else ""
    text += "\n".join(lines[:MOST_LINES])
    unmet = plan.tables["unmet"]
    if len(unmet):
        worst = unmet.groupby("workload").agg(mtok=("mtok", "sum"), share=("share", "max"))
        rows = [
            [str(name), number(row["mtok"]), f"{100 * row['share']:.1f} %"] for name, row in worst.iterrows()
        ]
        text += "\n\n" if text else ""
        text += "NOT SERVED (priced by its penalty):\n"
        text += grid(["workload", "million tokens", "worst share of a region's requests"], rows)
    return text


def order_section(plan: Plan) -> str:
    """Orders: cards by card, site and period of the order; quarters or years where the periods are many."""
    orders = plan.tables["orders"]
    if orders.empty:
        return "Orders: none."
    labels = coarser([node for node in nodes_of(plan) if node in set(orders["ordered"])])
    orders = orders.assign(when=orders["ordered"].map(labels))
    columns = list(dict.fromkeys(labels.values()))
    rows = []
    for origin, own in orders.groupby("origin"):
        for (card, site), lines in own.groupby(["accelerator", "site"]):
            rows.append(_order_cells(str(card), str(site), lines, columns))
        rows.append(_order_cells(f"= {origin}", "", own, columns))
    rows.append(_order_cells("= all", "", orders, columns))
    header = ["card", "site", "servers", "cards", *columns]
    whole = all(node == label for node, label in labels.items())
    when = "period" if whole else "quarter" if "Q" in columns[0] else "year"
    return f"Orders, cards by {when} of the order (servers x cards per server):\n" + grid(
        header, rows, left=2
    )


def _order_cells(name: str, site: str, lines: pd.DataFrame, columns: list[str]) -> list[str]:
    servers = int(lines["servers"].sum())
    boxes = (lines["cards"] // lines["servers"]).unique()
    each = f"{servers:,} x {boxes[0]:g}" if len(boxes) == 1 else f"{servers:,}"
    sums = lines.groupby("when")["cards"].sum()
    return [name, site, each, number(lines["cards"].sum()), *(number(sums.get(when, 0)) for when in columns)]


def fleet_section(plan: Plan) -> str:
    """Cards in service at the start and at the end, by card and site."""
    nodes = nodes_of(plan)
    fleet = plan.tables["fleet"]
    rows = []
    for (card, site), lines in fleet.groupby(["accelerator", "site"]):
        at = lines.set_index("node")["installed_cards"].reindex(nodes).fillna(0)
        last = lines[lines["node"] == nodes[-1]]
        used = float(last["deployed_cards"].sum())
        rows.append(
            [str(card), str(site), number(at.iloc[0]), number(at.max()), number(at.iloc[-1]), number(used)]
        )
    header = ["card", "site", f"in {nodes[0]}", "most", f"in {nodes[-1]}", "of these running"]
    return "Cards in service:\n" + grid(header, rows, left=2) if rows else ""


def deployment_section(plan: Plan) -> str:
    """What each site runs in the last period: replicas x cards = cards."""
    last = nodes_of(plan)[-1]
    part = busiest_slice(plan, last)
    running = plan.tables["deployment"]
    running = running[(running["node"] == last) & (running["slice"] == part)]
    rows = [
        [str(row["site"]), str(row["llm"]), _layout_name(row["layout"], row["llm"]),
         f"{row['replicas']:,.4g} x {row['cards_per_replica']}", number(row["cards"])]
        for row in running.sort_values(["site", "llm", "cards"], ascending=[True, True, False]).to_dict("records")
    ]  # fmt: skip
    header = ["site", "llm", "card / precision / parallelism", "replicas x cards", "cards"]
    parts = plan.given["settings"]["replicas"].iloc[0] == "fractional"
    how = " (in parts of replicas, as the case asks: replicas: fractional)" if parts else ""
    return f"What runs in {last}{_in_slice(plan, part)}{how}:\n" + grid(header, rows, left=3) if rows else ""


def _layout_name(layout: str, llm: str) -> str:
    """The layout without the llm it starts with."""
    return layout.removeprefix(f"{llm}/")


def site_section(plan: Plan) -> str:
    """What each site serves in the period of the most demand: requests per second, and from where."""
    requests = plan.given["requests"].groupby(["node", "slice"])["requests_per_s"].sum()
    if requests.empty:
        return ""
    moments = [(node, part) for node in nodes_of(plan) for part in plan.given["slices"]["slice"]]
    peak, part = max(reversed(moments), key=lambda moment: float(requests.get(moment, 0.0)))
    sent = plan.tables["routing"]
    sent = sent[(sent["node"] == peak) & (sent["slice"] == part)]
    rows = []
    for (site, workload), lines in sent.groupby(["site", "workload"]):
        regions = lines.groupby("region")["requests_per_s"].sum().sort_values(ascending=False)
        total = float(regions.sum())
        shares = ", ".join(f"{region} {_per_cent(rate / total)}" for region, rate in regions.items())
        rows.append([str(site), str(workload), shares, f"{total:,.4g}"])
    header = ["site", "workload", "from", "requests/s"]
    return (
        f"What each site serves in {peak}{_in_slice(plan, part)}, the period of the most demand:\n"
        + grid(header, rows, left=3)
        if rows
        else ""
    )


def _per_cent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.005 else "< 1 %"


def cost_section(plan: Plan) -> str:
    """Cost by term, discounted and as it falls due."""
    costs = plan.tables["costs"]
    chance = costs["node"].map(plan.given["periods"].set_index("node")["probability"]).astype(float)
    costs = costs.assign(amount=costs["amount"] * chance.where(costs["term"] != "risk_premium", 1.0))
    sums = costs.groupby("term")[["amount", "discounted"]].sum()
    sums = sums.sort_values("discounted", ascending=False)
    scale, unit = (MILLION, f"million {plan.currency}") if plan.cost >= 10 * MILLION else (1.0, plan.currency)
    rows = [
        [str(term), f"{row['amount'] / scale:,.2f}", f"{row['discounted'] / scale:,.2f}",
         f"{100 * row['discounted'] / plan.cost:.1f} %" if plan.cost else ""]
        for term, row in sums.iterrows()
    ]  # fmt: skip
    total = sums.sum()
    rows.append(["all", f"{total['amount'] / scale:,.2f}", f"{total['discounted'] / scale:,.2f}", "100.0 %"])
    return f"Cost by term, {unit}:\n" + grid(["term", "as it falls due", "discounted", "share"], rows)


def share_section(plan: Plan) -> str:
    """Domestic share of cards, compute, spend and tokens."""
    cards = plan.given["cards"].set_index("accelerator")
    fleet = plan.tables["fleet"].merge(cards[["bf16_tflops"]], left_on="accelerator", right_index=True)
    fleet["compute"] = fleet["installed_cards"] * fleet["bf16_tflops"]
    last = fleet[fleet["node"] == nodes_of(plan)[-1]]
    load = plan.tables["load"].merge(cards[["origin"]], left_on="accelerator", right_index=True)
    load = load.merge(
        plan.given["buckets"][["workload", "bucket", "mean_in", "mean_out"]], on=["workload", "bucket"]
    )
    lasting = load["slice"].map(plan.given["slices"].set_index("slice")["share"]).astype(float)
    load["tokens"] = load["requests_per_s"] * (load["mean_in"] + load["mean_out"]) * lasting
    parts = [
        ("cards in service at the end", last, "installed_cards"),
        ("their compute", last, "compute"),
        ("spend", plan.tables["orders"], "landed"),
        ("tokens served", load, "tokens"),
    ]
    shown = []
    for name, table, column in parts:
        total = float(table[column].sum())
        if total > 0:
            own = float(table.loc[table["origin"] == "domestic", column].sum())
            shown.append(f"{name} {100 * own / total:.1f} %")
    return f"Domestic share: {', '.join(shown)}." if shown else ""


def binding_section(plan: Plan) -> str:
    """Limits with nothing left, periods merged into spans; the program's own book-keeping is left out."""
    limits = plan.tables["limits"]
    inner = {
        "card_use",
        "pool_in_use",
        "switching",
        "batch_cover",
        "measure_once",
        "path_risk",
        "serving_capacity",
        "order_size",
        "demand_cover",
        "site_balance",
        "installed_cards",
    }
    binding = limits[limits["binding"] & ~limits["family"].isin(inner)]
    if binding.empty:
        return "What binds: no quota, power, budget or policy."
    order = nodes_of(plan)
    lines: dict[tuple[str, str], list[str]] = {}
    for family, key in binding[["family", "key"]].to_numpy():
        head, _, tail = str(key).rpartition(",")
        name, node = (head, tail) if tail in order else (str(key), "")
        lines.setdefault((str(family), name), []).append(node)
    texts = [
        f"  {family}[{name}]" + (f" {spans(nodes, order)}" if any(nodes) else "")
        for (family, name), nodes in sorted(lines.items())
    ]
    more = (
        [f"  ... and {len(texts) - 2 * MOST_LINES} more, in the table limits"]
        if len(texts) > 2 * MOST_LINES
        else []
    )
    return "\n".join(["What binds:", *texts[: 2 * MOST_LINES], *more])
