"""Plans that HiGHS wrote to a file while it ran: they outlive the process.

Each improving solution is appended (option ``mip_improving_solution_file``, sparse), in the columns of the original
program (HiGHS 1.12)::

    Objective 17
    # Columns -26          minus the number of columns that are not zero
     1 3                   value, column
     11.9999999999999 45
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from planner.optimization.matrix import FloatArray

_HEAD = b"Objective "
_COUNT = b"# Columns "


def plans_newest_first(path: Path, columns: int) -> Iterator[FloatArray]:
    """Every whole plan of the file, the last written first; a plan cut short by a kill is passed over.

    Parameters
    ----------
    path : the file; may be missing
    columns : of the program
    """
    data = path.read_bytes() if path.exists() else b""
    end = data.rfind(b"\n") + 1  # a line cut short says nothing
    while (start := data.rfind(_HEAD, 0, end)) >= 0:
        plan = _plan(data[start:end], columns)
        end = start
        if plan is not None:
            yield plan


def _plan(block: bytes, columns: int) -> FloatArray | None:
    """One plan, or None when the block is not whole."""
    head, _, rest = block.partition(b"\n")
    count_line, _, body = rest.partition(b"\n")
    if not (head.startswith(_HEAD) and count_line.startswith(_COUNT) and block.endswith(b"\n")):
        return None
    words = body.split()
    count_text = count_line[len(_COUNT) :].removeprefix(b"-")
    if not count_text.isdigit() or len(words) != 2 * int(count_text):
        return None
    try:
        pairs = np.array(words, dtype=np.float64).reshape(-1, 2)
    except ValueError:
        return None
    column = pairs[:, 1].astype(np.int64)
    if column.size and (column.min() < 0 or column.max() >= columns):
        return None
    plan = np.zeros(columns)
    plan[column] = pairs[:, 0]
    return plan
