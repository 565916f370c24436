"""What was sold ahead: packages cap a volume, expiry brings a rush, provisioned throughput holds a rate.

Order: first packages, then the rush before they expire, then provisioned rates; each works on what the one before
left (reference/demand.md section 3.9). Only three things matter for capacity: the volume that can still be drawn, the
rush, and the rate that is reserved even when idle.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.errors import InputError, Problem
from planner.inputs.nearest import nearest_mend
from planner.tables import Column, Table
from planner.units import DAYS_PER_MONTH, TOKENS_PER_MTOK

Numbers = npt.NDArray[np.float64]
ORDER = ("package", "surge", "provisioned")
MINUTES_PER_DAY = 1440.0
HIGHEST_PEAK = 1000.0  # the most that demand.csv takes as peak_to_mean
QUARTER_MONTHS = 3

COMMITMENTS = Table(
    "commitments",
    "packages and reserved rates sold to customers",
    ("commitment",),
    (
        Column("commitment", "id", "name"),
        Column("kind", "choice", "package: a volume that may be drawn; provisioned: a rate that is kept free",
               choices=("package", "provisioned")),
        Column("region", "id", "region of the demand it is drawn from"),
        Column("workload", "id", "workload of the demand it is drawn from"),
        Column("from_period", "month", "first period"),
        Column("to_period", "month", "last period; a package expires with it"),
        Column("demand_share", "share", "of that demand, the buyer's", low=1e-6, default=1.0),
        Column("quantity_mtok", "number", "package: tokens sold", "million tokens", above=0, high=1e15, default=None),
        Column("draw_ratio_input", "number", "package: drawn per input token", "ratio", low=0, default=1.0),
        Column("draw_ratio_output", "number", "package: drawn per output token", "ratio", low=0, default=1.0),
        Column("breakage_share", "share", "package: of the quantity, never drawn", default=0.0),
        Column("reserved_tokens_per_minute", "number", "provisioned: input and output", "tokens per minute", above=0,
               high=1e15, default=None),
        Column("source", "text", "where the figures come from", default=None),
        Column("note", "text", "free text", default=None),
    ),
)  # fmt: skip


def committed(
    rows: pd.DataFrame,
    commitments: pd.DataFrame,
    *,
    surge: bool = False,
    peaks: pd.Series[float] | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Demand rows with their commitments.

    Formulas, for the buyer's part b_m of the volume of month m, Q the quantity less breakage, t the term::

        package      b_m' = min(b_m, what is left of Q);      left -= b_m' * draw ratio
        surge        b_t' = b_t' + what is left at the end / draw ratio, in the last period of the term
        provisioned  peak' = peak of the others + max(buyer's peak, reserved rate)

    Parameters
    ----------
    rows : period, region, workload, tokens or requests with mean lengths, peak_to_mean (NaN: the workload's)
    commitments : rows of `COMMITMENTS`
    surge : also the rush before packages expire: a high case
    peaks : load at the peak over the mean by workload, for provisioned rates

    Returns
    -------
    rows with volumes and ``peak_to_mean`` changed, and a sentence per commitment

    Raises
    ------
    InputError : demand that is not there, a quantity or rate that is missing, volumes that are no tokens
    """
    sold = [Sold.of(row) for row in commitments.to_dict("records")]
    table = rows.reset_index(drop=True)
    if "peak_to_mean" not in table.columns:
        table["peak_to_mean"] = np.nan
    known = table["peak_to_mean"].fillna(table["workload"].map(peaks if peaks is not None else {}))
    volume = tokens_of(table)
    into, out, peaks_known, peaks_given = (
        column.to_numpy(dtype=float, copy=True)
        for column in (volume["into"], volume["out"], known, table["peak_to_mean"])
    )
    state = _State(table["period"].to_list(), into, out, peaks_known, peaks_given, np.ones(len(table)))
    terms = {one.name: _term(table, one) for one in sold}
    _check(table, sold, terms, state)
    told = [_draw(state, terms[one.name], one, surge) for one in sold if one.kind == "package"]
    told += [_reserve(state, terms[one.name], one) for one in sold if one.kind == "provisioned"]
    for name in ("input_mtok_per_day", "output_mtok_per_day", "requests_per_day"):
        table[name] = table[name] * state.factor
    table["peak_to_mean"] = state.peak
    return table, told


@dataclass(frozen=True)
class Sold:
    """One commitment; units as in `COMMITMENTS`, NaN where a figure is not of its kind."""

    name: str
    kind: str
    region: str
    workload: str
    first: str
    last: str
    share: float
    quantity: float
    ratio_in: float
    ratio_out: float
    breakage: float
    reserved: float

    @classmethod
    def of(cls, row: Mapping[Hashable, Any]) -> Sold:
        """From a row of `COMMITMENTS`."""
        names = ("commitment", "kind", "region", "workload", "from_period", "to_period")
        numbers = ("demand_share", "quantity_mtok", "draw_ratio_input", "draw_ratio_output", "breakage_share",
                   "reserved_tokens_per_minute")  # fmt: skip
        texts, figures = (str(row[name]) for name in names), (float(row[name]) for name in numbers)
        fields = dict(
            zip((field.name for field in dataclass_fields(cls)), chain[Any](texts, figures), strict=True)
        )
        return cls(**fields)


