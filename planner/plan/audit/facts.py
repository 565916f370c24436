"""What every rule looks up: the calendar, the offers with their card's facts, the tables read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from planner.joins import matched
from planner.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, SECONDS_PER_HOUR


@dataclass(frozen=True)
class Facts:
    """The tables under audit, read and typed, with lookups that several rules share."""

    given: Mapping[str, pd.DataFrame]
    result: Mapping[str, pd.DataFrame]

    def setting(self, name: str) -> float:
        """A number of the settings."""
        return float(self.given["settings"][name].iloc[0])

    def setting_text(self, name: str) -> str:
        """A text of the settings."""
        return str(self.given["settings"][name].iloc[0])

    @property
    def months(self) -> float:
        """Length of a period [months]."""
        return self.setting("period_months")

    @property
    def hours(self) -> float:
        """Length of a period [h]."""
        return self.months * HOURS_PER_MONTH

    @property
    def seconds(self) -> float:
        """Length of a period [s]."""
        return self.hours * SECONDS_PER_HOUR

    @property
    def fractional(self) -> bool:
        """Whether replicas may be fractions."""
        return self.setting_text("replicas") == "fractional"

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Periods in order."""
        return tuple(self.given["periods"].sort_values("index")["node"])

    @cached_property
    def number(self) -> dict[str, int]:
        """Place of each period, from 0."""
        return {node: at for at, node in enumerate(self.nodes)}

    def years(self, at: int) -> float:
        """Years from the start to period ``at``."""
        return at * self.months / MONTHS_PER_YEAR

    def discount(self, at: int) -> float:
        """Worth at the start of one unit paid in period ``at``: (1 + rate) ** -years; ``at = N`` is the end."""
        return float((1.0 + self.setting("discount_rate_per_year")) ** -self.years(at))

    def span(self, first: str | None, last: str | None) -> list[str]:
        """Periods from ``first`` to ``last``, both inclusive, None for open; labels sort as the months they name."""
        return [
            node for node in self.nodes if (first is None or node >= first) and (last is None or node <= last)
        ]

    def in_service_until(self, retires: str | None) -> int:
        """Number of periods, from the first, before a batch of the opening fleet retires."""
        return sum(1 for node in self.nodes if retires is None or node < retires)

    @cached_property
    def offers(self) -> pd.DataFrame:
        """Offers with vendor, origin, cards_per_server, lead_periods, life_periods.

        Formulas: lead = ceil(lead_time_months / months), life = max(1, floor(life_months / months)).
        """
        cards = self.given["cards"][["accelerator", "vendor", "origin", "cards_per_server"]]
        table = self.given["offers"].merge(cards, on="accelerator", how="inner", suffixes=("", "_of_card"))
        table["cards_per_server"] = table["cards_per_server"].fillna(table["cards_per_server_of_card"])
        table["lead_periods"] = [
            math.ceil(months / self.months - 1e-9) for months in table["lead_time_months"]
        ]
        table["life_periods"] = [
            max(1, math.floor(months / self.months + 1e-9)) for months in table["life_months"]
        ]
        return table

    @cached_property
    def _offer_rows(self) -> dict[str, dict[str, Any]]:
        return {
            row["offer"]: {str(name): row[name] for name in row} for row in self.offers.to_dict("records")
        }

    def offer(self, name: str) -> dict[str, Any]:
        """One row of `offers`."""
        return self._offer_rows[name]

    @cached_property
    def demand(self) -> pd.DataFrame:
        """workload, node, mean_to_peak: mean over peak load of all its buckets and regions."""
        sums = (
            self.given["requests"]
            .groupby(["workload", "node"], as_index=False)[["requests_per_s", "mean_requests_per_s"]]
            .sum()
        )
        ratio = sums["mean_requests_per_s"] / sums["requests_per_s"].where(sums["requests_per_s"] > 0)
        return sums[["workload", "node"]].assign(mean_to_peak=ratio.fillna(0.0))

    @cached_property
    def tokens(self) -> pd.DataFrame:
        """workload, bucket, tokens_per_request: mean input, cached included, and mean output."""
        buckets = self.given["buckets"]
        tokens = buckets["mean_in"] + buckets["mean_out"]
        return buckets[["workload", "bucket"]].assign(tokens_per_request=tokens)

    @cached_property
    def work(self) -> pd.DataFrame:
        """Load rows with vendor, origin, cards_per_replica, rate, tokens_per_request and mean_to_peak.

        Rows whose layout, rate, workload or period is not known are left out; `keys` finds those.
        """
        layouts = self.given["layouts"][["layout", "accelerator", "cards_per_replica"]]
        cards = self.given["cards"][["accelerator", "vendor", "origin"]]
        rates = self.given["rates"].rename(columns={"requests_per_s": "rate"})
        table = (
            self.result["load"]
            .drop(columns="accelerator")
            .pipe(matched, layouts, on="layout")
            .pipe(matched, cards, on="accelerator")
        )
        table = table.pipe(matched, rates, on=["workload", "bucket", "band_ms", "layout"])
        table = table.pipe(matched, self.tokens, on=["workload", "bucket"]).pipe(
            matched, self.demand, on=["workload", "node"]
        )
        table = table[table["rate"] > 0]
        return table.assign(replicas_needed=table["requests_per_s"] / table["rate"])
