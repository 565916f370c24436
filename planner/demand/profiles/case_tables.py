"""From measured workloads to the tables of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.demand.profiles.class_lengths import class_lengths
from planner.demand.profiles.measure import MeasuredWorkload
from planner.inputs.usage.target import CaseTables
from planner.tables import Value
from planner.units import MONTHS_PER_YEAR

UNMET_PENALTY_PER_MTOK = 60.0  # assumed, as in the template: the user knows better
FULL_DAYS = 7.0  # assumed: a month with a week recorded gives the level; else all months together
LENGTH_COLUMNS = ["profile", "in_lo", "in_hi", "out_lo", "out_hi", "share", "mean_in", "mean_out", "mean_cached_in",
                  "source"]  # fmt: skip
SHAPE_COLUMNS = ["shape", "hour_of_week", "weight", "window_peak", "source"]
DEMAND_COLUMNS = ["period", "region", "workload", "requests_per_day", "source"]


@dataclass(frozen=True)
class CaseFacts:
    """What usage does not tell and a case must know.

    Attributes
    ----------
    periods, period_months : labels of the horizon
    llms : workload -> id of a language model
    classes : workload -> service class, with its fields
    profiles : length profile of a class -> its rows
    region : of requests of no named region
    regions : region as the log names it -> region of the case
    growth_per_month : share by which the level grows each month after the recording
    origin : what was read, for the source columns
    """

    periods: Sequence[str]
    period_months: int
    llms: Mapping[str, str]
    classes: Mapping[str, tuple[str, Mapping[str, Value]]]
    profiles: Mapping[str, pd.DataFrame]
    region: str
    regions: Mapping[str, str] = field(default_factory=dict)
    growth_per_month: float = 0.0
    origin: str = ""


def case_tables(measured: Sequence[MeasuredWorkload], facts: CaseFacts) -> tuple[CaseTables, list[str]]:
    """The tables, and what a person must know about them."""
    lengths: list[pd.DataFrame] = []
    shapes: list[pd.DataFrame] = []
    demand: list[pd.DataFrame] = []
    notes: list[str] = []
    workloads: dict[str, dict[str, Value]] = {}
    for one in measured:
        class_name, values = facts.classes[one.workload]
        table, requests_factor, source = _lengths(one, facts, str(values.get("length_profile")), notes)
        lengths.append(table.assign(profile=one.workload, source=source)[LENGTH_COLUMNS])
        if one.shape is not None:
            shape_source = f"measured: {facts.origin}"
            shapes.append(one.shape.assign(shape=one.workload, source=shape_source)[SHAPE_COLUMNS])
        elif not values.get("deferrable"):
            notes.append(
                f"{one.workload}: traffic shape '{values.get('traffic_shape')}' of class {class_name} is used."
            )
        demand.append(_demand(one, facts, requests_factor, notes))
        workloads[one.workload] = _fields(one, facts, class_name, values)
    columns = ((lengths, LENGTH_COLUMNS), (shapes, SHAPE_COLUMNS), (demand, DEMAND_COLUMNS))
    frames = [
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
        for parts, names in columns
    ]
    return CaseTables(frames[0], frames[1], frames[2], workloads), notes


def _lengths(
    one: MeasuredWorkload, facts: CaseFacts, class_profile: str, notes: list[str]
) -> tuple[pd.DataFrame, float, str]:
    """Rows of the profile, what to multiply requests by (where they are not counted: made from tokens), the source."""
    if one.lengths is not None:
        return one.lengths, 1.0, f"measured: {facts.origin}"
    totals = one.totals
    requests = totals["requests"] if one.requests_known and totals["requests"] else None
    table, count = class_lengths(
        facts.profiles[class_profile], totals["input_tokens"], totals["output_tokens"], totals["cached_input_tokens"],
        requests,
    )  # fmt: skip
    scaled = totals["input_tokens"] > 0 or totals["output_tokens"] > 0
    how = "brought to the measured mean lengths" if scaled and requests else "with its own mean input"
    why = "; ".join(note for note in one.notes if "length profile" in note) or "no lengths"
    notes.append(f"{one.workload}: {why}. The profile '{class_profile}' of its class is used, {how}.")
    return table, count, f"form of profile {class_profile} (ASSUMED), {how}: {facts.origin}"


def _fields(
    one: MeasuredWorkload, facts: CaseFacts, class_name: str, values: Mapping[str, Value]
) -> dict[str, Value]:
    """Fields of the workload: what was measured; the class gives the rest."""
    fields: dict[str, Value] = {
        "llm": facts.llms[one.workload],
        "service_class": class_name,
        "length_profile": one.workload,
    }
    measured = ["lengths"] if one.lengths is not None else []
    if one.shape is not None:
        fields["traffic_shape"] = one.workload
        measured.append("traffic")
    if np.isfinite(one.burst_z):
        fields["burst_z"] = round(min(one.burst_z, 1000.0), 3)
        measured.append("burst_z")
    if one.totals["failed"] or one.lengths is not None:
        fields["retry_share"] = round(min(one.retry_share, 0.9), 6)
        measured.append("retry_share (failed of all attempts)")
    if one.response_cache_share:
        fields["response_cache_share"] = round(one.response_cache_share, 6)
    if one.batch:
        fields["deferrable"] = True
    fields["unmet_penalty_per_mtok"] = UNMET_PENALTY_PER_MTOK
    told = f"{', '.join(measured)} measured; " if measured else ""
    fields["source"] = f"{told}service class {class_name} and unmet_penalty_per_mtok ASSUMED; {facts.origin}"
    return fields


def _demand(one: MeasuredWorkload, facts: CaseFacts, requests: float, notes: list[str]) -> pd.DataFrame:
    """Requests per day of every period and region: what was measured in it, else the level, grown."""
    volumes = one.volumes.assign(
        region=one.volumes["region"].map(lambda name: facts.regions.get(name, name) or facts.region)
    )
    rate = volumes["requests_per_day"]
    if not (one.requests_known and one.totals["requests"]):
        tokens = volumes["input_mtok_per_day"] + volumes["output_mtok_per_day"]
        total = one.totals["input_tokens"] + one.totals["output_tokens"]
        rate = tokens * 1e6 / total * requests if total else rate
    table = volumes.assign(rate=rate)
    level_month, levels = _level(table)
    measured = table.groupby(["month", "region"])["rate"].sum().to_dict()
    rows = []
    for period in facts.periods:
        for region, level in levels.items():
            known = measured.get((period, region)) if facts.period_months == 1 else None
            months = _months_between(level_month, period)
            grown = level * (1.0 + facts.growth_per_month) ** months
            value, how = (
                (known, "measured")
                if known is not None
                else (grown, _how(level_month, facts.growth_per_month))
            )
            rows.append((period, region, one.workload, round(float(value), 3), f"{how}; {facts.origin}"))
    if facts.growth_per_month == 0.0:
        text = "Demand stays at its last measured level: give --growth-per-month, or use `capplan forecast`."
        if text not in notes:
            notes.append(text)
    return pd.DataFrame(rows, columns=DEMAND_COLUMNS)


def _level(table: pd.DataFrame) -> tuple[str, dict[str, float]]:
    """The month whose level is carried on ('' for all together), and requests per day by region."""
    full = table[(table["month"] != "") & (table["days"] >= FULL_DAYS)]
    if len(full):
        month = str(full["month"].max())
        last = full[full["month"] == month]
        return month, _by_region(last.groupby("region")["rate"].sum())
    days = table.drop_duplicates("month")["days"].sum()
    sums = (table["rate"] * table["days"]).groupby(table["region"]).sum() / days
    months = [month for month in table["month"] if month]
    return (max(months) if months else ""), _by_region(sums)


def _by_region(rates: pd.Series) -> dict[str, float]:
    return {str(region): float(rate) for region, rate in rates.items()}


def _months_between(month: str, period: str) -> int:
    """Months from a month to the first of a period, 0 without a month."""
    if not month:
        return 0
    first = int(period[5:]) if "Q" not in period else int(period[5:]) * 3 - 2
    later = (int(period[:4]) - int(month[:4])) * MONTHS_PER_YEAR + first - int(month[5:])
    return max(later, 0)


def _how(month: str, growth: float) -> str:
    level = f"level measured in {month}" if month else "level measured"
    return f"{level}, growth of {100 * growth:g} % a month ASSUMED"
