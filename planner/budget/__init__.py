"""Money as finance wants it: a finished run as budget lines, assets and payments. Knows nothing of the solver."""

from planner.budget.budget import Budget, budget_of

__all__ = ["Budget", "budget_of"]
