# SPDX-License-Identifier: ISC
"""A worker that does what its sandbox forbids: it dies, the log names the call, the service goes
on."""
import os
import re
import signal
import subprocess

import faults
import pytest

from .inject import make_call
from .program import PATH, UNKNOWN, YES, Program, wait_until_asleep

SOCKET, EXECVE, OPENAT, GETUID = 41, 59, 257, 102  # x86-64

pytestmark = pytest.mark.skipif(os.getuid() != 0 or os.uname().machine != "x86_64",
                                reason="needs root and x86-64, to make a call in another process")


def kernel_is_busy():
    """Whether the kernel has had a lot to say in the last seconds, as when a test of a thousand
    violations runs at the same time: of more than 10 in 5 s it leaves out the rest
    (printk_ratelimit of proc(5)), and a busy machine writes them late."""
    records = subprocess.run(["dmesg"], capture_output=True, text=True, check=True).stdout
    times = [float(time) for time in re.findall(r"^\[ *([0-9.]+)\] audit:", records, re.M)]
    return sum(time > times[-1] - 10 for time in times) >= 10


def pids_are_others():
    """Whether the kernel, which logs the machine's numbers of processes, and we, who may be in a
    namespace of our own, call a process by different ones."""
    return os.readlink("/proc/self/ns/pid") != "pid:[4026531836]"  # PROC_PID_INIT_INO of the kernel


def test_the_log_names_the_call_and_the_service_goes_on(program):
    for count, (number, name) in enumerate([(SOCKET, "socket (41)"), (EXECVE, "execve (59)"),
                                            (OPENAT, "openat (257)")], 1):
        worker = program.serving(count)
        wait_until_asleep(worker)
        make_call(worker, number)
        line = program.log.wait_for("system call", count=count)
        assert line["level"] == "error"
        assert str(worker) in line["message"]
        assert name in line["message"] or "journalctl -k" in line["message"] and \
            (pids_are_others() or kernel_is_busy())
        assert "report" in line["message"]
        program.serving(count + 1)
        assert program.ask("isuser:alice:example.org") == YES
    assert program.close() == (0, b"")


def test_the_request_under_way_is_answered_unavailable(program, api):
    held = faults.Held()
    api.faults.add(held)
    worker = program.serving()
    program.send("auth:alice:example.org:secret")
    assert api.wait_for(lambda: api.requests)
    wait_until_asleep(worker)
    make_call(worker, SOCKET)
    assert program.read() == UNKNOWN
    held.release()
    assert program.ask("auth:alice:example.org:secret") == YES


def test_without_the_kernel_log_the_line_says_where_to_look(api, place, start):
    copy = place / "extauth-https"
    copy.write_bytes(open(PATH, "rb").read())
    copy.chmod(0o755)
    program = start(path=str(copy), prefix=["setpriv", "--reuid", "daemon", "--regid", "daemon",
                                            "--clear-groups", "--"])
    worker = program.serving()
    wait_until_asleep(worker)
    make_call(worker, SOCKET)
    message = program.log.wait_for("system call")["message"]
    assert "journalctl -k" in message and str(worker) in message


def test_workers_that_die_one_after_the_other_are_not_replaced_for_ever(program):
    for count in range(1, 7):
        worker = program.serving(count)
        wait_until_asleep(worker)
        os.kill(worker, signal.SIGKILL)
    program.log.wait_for("retrying in 1 s")
    assert program.ask("isuser:alice:example.org") == UNKNOWN
    program.serving(7, 20)
    assert program.ask("isuser:alice:example.org") == YES


def test_the_development_build_names_the_call_itself(api):
    path = PATH.replace("build/", "build-trap/")
    if not os.path.exists(path):
        pytest.skip("make SANDBOX=trap was not run")
    with Program("--ca-file", api.ca_file, api.url, path=path) as program:
        worker = program.serving()
        wait_until_asleep(worker)
        make_call(worker, GETUID)
        assert "forbids the system call getuid (102)" in \
            program.log.wait_for("forbids")["message"]
