"""A look as one picture of six panels; matplotlib is needed and imported only here."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pandas as pd

from planner.demand.look.render import _short
from planner.demand.look.tables import Look
from planner.errors import UnreachableError

MOST_SHOWN = 8  # workloads with a colour of their own; the rest are summed up
OTHERS = "others"
_SETTINGS = {"svg.hashsalt": "capplan", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False,
             "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25, "axes.axisbelow": True}  # fmt: skip
_COLOURS = (
    "C0",
    "C1",
    "C2",
    "C3",
    "C4",
    "C5",
    "C6",
    "C9",
)  # without the grey one, which stands for the others
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def draw(look: Look, kind: str) -> bytes:
    """The picture as ``png`` or ``svg``; the same look gives the same bytes.

    Raises
    ------
    UnreachableError : matplotlib is not installed
    """
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UnreachableError(
            "Pictures need matplotlib: pip install 'capplan[plot]'. The text and --json do without."
        ) from error
    with matplotlib.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # names in a script that the font lacks
        figure = Figure(figsize=(13, 12), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(3, 2)
        figure.suptitle(f"Demand of {look.name}", fontsize=13)
        shown = _shown(look)
        colours = dict(zip(shown, _COLOURS, strict=False)) | {OTHERS: "0.6"}
        _volumes(axes[0, 0], look, colours)
        _band(axes[0, 1], look)
        _shapes(axes[1, 0], look, colours)
        _cached(axes[1, 1], look, colours)
        _lengths(axes[2, 0], look, "input", colours)
        _lengths(axes[2, 1], look, "output", colours)
        handles = [
            _patch(colours[name], name) for name in (*shown, *([OTHERS] if _has_others(look, shown) else []))
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 5), frameon=False)
        out = io.BytesIO()
        figure.savefig(
            out, format=kind, dpi=110, metadata={"Date": None} if kind == "svg" else {"Software": None}
        )
    return out.getvalue()


def _patch(colour: str, label: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(color=colour, label=label)


def _tokens(look: Look) -> pd.Series:
    return look.volumes["input_mtok_per_day"] + look.volumes["output_mtok_per_day"]


def _shown(look: Look) -> list[str]:
    """The workloads of most tokens, by name."""
    sums = _tokens(look).groupby(look.volumes["workload"]).sum().sort_values(ascending=False, kind="stable")
    return sorted(str(name) for name in sums.index[:MOST_SHOWN])


def _has_others(look: Look, shown: list[str]) -> bool:
    return look.summary["workload"].nunique() > len(shown)


def _unit(look: Look) -> tuple[float, str]:
    """What a figure is divided by, and its unit."""
    many = float(look.band["p90"].max()) >= 10_000
    return (1_000.0, "billion tokens per day") if many else (1.0, "million tokens per day")


def _volumes(axis: Any, look: Look, colours: dict[str, str]) -> None:
    divisor, unit = _unit(look)
    names = look.volumes["workload"].where(look.volumes["workload"].isin(list(colours)), OTHERS)
    wide = (
        (_tokens(look) / divisor).groupby([names, look.volumes["period"]]).sum().unstack("period").fillna(0.0)
    )
    wide = wide.loc[[name for name in colours if name in wide.index]]
    periods = [str(name) for name in wide.columns]
    bottom = np.zeros(len(periods))
    for name, row in zip(wide.index, wide.to_numpy(), strict=True):
        axis.bar(range(len(periods)), row, bottom=bottom, color=colours[name], width=0.85)
        bottom = bottom + row
    _periods(axis, periods)
    axis.set_title("Volume: input and output, logical")
    axis.set_ylabel(unit)
    axis.set_ylim(bottom=0)


def _periods(axis: Any, periods: list[str]) -> None:
    step = max(1, len(periods) // 8)
    axis.set_xticks(range(0, len(periods), step), periods[::step])
    axis.grid(visible=False, axis="x")


def _band(axis: Any, look: Look) -> None:
    at = np.arange(len(look.band))
    divisor, unit = _unit(look)
    axis.plot(at, look.band["p50"] / divisor, color="C0", marker="o", markersize=3, label="p50")
    if look.band_source:
        axis.fill_between(
            at,
            look.band["p10"] / divisor,
            look.band["p90"] / divisor,
            color="C0",
            alpha=0.2,
            label="p10 to p90",
        )
        axis.legend(loc="upper left", frameon=False)
    _periods(axis, look.band["period"].astype(str).to_list())
    axis.set_ylim(bottom=0)
    axis.set_ylabel(unit)
    axis.set_title(f"Growth; band: {look.band_source or 'none, nothing says how sure this is'}")


def _shapes(axis: Any, look: Look, colours: dict[str, str]) -> None:
    drawn: set[bytes] = set()
    for name, part in look.shapes.groupby("workload"):
        weights = part.sort_values("hour_of_week")["weight"].to_numpy(float)
        if name in colours and weights.tobytes() not in drawn:
            drawn.add(weights.tobytes())
            axis.plot(np.arange(len(weights)), weights, color=colours[str(name)], linewidth=1.1)
    axis.axhline(1.0, color="0.5", linewidth=0.8, linestyle=":")
    axis.set_xticks([24 * day + 12 for day in range(7)], _DAYS)
    axis.set_xlim(0, 168)
    for day in range(1, 7):
        axis.axvline(24 * day, color="0.85", linewidth=0.8)
    axis.grid(visible=False, axis="x")
    axis.set_ylim(bottom=0)
    axis.set_ylabel("load over the mean of the week")
    axis.set_title("Traffic by hour of the week, each shape once")


def _cached(axis: Any, look: Look, colours: dict[str, str]) -> None:
    table = look.summary[look.summary["workload"].isin(list(colours))].iloc[::-1]
    at = np.arange(len(table))
    total = table["input_mtok_per_day"].to_numpy(float)
    compute = table["compute_input_mtok_per_day"].to_numpy(float)
    whole = np.where(total > 0, total, 1.0)
    axis.barh(at, 100 * compute / whole, color=[colours[str(name)] for name in table["workload"]])
    axis.barh(at, 100 * (total - compute) / whole, left=100 * compute / whole, color="0.88")
    for row, share in enumerate(100 * (total - compute) / whole):
        axis.text(101, row, f"{share:.0f} % cached", va="center", fontsize=8)
    axis.set_yticks(at, [str(name) for name in table["workload"]])
    axis.set_xlim(0, 122)
    axis.set_xticks([0, 25, 50, 75, 100])
    axis.grid(visible=False, axis="y")
    axis.set_xlabel("% of logical input tokens: to compute (colour), found in the prefix cache (grey)")
    axis.set_title("Cached share of the input")


def _lengths(axis: Any, look: Look, side: str, colours: dict[str, str]) -> None:
    part = look.lengths[look.lengths["side"] == side]
    edges = sorted(set(part["up_to"]))
    for name, rows in part.groupby("workload"):
        if name not in colours:
            continue
        full = rows.set_index("up_to")[["requests", "tokens"]].reindex(edges).fillna(0.0)
        axis.plot(edges, 100 * full["requests"].cumsum(), color=colours[str(name)], marker=".", linewidth=1.1)
        axis.plot(
            edges, 100 * full["tokens"].cumsum(), color=colours[str(name)], linestyle="--", linewidth=1.1
        )
    axis.set_xscale("log", base=2)
    axis.set_xticks(edges, [_short(edge) for edge in edges])
    axis.minorticks_off()
    axis.set_ylim(0, 103)
    axis.set_ylabel(f"% up to this {side} length")
    axis.set_xlabel("tokens")
    axis.set_title(f"{side.capitalize()} lengths: by requests (solid), by tokens (dashed)")
