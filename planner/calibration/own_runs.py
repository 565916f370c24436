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
from planner.calibration.points import configuration_of
from planner.calibration.predict import Rows, one_fits, rows_of
from planner.calibration.training import TYPICAL, fastest, residuals_of, subset
from planner.serving.effects import CARD, CONFIGURATION, SPREAD_LEVEL, Calibration
from planner.serving.work import Numbers

NARROWEST = (
    0.10  # assumed: one configuration measured twice differs by 3-12 % at worst (reference/serving.md 3)
)
NORMAL_80 = 1.2816  # standard deviations on either side that hold 80 % of a normal distribution
STILL_RISING = 1.05  # throughput of the last load over that of the one before
DOES_NOT_FIT = "weights and one request do not fit in the memory of these cards by our count"


@dataclass(frozen=True)
class OwnCalibration:
    """What runs say.

    Attributes
    ----------
    rows : of the declared table `calibration`
    used : rows of the measurements that count
    set_aside : place, reason: rows that do not count
    last_tested : place, reason: best loads that are merely the last ones tested
    before, after : median absolute error over the used rows, in logs, of TPOT (or of the rate where there is none)
    """

    rows: pd.DataFrame
    used: int
    set_aside: pd.DataFrame
    last_tested: pd.DataFrame
    before: float
    after: float


def calibrate(table: pd.DataFrame, catalogue: Catalogue, shipped: Calibration) -> OwnCalibration:
    """Effects of the cards and configurations of these rows.

    Parameters
    ----------
    table : rows in the columns of the declared table `measurements`, with ``place``
    catalogue : cards and llms, a case's own among them
    shipped : where the effects start
    """
    table = table.reset_index(drop=True)
    found, reasons = rows_of(table, catalogue)
    groups, misfits = _fitting([fastest(rows, shipped) for rows in found if rows.kind in TYPICAL])
    refused = [(table["place"][i], reason) for i, reason in enumerate(reasons) if reason]
    refused += [(table["place"][i], DOES_NOT_FIT) for i in misfits]
    unused = [rows.kind for rows in found if rows.kind not in TYPICAL for _ in rows.at]
    refused += [("", f"a largest rate says too little about why: {kind}") for kind in dict.fromkeys(unused)]
    aside = pd.DataFrame(refused, columns=["place", "reason"])
    if not groups:
        return OwnCalibration(pd.DataFrame(), 0, aside, last_tested(table), np.nan, np.nan)
    subjects = [subject for rows in groups for subject in rows.subjects]
    residuals = residuals_of(groups, table)
    fitted = fit(subjects, residuals, shipped, (CARD, CONFIGURATION))
    merged = replace(shipped, effects={**shipped.effects, **fitted.effects})
    typical = np.array([next(iter(TYPICAL[rows.kind].values())) for rows in groups for _ in rows.at])
    before, after = (residuals(c.logs(subjects))[:, 0] * typical for c in (shipped, merged))
    lines = [(*key, value) for key, value in sorted(fitted.effects.items())]
    lines += [("tpot", SPREAD_LEVEL, *line) for line in _spreads([s.accelerator for s in subjects], after)]
    at = np.concatenate([rows.at for rows in groups])
    return OwnCalibration(
        _rows(lines, table.iloc[at], [s.accelerator for s in subjects]), len(at), aside, last_tested(table),
        float(np.nanmedian(np.abs(before))), float(np.nanmedian(np.abs(after))),
    )  # fmt: skip


def _fitting(groups: Sequence[Rows]) -> tuple[list[Rows], list[int]]:
    """The rows whose weights and one request fit, and the positions of the others."""
    kept, others = [], []
    for rows in groups:
        fits = one_fits(rows)
        others += rows.at[~fits].tolist()
        if fits.any():
            kept.append(subset(rows, np.flatnonzero(fits)))
    return kept, others


def _spreads(cards: Sequence[str], off: Numbers) -> list[tuple[str, float]]:
    """Half width of the 80 % interval of each measured card: what is left, and never less than repeated runs differ."""
    left = pd.Series(off).groupby(list(cards)).std(ddof=0).fillna(0.0)
    return [(str(card), max(NARROWEST, NORMAL_80 * float(value))) for card, value in left.items()]


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
