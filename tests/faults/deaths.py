# SPDX-License-Identifier: ISC
"""How processes die, and in which phase: shared by the tests of their faults."""
import fcntl
import os
import signal

import faults
import pytest
from trial import FRAMES, attempts, until

ISUSER = FRAMES["isuser"]

as_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to reach into other processes")


def kill(worker):
    os.kill(worker, signal.SIGKILL)


def connecting(program, api):
    before = attempts(api.port)
    program.send(ISUSER)
    assert until(lambda: attempts(api.port) > before)


def answering(program, api):
    before = api.request_count
    api.faults.add(faults.hang())
    program.send(ISUSER)
    assert api.wait_for(lambda: api.request_count > before)


def unread(pipe):
    """How many bytes wait in a pipe."""
    FIONREAD = 0x541B
    count = fcntl.ioctl(pipe, FIONREAD, b"\0\0\0\0")
    return int.from_bytes(count, "little")
