"""The serving model as a plan uses it: calibration, engine settings, and which end of the interval to size on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.inputs.calibration import shipped_calibration
from planner.serving.effects import Calibration, Subject, calibration_of
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.layout import Layout
from planner.serving.work import Work, work_of

if TYPE_CHECKING:
    from planner.inputs.case import Case

MEDIAN, PESSIMISTIC = "median", "pessimistic"


@dataclass(frozen=True)
class ServingModel:
    """What turns layouts into work and efficiencies.

    Attributes
    ----------
    calibration : the fitted effects and intervals
    engine : settings of the serving engine
    engine_name : whose effects apply; '' or one that was never measured: the global ones
    estimate : ``median``, or ``pessimistic``: the slow end of the 80 % interval
    constants : efficiencies that replace the calibrated ones, for cards whose constants are known
    """

    calibration: Calibration = field(default_factory=lambda: Calibration({}))
    engine: Engine = field(default_factory=Engine)
    engine_name: str = ""
    estimate: str = MEDIAN
    constants: Efficiency | None = None

    def work(self, layouts: Sequence[Layout]) -> Work:
        """Work of the layouts as a column."""
        return work_of(layouts, self.engine).column()

    def efficiency(self, layouts: Sequence[Layout]) -> Efficiency:
        """Efficiencies of the layouts as a column."""
        if self.constants is not None:
            return self.constants
        subjects = [subject_of(layout, self.engine_name) for layout in layouts]
        efficiency = self.calibration.efficiency(subjects)
        if self.estimate == PESSIMISTIC:
            slow = np.exp([self.calibration.spread_of(subject) for subject in subjects])
            efficiency = replace(efficiency, slowness=efficiency.slowness * slow)
        return efficiency.column()


def subject_of(layout: Layout, engine_name: str) -> Subject:
    """Whose effects a layout has."""
    card = layout.hardware
    configuration = "/".join((layout.llm.llm, card.accelerator, layout.precision))
    return Subject(card.accelerator, card.family, engine_name, configuration)


def model_of(case: Case) -> ServingModel:
    """The serving model of a case: the shipped calibration under the case's own, and its settings.

    Raises
    ------
    UnreachableError, InputError : the shipped calibration is not there, or wrong
    """
    settings = case.settings
    return ServingModel(
        calibration=calibration_of((*shipped_calibration(), *case.records("calibration")), settings.start),
        engine=Engine(
            speculated_tokens=float(settings.speculative_tokens),
            accepted_share=settings.speculative_acceptance,
        ),
        engine_name=settings.engine,
        estimate=settings.serving_estimate,
    )
