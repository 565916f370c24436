"""Corrects the serving model by a user's own runs: one to three points say how far a card or configuration is off.

Only effects of the measured cards and configurations move, from where the shipped calibration has them; everything
else stays. What the runs leave unexplained is the new interval of those cards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.calibration.configurations import Catalogue
from planner.calibration.fit import fit
from planner.calibration.intervals import measured_rate
from planner.calibration.kinds import OPEN, PROMISED
from planner.calibration.points import configuration_of
from planner.calibration.predict import one_fits
from planner.calibration.rows import rows_of
from planner.calibration.runs import Rows
from planner.calibration.training import TYPICAL, fastest, residuals_of, subset, weight_of
from planner.serving.effects import CARD, CONFIGURATION, SPREAD_LEVEL, Calibration
from planner.serving.work import Numbers

NARROWEST = (
    0.10  # assumed: one configuration measured twice differs by 3-12 % at worst (reference/serving.md 3)
)
NORMAL_80 = 1.2816  # standard deviations on either side that hold 80 % of a normal distribution
STILL_RISING = 1.05  # throughput of the last load over that of the one before
DOES_NOT_FIT = "weights and one request do not fit in the memory of these cards by our count"
SPECULATIVE = "speculative decoding: how much of the speed is the draft's is not known"
NOT_USED = {
    PROMISED: "a largest rate within a promise says too little about why",
    OPEN: "a run at a stated rate of arrivals; give runs with a fixed number of clients (concurrency)",
}
DIGITS = 6  # of a log effect


@dataclass(frozen=True)
class OwnCalibration:
    """What runs say.

    Attributes
    ----------
    rows : of the declared table `calibration`
    used : rows of the measurements that count
    set_aside : place, reason: rows that do not count
    last_tested : place, reason: best loads that are merely the last ones tested
    assumptions : what was taken for granted about the files
    before, after : median absolute error over the used rows, in logs, of TPOT (or of the rate where there is none)
    """

    rows: pd.DataFrame
    used: int
    set_aside: pd.DataFrame
    last_tested: pd.DataFrame
    before: float
    after: float
    assumptions: tuple[str, ...] = ()


def calibrate(table: pd.DataFrame, catalogue: Catalogue, shipped: Calibration) -> OwnCalibration:
    """Effects of the cards and configurations of these rows.

    Parameters
    ----------
    table : rows in the columns of the declared table `measurements`, with ``place``
    catalogue : cards and llms, a case's own among them
    shipped : where the effects start
    """
    table = table.reset_index(drop=True)
    found, reasons = rows_of(table, catalogue, grow=False)
    usable = [fastest(rows, shipped) for rows in found if rows.kind in TYPICAL]
    groups, misfits = _kept(usable, table)
    refused = {i: reason for i, reason in enumerate(reasons) if reason} | misfits
    refused |= {i: NOT_USED[rows.kind] for rows in found if rows.kind in NOT_USED for i in rows.at.tolist()}
    lines = [(table["place"][i], refused[i]) for i in sorted(refused)]
    aside = pd.DataFrame(lines, columns=["place", "reason"])
    if not groups:
        return OwnCalibration(pd.DataFrame(), 0, aside, last_tested(table), np.nan, np.nan)
    subjects = [subject for rows in groups for subject in rows.subjects]
    cards = [subject.accelerator for subject in subjects]
    residuals = residuals_of(groups, table)
    fitted = fit(subjects, residuals, shipped, (CARD, CONFIGURATION), prior=shipped)
    merged = replace(shipped, effects={**shipped.effects, **fitted.effects})
    at = np.concatenate([rows.at for rows in groups])
    size = _typical(groups) / weight_of(table)[at][:, None]
    before, after = (residuals(c.logs(subjects)) * size for c in (shipped, merged))
    effects = [(*key, round(value, DIGITS)) for key, value in sorted(fitted.effects.items())]
    effects += [("tpot", SPREAD_LEVEL, *line) for line in _spreads(cards, after[:, 0])]
    return OwnCalibration(
        _rows(effects, table.iloc[at], cards),
        len(at),
        aside,
        last_tested(table),
        _median(before),
        _median(after),
    )


def _kept(groups: Sequence[Rows], table: pd.DataFrame) -> tuple[list[Rows], dict[int, str]]:
    """The rows that say something, and the positions of the others with the reason."""
    measured = table.assign(req_s=measured_rate(table))
    kept: list[Rows] = []
    others: dict[int, str] = {}
    for rows in groups:
        mine, wanted = measured.iloc[rows.at], list(TYPICAL[rows.kind])
        faults = (
            ((mine["spec"] > 0).to_numpy(), SPECULATIVE),
            (mine[wanted].isna().all(axis=1).to_numpy(), f"none of these is stated: {', '.join(wanted)}"),
            (~one_fits(rows), DOES_NOT_FIT),
        )
        for wrong, reason in faults:
            others |= dict.fromkeys(rows.at[wrong].tolist(), reason)
        left = ~np.any([wrong for wrong, _ in faults], axis=0)
        if left.any():
            kept.append(subset(rows, np.flatnonzero(left)))
    return kept, others


def _typical(groups: Sequence[Rows]) -> Numbers:
    """Size of the residuals of every row, in logs; shape (rows, 2), NaN where a row has only one."""
    sizes = [list(TYPICAL[rows.kind].values()) for rows in groups for _ in rows.at]
    return np.array([[size[0], size[1] if len(size) > 1 else np.nan] for size in sizes])


def _median(off: Numbers) -> float:
    """Median absolute error of the first figure each row has."""
    first = np.where(np.isnan(off[:, 0]), off[:, 1], off[:, 0])
    return float(np.nanmedian(np.abs(first)))


def _spreads(cards: Sequence[str], off: Numbers) -> list[tuple[str, float]]:
    """Half width of the 80 % interval of each measured card: what is left, and never less than repeated runs differ."""
    left = pd.Series(np.square(off)).groupby(list(cards)).mean().dropna()
    widths = (NORMAL_80 * left**0.5).clip(lower=NARROWEST).round(DIGITS)
    return [(str(card), float(width)) for card, width in widths.items()]


def _rows(
    lines: Sequence[tuple[str, str, str, float]], measured: pd.DataFrame, cards: Sequence[str]
) -> pd.DataFrame:
    """Rows of the declared table, with the number, engine version and date of the runs behind each card."""
    runs = measured.assign(card=list(cards))
    facts = {
        card: (len(mine), _texts(mine, "engine_version"), _texts(mine, "measured"), _texts(mine, "source"))
        for card, mine in runs.groupby("card")
    }
    blank = (len(runs), "", "", "")
    records = []
    for parameter, level, subject, value in lines:
        card = subject.split("/")[1] if level == CONFIGURATION else subject
        points, version, date, source = facts.get(card, blank)
        records.append((parameter, level, subject, value, points, version, date, source or "own runs"))
    names = ["parameter", "level", "subject", "log_effect", "points", "engine_version", "measured", "source"]
    return pd.DataFrame(records, columns=names)


def _texts(runs: pd.DataFrame, name: str) -> str:
    return ", ".join(sorted({str(value) for value in runs[name].dropna()}))


def last_tested(table: pd.DataFrame) -> pd.DataFrame:
    """Curves whose throughput still rises at their largest load: that load is the last one tested, not the best.

    Returns
    -------
    place, reason
    """
    found = []
    runs = table[table["concurrency"].notna() & table["output_tok_s"].notna()]
    for _, curve in runs.groupby(configuration_of(runs)):
        ordered = curve.sort_values("concurrency")
        rate = ordered["output_tok_s"].to_numpy(dtype=float)
        if len(ordered) > 1 and rate[-1] > STILL_RISING * rate[-2]:
            last = ordered.iloc[-1]
            text = f"throughput still rises at {last['concurrency']:g} clients: the last load tested, not the largest"
            found.append((last["place"], text))
    return pd.DataFrame(found, columns=["place", "reason"])
