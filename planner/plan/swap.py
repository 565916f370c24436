"""Two folders change places in one step, where the system can do that.

A folder that is not empty cannot be renamed onto another; Linux can exchange two names (renameat2, kernel 3.15 and
glibc 2.28 on), so a reader sees the old run or the new one and never none.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

AT_FDCWD = -100  # linux/fcntl.h: paths are relative to the working directory
RENAME_EXCHANGE = 2  # linux/fs.h


def swapped(first: Path, second: Path) -> bool:
    """Exchange two paths; False, with nothing changed, where system or file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    exchange = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if exchange is None:
        return False
    names = [os.fsencode(path) for path in (first, second)]
    return bool(exchange(AT_FDCWD, names[0], AT_FDCWD, names[1], ctypes.c_uint(RENAME_EXCHANGE)) == 0)
