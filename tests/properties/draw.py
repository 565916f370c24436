"""Random tiny instances: the same seed gives the same tables."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

from tests.properties.tiny import HOURS_PER_DAY, WEEK, Row, Tables, instance, period_labels


@dataclass(frozen=True, eq=False)
class World:
    """What instances that are planned side by side have in common."""

    periods: int
    settings: Row
    slices: tuple[Row, ...] = ({"slice": WEEK, "hours": HOURS_PER_DAY},)

    @property
    def labels(self) -> list[str]:
        """Labels of the periods."""
        return period_labels(self.periods, self.settings["period_months"])


def _world(
    periods: int, months: int, rate: float, headroom: float, idle: float, replicas: str = "whole"
) -> World:
    settings = {"periods": periods, "period_months": months, "discount_rate_per_year": rate}
    settings |= {"headroom_share": headroom, "idle_power_share": idle, "replicas": replicas}
    return World(periods, settings)


WORLDS = (
    _world(1, 1, 0.0, 0.0, 0.0),
    _world(2, 12, 0.25, 0.2, 0.5),
    _world(3, 3, 0.25, 0.5, 1.0, "fractional"),
    _world(3, 12, 0.0, 0.0, 0.5),
)


def _sliced(world: World, day_hours: int, switch_minutes: float) -> World:
    """A world with day and night; hours whose share of a day is a short decimal."""
    slices = ({"slice": "day", "hours": day_hours}, {"slice": "night", "hours": HOURS_PER_DAY - day_hours})
    return World(world.periods, world.settings | {"switch_minutes": switch_minutes}, slices)


SLICED_WORLDS = (
    _sliced(WORLDS[0], 18, 0.0),
    _sliced(WORLDS[1], 12, 180.0),
    _sliced(_world(1, 3, 0.0, 0.2, 0.5), 18, 90.0),
    _sliced(_world(1, 1, 0.0, 0.0, 0.25, "fractional"), 12, 0.0),
)


def random_tables(seed: int, world: World, prefix: str = "", *, alone: bool = True) -> Tables:
    """A random tiny instance; the same seed gives the same tables.

    Parameters
    ----------
    prefix : of every id, so that instances can share a program
    alone : with rules that count over a whole case (shares, budgets, blank selectors)
    """
    return _Draw(random.Random(seed), world, prefix, alone).tables()


class _Draw:
    """Draws one instance, feature by feature."""

    def __init__(self, rng: random.Random, world: World, prefix: str, alone: bool) -> None:
        self.rng, self.world, self.prefix, self.alone = rng, world, prefix, alone
        self.periods, self.labels = world.periods, world.labels
        self.months = world.settings["period_months"]
        self.sites = [f"{prefix}s{i}" for i in range(rng.choice([1, 1, 2]))]
        self.regions = [f"{prefix}r{i}" for i in range(rng.choice([1, 1, 2]))]
        self.workloads = [f"{prefix}w{i}" for i in range(rng.choice([1, 1, 2]))]
        self.cards = [f"{prefix}a{i}" for i in range(rng.choice([1, 2, 2, 3]))]
        self.vendors = [f"{prefix}v1", f"{prefix}v2"]
        self.usd = f"{prefix}USD"
        self.slices = [row["slice"] for row in world.slices]

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def tables(self) -> Tables:
        """Everything, with each rule present in about a quarter of the instances."""
        pick = self.rng.choice
        layouts = self._layouts()
        return instance(
            settings=self.world.settings,
            slices=self.world.slices,
            sites=[self._site(s) for s in self.sites],
            routes=self._routes(),
            workloads=[
                {
                    "workload": w,
                    "unmet_penalty_per_mtok": pick([1, 5, 20, 40]) / self.months,
                    **self._waiting(i),
                }
                for i, w in enumerate(self.workloads)
            ],
            requests=self._requests(),
            layouts=layouts,
            rates=self._rates(layouts),
            cards=[self._card(i, a) for i, a in enumerate(self.cards)],
            offers=self._offers(),
            **self._rules(),
        )

    def _waiting(self, number: int) -> Row:
        """Of a case with slices the first workload may wait, mostly for as long as it takes."""
        if len(self.slices) == 1 or number > 0:
            return {}
        return {"deferrable": True, "deadline_hours": self.rng.choice([24, 24, 24, 12])}

    def _site(self, site: str) -> Row:
        pick = self.rng.choice
        row: Row = {"site": site, "pue": pick([1.0, 1.25]), "tariff_per_kwh": pick([0.0, 1.0, 2.0])}
        row |= {"hosting_per_kw_month": pick([0, 500]), "rack_kw": pick([2.0, 4.0])}
        row |= {"spare_servers": pick([0, 0, 0, 1]), "spare_share": pick([0.0, 0.0, 0.0, 0.25, 0.5])}
        if self.maybe(0.2):
            row["power_kw"] = pick([2.0, 5.0, 10.0])
        if self.maybe(0.2):
            row["racks"] = pick([1, 2, 3])
        return row

    def _routes(self) -> list[Row]:
        pairs = [(r, s) for r in self.regions for s in self.sites if self.maybe(0.8)]
        pairs = pairs or [(self.regions[0], self.sites[0])]
        return [{"region": r, "site": s, "band_ms": self.rng.choice([0.0, 50.0])} for r, s in pairs]

    def _requests(self) -> list[Row]:
        rows = []
        buckets = {w: self.rng.choice([["all"], ["all"], ["short", "long"]]) for w in self.workloads}
        for w in self.workloads:
            for b in buckets[w]:
                for r in self.regions:
                    for n, h in itertools.product(range(self.periods), self.slices):
                        asked = self.rng.choice([0, 1, 2, 3, 4, 5, 6, 8])
                        if asked:
                            rows.append({"workload": w, "bucket": b, "region": r, "node": n, "slice": h,
                                         "requests_per_s": asked, "mean": self.rng.choice([0.5, 1.0])})  # fmt: skip
        first = {
            "workload": self.workloads[0],
            "bucket": "all",
            "region": self.regions[0],
            "requests_per_s": 3,
        }
        return rows or [first]

    def _layouts(self) -> list[Row]:
        return [
            {"layout": f"{a}/x{size}", "accelerator": a, "cards_per_replica": size}
            for a in self.cards
            for size in self.rng.choice([[1], [2], [1, 2], [1, 4]])
        ]

    def _rates(self, layouts: list[Row]) -> list[Row]:
        rows = []
        for w in self.workloads:
            for b in ("all", "short", "long"):
                for layout in layouts:
                    rate = self.rng.choice([0, 1, 2, 4, 5])
                    rate *= layout["cards_per_replica"]
                    far = self.rng.choice([0, 0.5, 1]) * rate
                    for band_ms, value in ((0.0, rate), (50.0, far)):
                        if value:
                            rows.append({"workload": w, "bucket": b, "band_ms": band_ms, "layout": layout["layout"],
                                         "requests_per_s": value})  # fmt: skip
        first = {"workload": self.workloads[0], "layout": layouts[0]["layout"], "requests_per_s": 2}
        return rows or [first]

    def _card(self, i: int, a: str) -> Row:
        pick = self.rng.choice
        return {
            "accelerator": a,
            "vendor": pick(self.vendors),
            "origin": ["domestic", "imported", "domestic"][i] if self.maybe(0.8) else "imported",
            "power_kw": pick([0.5, 1.0, 2.0]),
            "bf16_tflops": pick([0.0, 1.0, 2.0, 4.0]),
            "cards_per_server": pick([1, 2, 4]),
        }

    def _offers(self) -> list[Row]:
        pick = self.rng.choice
        rows = []
        for a in self.cards:
            for o in range(pick([1, 1, 1, 2])):
                row: Row = {
                    "offer": f"{a}-o{o}",
                    "accelerator": a,
                    "price_per_card": pick([10_000, 15_000, 20_000, 40_000]),
                }
                row["lead_time_months"] = pick([0, 0, 1, 1.5]) * self.months
                row["life_months"] = pick([0.5, 1, 2, 5, 5]) * self.months
                row["min_order_servers"] = pick([1, 1, 1, 2])
                if self.maybe(0.4):
                    row |= {
                        "duty_share": 0.1,
                        "freight_share": 0.05,
                        "vat_share": 0.13,
                        "vat_recoverable": self.maybe(0.5),
                    }
                if self.maybe(0.4):
                    row["maintenance_share_per_year"] = 0.12
                row["residual_share"] = pick([0.0, 0.5])
                if self.maybe(0.2):
                    row["price_change_per_year"] = pick([-0.2, 0.25])
                if self.maybe(0.2):
                    row |= {"currency": self.usd, "price_per_card": row["price_per_card"] / 8}
                if self.maybe(0.2):
                    row["cards_per_server"] = pick([1, 2])
                rows.append(row)
        return rows

    def _selector(self) -> Row:
        pick = self.rng.choice
        some = {"offer": f"{pick(self.cards)}-o0", "accelerator": pick(self.cards), "vendor": pick(self.vendors),
                "origin": pick(["domestic", "imported"])}  # fmt: skip
        chosen = [["offer"], ["accelerator"], ["vendor"], ["vendor", "origin"], ["accelerator", "origin"]]
        chosen += [[], ["origin"]] * 2 if self.alone else []
        return {name: some[name] for name in pick(chosen)}

    def _span(self) -> Row:
        first, last = sorted(self.rng.choices(range(self.periods), k=2))
        row: Row = {}
        if self.maybe(0.6):
            row["from_period"] = self.labels[first]
        if self.maybe(0.6):
            row["to_period"] = self.labels[last]
        return row

    def _rules(self) -> dict[str, list[Row]]:
        pick, maybe = self.rng.choice, self.maybe
        rules: dict[str, list[Row]] = {"fx": [{"currency": self.usd, "period": "*", "rate": 8}]}
        if maybe(0.3):
            rules["fx"].append({"currency": self.usd, "period": self.labels[-1], "rate": 4})
        if maybe(0.2):
            offer = f"{self.cards[0]}-o0"
            rules["prices"] = [{"offer": offer, "period": self.labels[-1], "price_per_card": 5_000}]
        if maybe(0.4):
            rules["fleet"] = [self._batch(i) for i in range(pick([1, 2]))]
        if maybe(0.3):
            parts = ("*", *self.slices) if len(self.slices) > 1 else ("*",)
            pairs = list(itertools.product(("*", self.labels[-1]), ("*", "domestic", "imported"), parts))
            rules["tariffs"] = [
                {
                    "site": pick(self.sites),
                    "period": period,
                    "origin": origin,
                    "slice": part,
                    "tariff_per_kwh": pick([0.5, 3.0]),
                }
                for period, origin, part in self.rng.sample(pairs, 2)
            ]
        if maybe(0.3):
            rules["supply"] = [
                {
                    "limit": f"{self.prefix}q{i}",
                    **self._selector(),
                    **self._span(),
                    "max_cards": pick([0, 1, 2, 4, 6]),
                }
                for i in range(pick([1, 2]))
            ]
        if maybe(0.25):
            names = [f"{self.prefix}p{i}" for i in range(pick([1, 2]))]
            rules["permits"] = [{"permit": name, **self._selector(), **self._span()} for name in names]
        if maybe(0.25):
            workload, region = pick(self.workloads), pick(self.regions)
            if self.alone:
                workload, region = pick(["*", workload]), pick(["*", region])
            rules["residency"] = [{"workload": workload, "region": region, "site": pick(self.sites)}]
        if maybe(0.3):
            rules["selections"] = [self._selection()]
        return rules | (self._rules_of_a_case() if self.alone else {})

    def _batch(self, i: int) -> Row:
        pick = self.rng.choice
        row = {"batch": f"{self.prefix}f{i}", "accelerator": pick(self.cards), "site": pick(self.sites)}
        row |= {"cards": pick([1, 2, 4]), "retires": pick([None, None, *self.labels])}
        return row | {"maintenance_per_card_month": pick([0, 100])}

    def _rules_of_a_case(self) -> dict[str, list[Row]]:
        """One or two of those that count over everything."""
        pick = self.rng.choice
        rules: dict[str, list[Row]] = {"budgets": []}
        measure = pick(["cards", "compute", "spend", "tokens"])
        for kind in self.rng.sample(["capex", "opex", "domestic", "vendor"], 2):
            if kind == "capex":
                amount = pick([20_000, 45_000, 90_000])
                rules["budgets"].append({"budget": kind, "kind": kind, **self._span(), "amount": amount})
            elif kind == "opex":
                node = pick(self.labels)  # one node: the oracle takes nodes one by one
                idle = (
                    self.world.settings["idle_power_share"] == 1.0
                )  # unless energy does not follow the load
                span = self._span() if idle else {"from_period": node, "to_period": node}
                amount = pick([2_000, 6_000, 20_000]) * self.months
                rules["budgets"].append({"budget": kind, "kind": kind, **span, "amount": amount})
            elif kind == "domestic":
                least = {"min_share": pick([0.25, 0.5, 0.75]), "measure": measure, **self._span()}
                rules["domestic_share"] = [{"policy": "least", **least}]
            else:
                most = {"max_share": pick([0.5, 0.75]), "measure": measure, **self._span()}
                rules["vendor_share"] = [{"policy": "most", "vendor": pick(["*", *self.vendors]), **most}]
        return rules

    def _selection(self) -> Row:
        pick = self.rng.choice
        row: Row = {"selection": f"{self.prefix}x", "rule": pick(["exclude", "exclude", "include"])}
        row |= self._selector()
        if self.maybe(0.4):
            row["site"] = pick(self.sites)
        if row["rule"] == "include":
            row["min_cards"] = pick([1, 2, 3])
        elif self.maybe(0.5):
            row["workload"] = pick(self.workloads)
            row.pop("offer", None)
        return row
