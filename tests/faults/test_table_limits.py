# SPDX-License-Identifier: ISC
"""Faults of the machine: there is no memory, no descriptor, no process."""
import os
import resource
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from deaths import ISUSER, as_root, kill
from e2e.program import NO, UNKNOWN, YES, is_alive, status, wait_until_asleep
from trial import FRAMES, cut, end, footprint, footprint_at_rest, in_order, until, Trial

AREA = "process"


@contextmanager
def limited(pid, kind, value):
    """A limit of a running process, set below what it needs, and put back. Done as the process's
    own user, who needs no privilege for it."""

    def set_soft(soft=None):
        hard = resource.prlimit(pid, kind)[1]
        resource.prlimit(pid, kind, (hard if soft is None else soft, hard))

    as_user_of(pid, lambda: set_soft(value))
    try:
        yield
    finally:
        if is_alive(pid):
            as_user_of(pid, set_soft)


def as_user_of(pid, function):
    """Runs function() in a child that is the user of another process."""
    uid, gid = int(status(pid)["Uid"].split()[0]), int(status(pid)["Gid"].split()[0])
    child = os.fork()
    if child == 0:
        try:
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            function()
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0, "the limit was not set"


LIMITS = [
    ("the worker gets no descriptor", "worker", resource.RLIMIT_NOFILE, 3),
    ("the monitor gets no descriptor", "monitor", resource.RLIMIT_NOFILE, 3),
    ("the monitor gets no process", "monitor", resource.RLIMIT_NPROC, 0),
    ("the monitor gets no memory", "monitor", resource.RLIMIT_AS, 2**20),
]


@as_root
@pytest.mark.parametrize("who,kind,value", [row[1:] for row in LIMITS],
                         ids=[row[0] for row in LIMITS])
def test_limit(start, api, note, who, kind, value):
    trial = Trial(start, "ejabberd", "--connect-timeout", "1")
    trial.in_order()
    program = trial.program
    worker = program.serving()
    before = footprint_at_rest(program)
    pid = worker if who == "worker" else program.monitor
    cut(api)
    begin = time.monotonic()
    with limited(pid, kind, value):
        reply = program.ask(FRAMES["auth"])
    ms = (time.monotonic() - begin) * 1000
    assert reply in (UNKNOWN, YES)
    in_order(program)
    assert until(lambda: footprint(program) == before), (before, footprint(program))
    end(program)
    note(reply, ms)


@as_root
def test_there_is_no_process_for_a_new_worker(start, note):
    """The monitor replies on its own, and tries again after ten seconds."""
    program = start()
    worker = program.serving()
    in_order(program)
    with limited(program.monitor, resource.RLIMIT_NPROC, 0):
        wait_until_asleep(worker)
        kill(worker)
        program.log.wait_for("a worker cannot be started")
        reply = program.ask(ISUSER)
        assert reply == UNKNOWN
    program.serving(2, 30)
    in_order(program)
    end(program)
    note(reply)


@as_root
def test_the_worker_gets_no_memory(start, api, note):
    """The largest possible request, on a new connection, without a free page of memory."""
    program = start("--connect-timeout", "1")
    worker = program.serving()
    in_order(program)
    cut(api)
    begin = time.monotonic()
    with limited(worker, resource.RLIMIT_AS, 2**20):
        reply = program.ask(b"auth:alice:example.org:" + b"\x01" * 65_000)
        assert reply in (UNKNOWN, NO)
        note(reply, (time.monotonic() - begin) * 1000)
        again = program.ask(ISUSER)
        assert again in (UNKNOWN, YES)
    in_order(program)
    end(program)


MEMORY = Path("/sys/fs/cgroup/memory")


@as_root
@pytest.mark.skipif(not (MEMORY / "memory.limit_in_bytes").exists(),
                    reason="needs the memory controller of cgroups, version 1")
def test_the_kernel_kills_the_worker_for_its_memory(start, note):
    """Wherever that happens, the request gets its reply."""
    program = start()
    worker = program.serving()
    in_order(program)
    group = MEMORY / f"extauth-test-{os.getpid()}"
    group.mkdir()
    try:
        (group / "cgroup.procs").write_text(str(worker))
        (group / "memory.limit_in_bytes").write_text("4096")
        program.send(b"auth:alice:example.org:" + b"\x01" * 65_000)
        assert "signal 9" in program.log.wait_for("was killed")["message"]
    finally:
        assert until(lambda: not (group / "cgroup.procs").read_text())
        group.rmdir()
    reply = program.read()
    assert reply == UNKNOWN
    in_order(program)
    end(program)
    note(reply)
