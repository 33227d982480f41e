# SPDX-License-Identifier: ISC
"""Signals that come before the program is ready for them: strace(1) sends one with a system call that
the program makes on its way there, which it notices later, when it can do what is asked."""
import signal
import subprocess
import time

import pytest

from .program import NO, PATH, YES

# The call, its number among calls of that name, and the environment in which it is made. strace itself has
# executed the program the first time; a variable that the dynamic linker obeys makes it do so again.
HARMLESS = {"PATH": "/usr/bin:/bin"}
MOMENTS = {
    "as it leaves its environment": ("execve:when=1", HARMLESS | {"LD_BIND_NOW": "1"}),
    "as it closes what it inherited": ("close_range:when=1", HARMLESS),
    "as it looks who it is": ("getgroups:when=1", HARMLESS),
    "as it is sealed": ("seccomp:when=1", HARMLESS),
}


@pytest.fixture(params=MOMENTS)
def signalled(start, request):
    """signalled(number): the program, which gets the signal at that moment."""
    what, env = MOMENTS[request.param]

    def run(number):
        calls, _, when = what.partition(":")
        return start(env=env, prefix=[
            "strace", "-qq", "-o", "/dev/null", "-e", f"trace={calls}",
            "-e", f"inject={calls}:signal={number.name}:{when}"])

    return run


def works(program):
    assert program.ask("isuser:alice:example.org") == YES
    assert program.ask("isuser:nobody:example.org") == NO


def test_an_early_hangup_signal_is_a_reload(signalled):
    program = signalled(signal.SIGHUP)
    program.log.wait_for("reading the settings again")
    works(program)


def test_an_early_signal_for_the_counters_writes_them(signalled):
    program = signalled(signal.SIGUSR1)
    program.log.wait_for("message=statistics")
    works(program)


def test_an_early_signal_to_end_ends_it_in_order(signalled):
    """Not at once: the server would take that for a program that cannot be started."""
    begin = time.monotonic()
    program = signalled(signal.SIGTERM)
    assert program.process.wait(10) == 0
    assert time.monotonic() - begin > 1.9


def test_what_does_not_serve_is_ended():
    command = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=close_range",
               "-e", "inject=close_range:signal=SIGTERM:when=1", PATH, "--version"]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (-signal.SIGTERM, b"")


def test_one_that_is_ignored_later_is_ignored_early(signalled):
    works(signalled(signal.SIGUSR2))
