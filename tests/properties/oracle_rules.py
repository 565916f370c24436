"""Rules on orders and on cards in service, as the oracle counts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from tests.properties.oracle_facts import Cards, Facts, Row, Unit, blank, exact


class Rules(Facts):
    """Which sets of orders may stand."""

    def within_limits(self, units: list[Unit], installed: Cards) -> bool:
        """Rules that more orders cannot mend."""
        return (
            self.within_quotas(units)
            and all(self.may_order(unit) for unit in units)
            and self.within_budgets(units, installed)
            and all(self.fits(name, site, installed) for name, site in self.sites.items())
        )

    def within_quotas(self, units: list[Unit]) -> bool:
        for limit in self.rows["supply"]:
            span = self.span(limit)
            hit = (u for u in units if u.node in span and self.selects(limit, u.accelerator, u.offer))
            if sum(u.cards for u in hit) > limit["max_cards"]:
                return False
        return True

    def may_order(self, unit: Unit) -> bool:
        permits = [p for p in self.rows["permits"] if self.selects(p, unit.accelerator, unit.offer)]
        if permits and not any(unit.node in self.span(p) for p in permits):
            return False
        bans = [x for x in self.rows["selections"] if x["rule"] == "exclude" and blank(x["workload"])]
        return not any(self.selected_unit(ban, unit) for ban in bans)

    def within_budgets(self, units: list[Unit], installed: Cards) -> bool:
        for budget in self.rows["budgets"]:
            span = self.span(budget)
            if budget["kind"] == "capex":
                spent = sum((u.landed for u in units if u.node in span), Fraction(0))
            else:
                spent = sum((self.standing_opex(n, units, installed) for n in span), Fraction(0))
            if spent > exact(budget["amount"]):
                return False
        return True

    def fits(self, name: str, site: Row, installed: Cards) -> bool:
        """Power and racks of a site."""
        if blank(site["power_kw"]) and blank(site["racks"]):
            return True
        for n in self.nodes:
            powered = (installed[a, name, n] * exact(card["power_kw"]) for a, card in self.cards.items())
            used = sum(powered, Fraction(0))
            if not blank(site["power_kw"]) and used * exact(site["pue"]) > exact(site["power_kw"]):
                return False
            if not blank(site["racks"]) and used > exact(site["racks"]) * exact(site["rack_kw"]):
                return False
        return True

    def standing_opex(self, n: int, units: list[Unit], installed: Cards) -> Fraction:
        paid = self.upkeep(n) + sum((u.opex.get(n, Fraction(0)) for u in units), Fraction(0))
        return paid + sum((installed[a, s, n] * self.standing(a, s, n) for a, s in self.places), Fraction(0))

    def selected_unit(self, rule: Row, unit: Unit) -> bool:
        return self.selects(rule, unit.accelerator, unit.offer) and (
            blank(rule["site"]) or rule["site"] == unit.site
        )

    def as_asked(self, units: list[Unit], installed: Cards) -> bool:
        """Rules that more orders may mend."""
        for name, offer in self.offers.items():
            for n in self.nodes:
                servers = sum(u.offer == name and u.node == n for u in units)
                if 0 < servers < offer["min_order_servers"]:
                    return False
        wanted = [x for x in self.rows["selections"] if x["rule"] == "include"]
        if any(sum(u.cards for u in units if self.selected_unit(x, u)) < x["min_cards"] for x in wanted):
            return False
        for policy, domestic in [
            *((p, True) for p in self.rows["domestic_share"]), *((p, False) for p in self.rows["vendor_share"])
        ]:  # fmt: skip
            if policy["measure"] == "tokens":
                continue
            for amounts in self.measured(policy, units, installed):
                if not self.share_kept(policy, domestic, amounts):
                    return False
        return True

    def measured(self, policy: Row, units: list[Unit], installed: Cards) -> Iterator[dict[str, Fraction]]:
        """Amount by card, for each node of the span; one for spend."""
        span = self.span(policy)
        if policy["measure"] == "spend":
            yield {
                a: sum((u.landed for u in units if u.accelerator == a and u.node in span), Fraction(0))
                for a in self.cards
            }
            return
        for n in span:
            yield {
                a: sum((Fraction(installed[a, s, n]) for s in self.sites), Fraction(0))
                * (exact(card["bf16_tflops"]) if policy["measure"] == "compute" else 1)
                for a, card in self.cards.items()
            }

    def share_kept(self, policy: Row, domestic: bool, amounts: Mapping[str, Fraction]) -> bool:
        total = sum(amounts.values(), Fraction(0))
        if domestic:
            own = sum((x for a, x in amounts.items() if self.cards[a]["origin"] == "domestic"), Fraction(0))
            return own >= exact(policy["min_share"]) * total
        for vendor in {card["vendor"] for card in self.cards.values()}:
            own = sum((x for a, x in amounts.items() if self.cards[a]["vendor"] == vendor), Fraction(0))
            if policy["vendor"] in ("*", vendor) and own > exact(policy["max_share"]) * total:
                return False
        return True
