"""Weekly traffic shapes measured on ServeGen: ten-minute rates of top clients, recording holes masked.

The recording has no calendar. Hour 0 is taken as midnight (m-small is quiet from 1 to 6 and busiest from 20
to 22, as people are) and the first day is taken as Monday. To put the two quietest days on the weekend would
give each series another first weekday, so the data does not decide it.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

HOUR_S = 3_600
HOURS_PER_DAY = 24
HOURS_PER_WEEK = 168
WINDOW_QUANTILE = 0.95  # window_peak: p95 of the ten-minute windows of the hour over the hour's mean

TWO_WEEKS = (
    "derived from alibaba/ServeGen f891d11 (Apache-2.0), {model}, 14 days, is_gap masked; "
    "first day ASSUMED Monday 00; trend kept"
)
ONE_DAY = (
    "derived from alibaba/ServeGen f891d11 (Apache-2.0), {model}, 1 day ASSUMED the same on all 7; "
    "start ASSUMED 00"
)
MODELS = {
    "api_large": ("m-large", TWO_WEEKS),
    "api_mid": ("m-mid", TWO_WEEKS),
    "api_multimodal": ("mm-image", ONE_DAY),
    "api_reasoning": ("deepseek-r1", ONE_DAY),
    "api_small": ("m-small", TWO_WEEKS),
}


def measured_shapes(folder: Path) -> list[pd.DataFrame]:
    """One table per ServeGen series: shape, hour_of_week, weight, window_peak, source."""
    rates = pd.read_csv(folder / "servegen_rate_10min.csv")
    return [
        hour_shape(rates[rates["model"] == model]).assign(shape=shape, source=source.format(model=model))
        for shape, (model, source) in MODELS.items()
    ]


def hour_shape(windows: pd.DataFrame) -> pd.DataFrame:
    """Weights and window peaks of the 168 hours of the week.

    Formula, for every hour of the week h, with the weeks k that have an unmasked window in it::

        weight[h]      = mean over k of (mean rate of hour h in week k) / mean of the same over all h
        window_peak[h] = max(1, p95 of (rate of the windows in h, all weeks) / their mean)

    Parameters
    ----------
    windows : one series of ten-minute windows
        t_s [s from the start, which is taken as Monday 00], rate_rps [requests/s], is_gap [1 = hole].
        A series of one day counts for all seven.

    Raises
    ------
    ValueError
        An hour of the week has no unmasked window.
    """
    seen = windows[windows["is_gap"] == 0]
    hour = seen["t_s"] // HOUR_S
    span_hours = int(windows["t_s"].max() // HOUR_S) + 1
    cycle_hours = HOURS_PER_WEEK if span_hours >= HOURS_PER_WEEK else HOURS_PER_DAY
    hourly = seen["rate_rps"].groupby([hour % cycle_hours, hour // cycle_hours]).mean()
    level = hourly.groupby(level=0).mean()
    if len(level) != cycle_hours:
        raise ValueError(f"{cycle_hours - len(level)} hours of the cycle have no unmasked window")
    in_hour = seen["rate_rps"].groupby(hour % cycle_hours)
    peak = (in_hour.quantile(WINDOW_QUANTILE) / in_hour.mean()).clip(lower=1.0)
    hours_of_week = pd.RangeIndex(HOURS_PER_WEEK)
    return pd.DataFrame(
        {
            "hour_of_week": hours_of_week,
            "weight": (level / level.mean()).to_numpy()[hours_of_week % cycle_hours],
            "window_peak": peak.to_numpy()[hours_of_week % cycle_hours],
        }
    )
