"""Calibrated efficiencies: one number per parameter, and effects of card family, card, engine and configuration.

::

    log parameter = global + family + card + engine + configuration

Effects shrink to nothing where little was measured (ridge priors), so that a card nobody measured has its family's
effect, and one of no known family the global number. Source of the form: reference/serving.md 2.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from planner.serving.ageing import aged
from planner.serving.efficiency import Efficiency
from planner.serving.work import Numbers
from planner.tables import Value

GLOBAL, FAMILY, CARD, ENGINE = "global", "family", "accelerator", "engine"
CONFIGURATION, SPREAD_LEVEL = "configuration", "spread"
SPREAD = {
    GLOBAL: 0.5,
    FAMILY: 0.30,
    CARD: 0.15,
    ENGINE: 0.30,
    CONFIGURATION: 0.30,
}  # of log effects, reference/serving.md 2.4


@dataclass(frozen=True)
class Parameter:
    """A field of `Efficiency` that is fitted, where its prior is centred, and which effects it may have."""

    name: str
    centre: float
    levels: tuple[str, ...] = (GLOBAL,)
    spread: float = SPREAD[GLOBAL]


CARDS, ENGINES = (GLOBAL, FAMILY, CARD), (GLOBAL, ENGINE)
BOTH = (GLOBAL, FAMILY, CARD, ENGINE)
# Centres: starting points of the fit in prototypes/serving_model.py; of those it lacks, the source is beside them.
PARAMETERS = (
    Parameter("compute_share", 0.60, BOTH),
    Parameter("ridge_power", 0.15, (GLOBAL,)),  # assumed: 0 would be one share for all cards
    Parameter("bandwidth_share", 0.75, BOTH),
    Parameter(
        "attention_share", 0.50, (GLOBAL,)
    ),  # FlashAttention-3: 75 % of the 16-bit peak at best, arXiv 2407.08608
    Parameter(
        "attention_ramp_tokens", 2000.0, (GLOBAL,)
    ),  # assumed: half of it at 2k tokens, same source's figures
    Parameter("link_share", 0.45),
    Parameter("layer_s", 18e-6, BOTH),
    Parameter("expert_layer_s", 20e-6, ENGINES),
    Parameter("step_s", 1.5e-3, ENGINES),
    Parameter("sequence_s", 12e-6, ENGINES),
    Parameter("linear_layer_factor", 1.6),
    Parameter("all_reduce_latency_s", 9e-6, CARDS),
    Parameter("imbalance", 1.25),
    Parameter("first_token_s", 25e-3, ENGINES),
    Parameter("prompt_factor", 1.0, ENGINES),
    Parameter("clumping", 0.15, ENGINES),
    Parameter("transfer_s", 50e-3, ENGINES),  # assumed: metadata, scheduling and registration of a hand-over
    Parameter("slowness", 1.0, (CONFIGURATION,)),
)


@dataclass(frozen=True)
class Subject:
    """What is measured or planned: card, family, engine ('' unknown), configuration.

    The configuration is llm/accelerator/precision.
    """

    accelerator: str
    family: str = ""
    engine: str = ""
    configuration: str = ""


@dataclass(frozen=True)
class Calibration:
    """Effects and how far off predictions are.

    Attributes
    ----------
    effects : log effects by (parameter, level, subject); the global ones have the subject ''
    spreads : half width of the 80 % interval, in logs, by (quantity, what is known of the card): quantities are
        ``tpot``, ``ttft`` and ``rate``; known is ``accelerator``, ``family`` or ``global``, or one card
    """

    effects: Mapping[tuple[str, str, str], float]
    spreads: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def efficiency(self, subjects: Sequence[Subject]) -> Efficiency:
        """The efficiencies of these subjects: arrays of shape (subjects,)."""
        return efficiency_of(self.logs(subjects))

    def logs(self, subjects: Sequence[Subject]) -> dict[str, Numbers]:
        """Logarithms of the parameters of these subjects: arrays of shape (subjects,)."""
        return {p.name: self._log(p, subjects) for p in PARAMETERS}

    def known(self, subject: Subject) -> str:
        """What the calibration has measured of a card: itself, its family, or neither."""
        for level in (CARD, FAMILY):
            if any(key[1:] == (level, getattr(subject, level)) for key in self.effects):
                return level
        return GLOBAL

    def spread_of(self, subject: Subject, quantity: str = "tpot") -> float:
        """Half width of the 80 % interval, in logs: the card's own where its runs were used; 0 where none is stated."""
        known = self.spreads.get((quantity, self.known(subject)), 0.0)
        return self.spreads.get((quantity, subject.accelerator), known)

    def _log(self, parameter: Parameter, subjects: Sequence[Subject]) -> Numbers:
        name = parameter.name
        total = np.full(len(subjects), self.effects.get((name, GLOBAL, ""), float(np.log(parameter.centre))))
        for level in (FAMILY, CARD, ENGINE, CONFIGURATION):
            total += [self.effects.get((name, level, getattr(s, level)), 0.0) for s in subjects]
        return total


def calibration_of(rows: Iterable[Mapping[str, Value]], start: str = "") -> Calibration:
    """The calibration in rows of the declared table `calibration`; a later row of the same key wins.

    With a start (first period of a plan) intervals are as wide as they will be then, see `ageing`.
    """
    effects: dict[tuple[str, str, str], float] = {}
    spreads: dict[tuple[str, str], float] = {}
    for row in rows:
        parameter, level, subject = (str(row[name]) for name in ("parameter", "level", "subject"))
        value = float(cast("float", row["log_effect"]))
        if level == SPREAD_LEVEL:
            spreads[parameter, subject] = aged(value, str(row.get("measured") or ""), start)
        else:
            effects[parameter, level, subject] = value
    return Calibration(effects, spreads)


def efficiency_of(logs: Mapping[str, Numbers]) -> Efficiency:
    """Efficiencies from the logarithms of the fitted parameters."""
    return Efficiency(**{name: np.exp(np.clip(value, -30.0, 30.0)) for name, value in logs.items()})
