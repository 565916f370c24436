"""Ctrl-C: the command ends soon, says so with exit code 130, and leaves no solver behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOON_S = 15.0  # generous: a machine may be busy; a lost interrupt would run on to the time limit of 600 s


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_while_the_solver_works(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "planner.cli",
        "solve",
        "demand/starter",
        "--gap",
        "0",
        "--time-limit",
        "600",
    ]
    process = subprocess.Popen(
        [*command, "-o", str(tmp_path / "run")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not children_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    solvers = children_of(process.pid)
    assert solvers, "the solver never started"
    time.sleep(1.0)
    stopped = time.monotonic()
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert time.monotonic() - stopped < SOON_S
    assert stdout == "" or "STOPPED BY YOU" in stdout
    for solver in solvers:
        assert not Path(f"/proc/{solver}").exists()
