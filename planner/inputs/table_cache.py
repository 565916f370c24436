"""Tables computed before, by the hash of all they were computed from.

The folder is ``$CAPPLAN_CACHE_DIR``, else ``capplan`` in the user's cache folder (``$XDG_CACHE_HOME`` or ~/.cache); the
word ``off`` keeps nothing. An entry that is damaged or cannot be written is as good as none: the tables are computed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

VARIABLE, OFF = "CAPPLAN_CACHE_DIR", "off"
MOST_ENTRIES = 50  # assumed: a few megabytes each; the ones longest unused go first
SUFFIX = ".parquet"


def cache_folder() -> Path | None:
    """Where tables are kept; None: nowhere."""
    named = os.environ.get(VARIABLE)
    if named == OFF:
        return None
    if named:
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "capplan"


def kept_tables(key: str) -> dict[str, pd.DataFrame] | None:
    """The tables kept under a key, or None."""
    folder = cache_folder()
    entry = folder / key if folder else None
    if entry is None or not entry.is_dir():
        return None
    import pandas as pd
    from pyarrow import ArrowException

    try:
        tables = {path.stem: pd.read_parquet(path) for path in sorted(entry.glob(f"*{SUFFIX}"))}
        os.utime(entry)
    except (OSError, ArrowException):
        return None
    return tables


def keep_tables(key: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Keep tables under a key, whole or not at all."""
    folder = cache_folder()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder, prefix="draft-"))
        try:
            for name, table in tables.items():
                table.to_parquet(draft / f"{name}{SUFFIX}", index=False)
            draft.rename(folder / key)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        _forget_oldest(folder)
    except OSError:
        return  # a full or read-only disk: the tables are computed again next time


@lru_cache(maxsize=8)
def source_hash(folder: Path) -> bytes:
    """Hash of the Python files in a folder, so that a new version never answers with an old table."""
    sources = sorted(folder.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).digest()


def _forget_oldest(folder: Path) -> None:
    entries = sorted(
        (path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime
    )
    for path in entries[:-MOST_ENTRIES]:
        shutil.rmtree(path, ignore_errors=True)
