"""Log seasonal drift: the built-in forecast, closed form, for many series at once.

With y the logs, m the points of a season, w the growth window and h points ahead (reference/demand.md section 4)::

    growth = (mean of the last season - mean of the season w points earlier) / w           [log per point]
    level  = mean of the last season, carried by the growth to its last point
    season = mean deviation from that line of each phase in the window, centred
    sd     = spread of the change over one season / sqrt(m)
    y(h)   = level + growth h + season(phase),   band = 1.2816 sd sqrt(h (1 + h / w))

The h / w under the root is the growth's own uncertainty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
NORMAL_P90 = 1.2815515655446004  # standard normal quantile at 0.9
LEAST_POINTS = 8  # reference/demand.md section 4: under 8 points no fit


@dataclass(frozen=True)
class Grain:
    """How far the points of a history lie apart.

    name : month, week or day. days : between points. season : points of a season. window : points that growth is taken
    over; reference/demand.md section 4: 90 days, or 12 points of a weekly or monthly history.
    """

    name: str
    days: float
    season: int
    window: int


@dataclass(frozen=True)
class Band:
    """Logs of the quantiles; arrays of one shape, (series, points ahead)."""

    low: Numbers
    mid: Numbers
    high: Numbers


def drift(logs: Numbers, grain: Grain, ahead: int) -> Band:
    """p10, p50 and p90 of the next ``ahead`` points of every series.

    Parameters
    ----------
    logs : shape (series, points), no holes, at least `LEAST_POINTS` points
    grain : season and window; both shrink to what the history holds

    Examples
    --------
    Doubling every point, without noise, goes on doubling:

    >>> band = drift(np.log([[1.0, 2, 4, 8, 16, 32, 64, 128]]), Grain("month", 30.4, 1, 12), 2)
    >>> np.exp(band.mid).round(6).tolist()
    [[256.0, 512.0]]
    """
    season, window = fitting(grain, logs.shape[1])
    growth, level = growth_and_level(logs, season, window)
    steps = np.arange(1, ahead + 1, dtype=float)
    mid = level[:, None] + growth[:, None] * steps + _season(logs, season, window, growth, level, ahead)
    changes = logs[:, season:] - logs[:, :-season]
    sd = changes[:, -window:].std(axis=1, ddof=1) / np.sqrt(season)
    half = NORMAL_P90 * sd[:, None] * np.sqrt(steps * (1.0 + steps / window))
    return Band(mid - half, mid, mid + half)


def fitting(grain: Grain, points: int) -> tuple[int, int]:
    """Season and window that a history of so many points can carry: at least one season apart."""
    season = grain.season if points >= 2 * grain.season + 1 else 1
    return season, min(grain.window, points - season)


def growth_and_level(logs: Numbers, season: int, window: int) -> tuple[Numbers, Numbers]:
    """Log growth per point, and the level at the last point without its season; shape (series,)."""
    last = logs[:, -season:].mean(axis=1)
    earlier = logs[:, logs.shape[1] - season - window : logs.shape[1] - window].mean(axis=1)
    growth = (last - earlier) / window
    return growth, last + growth * (season - 1) / 2.0


def _season(logs: Numbers, season: int, window: int, growth: Numbers, level: Numbers, ahead: int) -> Numbers:
    """Effect of the phase on every point ahead; shape (series, ahead)."""
    if season == 1:
        return np.zeros((len(logs), ahead))
    whole = max(window // season, 1) * season
    back = np.arange(-whole + 1, 1, dtype=float)
    off = logs[:, -whole:] - (level[:, None] + growth[:, None] * back)
    phases = off.reshape(len(logs), -1, season).mean(axis=1)
    phases -= phases.mean(axis=1, keepdims=True)
    return np.asarray(phases[:, np.arange(ahead) % season])
