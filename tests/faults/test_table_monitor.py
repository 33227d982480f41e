# SPDX-License-Identifier: ISC
"""Faults of the monitor: it is killed in every phase, and its worker does not outlive it."""
import os
import signal
import time

import pytest
from deaths import answering, connecting
from e2e.program import wait_until_gone, ProgramGone
from trial import unreachable

AREA = "process"

# PR_SET_PDEATHSIG is as fast as the kernel; a loaded machine may take some more than 100 ms.
ORPHAN_MAX = 1000


@pytest.mark.parametrize("phase", ["idle", "connecting", "answering"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV], ids=lambda number: number.name)
def test_monitor_dies(start, api, note, phase, number):
    program = start()
    worker = program.serving()
    if phase == "connecting":
        with unreachable(api):
            connecting(program, api)
            ms = end_of_worker(program, worker, number)
    else:
        if phase == "answering":
            answering(program, api)
        ms = end_of_worker(program, worker, number)
    with pytest.raises(ProgramGone):
        program.read()
    note(b"", ms)


def end_of_worker(program, worker, number):
    begin = time.monotonic()
    os.kill(program.monitor, number)
    assert wait_until_gone(worker, 10)
    ms = (time.monotonic() - begin) * 1000
    assert ms < ORPHAN_MAX
    return ms
