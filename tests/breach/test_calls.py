# SPDX-License-Identifier: ISC
"""What a sealed worker that was taken over can do with system calls, memory and time."""
import os
import signal
import time
from pathlib import Path

import pytest

from scene import DEADLINE, GRACE, SLACK, UNKNOWN, ProgramGone, until, wait_until_gone
from test_channel import breach

WHERE = "worker, system calls"

CALLS = (
    "fork", "thread", "exec", "getppid", "kill all", "ptrace", "read memory of others",
    "open to read", "open to write", "socket", "datagram socket", "socketpair", "listen", "write",
    "ftruncate", "map code", "make code", "shared memory", "io_uring",
    "namespaces", "chroot", "raise limits", "outlive the monitor", "futex of another kind",
)


@pytest.mark.parametrize("call", CALLS)
def test_a_forbidden_call(call, scene, row):
    breach(scene, row, call, "call", call)


def test_a_daemon_s_datagram_socket(scene, row, bystanders):
    breach(scene, row, "sendmsg to a daemon's datagram socket", "send-to-daemon",
           bystanders.datagrams.getsockname())


def test_an_address(scene, row, bystanders):
    breach(scene, row, "sendto with an address, MSG_FASTOPEN", "send-to-address",
           str(bystanders.tcp.getsockname()[1]))


def test_every_descriptor(scene, row):
    breach(scene, row, "a reply sent to every descriptor", "every-descriptor")


def test_the_log_file_keeps_its_first_lines(scene, row, place):
    log = place / "program.log"
    log.write_text("the first line\n")
    log.chmod(0o666)
    trial = scene("none:none:9:none", options=["--log", log])
    assert until(lambda: "message=serving" in log.read_text())
    trial.ask("auth:alice:example.org:secret")
    assert trial.attack("take-append-off") == UNKNOWN
    assert trial.attack("call", "ftruncate") == UNKNOWN
    trial.in_step()
    text = log.read_text()
    assert text.startswith("the first line\n") and "message=serving" in text
    row("a log file overwritten, or emptied", "every line is there")
    trial.end()


# -- memory and time ------------------------------------------------------------------------------

MEMORY_MAX = 700 * 1024  # KiB: what it may map, and what it started with


def test_all_the_memory_there_is(scene, row):
    trial = scene()
    worker = trial.serves()
    status = Path(f"/proc/{worker}/status")
    peak = 0
    trial.send("auth:attack-take-memory:example.org:x")
    while status.exists() and "VmHWM" in (text := status.read_text()):
        peak = max(peak, int(text.split("VmHWM:")[1].split()[0]))
        time.sleep(0.01)  # memory has no event to wait for
    assert trial.reply() == UNKNOWN
    assert 0 < peak < MEMORY_MAX
    trial.in_step()
    row("2 GiB of memory", f"{peak // 1024} MiB, until the deadline")
    trial.end()


