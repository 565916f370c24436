"""What levers do to requests and their lengths.

Order (reference/demand.md section 3.8): response cache, shorter prompts, context compaction, prefix cache, shorter
outputs; then a smaller model for a share, which takes requests as the others left them. They do not add: each saves of
what those before it left. All but the prefix cache cut logical tokens, and so what is sold by the token; the prefix
cache cuts computed tokens alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from planner.demand.levers.store import share_of_best
from planner.demand.levers.tables import KINDS
from planner.errors import InputError, Problem
from planner.inputs.nearest import nearest_mend
from planner.units import SECONDS_PER_DAY, TOKENS_PER_MTOK

ORDER = KINDS
SHORTEST = 1.0  # a prompt or an answer has at least one token
Lever = Mapping[Any, Any]


def strength(lever: Lever, periods: tuple[str, ...], period: str, period_months: int) -> float:
    """Share of the requests a lever is used on in a period: adoption times ramp, 0 before it begins.

    The ramp grows evenly and counts a period at its end, so that one of no more than a period is full at once.
    """
    first = periods.index(lever["from_period"]) if lever["from_period"] is not None else 0
    months = (periods.index(period) - first + 1) * period_months
    if months <= 0:
        return 0.0
    ramp = lever["ramp_months"]
    return float(lever["adoption_share"] * (min(1.0, months / ramp) if ramp > 0 else 1.0))


def applied(work: pd.DataFrame, levers: pd.DataFrame, used: Mapping[str, float]) -> pd.DataFrame:
    """Requests of a period with these levers, in their order whatever the order of the rows.

    Parameters
    ----------
    work : of `work_of`
    levers : rows of `LEVERS`
    used : share of the requests each lever is used on, by name; as `strength` gives it
    """
    rank = {kind: at for at, kind in enumerate(ORDER)}
    ordered = sorted(levers.to_dict("records"), key=lambda row: rank[row["kind"]])
    for lever in ordered:
        share = used[str(lever["lever"])]
        if share > 0:
            work = _KINDS[str(lever["kind"])](work, lever, share)
    return work


def _mine(work: pd.DataFrame, lever: Lever) -> pd.Series[bool]:
    """Rows of the lever's workload."""
    if lever["workload"] is None:
        return pd.Series(True, index=work.index)
    return pd.Series(work["workload"] == lever["workload"])


def _response_cache(work: pd.DataFrame, lever: Lever, share: float) -> pd.DataFrame:
    """Requests that are answered without the llm leave: ``requests * (1 - saves * used)``."""
    factor = 1.0 - lever["saves_share"] * share
    return work.assign(
        requests_per_day=work["requests_per_day"].where(
            ~_mine(work, lever), work["requests_per_day"] * factor
        )
    )


def _shorter_prompts(work: pd.DataFrame, lever: Lever, share: float) -> pd.DataFrame:
    """Cached and new input shrink alike: ``in * (1 - saves * used)``, never below one token."""
    factor = 1.0 - lever["saves_share"] * share
    return _lengths(work, lever, work["mean_in"] * factor, work["mean_cached_in"] * factor)


def _context_compaction(work: pd.DataFrame, lever: Lever, share: float) -> pd.DataFrame:
    """Input above a length shrinks: ``removed = saves * used * max(0, in - above)``.

    What goes is history, which is what the prefix cache holds: cached tokens go first. So compaction saves much of what
    is billed and held, and little of what is computed.
    """
    removed = lever["saves_share"] * share * np.maximum(work["mean_in"] - lever["above_tokens"], 0.0)
    cached = np.maximum(work["mean_cached_in"] - removed, 0.0)
    return _lengths(work, lever, work["mean_in"] - removed, pd.Series(cached, index=work.index))


