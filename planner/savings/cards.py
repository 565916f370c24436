"""Cards that requests need: a quick linear estimate.

For every workload one card of the case, the cheapest that serves its lengths, and on it the best layout for each length
bucket; requests at the peak over the rate of a card, summed. No sites, limits, whole servers or months: for those the
case is solved.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.demand import demand_tables
from planner.demand.levers import work_of
from planner.demand.levers.work import buckets_of
from planner.demand.requests import DemandTables
from planner.inputs.case import Case
from planner.prepare import banded
from planner.serving import kept_serving_tables, model_of

SERVED = 0.999  # of a workload's requests: a card that serves fewer is no choice


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
