"""The step times of a plan's layouts as a table, so that a run can be replayed with what it was planned with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pandas as pd

from planner.serving.efficiency import Efficiency
from planner.serving.layout import Layout
from planner.serving.model import ServingModel
from planner.serving.work import Work, work_of


def step_table(layouts: Sequence[Layout], model: ServingModel) -> pd.DataFrame:
    """One row per layout.

    Returns
    -------
    layout, chunk_tokens, then the fields of `Work` (peaks, bytes, flops, messages) and of `Efficiency`
    """
    work, efficiency = work_of(layouts, model.engine), model.efficiency(layouts)
    columns: dict[str, object] = {
        "layout": [layout.layout for layout in layouts],
        "chunk_tokens": np.full(len(layouts), model.engine.chunk_tokens),
    }
    columns |= {field.name: getattr(work, field.name) for field in fields(Work)}
    columns |= {
        field.name: np.broadcast_to(
            np.asarray(getattr(efficiency, field.name), dtype=float).ravel(), len(layouts)
        )
        for field in fields(Efficiency)
    }
    return pd.DataFrame(columns).astype({"layout": "object"})
