"""Plans of several mixes beside each other: figures, differences, the price of each policy, and what shocks do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pandas as pd

from planner.compare.figures import figures
from planner.compare.mixes import Mix
from planner.compare.stress import Shock, stressed
from planner.errors import InfeasibleError, NoPlanError
from planner.optimization.solve import SolveOptions
from planner.plan import Plan
from planner.planning import solve_prepared
from planner.prepare import Prepared

LEAST_POINTS = 0.1  # of a share; a smaller move has no price worth telling
AT_ONCE = 2  # solves side by side; each is a process of its own
Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Column:
    """One mix: its plan, or why it has none."""

    name: str
    plan: Plan | None
    why_not: str = ""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several plans, the first of which the others are held against.

    Attributes
    ----------
    columns : mixes or runs, in the order asked for
    figures : figure by row, name by column; NaN where there is no plan
    stress : shock, name, cost [case currency], unserved [million tokens], regret [case currency]
    currency : of every amount
    """

    columns: tuple[Column, ...]
    figures: pd.DataFrame
    stress: pd.DataFrame
    currency: str

    @property
    def base(self) -> str:
        """What the others are held against: the first that has a plan."""
        return next((column.name for column in self.columns if column.plan is not None), self.columns[0].name)

    @property
    def plans(self) -> dict[str, Plan]:
        """Plans by name."""
        return {column.name: column.plan for column in self.columns if column.plan is not None}


def compared(
    columns: Sequence[Column], shocks: Sequence[Shock] = (), say: Say = lambda text: None
) -> Comparison:
    """Figures of plans side by side, and what each shock does to their orders."""
    have = {column.name: column.plan for column in columns if column.plan is not None}
    table = pd.DataFrame({name: figures(plan) for name, plan in have.items()})
    table = table.reindex(columns=[column.name for column in columns])
    currency = next((plan.currency for plan in have.values()), "")
    return Comparison(tuple(columns), table, _stress(have, shocks, say), currency)


def solve_mixes(
    prepared: Prepared, mixes: Sequence[Mix], options: SolveOptions, say: Say
) -> tuple[Column, ...]:
    """A plan of every mix of a case, two at a time; one without a plan says why."""
    changed = [
        (mix, mix.applied(prepared.given)) for mix in mixes
    ]  # every mistake is told before anything is solved

    def solve(mix: Mix, given: Mapping[str, pd.DataFrame]) -> Column:
        say(f"Planning {mix.name}")
        try:
            return Column(mix.name, solve_prepared(replace(prepared, given=dict(given)), options))
        except (InfeasibleError, NoPlanError) as error:
            return Column(mix.name, None, str(error))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return tuple(pool.map(lambda pair: solve(*pair), changed))


def _stress(plans: Mapping[str, Plan], shocks: Sequence[Shock], say: Say) -> pd.DataFrame:
    """What each shock does to each plan, and how much more it costs than the plan that stands it best."""
    rows = []
    for shock in shocks:
        say(f"Stress: {shock.name}")
        for name, plan in plans.items():
            found = stressed(plan, shock)
            rows.append((shock.name, name, found.cost, found.unserved))
    table = pd.DataFrame(rows, columns=["shock", "name", "cost", "unserved"])
    best = table.groupby("shock")["cost"].transform("min")
    return table.assign(regret=table["cost"] - best)


def differences(view: Comparison) -> pd.DataFrame:
    """Each figure less that of the base: figure by row, name by column."""
    return view.figures.sub(view.figures[view.base], axis=0)


def policy_prices(view: Comparison) -> pd.DataFrame:
    """What a point of domestic share costs against the base: name, measure, points, cost, per_point [case currency].

    Only where the share moves by at least a tenth of a point.
    """
    rows = []
    for name, change in differences(view).to_dict().items():
        for measure in ("cards", "compute", "spend", "tokens"):
            points = 100.0 * float(change[f"domestic share of {measure}"])
            if abs(points) >= LEAST_POINTS:
                cost = float(change["cost"])
                rows.append((name, measure, points, cost, cost / points))
    return pd.DataFrame(rows, columns=["name", "measure", "points", "cost", "per_point"])


def orders_by_card(view: Comparison) -> pd.DataFrame:
    """Cards ordered by card and period, one column per name; expected where there are scenarios."""
    parts = []
    for name, plan in view.plans.items():
        orders = plan.tables["orders"].merge(
            plan.given["periods"][["node", "period", "probability"]], left_on="ordered", right_on="node"
        )
        orders["expected"] = orders["cards"] * orders["probability"]
        parts.append(orders.groupby(["accelerator", "period"])["expected"].sum().rename(name))
    if not parts:
        return pd.DataFrame(columns=["accelerator", "period"])
    return pd.concat(parts, axis=1).fillna(0.0).sort_index().reset_index()


def costs_by_term(view: Comparison) -> pd.DataFrame:
    """Discounted cost by term, one column per name [case currency]."""
    parts = [
        plan.tables["costs"].groupby("term")["discounted"].sum().rename(name)
        for name, plan in view.plans.items()
    ]
    return (
        pd.concat(parts, axis=1).fillna(0.0).sort_index().reset_index()
        if parts
        else pd.DataFrame({"term": []})
    )


def order_changes(first: Plan, second: Plan) -> pd.DataFrame:
    """Orders of two plans: offer, site, ordered, servers and money of both, split into quantity and price.

    quantity = (servers after - before) * price before (of the later plan where there was none before); price = servers
    after * (price after - before); the two add up to the change of landed money.
    """
    key = ["offer", "accelerator", "site", "ordered"]
    names = ["cards", "landed"]
    both = first.tables["orders"][[*key, *names]].merge(
        second.tables["orders"][[*key, *names]], on=key, how="outer", suffixes=("_before", "_after")
    )
    amounts = [f"{name}_{side}" for name in names for side in ("before", "after")]
    both[amounts] = both[amounts].fillna(0.0)
    price_after = both["landed_after"] / both["cards_after"].where(both["cards_after"] > 0)
    price_before = (both["landed_before"] / both["cards_before"].where(both["cards_before"] > 0)).fillna(
        price_after
    )
    quantity = (both["cards_after"] - both["cards_before"]) * price_before
    price = both["cards_after"] * (price_after.fillna(price_before) - price_before)
    both = both.assign(quantity=quantity, price=price, amount=both["landed_after"] - both["landed_before"])
    changed = (both["cards_after"] != both["cards_before"]) | (both["amount"].abs() > 0.005)
    return both[changed].sort_values(key, ignore_index=True)
