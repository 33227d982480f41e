# SPDX-License-Identifier: ISC
"""Faults of time: the clock jumps, processes are suspended, and deadlines pass."""
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import faults
import pytest
from deaths import ISUSER, as_root
from e2e.program import PATH, UNKNOWN, YES, wait_until_asleep, Program
from trial import SLACK, end, in_order

AREA = "process"


def test_the_time_of_day_jumps_and_only_the_monotonic_clock_counts(api, note):
    """In a variant of the program that sees the time of day 40 minutes back time after time, so
    that no other process of this machine has to."""
    path = Path(PATH).parent / "seams" / "clock_gettime"
    with Program("--ca-file", api.ca_file, "--deadline", "2", "--log-level", "info", api.url,
                 path=str(path)) as program:
        connections_before = api.connections
        for _ in range(20):
            in_order(program)
        assert api.connections == connections_before + 1
        api.faults.add(faults.hang())
        begin = time.monotonic()
        reply = program.ask(ISUSER)
        ms = (time.monotonic() - begin) * 1000
        assert reply == UNKNOWN
        assert 1900 < ms < (2 + SLACK) * 1000
        in_order(program)
        stamps = [line.split()[0] for line in program.log.lines]
        assert stamps != sorted(stamps), "the variant does not do what it is for"
        note(reply, ms)
        end(program)


def both(program):
    return [program.monitor, program.serving()]


def monitor_only(program):
    return [program.monitor]


def worker_only(program):
    return [program.serving()]


@contextmanager
def stopped(pids):
    """Processes that do not run, as when the machine is suspended; but their clock does."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


SUSPENDED = pytest.mark.parametrize("who", [both, worker_only], ids=["both", "the worker"])


@pytest.mark.parametrize("who", [both, monitor_only], ids=["both", "the monitor"])
def test_suspended_past_the_deadline(start, api, note, who):
    """The answer came in time, but no process was awake to pass it on: it is too late."""
    program = start("--deadline", "1.5")
    in_order(program)
    held = faults.Held()
    api.faults.add(held)
    before = api.request_count
    program.send(ISUSER)
    assert api.wait_for(lambda: api.request_count > before)
    with stopped(who(program)):
        held.release()
        assert program.says_nothing(1.7)
    reply = program.read()
    assert reply == UNKNOWN
    in_order(program)
    assert program.log.text.count("message=serving") == 1, program.log.text
    end(program)
    note(reply)


def test_the_worker_sleeps_past_the_deadline(start, api, note):
    """The monitor replies in its place, and what it sends afterwards changes nothing."""
    program = start("--deadline", "1.5")
    in_order(program)
    held = faults.Held()
    api.faults.add(held)
    before = api.request_count
    program.send(ISUSER)
    assert api.wait_for(lambda: api.request_count > before)
    begin = time.monotonic()
    with stopped(worker_only(program)):
        held.release()
        reply = program.read()
        ms = (time.monotonic() - begin) * 1000
    assert reply == UNKNOWN
    assert ms < 1500 + SLACK * 1000
    in_order(program)
    assert program.log.text.count("message=serving") == 1, program.log.text
    end(program)
    note(reply, ms)


@contextmanager
def slowed(pid, call, seconds):
    """Delays the return of every such system call of the process."""
    with subprocess.Popen(
            ["strace", "-e", f"inject={call}:delay_exit={int(seconds * 1e6)}", "-p", str(pid)],
            stderr=subprocess.PIPE, text=True) as tracer:
        assert "attached" in tracer.stderr.readline()
        yield
        tracer.terminate()


@as_root
def test_sends_past_the_deadline(start, api, note):
    """The answer came in time, and is read as soon as the request has been sent: too late."""
    program = start("--deadline", "1.5")
    in_order(program)
    before = api.request_count
    with slowed(program.serving(), "sendto", 1.7):
        program.send(ISUSER)
        assert api.wait_for(lambda: api.request_count > before)
        reply = program.read()
    assert reply == UNKNOWN
    in_order(program)
    end(program)
    note(reply)


@SUSPENDED
def test_suspended_while_idle(start, note, who):
    program = start("--deadline", "2")
    in_order(program)
    with stopped(who(program)):
        program.send(ISUSER)
        assert program.says_nothing(0.5)
    assert program.read() == YES
    in_order(program)
    assert program.log.text.count("message=serving") == 1, program.log.text
    end(program)
    note(YES)


@SUSPENDED
def test_suspended_within_the_deadline(start, api, note, who):
    """What waits in poll(2) goes on with restart_syscall(2)."""
    program = start()
    in_order(program)
    held = faults.Held()
    api.faults.add(held)
    before = api.request_count
    program.send(ISUSER)
    assert api.wait_for(lambda: api.request_count > before)
    wait_until_asleep(program.serving())
    with stopped(who(program)):
        assert program.says_nothing(0.2)
    assert program.says_nothing(0.2)
    held.release()
    assert program.read() == YES
    in_order(program)
    assert program.log.text.count("message=serving") == 1, program.log.text
    end(program)
    note(YES)
