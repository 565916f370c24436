"""The serving table of a case, computed once: kept by the hash of all it depends on, this room's code included."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from planner.inputs.table_cache import keep_tables, kept_tables, source_hash
from planner.serving.columns import (
    GROUP_COLUMNS,
    LAYOUT_COLUMNS,
    RATE_COLUMNS,
    REFUSED_COLUMNS,
    ServingTables,
)
from planner.serving.hand_over import NONE
from planner.serving.model import ServingModel
from planner.serving.serving_table import serving_tables

if TYPE_CHECKING:
    from planner.inputs.case import Case

TYPES = {"layouts": LAYOUT_COLUMNS, "rates": RATE_COLUMNS, "refused": REFUSED_COLUMNS, "groups": GROUP_COLUMNS,
         "steps": {"layout": "object"}}  # fmt: skip


def kept_serving_tables(
    case: Case, buckets: pd.DataFrame, bands_ms: Sequence[float], model: ServingModel
) -> ServingTables:
    """As `serving_tables`; the tables of an equal question are read back.

    Raises
    ------
    InputError
        As `serving_tables`.
    """
    key = _key(case, buckets, bands_ms, model)
    kept = kept_tables(key)
    if kept is not None and set(kept) == set(TYPES):
        return ServingTables(**{name: kept[name].astype(columns) for name, columns in TYPES.items()})
    tables = serving_tables(case, buckets, bands_ms, model)
    keep_tables(key, {name: getattr(tables, name) for name in TYPES})
    return tables


def _key(case: Case, buckets: pd.DataFrame, bands_ms: Sequence[float], model: ServingModel) -> str:
    """Hash of the question: what `serving_tables` reads of the case, the model, and the code."""
    question = (
        case.cards, case.llms, case.unplannable, case.settings.pool_replicas, case.settings.pools != NONE,
        case.records("workloads"), case.records("serving"), sorted(bands_ms),
        sorted(model.calibration.effects.items()), sorted(model.calibration.spreads.items()),
        model.engine, model.engine_name, model.estimate, model.constants,
    )  # fmt: skip
    digest = hashlib.sha256(source_hash(Path(__file__).parent))
    digest.update(repr(question).encode())
    digest.update(repr(buckets.to_dict("list")).encode())
    return digest.hexdigest()
