"""Write the demand table of the starter case from a growth story: `python scripts/build_starter.py [FOLDER]`.

The story is a table of workloads: volume of the first month, growth per month at first and after two years (the rate
moves in a straight line between them), and how the volume splits over the regions. Nothing is drawn at random.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "demand" / "starter"
START_YEAR, MONTHS = 2027, 24
DIGITS = 3  # figures are rounded to so many digits: a forecast has no more


@dataclass(frozen=True)
class Growth:
    """Volume of one workload.

    Attributes
    ----------
    workload : id in workloads.yaml
    first : requests per day in the first month, all regions; sessions per day where ``steps`` is given
    early, late : growth per month in the first and in the last month [share]
    regions : share of the volume by region; they add up to 1
    steps : llm calls per session, for agents
    why : source of these figures
    """

    workload: str
    first: float
    early: float
    late: float
    regions: dict[str, float]
    why: str
    steps: float | None = None


EVEN = {"east": 0.5, "north": 0.3, "south": 0.2}
COASTAL = {"east": 0.6, "south": 0.4}
OFFICES = {"east": 0.45, "north": 0.55}
NATIONAL = "the nation grew 12 % a month in early 2026 (fact demand-006), assumed to have slowed to"

STORY = (
    Growth("chat-small", 60_000_000, 0.04, 0.02, EVEN, f"assumed volume; {NATIONAL} 4 % and less for plain chat"),
    Growth("chat-medium", 25_000_000, 0.05, 0.03, EVEN, f"assumed volume; {NATIONAL} 5 % and less for plain chat"),
    Growth("chat-large", 4_500_000, 0.06, 0.04, EVEN, f"assumed volume; {NATIONAL} 6 % and less for the best models"),
    Growth("chat-premium", 4_500_000, 0.05, 0.03, COASTAL, f"assumed volume; {NATIONAL} 5 % and less for plain chat"),
    Growth("agent-office", 400_000, 0.10, 0.06, EVEN,
           f"assumed volume; {NATIONAL} 10 % and less for agents; 12 calls per session assumed", 12),
    Growth("agent-code", 90_000, 0.10, 0.06, OFFICES,
           f"assumed volume; {NATIONAL} 10 % and less for agents; 22 calls per session: traced median", 22),
    Growth("rag-docs", 3_500_000, 0.05, 0.03, EVEN, f"assumed volume; {NATIONAL} 5 % and less"),
    Growth("rag-long", 350_000, 0.06, 0.04, OFFICES, f"assumed volume; {NATIONAL} 6 % and less for long documents"),
    Growth("batch-small", 30_000_000, 0.04, 0.02, EVEN, f"assumed volume; {NATIONAL} 4 % and less"),
    Growth("batch-large", 6_000_000, 0.05, 0.03, EVEN, f"assumed volume; {NATIONAL} 5 % and less"),
)  # fmt: skip


def month_label(index: int) -> str:
    """Label of a month counted from the start.

    Examples
    --------
    >>> month_label(0), month_label(12)
    ('2027-01', '2028-01')
    """
    return f"{START_YEAR + index // 12}-{index % 12 + 1:02d}"


def rounded(volume: float) -> int:
    """A volume with so many digits as a forecast has.

    Examples
    --------
    >>> rounded(123_456.0)
    123000
    """
    return round(float(f"{volume:.{DIGITS - 1}e}"))


def volumes(growth: Growth, months: int = MONTHS) -> list[float]:
    """Volume per day in every month, all regions: each month grows by a rate that moves from early to late.

    Examples
    --------
    >>> volumes(Growth("w", 100.0, 0.10, 0.10, {"east": 1.0}, "assumed"), 3)
    [100.0, 110.00000000000001, 121.00000000000003]
    """
    found, volume = [], growth.first
    for index in range(months):
        if index > 0:
            part = (index - 1) / max(1, months - 2)
            volume *= 1.0 + growth.early + (growth.late - growth.early) * part
        found.append(volume)
    return found


def demand_rows() -> list[dict[str, str | int | float]]:
    """Rows of demand.csv, by month, workload and region; a source stands where its story begins."""
    table = [(growth, volumes(growth)) for growth in STORY]
    rows: list[dict[str, str | int | float]] = []
    for index in range(MONTHS):
        for growth, volume in table:
            for region, share in growth.regions.items():
                amount = rounded(volume[index] * share)
                rows.append({
                    "period": month_label(index),
                    "region": region,
                    "workload": growth.workload,
                    "requests_per_day": "" if growth.steps else amount,
                    "sessions_per_day": amount if growth.steps else "",
                    "steps_per_session": growth.steps or "",
                    "source": growth.why,
                })  # fmt: skip
    return rows


def main(folder: Path) -> None:
    """Write demand.csv into the folder."""
    rows = demand_rows()
    with (folder / "demand.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
