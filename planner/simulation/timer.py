"""Step times from a run: the one place where the simulator meets the serving model.

``given/steps`` of a run has one row per modelled layout: ``layout``, ``chunk_tokens`` (most tokens of a step) and the
fields of `planner.serving.work.Work` and `planner.serving.efficiency.Efficiency` as they were when the plan was made,
so a run is replayed with the step times it was planned with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import InputError, Problem
from planner.serving.efficiency import Efficiency
from planner.serving.step_time import step_s
from planner.serving.work import Work
from planner.simulation.requests import Numbers
from planner.simulation.step_timer import StepFunction, TabledTimer

STEPS = "steps"


def timers_of(given: Mapping[str, pd.DataFrame]) -> dict[str, TabledTimer]:
    """Step timers of a run's layouts; layouts whose rates the user gave have none.

    Raises
    ------
    InputError
        The run holds no step times, or not those this version reads; or it speculates, which is not replayed.
    """
    settings = given.get("settings")
    if settings is not None and float(settings.get("speculative_tokens", pd.Series([0])).iloc[0]) > 0:
        raise InputError(
            [
                Problem(
                    "RUN", "given/settings", "speculative_tokens", "a plan with speculative decoding",
                    "one without: the replay makes one token per step",
                    "Plan the case with speculative_tokens 0 to replay it; the plan then errs on the safe side.",
                )
            ]
        )  # fmt: skip
    columns = ["layout", "chunk_tokens", *_names(Work), *_names(Efficiency)]
    steps = given.get(STEPS)
    missing = columns if steps is None else [name for name in columns if name not in steps]
    if steps is None or missing:
        found = "holds no step times" if steps is None else f"lacks {', '.join(missing[:5])}"
        raise InputError(
            [Problem("RUN", "given/steps", "", found, "a run of this version", "Solve the case again.")]
        )
    return {str(row["layout"]): timer_of(row) for row in steps.to_dict("records")}


def _names(record: type[Any]) -> list[str]:
    return [field.name for field in fields(record)]


def timer_of(row: Mapping[Any, Any]) -> TabledTimer:
    """The timer of one row of ``steps``.

    Cache is counted in tokens: room over bytes per token, all attention groups together. Layers with a sliding window
    are counted as if they kept every token, and the state of linear attention not at all.
    """
    work = Work(**{name: np.array(float(row[name])) for name in _names(Work)})
    efficiency = Efficiency(**{name: np.array(float(row[name])) for name in _names(Efficiency)})
    per_token = float(work.cache_bytes + work.index_bytes + work.window_bytes)
    room = max(float(work.room_bytes), 0.0) * float(work.groups) * float(work.stages)
    kv_tokens = int(room / per_token) if per_token > 0 else 2**53
    return TabledTimer(
        _step_function(work, efficiency),
        kv_tokens,
        int(float(work.most_running)),
        int(row["chunk_tokens"]),
        first_token_s=float(efficiency.first_token_s),
        prompt_factor=float(efficiency.prompt_factor),
    )


def _step_function(work: Work, efficiency: Efficiency) -> StepFunction:
    """Time of a step of the whole replica.

    With p pipeline stages the running requests go round in p parts, so a step is that of one part; a prompt holds
    each stage up for a p-th of what it adds (as `planner.serving` counts it).
    """
    stages = float(work.stages)

    def function(decoding: Numbers, context: Numbers, prompt: Numbers, attended: Numbers) -> Numbers:
        part = decoding / stages
        none = np.zeros_like(prompt)
        alone = step_s(work, efficiency, part, context, none, np.ones_like(prompt))
        both = step_s(work, efficiency, part, context, prompt, np.maximum(attended, 1.0))
        result: Numbers = alone + (both - alone) / stages
        return result

    return function
