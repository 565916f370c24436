"""A child that crashes, hangs, shouts or is left alone; a parent that is interrupted or killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import planner
from planner.optimization.matrix import Matrix
from planner.optimization.solve import SolveOptions, process, solve_matrix

REPOSITORY = Path(planner.__file__).parents[1]
REAL_CHILD = process.CHILD_SCRIPT
Install = Callable[[str], None]


@pytest.fixture
def child_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a script of our own in the child's place; ``real()`` in it is the real child."""

    def install(body: str) -> None:
        head = "import json, os, runpy, sys, time\n"
        head += "request = json.load(open(sys.argv[1] + '/request.json'))\n"
        head += f"def real(): runpy.run_path({str(REAL_CHILD)!r}, run_name='__main__')\n"
        script = tmp_path / "child_in_place.py"
        script.write_text(head + body)
        monkeypatch.setattr(process, "CHILD_SCRIPT", script)

    return install


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the private folders are made; empty again at the end."""
    place = tmp_path / "private"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []


def test_a_crash_is_told_with_its_signal(small: Matrix, child_of: Install, folders: Path) -> None:
    child_of("print('last words', flush=True); os.abort()")
    outcome = solve_matrix(small)
    assert outcome.status == "crashed"
    assert "signal 6" in outcome.stop_reason
    assert "last words" in outcome.stop_reason


def test_after_a_crash_of_highs_scip_answers(small: Matrix, child_of: Install, folders: Path) -> None:
    child_of("os.abort() if request['solver'] == 'highs' else real()")
    outcome = solve_matrix(small)
    assert (outcome.status, outcome.solver, outcome.cost) == ("optimal", "scip", pytest.approx(10))
    assert "signal 6" in outcome.messages[0]
    assert solve_matrix(small, relax=True).status == "crashed"  # SCIP has no duals to offer


def test_a_hang_is_ended(small: Matrix, child_of: Install, folders: Path) -> None:
    child_of("time.sleep(60)")
    began = time.monotonic()
    outcome = solve_matrix(small, SolveOptions(time_limit_s=0.3))
    assert time.monotonic() - began < 3
    assert (outcome.status, outcome.stop_reason) == ("crashed", "the solver hung: no sign of life")


def test_garbage_on_stdout_stays_there(
    small: Matrix, child_of: Install, folders: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    child_of("os.write(1, b'Running HiGHS' * 99999); os.write(2, bytes(range(256))); real()")
    assert solve_matrix(small).status == "optimal"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("answer", ["", "{", "[]", "{}", "null"])
def test_an_unreadable_answer_is_a_crash(
    small: Matrix, child_of: Install, folders: Path, answer: str
) -> None:
    child_of(f"open(sys.argv[1] + '/answer.json', 'w').write({answer!r})")
    assert solve_matrix(small).status == "crashed"


def test_values_of_nonsense_are_a_crash(small: Matrix, child_of: Install, folders: Path) -> None:
    child_of(
        "open(sys.argv[1] + '/answer.json', 'w').write(json.dumps({'reason': 'OPTIMAL', 'bound': 1.0}))\n"
        "open(sys.argv[1] + '/values.bin', 'wb').write(b'x' * 15)"
    )
    outcome = solve_matrix(small)
    assert outcome.status == "crashed"
    assert "1 values for 2 columns" in outcome.stop_reason


def test_memory_limit(small: Matrix, folders: Path) -> None:
    assert solve_matrix(small, SolveOptions(memory_limit_gib=0.03)).status == "crashed"
    assert solve_matrix(small, SolveOptions(memory_limit_gib=8.0)).status == "optimal"


def test_the_child_loads_neither_numpy_nor_pandas(small: Matrix, child_of: Install, tmp_path: Path) -> None:
    seen = tmp_path / "modules.json"
    child_of(
        f"sys.path.insert(0, {str(REAL_CHILD.parent)!r})\nimport child\nchild.main(sys.argv[1])\n"
        f"open({str(seen)!r}, 'w').write(json.dumps(sorted(sys.modules)))"
    )
    assert solve_matrix(small).status == "optimal"
    modules = set(json.loads(seen.read_text()))
    assert "ortools" in modules
    assert not modules & {"numpy", "pandas", "scipy", "planner"}


def test_a_spare_child_is_taken_by_the_first_solve(small: Matrix, folders: Path) -> None:
    with process.spare_child():
        (spare,) = process._spares
        assert solve_matrix(small).status == "optimal"
        assert process._spares == []
        assert spare.process.poll() is not None  # it did the work and is gone
        assert solve_matrix(small).status == "optimal"


def test_a_spare_child_that_nothing_took_is_ended(folders: Path) -> None:
    with process.spare_child():
        (spare,) = process._spares
        assert spare.process.poll() is None
    assert spare.process.poll() is not None
    assert process._spares == []


def test_a_spare_child_that_died_is_a_crash_with_a_second_opinion(small: Matrix, folders: Path) -> None:
    with process.spare_child():
        process._spares[0].kill()
        outcome = solve_matrix(small)
    assert (outcome.status, outcome.solver) == ("optimal", "scip")


def test_importing_the_adapter_loads_no_solver() -> None:
    code = "import sys, planner.optimization.solve; print({'ortools', 'pandas'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "set()"


PARENT = """
import json, sys, numpy as np
from planner.optimization.matrix import matrix_from_triplets
from planner.optimization.solve import SolveOptions, solve_matrix
given = np.load(sys.argv[1])
matrix = matrix_from_triplets(**{name: given[name] for name in given.files})
said = []
def on_progress(progress):
    if np.isfinite(progress.cost) and not said:
        said.append(1)
        print("going", file=sys.stderr, flush=True)
