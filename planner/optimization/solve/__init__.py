"""The one adapter to OR-Tools: a matrix in, a checked outcome out. OR-Tools itself is loaded only in the child."""

from planner.optimization.solve.options import OptionError, SolveOptions
from planner.optimization.solve.outcome import Outcome, Progress, Status
from planner.optimization.solve.process import spare_child
from planner.optimization.solve.run import Cancel, ctrl_c_noted, solve_matrix

__all__ = [
    "Cancel",
    "OptionError",
    "Outcome",
    "Progress",
    "SolveOptions",
    "Status",
    "ctrl_c_noted",
    "solve_matrix",
    "spare_child",
]
