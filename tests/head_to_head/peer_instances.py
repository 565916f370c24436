"""The peers' instances as they published them or as we measured them, with every cost we know for each.

Numbers and their provenance are in ``data``.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from case_writer import Bucket, Instance, Rate, Work

DATA = Path(__file__).parent / "data"
Record = dict[str, str]
INFERNO_S = 0.028  # sizing of its 53 candidates; the greedy itself takes 0.03 ms
LLAMA = "llm"  # name of the only workload of the instances that have one


@dataclass(frozen=True)
class Match:
    """One instance with the costs to meet, per hour, in the peer's own currency.

    group : B1 to B5, B10, B11
    peer : the peer and its setting; peer_cost : its answer, None where it cannot express or did not solve the case
    exact_cost : the optimum with fractional routing, proven by other programs
    peer_s : the peer's seconds for it, of CPU where they are known, of wall for AIBrix and inferno; None: unknown
    """

    group: str
    instance: Instance
    peer: str
    peer_cost: float | None
    exact_cost: float
    peer_s: float | None = None


def melange_toy() -> list[Match]:
    """B1: Mélange's own example at six rates; its default slice factor 1 is the published answer."""
    cells = _read("melange/toy_input.csv")
    results = [row for row in _read("melange/toy_results.csv") if row["slice_factor"] == "1"]
    prices = {_card(row["gpu"]): float(row["usd_per_hour"]) for row in cells}
    sizes = {("0", "0"): (100, 100), ("0", "1"): (100, 200), ("1", "0"): (200, 100), ("1", "1"): (200, 200)}
    buckets = {}  # Mélange gives no lengths here, so the edges are only names
    for row in cells:
        in_hi, out_hi = sizes[row["input_bucket"], row["output_bucket"]]
        share = float(row["demand_share"])
        buckets[row["input_bucket"], row["output_bucket"]] = Bucket(
            in_hi - 100, in_hi, out_hi - 100, out_hi, share, in_hi - 50, out_hi - 50
        )
    rates = tuple(
        Rate(LLAMA, buckets[row["input_bucket"], row["output_bucket"]].bucket, _card(row["gpu"]),
             float(row["max_req_per_s"]))
        for row in cells
    )  # fmt: skip
    return [
        Match(
            "B1",
            Instance(
                f"B1-{row['rate_rps']}",
                prices,
                (Work(LLAMA, float(row["rate_rps"]), tuple(buckets.values())),),
                rates,
            ),
            "Mélange, slice 1",
            float(row["cost_usd_h"]),
            float(row["exact_cost_usd_h"]),
            float(row["cpu_s"]),
        )
        for row in results
    ]


def melange_grid60() -> list[Match]:
    """B2: 60 size buckets, five GPUs."""
    return list(_grid("B2", "grid60_results.csv", ("l40s", "a100_sxm", "h100_sxm", "h200_sxm", "b200_sxm")))


def melange_grid60_no_b200() -> list[Match]:
    """B3: the same without B200, where CBC suffers."""
    return list(_grid("B3", "grid60_no_b200_results.csv", ("l40s", "a100_sxm", "h100_sxm", "h200_sxm")))


def _grid(group: str, results: str, gpus: tuple[str, ...]) -> Iterator[Match]:
    build = _grid_builder()
    for row in _read(f"melange/{results}"):
        if row["slice_factor"] == "8":
            name = f"{group}-{row['slo']}-{row['distribution']}-{row['rate_rps']}"
            peer_cost = float(row["cost_usd_h"]) if row["status"] == "optimal" else None
            instance = build(name, row, gpus, {})
            exact = float(row["exact_cost_usd_h"])
            seconds = float(row["solve_cpu_s"]) if row["solve_cpu_s"] else None
            yield Match(group, instance, "Mélange, slice 8", peer_cost, exact, seconds)


def melange_supply_caps() -> list[Match]:
    """B4: 60 size buckets with caps on the number of cards, which no peer can express."""
    build = _grid_builder()
    gpus = ("l40s", "a100_sxm", "h100_sxm", "h200_sxm", "b200_sxm")
    matches = []
    for row in _read("melange/grid60_supply_cap_reference.csv"):
        caps = {gpu: int(float(row[f"cap_{gpu}"])) for gpu in gpus if row[f"cap_{gpu}"]}
        name = f"B4-{row['slo']}-{row['distribution']}-{row['rate_rps']}-{row['cap_set'].replace('<=', '-')}"
        instance = build(name, row, gpus, caps)
        matches.append(Match("B4", instance, "none can", None, float(row["exact_cost_usd_h"])))
    return matches