outcome = solve_matrix(matrix, SolveOptions(time_limit_s=60), on_progress=on_progress)
print(json.dumps([outcome.status, outcome.stop_reason, outcome.cost, outcome.values is not None]))
"""


@pytest.fixture
def solving_parent(
    market_split: Callable[..., Matrix], tmp_path: Path
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A small program in the middle of a solve that will not end by itself, and where its folders are."""
    matrix = market_split()
    data = tmp_path / "matrix.npz"
    np.savez(
        data,
        rows=matrix.entry_rows,
        columns=matrix.entry_columns,
        values=matrix.entry_values,
        cost=matrix.cost,
        lower=matrix.lower,
        upper=matrix.upper,
        integer=matrix.integer,
        row_lower=matrix.row_lower,
        row_upper=matrix.row_upper,
        offset=matrix.offset,
    )
    place = tmp_path / "private"
    place.mkdir()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(data)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stderr is not None
    assert parent.stderr.readline() == "going\n"
    assert len(processes_naming(place)) == 1
    yield parent, place
    parent.kill()
    parent.communicate()


def processes_naming(place: Path) -> list[int]:
    """Processes whose command line names the folder (the children do)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(place).encode() in words:
            found.append(int(entry.name))
    return found


def gone_within(place: Path, seconds: float) -> bool:
    """No child left, no file left."""
    last = time.monotonic() + seconds
    while processes_naming(place) or list(place.iterdir()):
        if time.monotonic() > last:
            return False
        time.sleep(0.02)
    return True


needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc to find orphans")


@needs_proc
def test_ctrl_c_keeps_the_incumbent(solving_parent: tuple[subprocess.Popen[str], Path]) -> None:
    parent, place = solving_parent
    began = time.monotonic()
    os.killpg(parent.pid, signal.SIGINT)  # what a terminal does: the whole foreground group
    stdout, stderr = parent.communicate(timeout=10)
    assert time.monotonic() - began < 2
    status, reason, cost, has_values = json.loads(stdout)  # nothing else on stdout
    assert (status, reason, has_values) == ("interrupted", "interrupted by the user", True)
    assert cost > 100
    assert (stderr, parent.returncode) == ("", 0)
    assert gone_within(place, 0)


@needs_proc
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_neither_child_nor_files(
    solving_parent: tuple[subprocess.Popen[str], Path], how: signal.Signals
) -> None:
    parent, place = solving_parent
    parent.send_signal(how)
    parent.wait(timeout=5)
    assert gone_within(place, 3)
