"""A PostgreSQL server of the Debian package, on a socket of its own, for the length of a test run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WHY = "PostgreSQL is not installed (Debian: postgresql)"


def binaries() -> Path | None:
    """Folder of initdb and pg_ctl, the newest."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    own = shutil.which("initdb")
    return Path(own).parent if own else None


@contextmanager
def server() -> Iterator[str]:
    """Address of a fresh server without network; it is stopped at the end. It refuses to run as root, so then it runs
    as the package's own user."""
    folder = binaries()
    assert folder is not None
    base = Path(tempfile.mkdtemp(prefix="pg"))
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(base, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def call(*command: str) -> None:
        done = subprocess.run(command, cwd=base, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
                              timeout=90, **as_user)  # type: ignore[call-overload]  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()

    data = str(base / "data")
    call(
        str(folder / "initdb"),
        "-D",
        data,
        "-U",
        "tester",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C",
    )
    options = f"-c listen_addresses='' -k {base} -c fsync=off"
    call(str(folder / "pg_ctl"), "-D", data, "-w", "-l", str(base / "log"), "-o", options, "start")
    try:
        yield f"postgresql://tester@/postgres?host={base}"
    finally:
        call(str(folder / "pg_ctl"), "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(base, ignore_errors=True)
