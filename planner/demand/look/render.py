"""A look as text, as JSON and as a page."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from planner.demand.look.tables import Look

_BARS = "▁▂▃▄▅▆▇█"
_HOURS_PER_DAY, _WEEKDAY_HOURS = 24, 120
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:74rem;padding:0 1rem;color:#222}}
svg{{max-width:100%;height:auto}}table{{border-collapse:collapse;margin:1rem 0;font-size:13px}}
th,td{{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd}}
td:first-child,th:first-child{{text-align:left}}h2{{margin-top:2rem}}</style></head>
<body><h1>{title}</h1>
{picture}
{tables}
</body></html>
"""


def spark(values: np.ndarray) -> str:
    """Values as little bars, the largest full.

    Examples
    --------
    >>> spark(np.array([0.0, 0.5, 1.0]))
    '▁▅█'
    """
    top = float(values.max())
    if top <= 0:
        return _BARS[0] * len(values)
    return "".join(_BARS[min(int(value / top * len(_BARS)), len(_BARS) - 1)] for value in values)


def summary_table(look: Look) -> pd.DataFrame:
    """Workloads with what one asks first; shares in per cent."""
    table = look.summary
    return pd.DataFrame(
        {
            "workload": table["workload"],
            "requests/day": table["requests_per_day"].round(),
            "growth %/month": (100 * table["growth_per_month"]).round(1),
            "input Mtok/day": table["input_mtok_per_day"],
            "to compute": table["compute_input_mtok_per_day"],
            "cached %": (100 * table["cached_share"]).round(1),
            "output Mtok/day": table["output_mtok_per_day"],
            "mean in": table["mean_in"].round(),
            "mean out": table["mean_out"].round(),
            "peak/mean": table["peak_to_mean"].round(2),
        }
    )


def length_table(look: Look, side: str) -> pd.DataFrame:
    """Per cent of requests / per cent of tokens by band of lengths."""
    part = look.lengths[look.lengths["side"] == side]
    cells = [
        f"{100 * requests:.0f} / {100 * tokens:.0f}"
        for requests, tokens in zip(part["requests"], part["tokens"], strict=True)
    ]
    names = [f"<= {_short(edge)}" for edge in part["up_to"]]
    order = [f"<= {_short(edge)}" for edge in sorted(set(part["up_to"]))]
    wide = part.assign(cell=cells, name=names).pivot(index="workload", columns="name", values="cell")
    return wide[order].fillna("").reset_index().rename_axis(columns=None)


def shape_lines(look: Look) -> list[str]:
    """A day of each workload as bars, with its busiest hour and weekday over weekend."""
    lines = []
    width = max((len(name) for name in look.summary["workload"]), default=0)
    for workload, part in look.shapes.groupby("workload"):
        weights = part.sort_values("hour_of_week")["weight"].to_numpy(float)
        weekend = weights[_WEEKDAY_HOURS:].mean()
        day = weights[:_WEEKDAY_HOURS].reshape(5, _HOURS_PER_DAY).mean(axis=0)
        told = "flat"
        if weights.max() > weights.min():
            ratio = f"{weights[:_WEEKDAY_HOURS].mean() / weekend:.2f}" if weekend > 0 else "only weekdays"
            told = f"busiest hour {weights.max():.2f} x the mean, on weekdays {int(day.argmax()):02d}:00; "
            told += f"weekday / weekend {ratio}"
        lines.append(f"  {workload:<{width}}  {spark(day)}  {told}")
    return lines


def band_lines(look: Look) -> list[str]:
    """First and last period of all tokens, with the band."""
    if not look.band_source:
        return ["  no band: nothing says how sure these volumes are (scenarios, or `capplan forecast`)"]
    rows = look.band.iloc[[0, -1]] if len(look.band) > 1 else look.band
    return [
        f"  {row['period']}: {row['p50']:,.4g} ({row['p10']:,.4g} to {row['p90']:,.4g}) million tokens per day"
        for _, row in rows.iterrows()
    ] + [f"  from {look.band_source}"]


def look_page(look: Look, svg: str) -> str:
    """One self-contained page: the picture, then every table it is drawn from."""
    tables = (("Workloads", summary_table(look)),
              ("Input lengths: % of requests / % of tokens", length_table(look, "input")),
              ("Output lengths: % of requests / % of tokens", length_table(look, "output")),
              ("All tokens, million per day", look.band), ("Volumes", look.volumes))  # fmt: skip
    body = "\n".join(f"<h2>{escape(title)}</h2>\n{_html(table)}" for title, table in tables)
    return _PAGE.format(title=escape(f"Demand of {look.name}"), picture=svg[svg.index("<svg") :], tables=body)


def _html(table: pd.DataFrame) -> str:
    text = table.to_html(index=False, border=0, na_rep="", float_format=lambda value: f"{value:,.5g}")
    return str(text)


def look_json(look: Look) -> dict[str, Any]:
    """Every table of the look."""
    tables = {
        name: _records(getattr(look, name)) for name in ("summary", "volumes", "lengths", "shapes", "band")
    }
    return {"case": look.name, "band_source": look.band_source, **tables}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(key): None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in row.items()
        }
        for row in table.to_dict("records")
    ]


def _short(tokens: float) -> str:
    """A length as people say it.

    Examples
    --------
    >>> _short(512), _short(8192), _short(1048576)
    ('512', '8k', '1M')
    """
    if tokens >= 2**20:
        return f"{tokens / 2**20:g}M"
    return f"{tokens / 2**10:g}k" if tokens >= 2**10 else f"{tokens:g}"
