"""Lengths of aggregates: the profile of a service class, brought to the measured means."""

from __future__ import annotations

import pandas as pd

TOKEN_DIGITS = 4
_EDGES_AND_MEANS = {"in": ("in_lo", "in_hi", "mean_in"), "out": ("out_lo", "out_hi", "mean_out")}


def class_lengths(
    profile: pd.DataFrame,
    input_tokens: float,
    output_tokens: float,
    cached_tokens: float,
    requests: float | None,
) -> tuple[pd.DataFrame, float]:
    """The profile of a class with the mean lengths that were measured, and the number of requests.

    Edges and means of every bucket are multiplied by one factor for input and one for output, so the form of the
    distribution is the class's and the totals are the measured ones. Where requests are not counted, input keeps the
    lengths of the class, and the number of requests follows from it.

    Parameters
    ----------
    profile : share, in_lo, in_hi, out_lo, out_hi, mean_in, mean_out [tokens] of the class
    input_tokens, output_tokens, cached_tokens : measured totals; input is logical, cached included
    requests : how many there were; None: not counted

    Returns
    -------
    The same columns and mean_cached_in, and requests. A total of 0 leaves the class's length.

    Examples
    --------
    >>> one = {"share": 1.0, "in_lo": 0, "in_hi": 512, "out_lo": 0, "out_hi": 64, "mean_in": 100.0, "mean_out": 10.0}
    >>> table, requests = class_lengths(pd.DataFrame([one]), 5000.0, 1000.0, 1000.0, 25.0)
    >>> table[["mean_in", "mean_out", "mean_cached_in"]].iloc[0].to_list(), requests
    ([200.0, 40.0, 40.0], 25.0)
    """
    mean_in = float((profile["share"] * profile["mean_in"]).sum())
    mean_out = float((profile["share"] * profile["mean_out"]).sum())
    count = requests if requests else (input_tokens / mean_in if input_tokens else output_tokens / mean_out)
    factor = {
        "in": input_tokens / count / mean_in if count and input_tokens else 1.0,
        "out": output_tokens / count / mean_out if count and output_tokens else 1.0,
    }
    table = profile.copy()
    for side, names in _EDGES_AND_MEANS.items():
        for name in names:
            table[name] = (table[name] * factor[side]).round(TOKEN_DIGITS)
    cached_share = cached_tokens / input_tokens if input_tokens else 0.0
    table["mean_cached_in"] = (table["mean_in"] * cached_share).round(TOKEN_DIGITS)
    return table, float(count)
