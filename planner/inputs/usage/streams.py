"""Bytes of a file, packed or not, in pieces: gzip is unpacked, and text that is not UTF-8 is marked, not lost."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from planner.errors import InputError, Problem, UnreachableError
from planner.inputs.files import open_regular
from planner.inputs.problems import Fault

GZIP = b"\x1f\x8b"
PARQUET = b"PAR1"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
PACKED_FAULTS = (EOFError, zlib.error, gzip.BadGzipFile)


def problem(path: Path | str, where: str, found: str, expected: str, mend: str = "") -> InputError:
    """One problem as an error."""
    return InputError([Problem(str(path), where, "", found, expected, mend)])


def open_bytes(path: Path) -> BinaryIO:
    """A file opened for reading from its begin, unpacked if it is gzip.

    Raises
    ------
    UnreachableError : there is no such file
    InputError : it is no regular file
    """
    if not path.exists():
        raise UnreachableError(f"{path}: there is no such file.")
    handle = open_regular(path)
    if isinstance(handle, Fault):
        raise problem(path, "", handle.found, handle.expected, handle.mend)
    file = os.fdopen(handle, "rb")
    packed = file.read(2) == GZIP
    file.seek(0)
    return cast(BinaryIO, _Unpacked(file)) if packed else file


class _Unpacked(gzip.GzipFile):
    """A gzip file that closes the file it unpacks."""

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__(fileobj=packed, mode="rb")
        self._packed = packed

    def close(self) -> None:
        """Close both."""
        super().close()
        self._packed.close()


def first_bytes(path: Path, most: int) -> bytes:
    """What a file begins with.

    Raises
    ------
    UnreachableError, InputError : it cannot be opened, or is no whole gzip file
    """
    with open_bytes(path) as file:
        try:
            return file.read(most)
        except PACKED_FAULTS as error:
            raise cut_short(path, error) from error


def cut_short(path: Path, error: Exception) -> InputError:
    """A packed file that ends too early, or is damaged."""
    said = " ".join(str(error).split()) or "it ends too early"
    mend = "Copy it again; `gzip -dc FILE > part` saves what can be saved."
    return problem(path, "", f"a damaged gzip file ({said})", "a whole file", mend)


class Utf8Stream(io.RawIOBase):
    """Bytes that are surely UTF-8: what is not becomes the mark U+FFFD, so that the row can be named.

    A NUL is marked too. A byte order mark at the begin is left out.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = b""
        self._ended = False

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer; 0 at the end."""
        view = memoryview(cast(bytearray, buffer))
        while not self._rest and not self._ended:
            data = self._source.read(max(len(view), 1 << 16))
            self._ended = not data
            self._rest = self._decode.decode(data, final=self._ended).replace("\0", "\ufffd").encode("utf-8")
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
