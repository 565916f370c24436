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
from collections.abc import Iterable
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


class SolverProcess:
    """A running child; use as a context manager, which always ends it and removes its folder."""

    def __init__(self, request: Request, model: Iterable[bytes], hint: FloatArray | None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="capplan-solve-"))
        self._read_bytes = 0
        self._partial_line = ""
        self._ended, child_end = os.pipe()  # the child holds the other end: it closes when the child is gone
        try:
            (self.folder / "request.json").write_text(json.dumps(vars(request)), encoding="utf-8")
            with open(self.folder / "model.bin", "wb") as file:
                file.writelines(model)
            if hint is not None:
                hint.astype(np.float64).tofile(self.folder / "hint.bin")
            with open(self.folder / "noise.txt", "wb") as noise:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", str(CHILD_SCRIPT), str(self.folder)],
                    stdin=subprocess.PIPE,
                    stdout=noise,
                    stderr=noise,
                    pass_fds=(child_end,),
                    start_new_session=True,
                )
        except BaseException:
            os.close(self._ended)
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        finally:
            os.close(child_end)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        os.close(self._ended)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self, timeout_s: float) -> bool:
        """Wait until the child is gone, at most so long; True when it is."""
        ready, _, _ = select.select([self._ended], [], [], max(0.0, timeout_s))
        if ready:
            self._process.wait()
        return bool(ready)

    def kill(self) -> None:
        """End the child now (it is gone within milliseconds); nothing it has written is lost."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @property
    def end_in_words(self) -> str:
        """How the child ended, with the last words it printed."""
        code = self._process.returncode
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
