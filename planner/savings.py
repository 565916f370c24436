"""What levers save, in tokens and in cards, and as measures that a plan may choose.

Cards are a quick linear estimate: for every workload one card of the case, the cheapest that serves its lengths, and on
it the best layout for each length bucket; requests at the peak over the rate of a card, summed. No sites, limits, whole
servers or months: for those the case is solved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.demand import demand_tables
from planner.demand.levers import ORDER, applied, strength, token_totals, work_of
from planner.demand.levers.work import buckets_of
from planner.demand.requests import DemandTables
from planner.inputs.case import Case
from planner.prepare import banded
from planner.serving import kept_serving_tables, model_of

SERVED = 0.999  # of a workload's requests: a card that serves fewer is no choice
LEAST_SAVING = 1e-4  # of the work: less is no measure
MOST_SAVING = 0.999  # a measure that saves all would leave nothing to plan
MEASURE_COLUMNS = ["measure", "workload", "saves_share", "max_share", "start_cost", "cost_per_month", "ramp_months",
                   "from_period", "source"]  # fmt: skip


@dataclass(frozen=True)
class LeverEffects:
    """What levers do in a period.

    Attributes
    ----------
    table : lever ("as it stands" first, "all together" last), used_share, requests_per_day, input_mtok_per_day,
        compute_input_mtok_per_day, output_mtok_per_day, cards, cost_per_month, and logical_change, compute_change and
        cards_change over the first row [share]
    counted_on : card of every workload
    left_out : share of the requests of a workload that this card serves at no load, and that are not counted
    """

    table: pd.DataFrame
    counted_on: dict[str, str]
    left_out: dict[str, float]


class CardEstimate:
    """Cards that requests of a period need, on one card per workload that stays the same whatever levers do.

    Requests too long for that card to keep its promise are left out throughout, so that what levers do to the others
    can be compared.
    """

    def __init__(self, case: Case, demand: DemandTables, period: str) -> None:
        self.case = case
        self.peaks = _peaks(demand, period)
        routes = case.frame("routes")
        self.band = float(banded(routes["network_ms"], case.settings.network_band_ms).min())
        self.work = work_of(demand, period)
        rates = self._rates(self.work)
        self.chosen = _cheapest(rates, self.work, _prices(case))
        served = self._on_chosen(rates)[["workload", "bucket"]].assign(served=True)
        pairs = self.work.merge(served, on=["workload", "bucket"], how="left")
        pairs["lost"] = pairs["requests_per_day"].where(pairs["served"].isna(), 0.0)
        self.unserved = pairs.loc[pairs["served"].isna(), ["workload", "bucket"]].drop_duplicates()
        sums = pairs.groupby("workload")[["lost", "requests_per_day"]].sum()
        shares = (sums["lost"] / sums["requests_per_day"]).to_dict()
        self.left_out = {str(name): float(share) for name, share in shares.items() if share > 0}

    def _on_chosen(self, rates: pd.DataFrame) -> pd.DataFrame:
        chosen = pd.DataFrame(list(self.chosen.items()), columns=["workload", "accelerator"])
        return rates.merge(chosen, on=["workload", "accelerator"])

    def _rates(self, work: pd.DataFrame) -> pd.DataFrame:
        """workload, bucket, accelerator, cards_per_request_per_s: the best layout on each card."""
        buckets = buckets_of(work)
        tables = kept_serving_tables(self.case, buckets, [self.band], model_of(self.case))
        rates = tables.rates.merge(
            tables.layouts[["layout", "accelerator", "cards_per_replica"]], on="layout"
        )
        rates["cards_per_request_per_s"] = rates["cards_per_replica"] / rates["requests_per_s"]
        key = ["workload", "bucket", "accelerator"]
        return pd.DataFrame(rates.groupby(key, as_index=False)[["cards_per_request_per_s"]].min())

    def cards(self, work: pd.DataFrame) -> pd.Series[float]:
        """Cards by workload; NaN where lengths are new and the chosen card does not serve them."""
        mine = self._on_chosen(self._rates(work))
        table = work.merge(self.unserved.assign(out=True), on=["workload", "bucket"], how="left")
        table = table[table["out"].isna()]
        table = table.merge(mine, on=["workload", "bucket"], how="left")
        table = table.merge(self.peaks, on=["workload", "region"], how="left")
        usual = self.peaks.groupby("workload")["peak_per_request"].mean()
        peak = table["peak_per_request"].fillna(table["workload"].map(usual))
        cards = table["requests_per_day"] * peak * table["cards_per_request_per_s"]
        table["cards"] = cards / (1.0 - self.case.settings.headroom_share)
        return table.groupby("workload")["cards"].agg(lambda part: part.sum(skipna=False)).astype(float)


def _peaks(demand: DemandTables, period: str) -> pd.DataFrame:
    """workload, region, peak_per_request: requests per second in the busiest slice for a request a day."""
    now = demand.requests[demand.requests["node"] == period]
    key = ["workload", "region"]
    slices = now.groupby([*key, "slice"], as_index=False)["requests_per_s"].sum()
    busiest = slices.groupby(key, as_index=False)[["requests_per_s"]].max()
    volumes = demand.volumes[demand.volumes["node"] == period]
    table = busiest.merge(volumes[[*key, "requests_per_day"]], on=key)
    table["peak_per_request"] = table["requests_per_s"] / table["requests_per_day"]
    return pd.DataFrame(table[[*key, "peak_per_request"]])


def _prices(case: Case) -> Mapping[str, float]:
    """Least price of each card among the offers that name one, in the case currency."""
    offers, fx = case.frame("offers"), case.frame("fx")
    rate = fx.groupby("currency")["rate"].first()
    price = offers["price_per_card"] * offers["currency"].map(rate).astype(float).fillna(1.0)
    least = price.groupby(offers["accelerator"]).min().dropna()
    return {str(card): float(value) for card, value in least.items()}


def _cheapest(rates: pd.DataFrame, work: pd.DataFrame, prices: Mapping[str, float]) -> dict[str, str]:
    """The card of every workload: of those that serve its requests, the cheapest for them.

    Cards without a price, such as those that are only in the fleet, come after those with one, by their number. Where
    no card serves all, the one that serves most.
    """
    total = work.groupby("workload")["requests_per_day"].sum()
    sums = work.groupby(["workload", "bucket"], as_index=False)["requests_per_day"].sum()
    table = rates.merge(sums, on=["workload", "bucket"])
    table["need"] = table["requests_per_day"] * table["cards_per_request_per_s"]
    both = table.groupby(["workload", "accelerator"], as_index=False)[["requests_per_day", "need"]].sum()
    both["served"] = both["requests_per_day"] / both["workload"].map(total)
    both["served"] = both["served"].where(both["served"] < SERVED, 1.0)
    price = both["accelerator"].map(prices)
    both["unpriced"] = price.isna()
    both["money"] = both["need"] * price.fillna(1.0)
    order = ["workload", "served", "unpriced", "money", "accelerator"]
    ranked = both.sort_values(order, ascending=[True, False, True, True, True])
    first = ranked.drop_duplicates("workload")
    return dict(zip(first["workload"], first["accelerator"], strict=True))


def money_per_volume(case: Case, unit: str) -> dict[tuple[str, str], float]:
    """Price of the cards that a unit of a workload's volume needs at its peak, by region and workload.

    On the card that is the cheapest for the workload, in the last period.

    Parameters
    ----------
    unit : "tokens" for million tokens a day, "requests" for requests a day
    """
    demand, prices = demand_tables(case), _prices(case)
    estimate = CardEstimate(case, demand, case.periods[-1])
    cards = estimate.cards(estimate.work)
    found = {}
    for row in demand.volumes[demand.volumes["node"] == case.periods[-1]].to_dict("records"):
        workload = str(row["workload"])
        mine = demand.volumes["workload"] == workload
        all_of_it = demand.volumes[mine & (demand.volumes["node"] == case.periods[-1])]
        tokens = all_of_it["input_mtok_per_day"] + all_of_it["output_mtok_per_day"]
        volume = float((tokens if unit == "tokens" else all_of_it["requests_per_day"]).sum())
        if workload in estimate.chosen and volume > 0:
            price = prices.get(estimate.chosen[workload], 1.0)
            found[(str(row["region"]), workload)] = float(cards[workload]) * price / volume
    return found


def used_shares(case: Case, levers: pd.DataFrame, period: str) -> dict[str, float]:
    """Share of the requests each lever is used on in a period, by name."""
    months = case.settings.period_months
    return {
        str(lever["lever"]): strength(lever, case.periods, period, months)
        for lever in levers.to_dict("records")
    }


def lever_effects(case: Case, levers: pd.DataFrame, period: str) -> LeverEffects:
    """Each lever alone and all together, in one period."""
    estimate = CardEstimate(case, demand_tables(case), period)
    used = used_shares(case, levers, period)
    variants = [("as it stands", levers.iloc[:0])]
    variants += [(str(name), levers[levers["lever"] == name]) for name in levers["lever"]]
    if len(levers) > 1:
        variants.append(("all together", levers))
    rows = []
    for name, some in variants:
        work = applied(estimate.work, some, used)
        share = used.get(name, np.nan)
        running = float((some["cost_per_month"] * [used[one] > 0 for one in some["lever"]]).sum())
        cards = float(estimate.cards(work).sum(skipna=False))
        rows.append(
            {
                "lever": name,
                "used_share": share,
                **token_totals(work),
                "cards": cards,
                "cost_per_month": running,
            }
        )
    table = pd.DataFrame(rows)
    logical = table["input_mtok_per_day"] + table["output_mtok_per_day"]
    computed = table["compute_input_mtok_per_day"] + table["output_mtok_per_day"]
    for name, values in (("logical", logical), ("compute", computed), ("cards", table["cards"])):
        table[f"{name}_change"] = values / values.iloc[0] - 1.0
    return LeverEffects(table, estimate.chosen, estimate.left_out)


def measure_rows(case: Case, levers: pd.DataFrame, period: str) -> tuple[pd.DataFrame, list[str]]:
    """Levers as rows of the case's table ``measures``, which a plan takes up or leaves.

    Every lever at its full effect, in the stated order, on what those before it left at their most: ``saves_share`` is
    the share of the workload's cards that go. Costs of a lever for all workloads are split by what each of them saves.

    Returns
    -------
    rows, and sentences on levers that cannot be measures
    """
    estimate = CardEstimate(case, demand_tables(case), period)
    rank = {kind: at for at, kind in enumerate(ORDER)}
    ordered = sorted(levers.to_dict("records"), key=lambda row: rank[str(row["kind"])])
    before, work, rows, notes = estimate.cards(estimate.work), estimate.work, [], []
    for number, lever in enumerate(ordered, start=1):
        name = str(lever["lever"])
        if lever["kind"] == "smaller_model":
            notes.append(f"{name}: moves work to another workload; change demand.csv to plan with it.")
            continue
        one = levers[levers["lever"] == name]
        full = (1.0 - estimate.cards(applied(work, one, {name: 1.0})) / before).clip(upper=MOST_SAVING)
        work = applied(work, one, {name: float(lever["adoption_share"])})
        saved = full[full > LEAST_SAVING]
        weight = (saved * before[saved.index]) / float((saved * before[saved.index]).sum() or 1.0)
        for workload, share in ((str(one), float(saved[one])) for one in saved.index):
            rows.append((f"{number:02d}-{name}-{workload}", workload, round(share, 4), lever["adoption_share"],
                         lever["start_cost"] * weight[workload], lever["cost_per_month"] * weight[workload],
                         lever["ramp_months"], lever["from_period"],
                         f"lever {name} on {estimate.chosen[workload]}, {period}"))  # fmt: skip
        before = estimate.cards(work)
    return pd.DataFrame(rows, columns=MEASURE_COLUMNS), notes


def levered_tables(case: Case, levers: pd.DataFrame, period: str) -> dict[str, pd.DataFrame]:
    """The case's own tables with all levers in force: demand, length_profiles and workloads.

    Lengths are those of ``period`` in all periods, for a profile has no time; requests follow the ramps.
    """
    from planner.demand.agents.lengths import on_grid

    demand = demand_tables(case)
    profiles, volumes = [], []
    for node in case.periods:
        work = applied(work_of(demand, node), levers, used_shares(case, levers, node))
        sums = work.groupby(["workload", "region"], as_index=False)["requests_per_day"].sum()
        volumes.append(sums.assign(period=node))
    work = applied(work_of(demand, period), levers, used_shares(case, levers, period))
    for workload, rows in work.groupby("workload"):
        cells = on_grid(
            rows["mean_in"].to_numpy(float),
            rows["mean_cached_in"].to_numpy(float),
            rows["mean_out"].to_numpy(float),
            rows["requests_per_day"].to_numpy(float),
        )
        profiles.append(cells.assign(profile=f"levers-{workload}", source=f"levers in {period}"))
    workloads = case.frame("workloads")
    named = workloads["workload"].isin(work["workload"])
    workloads["length_profile"] = workloads["length_profile"].where(~named, "levers-" + workloads["workload"])
    workloads["cached_input_share"] = 0.0
    kept = case.frame("demand")[["period", "region", "workload", "peak_to_mean"]]
    key = ["period", "region", "workload"]
    table = pd.concat(volumes, ignore_index=True).merge(kept, on=key, how="outer")
    table["requests_per_day"] = table["requests_per_day"].fillna(0.0)
    filled = table[[*key, "requests_per_day", "peak_to_mean"]]
    return {
        "demand": _every_period(filled.sort_values(key), case.periods),
        "length_profiles": pd.concat(profiles, ignore_index=True),
        "workloads": workloads,
    }


def _every_period(rows: pd.DataFrame, periods: tuple[str, ...]) -> pd.DataFrame:
    """Pairs of region and workload that levers made have a row in every period, 0 where nothing comes."""
    pairs = rows[["region", "workload"]].drop_duplicates()
    grid = pd.DataFrame({"period": periods}).merge(pairs, how="cross")
    table = grid.merge(rows, on=["period", "region", "workload"], how="left")
    return table.fillna({"requests_per_day": 0.0})
