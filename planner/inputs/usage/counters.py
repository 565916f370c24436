"""Samples of counters as volumes over spans: increases, restarts, sums over instances."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.inputs.usage.account import Account
from planner.inputs.usage.cells import Floats, to_numbers, to_texts, to_times
from planner.inputs.usage.formats.counters import METERS, MODEL_LABELS, TENANT_LABELS, Meter
from planner.inputs.usage.options import ReadOptions
from planner.inputs.usage.raw import RawPiece

_LABEL = re.compile(r'([A-Za-z_][\w.]*)\s*=~?\s*"((?:[^"\\]|\\.)*)"')
_METRIC = ("metric", "__name__", "metric_name", "series")
_TIME = ("time", "timestamp", "Time", "ts")
ROLES = ("input", "cached", "output", "requests", "failed")
RESTARTS = "counters fell and were taken to have restarted from zero"
TWICE = "a sample of a series at a time it already has"
UNKNOWN = "samples of counters that are not of usage"


def meter_name(name: str) -> str:
    """Name of a counter as `METERS` has it.

    Examples
    --------
    >>> meter_name("vllm:prompt_tokens_total"), meter_name("gen_ai.client.token.usage_sum")
    ('vllm_prompt_tokens', 'gen_ai_client_token_usage_sum')
    """
    return re.sub(r"[:.]", "_", name.strip()).removesuffix("_total")


def parsed_series(text: str) -> tuple[str, dict[str, str]]:
    """Name and labels of a series as Prometheus and Grafana write it.

    Examples
    --------
    >>> parsed_series('vllm:prompt_tokens_total{model_name="a", engine="0"}')
    ('vllm:prompt_tokens_total', {'model_name': 'a', 'engine': '0'})
    """
    name, _, rest = text.partition("{")
    return name.strip(), dict(_LABEL.findall(rest))


def is_wide(names: Sequence[str]) -> list[str]:
    """Columns that are series of known counters: one column per series, as Grafana exports them."""
    return [name for name in names if meter_name(parsed_series(name)[0]) in METERS]


@dataclass
class Samples:
    """Samples by series: counter and labels -> times [s], values, rows they came from."""

    series: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[Floats, Floats]]] = field(
        default_factory=dict
    )
    deltas: set[tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=set)

    def add(
        self, name: str, labels: Mapping[str, str], times: Floats, values: Floats, *, delta: bool = False
    ) -> None:
        """Samples of one series."""
        key = (meter_name(name), tuple(sorted(labels.items())))
        self.series.setdefault(key, []).append((times, values))
        if delta:
            self.deltas.add(key)

    def add_piece(self, piece: RawPiece, options: ReadOptions, account: Account, file: str) -> None:
        """Samples of a piece, one per row or one column per series."""
        wide = is_wide(piece.names)
        time_name = next((name for name in _TIME if name in piece.names), None)
        times_of = piece.get(time_name) if time_name else None
        if times_of is None:
            account.read += piece.rows
            account.set_aside("no time that can be read", piece.rows, f"{file} row {piece.first_row}")
            return
        times, wrong = to_times(times_of, "auto", options.timezone)
        if wide:
            self._add_wide(piece, wide, times, account, file)
        else:
            self._add_long(piece, times, wrong, account, file)

    def _add_wide(self, piece: RawPiece, wide: list[str], times: Floats, account: Account, file: str) -> None:
        for name in wide:
            cells = piece.get(name)
            values, wrong = to_numbers(cells if cells is not None else pd.Series([], dtype=object))
            fine = ~wrong & ~np.isnan(values) & ~np.isnan(times)
            account.read += piece.rows
            account.set_aside(
                "a sample without time or number", int((~fine).sum()), f"{file} column {name[:60]}"
            )
            metric, labels = parsed_series(name)
            self.add(metric, labels, times[fine], values[fine])

    def _add_long(
        self, piece: RawPiece, times: Floats, wrong: np.ndarray, account: Account, file: str
    ) -> None:
        account.read += piece.rows
        value_cells, broken = piece.get("value"), piece.get("unfold.broken")
        values, bad = (
            (np.full(piece.rows, np.nan), np.ones(piece.rows, bool))
            if value_cells is None
            else to_numbers(value_cells)
        )
        refused = wrong | bad | np.isnan(values) | np.isnan(times)
        if broken is not None:
            refused |= broken.notna().to_numpy(bool)
        rows = np.flatnonzero(refused)
        if len(rows):
            where = f"{file} row {piece.first_row + int(rows[0])}"
            account.set_aside("a sample without time or number", len(rows), where)
        delta_cells = piece.get("delta")
        delta = np.zeros(piece.rows, bool) if delta_cells is None else delta_cells.eq(True).to_numpy(bool)
        for (metric, labels), at in _groups(piece, ~refused):
            self.add(metric, dict(labels), times[at], values[at], delta=bool(delta[at].all()))


def _groups(
    piece: RawPiece, fine: np.ndarray
) -> Iterator[tuple[tuple[str, tuple[tuple[str, str], ...]], np.ndarray]]:
    """Rows of each series of a table with one sample per row."""
    name = next((name for name in _METRIC if name in piece.names), "")
    cells = piece.get(name)
    metrics = to_texts(cells).fillna("").tolist() if cells is not None else [""] * piece.rows
    nested = piece.nested("labels")
    plain = [
        one
        for one in piece.names
        if one not in (*_METRIC, *_TIME, "value", "labels", "delta", "unfold.broken")
    ]
    columns = {one: to_texts(found).tolist() for one in plain if (found := piece.get(one)) is not None}
    at_of: dict[tuple[str, tuple[tuple[str, str], ...]], list[int]] = {}
    for row in np.flatnonzero(fine).tolist():
        metric, labels = parsed_series(metrics[row]) if "{" in metrics[row] else (metrics[row], {})
        labels |= {one: values[row] for one, values in columns.items() if values[row] is not None}
        inside = nested[row] if nested is not None else None
        if isinstance(inside, dict):
            labels |= {str(key): str(value) for key, value in inside.items()}
        at_of.setdefault((metric, tuple(sorted(labels.items()))), []).append(row)
    for key, rows in at_of.items():
        yield key, np.array(rows)


def spans_of(samples: Samples, account: Account, file: str) -> pd.DataFrame:
    """Increases of all counters over spans, by language model and sender.

    Returns
    -------
    time_s, span_s, model, tenant, requests, failed_requests, input_tokens, cached_input_tokens, output_tokens; a figure
    that no counter tells is NaN.
    """
    parts = []
    for (name, label_items), batches in samples.series.items():
        labels = dict(label_items)
        times = np.concatenate([times for times, _ in batches])
        values = np.concatenate([values for _, values in batches])
        meter = _meter(name, labels)
        if meter is None or meter.role in ("ignored", "lengths_in", "lengths_out"):
            reason = f"{name}: {meter.why}" if meter and meter.why else _not_used(name, meter)
            account.set_aside(reason, len(times), file)
            continue
        starts, ends, rises = _rises(
            times, values, (name, label_items) in samples.deltas, account, f"{file} {name}"
        )
        model = next((labels[label] for label in MODEL_LABELS if labels.get(label)), None)
        tenant = next((labels[label] for label in TENANT_LABELS if labels.get(label)), None)
        parts.append(
            pd.DataFrame({"start": starts, "end": ends, "rise": rises}).assign(
                model=model, tenant=tenant, role=meter.role, rank=meter.rank
            )
        )
    return _pivot(pd.concat(parts, ignore_index=True)) if parts else pd.DataFrame()


def _not_used(name: str, meter: Meter | None) -> str:
    if meter is None:
        return UNKNOWN if name not in METERS else f"{name}: series of labels that do not count"
    return "histograms of lengths: marginals, no input and output of one request"


def _meter(name: str, labels: Mapping[str, str]) -> Meter | None:
    for meter in METERS.get(name, ()):
        folded = {re.sub(r"\.", "_", key): value for key, value in labels.items()}
        if all(folded.get(label) in values for label, values in meter.only.items()):
            return meter
    return None


def _rises(
    times: Floats, values: Floats, delta: bool, account: Account, place: str
) -> tuple[Floats, Floats, Floats]:
    """Start, end and increase of each step; a fall is a restart from zero."""
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    again = np.concatenate([[False], np.diff(times) <= 0])
    account.set_aside(TWICE, int(again.sum()), place)
    times, values = times[~again], values[~again]
    account.used += len(times)
    if delta:
        step = float(np.median(np.diff(times))) if len(times) > 1 else 60.0
        return np.concatenate([[times[0] - step], times[:-1]]), times, np.maximum(values, 0.0)
    rises = np.diff(values)
    falls = rises < 0
    if falls.any():
        account.note(RESTARTS, int(falls.sum()))
    return times[:-1], times[1:], np.where(falls, values[1:], rises)


def _pivot(rises: pd.DataFrame) -> pd.DataFrame:
    key = ["model", "tenant"]
    best = rises.groupby([*key, "role"], dropna=False)["rank"].transform("max")
    rises = rises[rises["rank"] == best]
    sums = rises.groupby(["start", "end", *key, "role"], dropna=False)["rise"].sum().unstack("role")
    wide = sums.reset_index()
    for role in ROLES:
        if role not in wide:
            wide[role] = np.nan
    names = {"start": "time_s", "input": "input_tokens", "cached": "cached_input_tokens", "output": "output_tokens",
             "failed": "failed_requests"}  # fmt: skip
    wide = wide.assign(span_s=wide["end"] - wide["start"]).rename(columns=names).drop(columns="end")
    return wide.sort_values(["time_s", "model"], ignore_index=True)
