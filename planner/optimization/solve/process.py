"""One solve, one spawned child process; the parent decides when it ends.

Spawned, not forked: a fork after a threaded HiGHS solve hangs for ever. A session of its own, so that Ctrl-C at the
terminal reaches only the parent. A private folder for the data, removed with the process. The child watches a pipe
from the parent, so it ends when the parent dies by whatever cause.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from planner.optimization.matrix import FloatArray

CHILD_SCRIPT = Path(__file__).with_name("child.py")
NOISE_TAIL_BYTES = 2000  # of the child's stdout and stderr, kept for a failure report


@dataclass(frozen=True)
class Request:
    """What the child reads as ``request.json``; the deadline is a ``time.monotonic`` of this machine."""

    solver: str
    gap: float
    node_limit: int | None
    seed: int
    threads: int
    memory_limit_bytes: int | None
    deadline: float
    keep_incumbents: bool


def _private_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="capplan-solve-"))


class _Child:
    """A child with its private folder: it loads the solver, then waits for the word to read its request."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ended, child_end = os.pipe()  # the child holds the other end: it closes when the child is gone
        try:
            with open(folder / "noise.txt", "wb") as noise:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", str(CHILD_SCRIPT), str(folder)],
                    stdin=subprocess.PIPE,
                    stdout=noise,
                    stderr=noise,
                    pass_fds=(child_end,),
                    start_new_session=True,
                    bufsize=0,
                )
        except BaseException:
            os.close(self.ended)
            raise
        finally:
            os.close(child_end)

    def go(self) -> None:
        """Everything the child needs is in the folder."""
        if self.process.stdin is not None:
            with contextlib.suppress(
                BrokenPipeError
            ):  # it has died already; that shows when it is waited for
                self.process.stdin.write(b"\n")

    def kill(self) -> None:
        """End the child now (it is gone within milliseconds); nothing it has written is lost."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def close(self) -> None:
        """End the child and remove its folder."""
        self.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        os.close(self.ended)
        shutil.rmtree(self.folder, ignore_errors=True)


_spares: list[_Child] = []


def _started(folder: Path) -> _Child:
    """A child in this folder; without one the folder goes too."""
    try:
        return _Child(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@contextlib.contextmanager
def spare_child() -> Iterator[None]:
    """Start a child ahead of its work: it loads the solver while the program is built.

    The first solve inside takes it; one that nothing took is ended on the way out.
    """
    spare = _started(_private_folder())
    _spares.append(spare)
    try:
        yield
    finally:
        if spare in _spares:
            _spares.remove(spare)
            spare.close()


def _write_bytes(path: Path, pieces: Iterable[bytes]) -> None:
    with open(path, "wb") as file:
        file.writelines(pieces)


class SolverProcess:
    """A running child; use as a context manager, which always ends it and removes its folder."""

    def __init__(
        self,
        request: Request,
        model: Iterable[bytes],
        hint: FloatArray | None,
        relaxation: Iterable[bytes] | None = None,
    ) -> None:
        spare = _spares.pop() if _spares else None
        self.folder = _private_folder() if spare is None else spare.folder
        self._read_bytes = 0
        self._partial_line = ""
        try:
            (self.folder / "request.json").write_text(json.dumps(vars(request)), encoding="utf-8")
            _write_bytes(self.folder / "model.bin", model)
            if relaxation is not None:
                _write_bytes(self.folder / "relaxation.bin", relaxation)
            if hint is not None:
                hint.astype(np.float64).tofile(self.folder / "hint.bin")
            self._child = _started(self.folder) if spare is None else spare
            self._child.go()
        except BaseException:
            if spare is not None:
                spare.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close()

    def wait(self, timeout_s: float) -> bool:
        """Wait until the child is gone, at most so long; True when it is."""
        ready, _, _ = select.select([self._child.ended], [], [], max(0.0, timeout_s))
        if ready:
            self._child.process.wait()
        return bool(ready)

    def kill(self) -> None:
        """End the child now; nothing it has written is lost."""
        self._child.kill()

    @property
    def end_in_words(self) -> str:
        """How the child ended, with the last words it printed."""
        code = self._child.process.returncode
        if code is not None and code < 0:
            words = f"ended by signal {-code} ({signal.strsignal(-code)})"
        else:
            words = f"ended with exit code {code}"
        with open(self.folder / "noise.txt", "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - NOISE_TAIL_BYTES))
            tail = file.read().decode(errors="replace").strip()
        return f"{words}: {tail}" if tail else words

    def new_log_lines(self) -> list[str]:
        """Whole lines of the solver's log since the last call."""
        path = self.folder / "log.txt"
        if not path.exists():
            return []
        with open(path, "rb") as file:
            file.seek(self._read_bytes)
            data = file.read()
        self._read_bytes += len(data)
        *lines, self._partial_line = (self._partial_line + data.decode(errors="replace")).split("\n")
        return lines

    def answer(self) -> dict[str, Any] | None:
        """The child's answer, or None if it ended without a readable one."""
        try:
            answer = json.loads((self.folder / "answer.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return answer if isinstance(answer, dict) and "reason" in answer else None

    def doubles(self, name: str) -> FloatArray | None:
        """Values or duals as the child wrote them, or None."""
        path = self.folder / name
        return np.fromfile(path, dtype=np.float64) if path.exists() else None
