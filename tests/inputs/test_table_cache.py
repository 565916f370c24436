"""Kept tables: read back as they were, the longest unused forgotten first, and never an error."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from planner.inputs import table_cache
from planner.inputs.table_cache import cache_folder, keep_tables, kept_tables, source_hash

TABLE = pd.DataFrame({"layout": ["a", None], "requests_per_s": [1.5, float("nan")], "cards": [1, 2]})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "cache"
    monkeypatch.setenv("CAPPLAN_CACHE_DIR", str(path))
    return path


def keep(key: str, age_s: float = 0.0) -> None:
    """Keep a table, as if so many seconds ago."""
    keep_tables(key, {"rates": TABLE})
    folder = cache_folder()
    assert folder is not None
    then = 1_700_000_000 - age_s
    os.utime(folder / key, (then, then))


def test_what_is_read_back_is_what_was_kept(folder: Path) -> None:
    keep_tables("one", {"rates": TABLE, "layouts": TABLE.iloc[:0]})
    found = kept_tables("one")
    assert found is not None
    assert set(found) == {"rates", "layouts"}
    pd.testing.assert_frame_equal(found["rates"], TABLE)
    assert found["layouts"].empty
    assert kept_tables("two") is None
    assert [path.name for path in folder.iterdir()] == ["one"]  # no draft is left behind


def test_the_longest_unused_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_cache, "MOST_ENTRIES", 3)
    for key, age_s in (("oldest", 300), ("older", 200), ("old", 100)):
        keep(key, age_s)
    assert kept_tables("oldest") is not None  # it is the latest used now
    keep_tables("new", {"rates": TABLE})
    assert {path.name for path in folder.iterdir()} == {"oldest", "old", "new"}


def test_no_more_than_the_most_entries_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_cache, "MOST_ENTRIES", 2)
    for at in range(5):
        keep(f"entry-{at}", age_s=100 - at)
    assert {path.name for path in folder.iterdir()} == {"entry-3", "entry-4"}


def test_a_key_that_is_kept_already_is_no_error(folder: Path) -> None:
    keep("one")
    keep("one")
    assert kept_tables("one") is not None
    assert [path.name for path in folder.iterdir()] == ["one"]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file where the folder should be: not even an administrator can write into it.
    (tmp_path / "file").write_text("in the way")
    for name in ("file", "file/below"):
        monkeypatch.setenv("CAPPLAN_CACHE_DIR", str(tmp_path / name))
        keep_tables("one", {"rates": TABLE})
        assert kept_tables("one") is None
    assert (tmp_path / "file").read_text() == "in the way"


def test_off_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPPLAN_CACHE_DIR", "off")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    keep_tables("one", {"rates": TABLE})
    assert kept_tables("one") is None
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_the_named_one_else_that_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPPLAN_CACHE_DIR", str(tmp_path / "named"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert cache_folder() == tmp_path / "named"
    monkeypatch.delenv("CAPPLAN_CACHE_DIR")
    assert cache_folder() == tmp_path / "user" / "capplan"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "capplan"


def test_a_damaged_entry_is_as_good_as_none(folder: Path) -> None:
    keep("one")
    (folder / "one" / "rates.parquet").write_bytes(b"no table")
    assert kept_tables("one") is None


def test_the_hash_of_sources_changes_with_any_of_them(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text("x = 1\n")
    (tmp_path / "there" / "notes.txt").write_text("not code")
    assert source_hash(tmp_path / "here") == source_hash(tmp_path / "there")
    source_hash.cache_clear()
    (tmp_path / "there" / "a.py").write_text("x = 2\n")
    assert source_hash(tmp_path / "here") != source_hash(tmp_path / "there")