ENDS = {
    "SIGHUP": lambda trial: os.kill(trial.monitor, signal.SIGHUP),
    "SIGTERM": lambda trial: os.kill(trial.monitor, signal.SIGTERM),
    "a hang-up of the server": lambda trial: trial.program.process.stdin.close(),
    "the death of its monitor": lambda trial: os.kill(trial.monitor, signal.SIGKILL),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("attack", ["answer-and-hang", "hang", "close-channel"])
def test_it_does_not_outlive(attack, end, scene, row):
    """It loops for ever and reads nothing, with a request or between two."""
    trial = scene()
    worker = trial.serves()
    trial.send(f"auth:attack-{attack}:example.org:x")
    if attack == "answer-and-hang":
        trial.reply()
    else:
        assert until(lambda: "R" in Path(f"/proc/{worker}/stat").read_text().split()[2])
    ENDS[end](trial)
    took = trial.gone(worker)
    row(f"{attack.replace('-', ' ')}, then {end}", f"gone after {took:.1f} s")
    if end == "SIGHUP":
        if attack != "answer-and-hang":
            assert trial.reply() == UNKNOWN
        trial.in_step()
        trial.end()


def test_it_is_gone_after_max_connection_age(scene, row):
    trial = scene(options=["--max-connection-age", "2"])
    worker = trial.serves()
    begin = time.monotonic()
    trial.attack("answer-and-hang")
    assert wait_until_gone(worker, 2 + DEADLINE + GRACE + SLACK)
    took = time.monotonic() - begin
    trial.in_step()
    row("between two requests, for as long as possible", f"gone after {took:.1f} s of 2")
    trial.end()


def test_with_its_request_it_is_gone_after_the_deadline(scene, row):
    breach(scene, row, "computes for ever, with a request", "hang")


def test_at_its_start(scene, row):
    """A worker that never becomes ready: requests get replies, and signals are handled."""
    trial = scene("start:hang:1:x")
    assert trial.ask("auth:alice:example.org:secret") == UNKNOWN
    worker = trial.workers()[0]
    begin = time.monotonic()
    os.kill(trial.monitor, signal.SIGTERM)
    assert wait_until_gone(worker, DEADLINE + GRACE + SLACK)
    row("hangs at its start; SIGTERM", f"gone after {time.monotonic() - begin:.1f} s")


def test_at_its_start_after_a_reload(scene, row):
    """The worker that serves goes on, and the server can go."""
    trial = scene("start:hang:2:x")
    trial.api.faults.clear()
    assert trial.ask("auth:alice:example.org:secret") == UNKNOWN
    trial.note_processes()
    os.kill(trial.monitor, signal.SIGHUP)
    assert trial.ask("auth:alice:example.org:secret") == UNKNOWN
    row("hangs at its start, and so does its successor", "each request: unavailable, in time")
    trial.end()


RENEWALS = {
    "start:hang:-1:x": "its successor hangs before it is sealed",
    "start:impostor:-1:unsealed": "its successor is not sealed",
    "start:exit:-1:0": "its successor leaves",
    "start:close-channel:-1:x": "its successor hears nothing",
}


@pytest.mark.parametrize("order", RENEWALS)
def test_a_renewal_that_fails_costs_nothing(order, scene, row):
    """The current worker goes on, however old it is."""
    trial = scene(order, options=["--max-connection-age", "1"])
    worker = trial.serves()
    end = time.monotonic() + 3
    while time.monotonic() < end:
        trial.granted(2)
        trial.note_processes()
    assert worker in trial.workers()
    trial.in_step()
    row(f"renewal: {RENEWALS[order]}", "the old one serves on: every request right")
    trial.end()


# -- guessing -------------------------------------------------------------------------------------

CRASHES = ("segmentation fault", "illegal instruction", "division by zero", "abort",
           "endless recursion")


@pytest.mark.parametrize("crash", CRASHES)
def test_it_crashes(crash, scene, row):
    breach(scene, row, f"crashes: {crash}", "crash", crash)


def test_successors_have_other_canaries(scene, row):
    trial = scene("none:none:9:none")
    trial.serves()
    for count in range(1, 4):
        assert trial.attack("tell-canary") == UNKNOWN
        trial.program.log.wait_for('canary ', count=count)
    canaries = {line.split('canary ')[1][:16] for line in trial.program.log.lines
                if 'message="canary ' in line}
    assert len(canaries) == 3 and "0" * 16 not in canaries
    row("the stack canary of its successor, from its own", "three workers, three canaries")
    trial.in_step()
    trial.end()


def test_guesses_are_few_on_one_layout(scene, row):
    """After that many the program ends, between two frames, and the server starts a fresh one."""
    trial = scene("none:none:99:none")
    trial.serves()
    try:
        for _ in range(20):
            assert trial.attack("crash", "segmentation fault") == UNKNOWN
    except (BrokenPipeError, ProgramGone):
        pass
    trial.program.process.wait(10)
    deaths = trial.log.count("killed by signal 11")
    assert 1 <= deaths <= 6 and "another memory layout" in trial.log
    row("crashes, one after the other", f"{deaths}, then a program with another layout")
    trial.untouched()