def _grid_builder() -> Callable[[str, Record, tuple[str, ...], Mapping[str, int]], Instance]:
    """Reads the tables once; the function it returns makes one instance of a row of results."""
    prices = {row["gpu"]: float(row["usd_per_gpu_hour"]) for row in _read("melange/grid60_prices.csv")}
    throughput, demand = _read("melange/grid60_throughput.csv"), _read("melange/grid60_demand.csv")
    middle = {_edges(row): (float(row["in_tokens"]), float(row["out_tokens"])) for row in throughput}
    buckets: dict[str, list[Bucket]] = {}
    for row in demand:
        if float(row["share"]) > 0:
            edges = _edges(row)
            buckets.setdefault(row["distribution"], []).append(
                Bucket(*edges, float(row["share"]), *middle[edges])
            )

    def build(name: str, row: Record, gpus: tuple[str, ...], caps: Mapping[str, int]) -> Instance:
        used = {bucket.bucket for bucket in buckets[row["distribution"]]}
        rates = tuple(
            Rate(LLAMA, bucket, cell["gpu"], float(cell["max_req_per_s"]))
            for cell in throughput
            if cell["slo"] == row["slo"]
            and cell["gpu"] in gpus
            and (bucket := f"in{cell['in_hi']}-out{cell['out_hi']}") in used
        )
        work = Work(LLAMA, float(row["rate_rps"]), tuple(buckets[row["distribution"]]))
        return Instance(name, {gpu: prices[gpu] for gpu in gpus}, (work,), rates, caps)

    return build


def aibrix() -> list[Match]:
    """B11: AIBrix's shipped profiles; a tick of request size is a bucket that ends there."""
    profiles = {"v1": ("A100_v1", "A40_v1"), "v2slo5s": ("A100_v2_e2e_p99_5s", "A40_v1")}
    throughput, demand = _read("aibrix/throughput.csv"), _read("aibrix/demand.csv")
    prices = {row["profile"]: float(row["cost_per_hour"]) for row in throughput}
    buckets: dict[str, list[Bucket]] = {}
    for row in demand:
        into, out, share = float(row["input_tokens"]), float(row["output_tokens"]), float(row["share"])
        if share > 0:
            buckets.setdefault(row["distribution"], []).append(
                Bucket(into / 2, into, out / 2, out, share, into, out)
            )
    matches = []
    for row in _read("aibrix/results.csv"):
        if row["slice_factor"] == "1":
            mine = buckets[row["distribution"]]
            used = {bucket.bucket for bucket in mine}
            rates = tuple(
                Rate(LLAMA, bucket, cell["profile"], float(cell["max_req_per_s"]))
                for cell in throughput
                if cell["profile"] in profiles[row["profile_set"]]
                and (bucket := f"in{cell['input_tokens']}-out{cell['output_tokens']}") in used
            )
            instance = Instance(
                f"B11-{row['profile_set']}-{row['distribution']}-{row['rate_rps']}",
                {profile: prices[profile] for profile in profiles[row["profile_set"]]},
                (Work(LLAMA, float(row["rate_rps"]), tuple(mine)),),
                rates,
            )
            matches.append(
                Match(
                    "B11",
                    instance,
                    "AIBrix, slice 1",
                    float(row["cost"]),
                    float(row["exact_cost"]),
                    float(row["solve_s"]),
                )
            )
    return matches


def llmplan() -> Match:
    """B10: from llmplan's acceptance tests: the cheap card serves short requests only."""
    work = tuple(
        Work(workload, 5.0, (Bucket(0, 2 * size, 0, 2 * size, 1.0, size, size),))
        for workload, size in (("short", 100), ("long", 1000))
    )
    rates = (
        Rate("short", "in200-out200", "cheap", 26.667),
        Rate("short", "in200-out200", "dear", 38.095),
        Rate("long", "in2000-out2000", "dear", 5.333),
    )
    instance = Instance("B10", {"cheap": 24.0, "dear": 72.0}, work, rates)
    return Match("B10", instance, "llmplan", 96.0, 96.0)


