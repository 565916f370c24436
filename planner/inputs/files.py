"""Reads one file whole, after asking what it is: no pipe, no device, no giant, no other encoding.

The caps are assumed: far above any case we know, far below what would fill a small machine.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from planner.inputs.problems import Fault

MIB = 2**20
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, order=True)
class FileHash:
    """One file that was read, and the SHA-256 of its bytes."""

    path: str
    sha256: str


def open_regular(path: Path) -> int | Fault:
    """Handle of a regular file, or what is wrong with it; the caller closes it.

    The file is opened without blocking and asked what it is before a byte is read, so a pipe cannot hang us.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        return Fault(f"cannot be opened ({error.strerror})", "a readable file", "Check name and permissions.")
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return handle
    os.close(handle)
    name = next((name for is_kind, name in _KINDS if is_kind(mode)), "no regular file")
    return Fault(f"is {name}", "a regular file", "Replace it by a file.")


def read_bytes(path: Path, most_bytes: int) -> bytes | Fault:
    """Bytes of a regular file, or what is wrong with it."""
    handle = open_regular(path)
    if isinstance(handle, Fault):
        return handle
    try:
        size = os.fstat(handle).st_size
        if size > most_bytes:
            return _too_long(f"{size / MIB:.1f}", most_bytes)
        with os.fdopen(os.dup(handle), "rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        return Fault(
            f"cannot be read ({error.strerror})", "a readable file", "Check the disk and permissions."
        )
    finally:
        os.close(handle)
    return _too_long("more", most_bytes) if len(data) > most_bytes else data


def _too_long(found_mib: str, most_bytes: int) -> Fault:
    return Fault(f"{found_mib} MiB", f"at most {most_bytes / MIB:.0f} MiB", "Split the case or drop rows.")


def as_text(data: bytes) -> str | Fault:
    """UTF-8 text, with or without a byte order mark; the mark is dropped."""
    if data.startswith(_UTF16):
        return Fault("UTF-16 text, by its first two bytes", "UTF-8 text", "Save it again as UTF-8.")
    body = data.removeprefix(_BOM)
    nul = data.find(b"\0")
    if nul >= 0:
        line = data.count(b"\n", 0, nul) + 1
        mend = "It is no text file, or not UTF-8: save it again as UTF-8."
        return Fault(f"a NUL byte at byte {nul}, line {line}", "UTF-8 text", mend)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start + len(data) - len(body)
        line = data.count(b"\n", 0, at) + 1
        found = f"not UTF-8 at byte {at}, line {line} (0x{data[at]:02x})"
        return Fault(found, "UTF-8 text", f"Save it again as UTF-8{_likely_encoding(body)}.")


def _likely_encoding(body: bytes) -> str:
    """A guess for the message only: Chinese Windows writes GBK."""
    try:
        text = body.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "; it reads like GBK" if any("\u4e00" <= letter <= "\u9fff" for letter in text) else ""


def file_hash(label: str, data: bytes) -> FileHash:
    """Name and hash of what was read."""
    return FileHash(label, sha256(data).hexdigest())