@dataclass
class _State:
    """Demand while commitments work on it, arrays over its rows.

    into, out : million tokens per day. known : peak to mean, as the row or its workload has it. peak : as the row will
    have it, NaN where it stays the workload's. factor : by which volumes are multiplied.
    """

    periods: list[str]
    into: Numbers
    out: Numbers
    known: Numbers
    peak: Numbers
    factor: Numbers

    def scale(self, at: int, factor: float) -> None:
        self.into[at] *= factor
        self.out[at] *= factor
        self.factor[at] *= factor


def _term(rows: pd.DataFrame, sold: Sold) -> list[int]:
    """Positions of the commitment's demand inside its term, in time order."""
    own = rows[(rows["region"] == sold.region) & (rows["workload"] == sold.workload)]
    inside = own[own["period"].between(sold.first, sold.last)].sort_values("period")
    return [int(at) for at in inside.index]


def tokens_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Million tokens per day in and out (``into``, ``out``), from either basis; NaN where neither is there."""
    requests = rows["requests_per_day"] / TOKENS_PER_MTOK
    return pd.DataFrame(
        {
            "into": rows["input_mtok_per_day"].fillna(requests * rows["mean_input_tokens"]).astype(float),
            "out": rows["output_mtok_per_day"].fillna(requests * rows["mean_output_tokens"]).astype(float),
        }
    )


def _days(period: str) -> float:
    return DAYS_PER_MONTH * (QUARTER_MONTHS if "Q" in period else 1)


def _draw(state: _State, term: list[int], sold: Sold, surge: bool) -> str:
    """A package: volumes stop when it is used up; what is left at the end may come in a rush."""
    quantity = sold.quantity * (1.0 - sold.breakage)
    left, cut, rushed = quantity, 0.0, 0.0
    for at in term:
        weight = (sold.ratio_in * state.into[at] + sold.ratio_out * state.out[at]) * _days(state.periods[at])
        wanted = weight * sold.share
        drawn = min(wanted, left)
        left, cut = left - drawn, cut + wanted - drawn
        factor = 1.0 - sold.share * (1.0 - drawn / wanted) if wanted > 0 else 1.0
        if surge and at == term[-1] and left > 0 and weight > 0:
            rushed, factor = left, factor + left / weight
        state.scale(at, factor)
    text = f"{sold.name}: {quantity:,.0f} million tokens can be drawn, {quantity - left:,.0f} are"
    if cut > 0:
        text += f"; {cut:,.0f} of the forecast are beyond it and not planned for"
    if rushed > 0:
        return f"{text}; {rushed:,.0f} more come in the last period."
    return f"{text}; {left:,.0f} lapse." if left > 0 else f"{text}."


def _reserve(state: _State, term: list[int], sold: Sold) -> str:
    """A provisioned rate: the peak never falls below it, whatever the buyer sends."""
    reserved, raised = sold.reserved * MINUTES_PER_DAY / TOKENS_PER_MTOK, 0
    for at in term:
        mean, peak = state.into[at] + state.out[at], state.known[at]
        wanted = mean * peak * (1.0 - sold.share) + max(mean * peak * sold.share, reserved)
        if wanted <= mean * peak * (1.0 + 1e-12):
            continue
        raised += 1
        least = wanted / HIGHEST_PEAK  # a demand of next to nothing is raised until its peak can be written
        state.scale(at, max(1.0, least / mean))
        state.known[at] = state.peak[at] = wanted / max(mean, least)
    return (
        f"{sold.name}: {sold.reserved:,.0f} tokens per minute are kept free; that is more than the buyer's own peak in "
        f"{raised} of {len(term)} periods."
    )


def _check(rows: pd.DataFrame, sold: list[Sold], terms: dict[str, list[int]], state: _State) -> None:
    """Every fault of the commitments, together."""
    problems = []
    regions, workloads = set(rows["region"]), set(rows["workload"])
    for one in sold:
        volume = (state.into + state.out)[terms[one.name]]
        needed = "quantity_mtok" if one.kind == "package" else "reserved_tokens_per_minute"
        amount = one.quantity if one.kind == "package" else one.reserved
        no_peak = one.kind == "provisioned" and np.isnan(state.known[terms[one.name]]).any()
        faults = [
            (one.region not in regions, "region", f"'{one.region}'", "a region of the demand",
             nearest_mend(one.region, regions)),
            (one.workload not in workloads, "workload", f"'{one.workload}'", "a workload of the demand",
             nearest_mend(one.workload, workloads)),
            (not len(volume), "from_period", f"{one.first} to {one.last}", "periods of the demand", ""),
            (bool(np.isnan(volume).any()), "workload", "its demand has no tokens",
             "tokens, or requests with mean lengths", ""),
            (bool((volume <= 0).any()), "workload", "its demand is zero", "some volume in every period",
             "Write a little; 1e-6 will do."),
            (no_peak, "workload", "its peak is not known", "a case whose traffic shape gives it",
             "Name it with --case."),
        ]  # fmt: skip
        where = f"commitment {one.name}"
        problems += [Problem("commitments", where, *fault) for wrong, *fault in faults if wrong][:1]
        if np.isnan(amount):
            problems.append(Problem("commitments", where, needed, "blank", f"a number, for kind {one.kind}"))
    if problems:
        raise InputError(problems)
