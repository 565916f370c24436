"""Tolerances of the tests, by name."""

from __future__ import annotations

SAME_COST_SHARE = 1e-9  # two costs of one plan: sums of a few dozen doubles, rounded a few hundred times
PROVEN_SHARE = 2e-6  # a bound may exceed a cost by the solver's own tolerances (judge: 1e-6), taken twice