def inferno(*, limited: bool = True, allowed: Mapping[str, str] | None = None) -> Instance:
    """B5: inferno's sample "small", 15 servers; cents per hour.

    A server of inferno is a workload. An accelerator unit of its list is one card or several of a card type, at a
    price in proportion, so a candidate is a layout of so many cards of that type. Replicas belong to their server
    alone, so a layout carries the server's name.

    Parameters
    ----------
    limited : with the published numbers of cards available
    allowed : the only accelerator unit each server may use; None: any, and any mix
    """
    units = {row["accelerator"]: row for row in _read("inferno/accelerators.csv")}
    prices = {}
    for row in units.values():
        price = float(row["cents_per_hour_per_unit"]) / int(row["cards_per_unit"])
        if prices.setdefault(row["card_type"], price) != price:
            raise ValueError(f"{row['card_type']} has two prices per card")
    work, rates = [], []
    asked = {row["server"]: row for row in _read("inferno/demand_slo.csv")}
    for server, row in asked.items():
        into, out = float(row["avg_in_tokens"]), float(row["avg_out_tokens"])
        bucket = Bucket(0, 2 * into, 0, 2 * out, 1.0, into, out)
        work.append(Work(server, float(row["arrival_req_per_min"]) / 60.0, (bucket,)))
        for candidate in inferno_candidates():
            if candidate["server"] == server and (not allowed or allowed[server] == candidate["accelerator"]):
                unit = units[candidate["accelerator"]]
                cards = candidate_cards(candidate, prices[unit["card_type"]])
                rate = float(candidate["max_rpm_per_replica"]) / 60.0
                layout = f"{server}.{candidate['accelerator']}"
                rates.append(Rate(server, bucket.bucket, unit["card_type"], rate, layout, cards))
    caps = {row["card_type"]: int(row["available_cards"]) for row in _read("inferno/capacity.csv")}
    name = "limited" if limited else "unlimited"
    name = f"B5-{name}-given-units" if allowed else f"B5-{name}"
    return Instance(name, prices, tuple(work), tuple(rates), caps if limited else {})


def candidate_cards(candidate: Record, cents_per_card: float) -> int:
    """Cards of one replica, from the candidate's cost: whole, or the prices do not fit together."""
    cards = float(candidate["cost_cents_h"]) / int(candidate["replicas"]) / cents_per_card
    if abs(cards - round(cards)) > 1e-9:
        raise ValueError(f"{candidate['server']} on {candidate['accelerator']}: {cards} cards per replica")
    return round(cards)


def inferno_candidates() -> list[Record]:
    """Every feasible pair of server and accelerator unit, sized by inferno's own engine."""
    return _read("inferno/candidates.csv")


def inferno_matches() -> list[Match]:
    """B5 with the published numbers of cards and without; inferno's answer is its greedy's."""
    costs = {(row["capacity"], row["method"]): float(row["cents_per_hour"])
             for row in _read("inferno/reference_costs.csv")}  # fmt: skip
    matches = []
    for capacity in ("limited", "unlimited"):
        greedy = next(cost for key, cost in costs.items() if key[0] == capacity and "greedy" in key[1])
        exact = costs[capacity, "exact MILP, mixed types per server"]
        instance = inferno(limited=capacity == "limited")
        matches.append(Match("B5", instance, "inferno, greedy", greedy, exact, INFERNO_S))
    return matches


def inferno_published(capacity: str) -> dict[str, str]:
    """The accelerator unit inferno's greedy gives each server; capacity is limited or unlimited."""
    return {row["server"]: row["accelerator"] for row in _read(f"inferno/greedy_{capacity}_solution.csv")}


def inferno_capacity() -> dict[str, int]:
    """Cards available by card type."""
    return {row["card_type"]: int(row["available_cards"]) for row in _read("inferno/capacity.csv")}


def inferno_card_types() -> dict[str, str]:
    """Card type of every accelerator unit."""
    return {row["accelerator"]: row["card_type"] for row in _read("inferno/accelerators.csv")}


def _read(name: str) -> list[Record]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _edges(row: Record) -> tuple[float, float, float, float]:
    return float(row["in_lo"]), float(row["in_hi"]), float(row["out_lo"]), float(row["out_hi"])


def _card(gpu: str) -> str:
    return gpu.lower()
