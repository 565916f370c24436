"""What a row of each family means to a person: its name in words, its unit, the step one speaks of.

A family that is not declared here is explained by the header of its own file: the first sentence, and whether its price
is of use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from planner.optimization.families import FAMILIES
from planner.optimization.scale import MONEY
from planner.units import KILO

Kind = Literal["limit", "share", "demand", "cards", "inner"]
LARGE = 1000.0  # from here on kW are said as MW; a habit of the field


@dataclass(frozen=True)
class Meaning:
    """How a family is spoken of.

    Attributes
    ----------
    title : name of a row in words; fields in braces are its key columns
    unit : of the right side, one of it
    units : more of it
    kind : ``limit`` somebody set or nature sets; ``share`` is a limit said in percentage points; ``demand``; ``cards``
        handed over; ``inner`` book-keeping, never shown
    per_unit : units a person speaks of in one unit of the row
    table, column : for shares: the rules table and its column with the share
    """

    title: str
    unit: str
    units: str
    kind: Kind = "limit"
    per_unit: float = 1.0
    table: str = ""
    column: str = ""

    def name(self, keys: Mapping[str, Any]) -> str:
        """The title with the keys of a row; keys the title does not speak of come behind it."""
        said = set(re.findall(r"{(\w+)}", self.title))
        rest = [str(value) for key, value in keys.items() if key not in said]
        text = self.title.format_map(
            {key: str(value) for key, value in keys.items()} | {key: "?" for key in said - set(keys)}
        )
        return f"{text} ({', '.join(rest)})" if rest else text


MEANINGS: dict[str, Meaning] = {
    "supply_limit": Meaning("quota {limit}", "card", "cards"),
    "supply_window": Meaning("{offer} outside its permits", "server", "servers"),
    "power_limit": Meaning("power at {site}", "kW", "kW"),
    "rack_limit": Meaning("racks at {site}", "rack", "racks"),
    "budget_limit": Meaning("budget {budget}", "thousand", "thousand", per_unit=MONEY / KILO),
    "domestic_share": Meaning(
        "domestic share, {policy}",
        "point",
        "points",
        kind="share",
        table="domestic_share",
        column="min_share",
    ),
    "vendor_share": Meaning(
        "share of {vendor}, {policy}",
        "point",
        "points",
        kind="share",
        table="vendor_share",
        column="max_share",
    ),
    "residency": Meaning("{workload} of {region} not at {site}", "request/s", "requests/s"),
    "include_exclude": Meaning("rule {selection}", "card", "cards"),
    "demand_cover": Meaning("demand of {workload} in {region}", "request/s", "requests/s", kind="demand"),
    "batch_cover": Meaning(
        "deferrable demand of {workload} in {region}", "request/s", "requests/s", kind="demand"
    ),
    "kv_transfer": Meaning("interconnect at {site}", "GB/s", "GB/s"),
    "porting_team": Meaning("porting team", "person-month", "person-months"),
    "installed_cards": Meaning("{accelerator} at {site}", "card", "cards", kind="cards"),
    "site_balance": Meaning("work sent to {site}", "request/s", "requests/s", kind="inner"),
    "serving_capacity": Meaning("replicas of {layout} at {site}", "replica", "replicas", kind="inner"),
    "card_use": Meaning("{accelerator} at {site}", "card", "cards", kind="inner"),
    "pool_in_use": Meaning("{accelerator} at {site}", "card", "cards", kind="inner"),
    "pool_balance": Meaning("prefill and decode at {site}", "request/s", "requests/s", kind="inner"),
    "switching": Meaning("starting replicas of {layout}", "replica", "replicas", kind="inner"),
    "platform_adoption": Meaning("work before a port is done", "request/s", "requests/s", kind="inner"),
    "fleet_minimum": Meaning("least fleet, {rule}", "card", "cards", kind="inner"),
    "measure_ramp": Meaning("ramp of measure {measure}", "workload", "workloads", kind="inner"),
    "measure_once": Meaning("measure {measure} begun", "time", "times", kind="inner"),
    "path_risk": Meaning("cost of path {path}", "thousand", "thousand", kind="inner"),
    "order_size": Meaning("smallest order of {offer}", "server", "servers", kind="inner"),
}
SERVING_RULE = Meaning("rule {selection}", "request/s", "requests/s")  # a selection that names a workload
NO_USE = re.compile(r"Price of a row:\s+(none|no use)", re.IGNORECASE)


def meaning(family: str) -> Meaning:
    """The declared meaning, or the one that the family's own header gives."""
    if family in MEANINGS:
        return MEANINGS[family]
    add_family = FAMILIES.get(family)
    text = (add_family.__doc__ or "") if add_family is not None else ""
    sentence = text.strip().split("\n")[0].rstrip(".") or family.replace("_", " ")
    quiet = bool(NO_USE.search(text)) or not text
    return Meaning(
        sentence.replace("{", "(").replace("}", ")"), "unit", "units", kind="inner" if quiet else "limit"
    )
