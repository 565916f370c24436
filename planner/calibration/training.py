"""Fits the shipped calibration to a table of measurements, and measures how far off it is on what it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planner.calibration.configurations import Catalogue
from planner.calibration.fit import Residuals, fit
from planner.calibration.keys import joined
from planner.calibration.kinds import BURST, CLOSED, OFFLINE, POOLS, STATIC
from planner.calibration.predict import predict
from planner.calibration.rows import rows_of
from planner.calibration.runs import Rows
from planner.serving.effects import Calibration, efficiency_of
from planner.serving.work import Numbers
from planner.units import MS_PER_S

# Typical residuals, in logs: what the fit of reference/serving.md 3 left of each, so that each kind pulls alike.
TYPICAL = {
    CLOSED: {"tpot_ms": 0.12, "ttft_ms": 0.40},
    POOLS: {"tpot_ms": 0.25, "ttft_ms": 0.60},
    OFFLINE: {"req_s": 0.20},
    BURST: {"req_s": 0.40},
    STATIC: {"req_s": 0.40},
}
SYSTEM = ["source", "model", "accelerator", "engine", "precision"]
FULL_WEIGHT_ROWS = 60  # assumed: a system with more rows than this counts as the root of their number
FOLD_ROWS = (
    25  # assumed: a fold's fit in a third of the time, and no figure of the table in docs moves by 1 point
)
FOLD_LEAST, FEW = 60, "(few rows)"  # rows of a fold of its own
CHOICES = 2  # rounds in which the fastest layout of rows that state none is chosen again


def train(table: pd.DataFrame, catalogue: Catalogue) -> Calibration:
    """The calibration that fits these rows; rows of quality C are context and are left out.

    Parameters
    ----------
    table : rows in the columns of the declared table `measurements`
    catalogue : cards and llms
    """
    table = usable(table)
    groups = [rows for rows in rows_of(table, catalogue)[0] if rows.kind in TYPICAL]
    calibration: Calibration | None = None
    for _ in range(CHOICES):
        chosen = [fastest(rows, calibration) for rows in groups]
        subjects = [subject for rows in chosen for subject in rows.subjects]
        calibration = fit(subjects, residuals_of(chosen, table), calibration)
    assert calibration is not None  # there is at least one round
    return calibration


def usable(table: pd.DataFrame) -> pd.DataFrame:
    """Rows to fit on: not context, no speculative decoding, and no disaggregated run of unknown size."""
    context = table["quality"] == "C"
    guessed = table["spec"].fillna(0) > 0
    sizeless = (table["mode"] == "disagg") & (table["p_workers"].isna() | table["d_workers"].isna())
    short = (table["load_type"] == "burst") & (table["output_tokens"] <= 50)
    return table[~(context | guessed | sizeless | short)].reset_index(drop=True)


def fastest(rows: Rows, calibration: Calibration | None) -> Rows:
    """One row per run: that of the fastest layout where several are possible."""
    if len(np.unique(rows.at)) == len(rows.at):
        return rows
    effects = calibration or Calibration({})
    rate = rows.predict(effects.efficiency(rows.subjects)).requests_per_s
    order = np.lexsort((rate, rows.at))
    last = np.append(np.diff(rows.at[order]) > 0, True)
    return subset(rows, order[last])


def subset(rows: Rows, at: np.ndarray) -> Rows:
    """The rows at these positions."""

    def part(values: Numbers | None) -> Numbers | None:
        return None if values is None else values[at]

    return replace(
        rows, at=rows.at[at], table=rows.table.iloc[at].reset_index(drop=True), replicas=rows.replicas[at],
        work=rows.work.take(at), subjects=tuple(rows.subjects[i] for i in at),
        requests=rows.requests.take(at),
        prefill=None if rows.prefill is None else rows.prefill.take(at),
        prefill_replicas=part(rows.prefill_replicas), cards=part(rows.cards), prefill_cards=part(rows.prefill_cards),
    )  # fmt: skip


def weight_of(table: pd.DataFrame) -> Numbers:
    """Weight of every row's residual, by the number of rows of its system."""
    system = joined(table, SYSTEM)
    number = system.map(system.value_counts()).to_numpy(dtype=float)
    result: Numbers = np.minimum(1.0, FULL_WEIGHT_ROWS / number) ** 0.5
    return result


def residuals_of(groups: Sequence[Rows], table: pd.DataFrame) -> Residuals:
    """Log residuals over their typical size; a system with many rows counts less per row."""
    ends = np.cumsum([0, *(len(rows.at) for rows in groups)])
    weight = weight_of(table)
    measured = {name: np.log(table[name].to_numpy(dtype=float)) for name in ("tpot_ms", "ttft_ms", "req_s")}
    measured["req_s"] = np.where(
        np.isnan(measured["req_s"]),
        np.log(table["output_tok_s"].to_numpy(dtype=float) / table["output_tokens"].to_numpy(dtype=float)),
        measured["req_s"],
    )

    def residuals(logs: Mapping[str, Numbers]) -> Numbers:
        found = np.full((ends[-1], 2), np.nan)
        for rows, start, end in zip(groups, ends[:-1], ends[1:], strict=True):
            means = rows.predict(efficiency_of({name: value[start:end] for name, value in logs.items()}))
            predicted = {
                "tpot_ms": means.tpot_s * MS_PER_S, "ttft_ms": means.ttft_s * MS_PER_S, "req_s": means.requests_per_s,
            }  # fmt: skip
            for column, (name, typical) in enumerate(TYPICAL[rows.kind].items()):
                with np.errstate(divide="ignore", invalid="ignore"):
                    off = np.log(predicted[name]) - measured[name][rows.at]
                found[start:end, column] = off / typical * weight[rows.at]
        found[~np.isfinite(found)] = np.nan
        return found

    return residuals


def thinned(table: pd.DataFrame) -> pd.DataFrame:
    """At most so many rows of each system, spread over it: a fold needs its systems, not every point of theirs."""
    system = joined(table, SYSTEM)
    number = system.map(system.value_counts())
    place = system.groupby(system).cumcount()
    step = np.ceil(number / FOLD_ROWS)
    return table[place % step == 0]


def out_of_fold(table: pd.DataFrame, catalogue: Catalogue, by: str) -> pd.DataFrame:
    """Predictions of every row by a calibration that has seen no row with the same value of a column.

    Values with few rows are left out together, which is the harder test for them.

    Returns
    -------
    DataFrame as `predict` gives it, in the order of ``table``; rows without a value are not predicted
    """
    number = table[by].map(table[by].value_counts())
    folds = table[by].where(number >= FOLD_LEAST, FEW)
    parts = []
    for value in sorted(folds.dropna().unique()):
        mine = (folds == value).to_numpy()
        calibration = train(thinned(table[~mine]), catalogue)
        part = predict(table[mine].reset_index(drop=True), calibration, catalogue)
        parts.append(part.set_index(table.index[mine]))
    return pd.concat(parts).reindex(table.index)
