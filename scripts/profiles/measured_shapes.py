"""Weekly traffic shapes measured on ServeGen: ten-minute rates of top clients, recording holes masked.

The recording has no calendar. Hour 0 is taken as midnight (m-small is quiet from 1 to 6 and busiest from 20
to 22, as people are) and the first day is taken as Monday. To put the two quietest days on the weekend would
give each series another first weekday, so the data does not decide it.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from planner.demand.profiles.shape import hour_shape

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
