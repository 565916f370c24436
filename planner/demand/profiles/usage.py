"""Usage files as measured workloads: every file read once, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.demand.profiles.measure import MeasuredWorkload, measured_workload
from planner.demand.profiles.sums import Grouping, TooManyWorkloadsError, UsageSums
from planner.errors import InputError, Problem
from planner.inputs.usage import ReadOptions, open_usage
from planner.inputs.usage.account import Account, Seen
from planner.inputs.usage.formats import BY_NAME

PARTS = (
    "Taken as a part of the same recording as the file before: same start of the clock, same ids of prefix blocks. "
    "Import recordings that have nothing to do with each other one by one."
)


@dataclass(frozen=True)
class FileRead:
    """A file, what it was, and what became of its rows."""

    path: str
    format: str
    title: str
    why: str
    account: Account


@dataclass(frozen=True)
class Usage:
    """What usage files say.

    Attributes
    ----------
    files : each with its account
    workloads : what was measured, by name
    account : of all files together
    """

    files: tuple[FileRead, ...]
    workloads: tuple[MeasuredWorkload, ...]
    account: Account

    @property
    def last_month(self) -> str:
        """Last month with usage, '' when no file has a calendar."""
        return max((str(month) for one in self.workloads for month in one.volumes["month"]), default="")

    @property
    def origin(self) -> str:
        """Files and formats in a phrase for the source columns."""
        names = [Path(one.path).name for one in self.files]
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return f"{shown} ({', '.join(sorted({one.format for one in self.files}))})"


def read_usage(
    files: Sequence[Path | str],
    options: ReadOptions | None = None,
    grouping: Grouping | None = None,
    on_file: Callable[[str], None] | None = None,
) -> Usage:
    """Read usage files and measure their workloads; a row that is in two files counts once.

    Raises
    ------
    UnreachableError : a file is not there
    InputError : a file is of no known format, is damaged, or holds no usage; or the grouping makes too many workloads
    """
    sums, seen, total = UsageSums(grouping), Seen(), Account()
    read: list[FileRead] = []
    for path in files:
        source = open_usage(path, options, seen)
        if on_file is not None:
            on_file(f"{path}: {source.format.title} ({source.why})")
        try:
            for piece in source.pieces():
                sums.add(piece, source)
        except TooManyWorkloadsError as error:
            mend = "Group by fewer columns with --by, such as --by model, or use one --workload."
            raise InputError([Problem(str(path), "", "", str(error), "fewer workloads", mend)]) from error
        if source.elapsed and any(BY_NAME[one.format].clock == source.format.clock for one in read):
            source.account.note(PARTS)
        total.add(source.account)
        read.append(FileRead(str(path), source.format.name, source.format.title, source.why, source.account))
    total.check()
    if not sums.workloads:
        raise _nothing(read, total)
    zone = sums.grouping.zone
    measured = tuple(measured_workload(name, one, zone) for name, one in sorted(sums.workloads.items()))
    return Usage(tuple(read), measured, total)


def _nothing(read: Sequence[FileRead], total: Account) -> InputError:
    """No row of any file could be used: each reason as a problem."""
    problems = [
        Problem(one.path, "", "", f"{rows:,} rows: {reason}", "rows that can be used")
        for one in read
        for reason, rows in one.account.aside.items()
    ]
    name = read[0].path if read else ""
    return InputError(problems or [Problem(name, "", "", "no rows", "rows of usage")])