def _prefix_cache(work: pd.DataFrame, lever: Lever, share: float) -> pd.DataFrame:
    """Input found in a store, if that is more than is found already: ``max(cached, in * saves * best * used)``.

    ``best`` is what a store of its size finds of all that could be found, at the workload's traffic; see `store.py`.
    """
    found = np.zeros(len(work))
    hit = _mine(work, lever)
    for workload, rows in work[hit].groupby("workload"):
        tokens_per_s = float((rows["requests_per_day"] * rows["mean_in"]).sum()) / SECONDS_PER_DAY
        size = lever["store_mtokens"]
        store = np.inf if size is None or np.isnan(size) else size * TOKENS_PER_MTOK * lever["stores"]
        best = share_of_best(store, tokens_per_s, lever["stores"])
        found[(work["workload"] == workload).to_numpy()] = lever["saves_share"] * best * share
    cached = np.maximum(work["mean_cached_in"], work["mean_in"] * found)
    return work.assign(mean_cached_in=work["mean_cached_in"].where(~hit, cached))


def _shorter_outputs(work: pd.DataFrame, lever: Lever, share: float) -> pd.DataFrame:
    """``out * (1 - saves * used)``, never below one token."""
    shorter = np.maximum(work["mean_out"] * (1.0 - lever["saves_share"] * share), SHORTEST)
    return work.assign(mean_out=work["mean_out"].where(~_mine(work, lever), shorter))


def _smaller_model(work: pd.DataFrame, lever: Lever, share: float) -> pd.DataFrame:
    """A share of the requests goes to the workload of another model, with its lengths as they are."""
    moved = lever["saves_share"] * share
    hit = _mine(work, lever) & (work["workload"] != lever["to_workload"])
    gone = work[hit].assign(
        bucket=work.loc[hit, "bucket"] + "/" + work.loc[hit, "workload"],
        workload=lever["to_workload"],
        requests_per_day=work.loc[hit, "requests_per_day"] * moved,
    )
    stays = work["requests_per_day"].where(~hit, work["requests_per_day"] * (1.0 - moved))
    both = pd.concat([work.assign(requests_per_day=stays), gone], ignore_index=True)
    return pd.DataFrame(both[both["requests_per_day"] > 0]).reset_index(drop=True)


def _lengths(
    work: pd.DataFrame, lever: Lever, prompt: pd.Series[float], cached: pd.Series[float]
) -> pd.DataFrame:
    """Rows of the lever with these inputs, at least a token long and cached no more than there is."""
    hit = _mine(work, lever)
    prompt = prompt.clip(lower=np.minimum(work["mean_in"], SHORTEST))
    return work.assign(
        mean_in=work["mean_in"].where(~hit, prompt),
        mean_cached_in=work["mean_cached_in"].where(~hit, np.minimum(cached, prompt)),
    )


_KINDS: dict[str, Callable[[pd.DataFrame, Lever, float], pd.DataFrame]] = {
    "response_cache": _response_cache,
    "shorter_prompts": _shorter_prompts,
    "context_compaction": _context_compaction,
    "prefix_cache": _prefix_cache,
    "shorter_outputs": _shorter_outputs,
    "smaller_model": _smaller_model,
}


def check_levers(levers: pd.DataFrame, workloads: set[str], periods: tuple[str, ...], file: str) -> None:
    """Levers that fit a case.

    Raises
    ------
    InputError : with everything that is wrong
    """
    problems = []
    for lever in levers.to_dict("records"):
        where = f"lever {lever['lever']}"
        for name in ("workload", "to_workload"):
            if lever[name] is not None and lever[name] not in workloads:
                mend = nearest_mend(str(lever[name]), workloads)
                problems.append(
                    Problem(file, where, name, f"'{lever[name]}'", "a workload of the case", mend)
                )
        if (lever["kind"] == "smaller_model") != (lever["to_workload"] is not None):
            found = (
                "blank" if lever["to_workload"] is None else f"'{lever['to_workload']}' for {lever['kind']}"
            )
            expected = "a workload for smaller_model, and for nothing else"
            problems.append(Problem(file, where, "to_workload", found, expected))
        if lever["from_period"] is not None and lever["from_period"] not in periods:
            expected = f"a period from {periods[0]} to {periods[-1]}"
            problems.append(Problem(file, where, "from_period", f"'{lever['from_period']}'", expected))
    if problems:
        raise InputError(problems)
