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
        return float(self._settings[name])

    def setting_text(self, name: str) -> str:
        """A text of the settings."""
        return str(self._settings[name])

    @cached_property
    def _settings(self) -> dict[str, Any]:
        """The one row of the settings: asked for thousands of times."""
        return {str(name): cells.iloc[0] for name, cells in self.given["settings"].items()}

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
        """Nodes in order: periods, or periods in branches where there are scenarios."""
        return tuple(self.given["periods"]["node"])

    def _by_node(self, column: str) -> dict[str, Any]:
        periods = self.given["periods"]
        return dict(zip(periods["node"], periods[column], strict=True))

    @cached_property
    def number(self) -> dict[str, int]:
        """Number of each node's period, from 0."""
        return {node: int(at) for node, at in self._by_node("index").items()}

    @cached_property
    def period(self) -> dict[str, str]:
        """Period of each node."""
        return self._by_node("period")

    @cached_property
    def probability(self) -> dict[str, float]:
        """How likely each node is."""
        return self._by_node("probability")

    @cached_property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Ways through the nodes from the start to each end; one without scenarios."""
        parent = self._by_node("parent")
        ends = [node for node in self.nodes if node not in set(parent.values())]
        found = []
        for end in ends:
            path = [end]
            while parent[path[-1]] is not None:
                path.append(parent[path[-1]])
            found.append(tuple(reversed(path)))
        return tuple(found)

    def years(self, at: int) -> float:
        """Years from the start to period ``at``."""
        return at * self.months / MONTHS_PER_YEAR

    def discount(self, at: int) -> float:
        """Worth at the start of one unit paid in period ``at``: (1 + rate) ** -years; ``at = N`` is the end."""
        return float((1.0 + self.setting("discount_rate_per_year")) ** -self.years(at))

    @cached_property
    def changed(self) -> dict[str, dict[tuple[str, str], float]]:
        """What scenarios change, by table and then by offer or limit and node."""
        amounts = {"price_factors": "factor", "supply_factors": "factor", "delays": "months"}
        return {
            name: {(row[0], row[1]): float(row[2]) for row in self.given[name].itertuples(index=False)}
            for name in amounts
        }

    @cached_property
    def horizon(self) -> int:
        """Number of periods."""
        return 1 + max(self.number.values())

    def span(self, first: str | None, last: str | None) -> list[str]:
        """Nodes from period ``first`` to ``last``, both inclusive, None for open; labels sort as their months."""
        return [
            node
            for node in self.nodes
            if (first is None or self.period[node] >= first) and (last is None or self.period[node] <= last)
        ]

    def path_spans(self, first: str | None, last: str | None) -> list[tuple[list[str], list[str]]]:
        """Label and nodes of a span on every path, paths that agree there once; no label for a single path."""
        inside = set(self.span(first, last))
        if len(self.paths) == 1:
            return [([], [node for node in self.paths[0] if node in inside])]
        found = dict.fromkeys(tuple(node for node in path if node in inside) for path in self.paths)
        return [([nodes[-1]] if nodes else [""], list(nodes)) for nodes in found]

    @cached_property
    def slices(self) -> dict[str, dict[str, Any]]:
        """Rows of the slices by name, with ``hours``, the hours of a period they make up."""
        table = self.given["slices"].sort_values("index")
        rows = table.assign(hours=table["share"] * self.hours).to_dict("records")
        return {row["slice"]: {str(name): row[name] for name in row} for row in rows}

    def of_slice(self, names: pd.Series[str], column: str) -> pd.Series[float]:
        """A number of the slice of each name, NaN for an unknown one."""
        return names.map({name: row[column] for name, row in self.slices.items()}).astype(float)

    @cached_property
    def waiting(self) -> dict[str, float]:
        """Deadline of each workload that may wait, where there are several slices [h]."""
        work = self.given["workloads"]
        names = ["workload", "deferrable", "deadline_hours"]
        several = len(self.slices) > 1
        return {
            name: hours for name, waits, hours in work[names].itertuples(index=False) if waits and several
        }

    def in_time(self, workload: str, arrival: str, served: str) -> bool:
        """Whether work that arrives in one slice may be served in another: always in the same one; else when all the
        hours from the start of the first to the end of the second, forward through their day, fit into its deadline.
        """
        if arrival == served:
            return True
        if self.slices[arrival]["days"] != self.slices[served]["days"]:
            return False
        hours, at = self.slices[served]["day_hours"], served
        while at != arrival:
            at = self.slices[at]["before"]
            hours += self.slices[at]["day_hours"]
        return bool(hours <= self.waiting[workload])

    def in_service_until(self, retires: str | None) -> int:
        """Number of periods, from the first, before a batch of the opening fleet retires."""
        periods = {self.number[node]: self.period[node] for node in self.nodes}
        return sum(1 for period in periods.values() if retires is None or period < retires)

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
        """workload, node, slice, mean_to_peak: mean over peak load of all its buckets and regions.

        Work that may wait has one ratio for all slices, each weighted by its length.
        """
        names = ["requests_per_s", "mean_requests_per_s"]
        rows = self.given["requests"].copy()
        waits = rows["workload"].isin(set(self.waiting))
        weight = self.of_slice(rows["slice"], "share")
        rows[names] = rows[names].mul(weight.where(waits, 1.0), axis=0)
        sums = rows[~waits].groupby(["workload", "node", "slice"], as_index=False)[names].sum()
        whole = rows[waits].groupby(["workload", "node"], as_index=False)[names].sum()
        everywhere = whole.merge(self.given["slices"][["slice"]], how="cross")
        sums = pd.concat([sums, everywhere], ignore_index=True)
        ratio = sums["mean_requests_per_s"] / sums["requests_per_s"].where(sums["requests_per_s"] > 0)
        return sums[["workload", "node", "slice"]].assign(mean_to_peak=ratio.fillna(0.0))

    @cached_property
    def layout_facts(self) -> dict[str, dict[str, Any]]:
        """Llm, card, maker and origin of every layout."""
        cards = self.given["cards"][["accelerator", "vendor", "origin"]]
        joined = self.given["layouts"][["layout", "llm", "accelerator"]].merge(cards, on="accelerator")
        return {row["layout"]: {str(name): row[name] for name in row} for row in joined.to_dict("records")}

    @staticmethod
    def port_holds(rule: Mapping[Any, Any], layout: Mapping[str, Any]) -> bool:
        """Whether a rule on cards and an llm (blank or ``*``: any) means a layout."""
        if rule["llm"] not in (None, "*", layout["llm"]):
            return False
        return all(rule[name] in (None, layout[name]) for name in ("accelerator", "vendor", "origin"))

    def maturity(self, layout: str, node: str) -> float:
        """What the rates of a layout are times in a node: the product of the rows of ``maturity`` that hold there."""
        factor = 1.0
        for row in self._maturity:
            if (
                layout in self.layout_facts
                and self.port_holds(row, self.layout_facts[layout])
                and node in row["nodes"]
            ):
                factor *= row["factor"]
        return factor

    @cached_property
    def _maturity(self) -> list[dict[str, Any]]:
        rows = self.given["maturity"].to_dict("records")
        spans = [set(self.span(row["from_period"], row["to_period"])) for row in rows]
        return [
            {**{str(name): row[name] for name in row}, "nodes": nodes}
            for row, nodes in zip(rows, spans, strict=True)
        ]

    @cached_property
    def saved(self) -> dict[tuple[str, str], float]:
        """Share of a workload's work that measures save in a node.

        A measure saves saves_share * share of what the workload's measures before it would leave at their most.
        """
        left: dict[str, float] = {}
        saves = {}
        names = ["measure", "workload", "saves_share", "max_share"]
        for measure, workload, part, most in self.given["measures"][names].itertuples(index=False):
            saves[measure] = part * left.get(workload, 1.0)
            left[workload] = left.get(workload, 1.0) * (1.0 - part * most)
        sums: dict[tuple[str, str], float] = {}
        used = self.result["measures"][["measure", "workload", "node", "share"]]
        for measure, workload, node, share in used.itertuples(index=False):
            sums[workload, node] = sums.get((workload, node), 0.0) + saves.get(measure, 0.0) * share
        return sums

    @cached_property
    def tokens(self) -> pd.DataFrame:
        """workload, bucket, tokens_per_request (mean input, cached included, and mean output), prompt_tokens (the
        input alone)."""
        buckets = self.given["buckets"]
        tokens = buckets["mean_in"] + buckets["mean_out"]
        return buckets[["workload", "bucket"]].assign(
            tokens_per_request=tokens, prompt_tokens=buckets["mean_in"]
        )

    @cached_property
    def work(self) -> pd.DataFrame:
        """Load rows with vendor, origin, cards_per_replica, role, rate, tokens_per_request, mean_to_peak and
        own_tokens: those of a request that its layout's role reads or writes.

        Rows whose layout, rate, workload or period is not known are left out; `keys` finds those.
        """
        layouts = self.given["layouts"][["layout", "accelerator", "cards_per_replica", "role"]]
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
            matched, self.demand, on=["workload", "node", "slice"]
        )
        table = table[table["rate"] > 0]
        if self._maturity:
            places = zip(table["layout"], table["node"], strict=True)
            table["rate"] *= [self.maturity(layout, node) for layout, node in places]
        parts = {
            "prefill": table["prompt_tokens"],
            "decode": table["tokens_per_request"] - table["prompt_tokens"],
        }
        own = table["tokens_per_request"]
        for role, tokens in parts.items():
            own = own.where(table["role"] != role, tokens)
        return table.assign(replicas_needed=table["requests_per_s"] / table["rate"], own_tokens=own)
