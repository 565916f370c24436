"""Every expected outcome that is not a plan, as one tree.

::

    PlannerError                       exit code
    ├── InputError                     3    the case is wrong; carries every Problem found
    ├── InfeasibleError                4    proven: no plan keeps all the rules
    ├── NoPlanError                    5    a limit was reached before any plan was found
    ├── UnreachableError               8    a file, folder or engine cannot be read or written
    ├── SolverError                    9    the solver crashed, hung or answered nonsense
    ├── AuditError                     10   the plan breaks a rule; it is not shown as a plan
    └── StoppedError                   130  stopped by the user before any plan was found

Anything else that escapes is a bug and keeps its trace (exit code 1). Exit code 2 is a wrong command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One fault in the inputs: where it is, what was found, what was expected, how to mend it.

    Parameters
    ----------
    file : path as the user wrote it
    where : 'row 7', 'key chat-fast', 'line 12', or '' when the whole file is meant
    field : column or field name, or ''
    found : what stands there
    expected : what would be right, with unit and range
    mend : the next thing to do, with the nearest known name where there is one
    """

    file: str
    where: str
    field: str
    found: str
    expected: str
    mend: str = ""

    def __str__(self) -> str:
        place = " ".join(part for part in (self.file, self.where) if part)
        if self.field:
            place += f", field {self.field}"
        text = f"{place}: {self.found}; expected {self.expected}."
        return f"{text} {self.mend}" if self.mend else text


class PlannerError(Exception):
    """An expected outcome that is not a plan."""

    exit_code = 1


class InputError(PlannerError):
    """The inputs are wrong. ``problems`` lists every fault found, sorted by file."""

    exit_code = 3

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InfeasibleError(PlannerError):
    """Proven: no plan keeps all the rules. The message names the rows that conflict.

    ``refusal`` is the proof (`planner.plan.certificate.Refusal`), None where only whole servers rule a plan out.
    """

    exit_code = 4

    def __init__(self, message: str, refusal: object | None = None) -> None:
        self.refusal = refusal
        super().__init__(message)


class NoPlanError(PlannerError):
    """A limit was reached before any plan was found."""

    exit_code = 5


class UnreachableError(PlannerError):
    """A file, folder, database or engine cannot be reached."""

    exit_code = 8


class SolverError(PlannerError):
    """The solver crashed, hung or answered nonsense."""

    exit_code = 9


class AuditError(PlannerError):
    """The audit found a rule that the plan breaks, or a cost that does not add up."""

    exit_code = 10


class StoppedError(PlannerError):
    """Stopped by the user before any plan was found."""

    exit_code = 130
