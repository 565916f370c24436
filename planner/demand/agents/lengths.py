"""The length profile of an agent's calls: shares and means on the 9 x 6 grid, from how its context grows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.demand.agents.growth import calls_until
from planner.demand.agents.idle import pauses
from planner.demand.agents.sessions import spread_calls

Numbers = npt.NDArray[np.float64]
# Edges of the 9 x 6 grid, reference/demand.md section 3.4; the last is what a column of tokens may hold.
INPUT_EDGES = (0.0, 512.0, 2048.0, 4096.0, 8192.0, 16384.0, 32768.0, 65536.0, 131072.0, 1e8)
OUTPUT_EDGES = (0.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0, 1e8)
MOST_CALLS = 20_000  # of one session: beyond, every so-manieth call stands for its neighbours
DIGITS = 10  # of a share, so that shares of a profile add up to 1


def agent_profile(agents: pd.DataFrame, agent: str, profile: str) -> pd.DataFrame:
    """Rows of the declared table ``length_profiles`` for the calls of one agent, without its sub-agents.

    Parameters
    ----------
    agents : rows of `AGENTS` as `filled` gives them
    agent : which of them
    profile : name of the profile
    """
    mine = agents[agents["agent"] == agent].reset_index(drop=True)
    found, _ = pauses(mine)
    row = mine.iloc[0]
    prompts, cached, weights = [], [], []
    for steps in spread_calls(mine)[0]:
        prompt, before, weight = _calls_of(row, float(steps))
        prompts.append(prompt)
        cached.append(before * float(found[0]))
        weights.append(weight)
    output = np.full(sum(map(len, prompts)), max(float(row["output_tokens_per_step"]), 1.0))
    lengths = np.concatenate(prompts), np.concatenate(cached), output
    table = on_grid(*lengths, np.concatenate(weights))
    return table.assign(profile=profile, source=f"closed form of agent {agent}")[
        [
            "profile",
            "in_lo",
            "in_hi",
            "out_lo",
            "out_hi",
            "share",
            "mean_in",
            "mean_out",
            "mean_cached_in",
            "source",
        ]
    ]


def _calls_of(row: pd.Series[float], steps: float) -> tuple[Numbers, Numbers, Numbers]:
    """Prompt, earlier context and weight of the calls of one session."""
    first, growth = float(row["first_prompt_tokens"]), float(row["growth_tokens_per_step"])
    at = np.inf if np.isnan(row["compact_at_tokens"]) else float(row["compact_at_tokens"])
    to = first if np.isnan(row["compact_to_tokens"]) else float(row["compact_to_tokens"])
    one = np.array([1.0])
    opening = calls_until(first * one, growth * one, at * one)[0]
    later = calls_until(to * one, growth * one, at * one)[0]
    count = int(np.ceil(steps))
    call = np.unique(np.linspace(0, count - 1, min(count, MOST_CALLS)).astype(int)).astype(float)
    weight = np.full(len(call), count / len(call))
    weight[-1] *= 1.0 - (count - steps) * len(call) / count if count > 1 else 1.0
    again = call >= opening
    place = np.where(again, np.mod(call - opening, later) if np.isfinite(later) else 0.0, call)
    prompt = np.where(again, to, first) + growth * place
    before = np.where(place > 0, prompt - growth, np.where(again, first, 0.0))
    return np.maximum(prompt, 1.0), np.maximum(before, 0.0), np.maximum(weight, 0.0)


def on_grid(prompt: Numbers, cached: Numbers, output: Numbers, weight: Numbers) -> pd.DataFrame:
    """Weighted requests as grid cells with the means inside them.

    Returns
    -------
    in_lo, in_hi, out_lo, out_hi [tokens], share, mean_in, mean_out, mean_cached_in [tokens]; cells in order, empty ones
    left out. Shares times means add up to the weighted means of the requests.
    """
    inside, outside = np.array(INPUT_EDGES), np.array(OUTPUT_EDGES)
    row = np.clip(np.searchsorted(inside, prompt, side="left") - 1, 0, len(inside) - 2)
    column = np.clip(np.searchsorted(outside, output, side="left") - 1, 0, len(outside) - 2)
    cell = row * (len(outside) - 1) + column
    cells = (len(inside) - 1) * (len(outside) - 1)
    total = np.bincount(cell, weight, cells)
    kept = np.flatnonzero(total > 0)
    means = [
        np.bincount(cell, weight * values, cells)[kept] / total[kept] for values in (prompt, output, cached)
    ]
    share = np.round(total[kept] / total.sum(), DIGITS)
    share[int(np.argmax(share))] += 1.0 - share.sum()
    rows, columns = np.divmod(kept, len(outside) - 1)
    return pd.DataFrame(
        {
            "in_lo": inside[rows],
            "in_hi": inside[rows + 1],
            "out_lo": outside[columns],
            "out_hi": outside[columns + 1],
            "share": share,
            "mean_in": np.clip(means[0], inside[rows], inside[rows + 1]),
            "mean_out": np.clip(means[1], outside[columns], outside[columns + 1]),
            "mean_cached_in": np.minimum(means[2], means[0]),
        }
    )
