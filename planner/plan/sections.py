"""The sections of a printed plan; each is text, or '' when there is nothing to say."""

from __future__ import annotations

from planner.plan.grid import grid, number, spans
from planner.plan.plan import Plan

MILLION = 1e6
MOST_LINES = 12  # of a list that could be long
WEAK_GRADES = ("assumed", "own_estimate_by_rule", "press_estimate", "user")


def nodes_of(plan: Plan) -> list[str]:
    """Node labels in order."""
    return plan.given["periods"].sort_values("index")["node"].to_list()


def unmet_section(plan: Plan) -> str:
    """What is not served: promises no card keeps first, then the rest."""
    lines = []
    for row in plan.tables["promises"].to_dict("records"):
        miss = (
            f": {row['promise']} {row['limit']:g}, nearest {row['nearest']:,.0f}"
            if row["nearest"] == row["nearest"]
            else ""
        )
        card = f" ({row['accelerator']})" if row["accelerator"] else ""
        lines.append(
            f"  {row['workload']} {row['bucket']}: no card can serve it{miss}{card}. {row['reason']}"
        )
    text = (
        "NO CARD KEEPS THE PROMISE for some requests; they stay unserved and are priced.\n" if lines else ""
    )
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
    """Orders: cards by offer, site and period of the order."""
    orders = plan.tables["orders"]
    if orders.empty:
        return "Orders: none."
    nodes = [node for node in nodes_of(plan) if node in set(orders["ordered"])]
    sums = orders.groupby(["origin", "accelerator", "site", "ordered"])["cards"].sum()
    rows = []
    for (_, card, site), lines in orders.groupby(["origin", "accelerator", "site"]):
        boxes = lines["cards"] // lines["servers"]
        each = (
            f"{lines['servers'].sum():,} x {boxes.iloc[0]}"
            if boxes.nunique() == 1
            else f"{lines['servers'].sum():,} mixed"
        )
        origin = lines["origin"].iloc[0]
        cells = [number(sums.get((origin, card, site, node), 0)) for node in nodes]
        rows.append([f"{card} ({origin})", str(site), each, number(lines["cards"].sum()), *cells])
    total = orders.groupby("ordered")["cards"].sum()
    rows.append(["all", "", number(orders["servers"].sum()), number(orders["cards"].sum())]
                + [number(total.get(node, 0)) for node in nodes])  # fmt: skip
    header = ["card", "site", "servers x cards", "cards", *nodes]
    return "Orders, cards by period of the order:\n" + grid(header, rows, left=2)


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
    running = plan.tables["deployment"]
    running = running[running["node"] == last]
    rows = [
        [str(row["site"]), str(row["llm"]), str(row["layout"]).split("/", 1)[1],
         f"{row['replicas']:,.4g} x {row['cards_per_replica']}", number(row["cards"])]
        for row in running.sort_values(["site", "llm", "cards"], ascending=[True, True, False]).to_dict("records")
    ]  # fmt: skip
    header = ["site", "llm", "card / precision / parallelism", "replicas x cards", "cards"]
    return f"What runs in {last}:\n" + grid(header, rows, left=3) if rows else ""


def cost_section(plan: Plan) -> str:
    """Cost by term, discounted and as it falls due."""
    sums = plan.tables["costs"].groupby("term")[["amount", "discounted"]].sum()
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
    load["tokens"] = load["requests_per_s"] * (load["mean_in"] + load["mean_out"])
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


def evidence_section(plan: Plan) -> str:
    """The weakest figures that the plan rests on."""
    provenance = plan.tables["provenance"]
    weak = provenance[provenance["grade"].isin(WEAK_GRADES)]
    lines = [f"  {card}: {', '.join(sorted(rows['figure']))}" for card, rows in weak.groupby("accelerator")]
    defaults = len(plan.tables["defaults"])
    blank = f"{defaults} blanks were filled with declared defaults (table defaults)." if defaults else ""
    if not lines:
        return blank
    text = "\n".join(["Weakest evidence (assumed or second-hand figures of cards in the plan):", *lines])
    return f"{text}\n{blank}" if blank else text
