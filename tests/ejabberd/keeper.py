# SPDX-License-Identifier: ISC
"""Runs one command, and ends every process that descends from it.

    keeper.py '{"command": [...], "environment": {...}, "folder": ..., "output": ...,
                "options": {...}}'

Helper programs run in sessions of their own and outlive an Erlang VM that dies, so neither a
process group nor the VM's end shows that no process is left. This process is their subreaper:
a process that loses its parent becomes its child, so all are gone when it has no child left.

stdin   its end-of-file means "stop"; it also comes when the tests are killed
stdout  one JSON line when the command ends, {"ended": status}, and one when all is over,
        {"left": [[pid, command line], ...]}: the processes that were still alive when the
        command had ended and GRACE had passed, and had to be killed
"""
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import processes  # noqa: E402

PR_SET_CHILD_SUBREAPER = 36
# Seconds for an orderly end. ejabberd needs 1, and 5 more for a helper that does not answer.
ORDERLY = 15
# Seconds for helpers to see their end-of-file and leave.
GRACE = 5


class Keeper:
    def __init__(self, job):
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
        self._wakeup, wakeup_end = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(wakeup_end, False)
        signal.set_wakeup_fd(wakeup_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with open(job["output"], "ab") as output:
            command = subprocess.Popen(job["command"], env=job["environment"],
                                       cwd=job["folder"], stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, **job["options"])
        self._command = command.pid
        self._command_ended = False
        self._childless = False
        # waitpid(-1) below reaps it; Popen must not wait for the same pid.
        command.returncode = 0

    def _reap(self):
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self._command:
                    self._command_ended = True
                    report({"ended": os.waitstatus_to_exitcode(status)})
        except ChildProcessError:
            self._childless = True

    def _wait(self, over, timeout=None, lifeline=False):
        """Reap until over() is true, time is up, or, if that counts, the lifeline is cut."""
        deadline = None if timeout is None else time.monotonic() + timeout
        watched = [self._wakeup] + [0] * lifeline
        while True:
            self._reap()
            if over():
                return True
            left = None if deadline is None else max(0, deadline - time.monotonic())
            ready = select.select(watched, [], [], left)[0]
            if self._wakeup in ready:
                os.read(self._wakeup, 4096)
            if not ready or (0 in ready and not os.read(0, 4096)):
                return False

    def _signal(self, number, name=None):
        for pid in processes.descendants(os.getpid(), name):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def run(self):
        self._wait(lambda: False, lifeline=True)
        self._signal(signal.SIGTERM, "beam.smp")
        if not self._wait(lambda: self._command_ended, ORDERLY):
            self._signal(signal.SIGKILL, "beam.smp")
        left = []
        if not self._wait(lambda: self._childless, GRACE):
            left = [[pid, " ".join(processes.command_line(pid))]
                    for pid in processes.descendants(os.getpid())]
            while not self._childless:
                self._signal(signal.SIGKILL)
                self._wait(lambda: self._childless, 0.1)  # one more round for late forks
        report({"left": left})


def report(line):
    try:
        os.write(1, json.dumps(line).encode() + b"\n")
    except BrokenPipeError:
        pass  # the tests were killed; clean up all the same


if __name__ == "__main__":
    Keeper(json.loads(sys.argv[1])).run()
