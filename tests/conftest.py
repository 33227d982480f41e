# SPDX-License-Identifier: ISC
"""Shared by all tests: the path of the reference API, and a check that nothing is left."""
import ctypes
import os
import select
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "api")]

SECONDS_TO_DIE = 5

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """pytest would keep the folders of its last three runs."""
    if not config.option.basetemp:
        config.extauth_folder = tempfile.mkdtemp(prefix="extauth-pytest-")
        config.option.basetemp = str(Path(config.extauth_folder, "base"))


def pytest_unconfigure(config):
    if hasattr(config, "extauth_folder"):
        shutil.rmtree(config.extauth_folder)


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left():
    """All temporary files of a run go to one folder, and all orphans come to us: when the last
    test is over there must be no process, no listening socket and no file any more."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    above = Path(tempfile.gettempdir())
    mode = above.stat().st_mode
    folder = Path(tempfile.mkdtemp(prefix="extauth-tests-"))
    folder.chmod(0o755)  # programs that were started as root read here as other users
    tempfile.tempdir = str(folder)
    yield
    tempfile.tempdir = None
    processes = living_children()
    sockets = listening_sockets()
    files = [path.name for path in folder.iterdir()]
    shutil.rmtree(folder)
    assert (processes, sockets, files) == ([], [], [])
    assert above.stat().st_mode == mode, f"a test has changed the rights of {above}"


def living_children():
    """Children that live on: the kernel kills a worker whose monitor a test has killed, but a moment
    later."""
    for pid in children():
        watched = os.pidfd_open(pid)
        select.select([watched], [], [], SECONDS_TO_DIE)
        os.close(watched)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass  # it was dead already
    except ChildProcessError:
        return []
    return [(pid, Path(f"/proc/{pid}/comm").read_text().strip()) for pid in children()]


def children():
    return [int(pid) for tasks in Path("/proc/self/task").iterdir()
            for pid in (tasks / "children").read_text().split()]


def listening_sockets():
    """Addresses on which this process still listens, as /proc/net/tcp writes them."""
    ours = {os.readlink(entry) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()}
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in ours:
                found.append(words[1])
    return found
