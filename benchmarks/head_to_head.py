"""The peers' instances solved through the product's own input path: our cost, theirs, the proven optimum, our time.

    python benchmarks/head_to_head.py [--sets B1,B5] [--every 6] [--csv rows.csv]

B1 Mélange's toy, B2 its 60-bucket grid, B3 the same without B200, B4 with caps on cards, B5 inferno's published
instance, B10 llmplan's, B11 AIBrix's. Costs are per hour (B10: per day) in the peer's currency. "path" is all a user
waits for after Python has started: reading and checking the case, rates, program, solver, plan; "solver" is the
part from the matrix to the values, both solves and the start of their processes included. CPU counts child processes.
Instances run one after the other; nothing is shared between them but the modules loaded.

Ends with 1 if any cost differs from the proven optimum, or anything is left unmet.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "head_to_head"))

from one_type import best_one_type
from peer_instances import (
    Match,
    aibrix,
    inferno,
    inferno_matches,
    llmplan,
    melange_grid60,
    melange_grid60_no_b200,
    melange_supply_caps,
    melange_toy,
)
from solving import Answer, solved

SAME_MONEY = 1e-9  # relative
HEAD = ("instance", "ours", "peer", "exact", "gap", "path cpu s", "path wall s", "solver cpu s", "solver wall s",
        "peer s")  # fmt: skip
WIDTHS = (48, 12, 12, 12, 9, 11, 12, 13, 14, 8)


@dataclass(frozen=True)
class Result:
    """A match with our answer."""

    match: Match
    answer: Answer

    @property
    def gap(self) -> float:
        """Distance of our cost from our own bound [share]."""
        return max(0.0, self.answer.cost - self.answer.bound) / self.answer.cost

    @property
    def exact(self) -> bool:
        """Whether our cost is the proven optimum, with nothing unmet."""
        same = abs(self.answer.cost - self.match.exact_cost) <= SAME_MONEY * self.match.exact_cost
        return same and self.answer.unmet == 0

    def cells(self) -> list[str]:
        """The row of the table."""
        match, answer = self.match, self.answer
        peer = "-" if match.peer_cost is None else f"{match.peer_cost:.2f}"
        times = [answer.path_s[1], answer.path_s[0], answer.solver_s[1], answer.solver_s[0]]
        return [
            match.instance.name + ("" if self.exact else "  DIFFERS"),
            f"{answer.cost:.2f}",
            peer,
            f"{match.exact_cost:.2f}",
            f"{self.gap:.1e}",
            *(f"{seconds:.2f}" for seconds in times),
            "-" if match.peer_s is None else f"{match.peer_s:.2f}",
        ]


def inferno_all() -> list[Match]:
    """Mixed cards with and without caps; and inferno's own rule of one unit per server, which our program lacks:
    the best choice of units comes from a small program of its own, and ours prices it."""
    matches = inferno_matches()
    choice, cost = best_one_type()
    peer = matches[0]
    return [
        *matches,
        Match("B5", inferno(allowed=choice), "inferno, greedy", peer.peer_cost, cost, peer.peer_s),
    ]


SETS: dict[str, Callable[[], list[Match]]] = {
    "B1": melange_toy,
    "B2": melange_grid60,
    "B3": melange_grid60_no_b200,
    "B4": melange_supply_caps,
    "B5": inferno_all,
    "B10": lambda: [llmplan()],
    "B11": aibrix,
}


def main() -> int:
    """Solve what was asked for and print it."""
    parser = argparse.ArgumentParser(description="The peers' instances, our cost and time beside theirs.")
    parser.add_argument("--sets", default=",".join(SETS), help="which sets, by commas")
    parser.add_argument("--every", type=int, default=1, help="take every so many of a set's instances")
    parser.add_argument("--csv", type=Path, help="write the rows here too")
    asked = parser.parse_args()
    unknown = set(asked.sets.split(",")) - set(SETS)
    if unknown:
        parser.error(f"no set {', '.join(sorted(unknown))}; sets: {', '.join(SETS)}")

    print(_line(HEAD))
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.sets.split(","):
            for number, match in enumerate(SETS[name]()[:: asked.every]):
                results.append(Result(match, solved(match.instance, Path(folder) / f"{name}-{number}")))
                print(_line(results[-1].cells()), flush=True)
    print()
    print(_summary(results))
    if asked.csv:
        with asked.csv.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEAD, *(result.cells() for result in results)])
    return 0 if all(result.exact for result in results) else 1


def _line(cells: list[str] | tuple[str, ...]) -> str:
    first, *others = (f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))
    return first.strip().ljust(WIDTHS[0]) + "".join(others)


def _summary(results: list[Result]) -> str:
    """One line per set: how many are exact, how many beat the peer and by how much, and times."""
    lines = []
    for group in dict.fromkeys(result.match.group for result in results):
        mine = [result for result in results if result.match.group == group]
        saved = [1 - r.answer.cost / r.match.peer_cost for r in mine if r.match.peer_cost]
        below = [share for share in saved if share > SAME_MONEY]
        unsolved = sum(r.match.peer_cost is None for r in mine)
        cheaper = f"below the peer in {len(below)}" + (f", at most by {max(below):.1%}" if below else "")
        cpu, wall = (statistics.median(r.answer.path_s[i] for r in mine) for i in (1, 0))
        solver, slowest = (f([r.answer.solver_s[1] for r in mine]) for f in (statistics.median, max))
        lines.append(
            f"{group}: exact in {sum(r.exact for r in mine)} of {len(mine)}; {cheaper}; no answer of the peer in "
            f"{unsolved}; median path {cpu:.2f} s CPU, {wall:.2f} s wall; "
            f"solver {solver:.2f} s CPU, at most {slowest:.2f} s"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
