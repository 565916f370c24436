"""Everything a profile needs, added up by workload while the usage streams past."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from planner.demand.profiles.grid import BucketSums
from planner.demand.profiles.peaks import BASE_WINDOW_S
from planner.demand.profiles.reuse import PrefixReuse
from planner.demand.profiles.sessions import SessionSums
from planner.demand.profiles.windows import WindowCounts
from planner.inputs.usage import UsageFile, UsagePiece
from planner.units import MS_PER_S, SECONDS_PER_DAY

MOST_WORKLOADS = 200  # assumed: beyond it the grouping is wrong
STORE_TOKENS = (
    5_120_000.0  # assumed: 10,000 blocks of 512 tokens, as the profile mooncake_conversation_5m_tokens
)
S_PER_OUTPUT_TOKEN = (
    0.03  # assumed where a log has no durations: 30 ms per token gave R = 35 in the reference, 3.3
)
UNDATED_S = 1e8  # times below it (1973) count from the start of a trace, whatever the format
WHOLE = "all"
NOWHERE = ""  # requests of no named region
VOLUMES = ["requests", "input_tokens", "cached_input_tokens", "output_tokens", "failed"]
_NAME = re.compile(r"[^\w.+:-]+")


class TooManyWorkloadsError(ValueError):
    """The grouping makes more workloads than a case can hold."""


@dataclass(frozen=True)
class Grouping:
    """What a workload is.

    Attributes
    ----------
    by : columns whose values name a workload; with none of them in a row it is `name`
    name : of the workload of rows without any
    zone : time zone of days, months and hours of the week
    store_tokens : size of the prefix store whose finds count as cached; None: one that never evicts
    """

    by: tuple[str, ...] = ("model", "workload")
    name: str = WHOLE
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    store_tokens: float | None = STORE_TOKENS


@dataclass
class WorkloadSums:
    """Sums of one workload.

    Attributes
    ----------
    buckets : requests and tokens by bucket of lengths, of requests that were answered
    starts, ends : arrivals and departures by window of ten seconds
    days : by region and day [days since 1970, in the zone, or since the start of a trace]: requests, tokens, failures
    spans : volumes over spans of time, of sources that tell no requests: time_s, span_s, requests, hole
    requests, failed, answered, retries : counts; answered ones came from a response cache
    input_tokens, cached_input_tokens, output_tokens : of all that counts, also of spans
    timeless : requests without a time
    assumed_durations : requests whose duration was taken from their output
    """

    buckets: BucketSums = field(default_factory=BucketSums)
    starts: WindowCounts = field(default_factory=lambda: WindowCounts(BASE_WINDOW_S))
    ends: WindowCounts = field(default_factory=lambda: WindowCounts(BASE_WINDOW_S))
    sessions: SessionSums = field(default_factory=SessionSums)
    reuse: PrefixReuse | None = None
    models: Counter[str] = field(default_factory=Counter)
    days: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    spans: list[pd.DataFrame] = field(default_factory=list)
    requests: float = 0.0
    failed: float = 0.0
    answered: float = 0.0
    retries: float = 0.0
    timeless: float = 0.0
    assumed_durations: float = 0.0
    first_s: float = float("inf")
    last_s: float = float("-inf")
    span_tokens: bool = False
    unknown_requests: bool = False
    elapsed: bool = False
    batch: bool = False

    @property
    def totals(self) -> np.ndarray:
        """Requests, input, cached input, output tokens and failures over all days."""
        return np.asarray(sum(self.days.values(), np.zeros(len(VOLUMES))))


class UsageSums:
    """Sums of all workloads of some usage files."""

    def __init__(self, grouping: Grouping | None = None) -> None:
        self.grouping = grouping or Grouping()
        self.workloads: dict[str, WorkloadSums] = {}

    def add(self, piece: UsagePiece, source: UsageFile) -> None:
        """Add a piece of a file.

        Raises
        ------
        TooManyWorkloadsError : the grouping makes too many workloads
        """
        names = self._names(piece.frame)
        for name, rows in piece.frame.groupby(names, sort=True):
            sums = self.workloads.setdefault(str(name), WorkloadSums())
            if len(self.workloads) > MOST_WORKLOADS:
                raise TooManyWorkloadsError(
                    f"more than {MOST_WORKLOADS} workloads by {', '.join(self.grouping.by)}"
                )
            sums.elapsed |= source.elapsed or bool(rows["time_s"].max() < UNDATED_S)
            for model, count in rows["model"].dropna().value_counts().items():
                sums.models[str(model)] += int(count)
            if piece.grain == "request":
                self._add_requests(sums, rows, source)
            else:
                self._add_spans(sums, rows)

    def _names(self, frame: pd.DataFrame) -> pd.Series:
        """Workload of each row."""
        parts = [
            frame[column] for column in self.grouping.by if column in frame and frame[column].notna().any()
        ]
        if "batch" in frame and frame["batch"].any():
            parts.append(frame["batch"].map({True: "batch", False: None}))
        if not parts:
            return pd.Series(self.grouping.name, index=frame.index)
        table = pd.concat([part.astype(object) for part in parts], axis=1)
        codes, keys = pd.factorize(pd.MultiIndex.from_frame(table))
        names = ["-".join(str(one) for one in key if isinstance(one, str)) for key in keys]
        ids = np.array(
            [_NAME.sub("-", name).strip("-.:+") or self.grouping.name for name in names], dtype=object
        )
        return pd.Series(ids[codes], index=frame.index)

    def _add_requests(self, sums: WorkloadSums, rows: pd.DataFrame, source: UsageFile) -> None:
        failed = rows["failed"].to_numpy(bool)
        into, out = rows["input_tokens"].to_numpy(float), rows["output_tokens"].to_numpy(float)
        cached = rows["cached_input_tokens"].to_numpy(float)
        start = rows["time_s"].to_numpy(float)
        if "blocks" in rows:
            if sums.reuse is None:
                sums.reuse = PrefixReuse(source.format.block_tokens, self.grouping.store_tokens)
            cached = np.maximum(cached, sums.reuse.add(into, rows["blocks"].tolist()))
        answered = rows["answered"].to_numpy(bool)
        counts = ~failed & (into > 0) & (out > 0)
        sums.buckets.add(into[counts], out[counts], cached[counts])
        sums.requests += float((~failed).sum())
        sums.failed += float(failed.sum())
        sums.answered += float((answered & ~failed).sum())
        sums.retries += float(rows["retries"].sum())
        sums.timeless += float(np.isnan(start).sum())
        duration = rows["duration_ms"].to_numpy(float) / MS_PER_S
        assumed = np.isnan(duration)
        sums.assumed_durations += float((assumed & ~failed).sum())
        sums.starts.add(start[~failed])
        sums.ends.add((start + np.where(assumed, S_PER_OUTPUT_TOKEN * out, duration))[~failed])
        sums.sessions.add(rows["session"][counts], start[counts], into[counts], out[counts])
        values = np.column_stack([~failed, np.where(failed, 0, into), np.where(failed, 0, cached),
                                  np.where(failed, 0, out), failed]).astype(float)  # fmt: skip
        self._add_days(sums, rows["region"], start, values)

    def _add_spans(self, sums: WorkloadSums, rows: pd.DataFrame) -> None:
        sums.span_tokens = True
        requests = rows["requests"].to_numpy(float)
        sums.unknown_requests |= bool(np.isnan(requests).any())
        known = np.nan_to_num(requests)
        failed = np.nan_to_num(rows["failed_requests"].to_numpy(float))
        sums.requests += float(known.sum())
        sums.failed += float(failed.sum())
        sums.batch |= bool(rows["batch"].any())
        spans = rows[["time_s", "span_s", "hole"]].assign(requests=known, tokens=_tokens(rows))
        sums.spans.append(spans)
        if len(sums.spans) > 50:
            sums.spans = [_summed(sums.spans)]
        tokens = [np.nan_to_num(rows[name].to_numpy(float)) for name in VOLUMES[1:4]]
        values = np.column_stack([known, *tokens, failed])
        self._add_days(sums, rows["region"], rows["time_s"].to_numpy(float), values)
        end = rows["time_s"] + rows["span_s"].fillna(0.0)
        sums.last_s = max(sums.last_s, float(end.max()))

    def _add_days(
        self, sums: WorkloadSums, regions: pd.Series, start: np.ndarray, values: np.ndarray
    ) -> None:
        """Volumes by region and day; rows without a time stand on day 0."""
        known = start[~np.isnan(start)]
        if len(known):
            sums.first_s, sums.last_s = min(sums.first_s, known.min()), max(sums.last_s, known.max())
        day = self._days(start, sums.elapsed)
        table = pd.DataFrame(values).groupby([regions.fillna(NOWHERE).astype(object).to_numpy(), day]).sum()
        for key, row in zip(table.index, table.to_numpy(), strict=True):
            held = sums.days.get((str(key[0]), int(key[1])))
            sums.days[str(key[0]), int(key[1])] = row if held is None else held + row

    def _days(self, start: np.ndarray, elapsed: bool) -> np.ndarray:
        seconds = np.nan_to_num(start)
        if not elapsed and str(self.grouping.zone) != "UTC":
            hours, inverse = np.unique(
                np.floor(seconds / 900.0), return_inverse=True
            )  # zones shift by quarter hours
            stamps = pd.DatetimeIndex(np.asarray(hours * 900.0, dtype="datetime64[s]")).tz_localize("UTC")
            local = stamps.tz_convert(self.grouping.zone).tz_localize(None).to_numpy().astype("datetime64[D]")
            return np.asarray(local.astype(np.int64)[inverse])
        return np.asarray(np.floor(seconds / SECONDS_PER_DAY).astype(np.int64))


def _tokens(rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(rows["input_tokens"].fillna(0.0) + rows["output_tokens"].fillna(0.0))


def _summed(spans: list[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(spans, ignore_index=True)
    how = {"requests": "sum", "tokens": "sum", "hole": "max"}
    return table.groupby(["time_s", "span_s"], as_index=False, dropna=False).agg(how)
