"""The fit: a robust Gauss-Newton descent on log effects with ridge priors.

All effects enter a row's parameter as a sum of logs, so the slope of a residual to any effect of a parameter is the
slope to the parameter itself, which one shifted evaluation per parameter gives for all rows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.serving.effects import CARD, ENGINE, FAMILY, GLOBAL, PARAMETERS, SPREAD, Calibration, Subject
from planner.serving.work import Numbers

STEP = 1e-4  # of a logarithm, for the slopes
OUTLIER = 1.0  # residuals beyond this many typical ones pull only with their square root's slope
DESCENTS = 30
SHIPPED_LEVELS = (GLOBAL, FAMILY, CARD, ENGINE)

Residuals = Callable[[Mapping[str, Numbers]], Numbers]


@dataclass(frozen=True)
class Effect:
    """One unknown: its key in `Calibration.effects`, prior centre and spread, and its weight in every row."""

    key: tuple[str, str, str]
    centre: float
    spread: float
    weight: Numbers


def effects_of(subjects: Sequence[Subject], levels: Sequence[str]) -> list[Effect]:
    """Every effect of these levels that some row has."""
    found = []
    for parameter in PARAMETERS:
        for level in (level for level in parameter.levels if level in levels):
            if level == GLOBAL:
                centre = float(np.log(parameter.centre))
                found.append(
                    Effect((parameter.name, GLOBAL, ""), centre, parameter.spread, np.ones(len(subjects)))
                )
                continue
            names = [getattr(s, level) for s in subjects]
            for name in sorted(set(names) - {""}):
                weight = np.array([float(n == name) for n in names])
                found.append(Effect((parameter.name, level, name), 0.0, SPREAD[level], weight))
    return found


def fit(
    subjects: Sequence[Subject],
    residuals: Residuals,
    start: Calibration | None = None,
    levels: Sequence[str] = SHIPPED_LEVELS,
    prior: Calibration | None = None,
) -> Calibration:
    """Effects that bring the residuals down.

    Parameters
    ----------
    subjects : of the rows
    residuals : from the logs of the parameters, arrays of shape (rows,), to the residuals of the rows in units of
        their typical size, shape (rows, kinds); NaN where a row has none of a kind
    start : effects to begin with; None: the priors' centres
    levels : of the effects that are fitted
    prior : effects towards which the ridge pulls; None: the centres of the parameters, and 0 below the global level
    """
    effects = effects_of(subjects, levels)
    known = prior.effects if prior else {}
    centre = np.array([known.get(e.key, e.centre) for e in effects])
    ridge = np.array([1.0 / e.spread**2 for e in effects])
    x = centre.copy()
    if start is not None:
        x = np.array([start.effects.get(e.key, e.centre) for e in effects])
    damping = 1e-2

    fixed = Calibration(
        {(p.name, GLOBAL, ""): 0.0 for p in PARAMETERS}
        if GLOBAL in levels
        else dict(start.effects if start else {})
    )
    fitted = {effect.key for effect in effects}
    fixed = Calibration(
        {key: value for key, value in fixed.effects.items() if key not in fitted or key[1] == GLOBAL}
    )
    base = fixed.logs(subjects)

    def logs(at: Numbers) -> dict[str, Numbers]:
        total = {name: value.copy() for name, value in base.items()}
        for effect, value in zip(effects, at, strict=True):
            total[effect.key[0]] += effect.weight * value
        return total

    def cost(r: Numbers, at: Numbers) -> float:
        robust = OUTLIER**2 * (np.sqrt(1.0 + (np.nan_to_num(r) / OUTLIER) ** 2) - 1.0)
        return float(robust.sum() + ((at - centre) ** 2 * ridge).sum() / 2)

    here = logs(x)
    r = residuals(here)
    best = cost(r, x)
    for _ in range(DESCENTS):
        weight = np.where(np.isnan(r), 0.0, 1.0 / np.sqrt(1.0 + (np.nan_to_num(r) / OUTLIER) ** 2))
        slopes = {}
        for parameter in PARAMETERS:
            shifted = dict(here)
            shifted[parameter.name] = here[parameter.name] + STEP
            slopes[parameter.name] = np.nan_to_num((residuals(shifted) - r) / STEP)
        columns = np.stack([(slopes[e.key[0]] * e.weight[:, None]).ravel() for e in effects], axis=1)
        weighted = columns * weight.ravel()[:, None]
        normal = weighted.T @ columns
        pull = weighted.T @ np.nan_to_num(r).ravel() + (x - centre) * ridge
        for _ in range(8):
            system = normal + np.diag(ridge) + damping * np.diag(np.diag(normal) + ridge)
            trial = x - np.linalg.solve(system, pull)
            there = logs(trial)
            new = residuals(there)
            value = cost(new, trial)
            if value < best:
                break
            damping *= 4.0
        else:
            break
        gained, best, x, r, here = best - value, value, trial, new, there
        damping = max(damping / 5.0, 1e-7)
        if gained < 1e-4 * best:
            break
    return Calibration({effect.key: float(value) for effect, value in zip(effects, x, strict=True)})
