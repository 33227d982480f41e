# SPDX-License-Identifier: ISC
"""Odd machines: containers without what every machine has, user namespaces, and kernels or profiles
that refuse one system call after another. It serves where that is safe; else it stays, answers
"unavailable", and says in one line what is missing."""
import errno

import platform
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import namespaces
import pytest
from e2e.program import NO, UNKNOWN, YES, ProgramGone, Program
from trial import end

AREA = "machine"

DENY = Path(__file__).with_name("deny.py")
ISUSER = "isuser:alice:example.org"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

pytestmark = namespaces.need("mount")


def where(command):
    """A mount namespace of its own, in which this command was run."""
    return ["unshare", "-m", "sh", "-c", command + ' && exec "$0" "$@"']


SERVED, STAYS = "serves", "stays"

ODD = [
    ("no /dev/null", where("mount -t tmpfs none /dev"), SERVED, ""),
    ("no /proc", where("umount -l /proc"), STAYS, "mount /proc in the container"),
    ("no /proc, and LD_LIBRARY_PATH", ["env", "LD_LIBRARY_PATH=/x", *where("umount -l /proc")],
     STAYS, "mount /proc in the container"),
    ("an empty /etc/passwd", where("mount --bind /dev/null /etc/passwd"), SERVED, ""),
    ("an empty /etc", where("mount -t tmpfs none /etc"), SERVED, ""),
    ("/etc/hosts is /dev/null", where("mount --bind /dev/null /etc/hosts"), SERVED, ""),
    ("/etc/hosts, resolv.conf and nsswitch.conf are devices", where(
        "for file in hosts resolv.conf nsswitch.conf; do mount --bind /dev/null /etc/$file; done"),
     SERVED, ""),
    ("a namespace of one user, called root", [*NOBODY, "unshare", "-Ur"], SERVED, ""),
    ("a namespace of one user, called so", [*NOBODY, "unshare", "-U", "--map-current-user"], SERVED,
     ""),
    ("a namespace of root alone", ["unshare", "-Ur"], STAYS, "needs both mapped"),
    ("a namespace without users", ["unshare", "-U"], STAYS, "has no user"),
    ("no standard error", ["sh", "-c", 'exec "$0" "$@" 2>&-'], SERVED, ""),
]


@pytest.mark.parametrize("prefix,outcome,word", [row[1:] for row in ODD],
                         ids=[row[0] for row in ODD])
def test_odd(start, api, note, prefix, outcome, word):
    begin = time.monotonic()
    program = start(prefix=prefix, url=api.url.replace("localhost", "127.0.0.1"))
    reply = program.ask(ISUSER)
    assert reply == (YES if outcome == SERVED else UNKNOWN), program.log.text
    if word:
        program.log.wait_for(word)
    assert "SIG" not in program.log.text and "killed" not in program.log.text
    with pytest.raises(subprocess.TimeoutExpired):
        program.process.wait(max(0.1, begin + 1.2 - time.monotonic()))
    assert program.ask(ISUSER) == reply
    end(program)
    note(f"{outcome}, {reply[-1]}")


@pytest.mark.parametrize("file", ["/dev/null", "/dev/zero", "/"], ids=lambda file: f"/etc/hosts: {file}")
def test_names_with_odd_hosts(start, api, note, file):
    """The resolver checks whether a device is a terminal: that must not end it."""
    kind = "directory" if file == "/" else "device"
    target = "/etc/hosts" if kind == "device" else "/etc/nsswitch.conf"
    source = file if kind == "device" else "/dev/null"
    program = start("--connect-timeout", "2", prefix=where(f"mount --bind {source} {target}"))
    reply = program.ask(ISUSER)
    assert reply in (YES, UNKNOWN)
    assert "killed" not in program.log.text
    end(program)
    note(reply)


# -- one system call after another -----------------------------------------------------------------

def numbers():
    """The numbers of system calls by name, as this machine's headers have them."""
    text = subprocess.run(["cpp", "-dM"], input="#include <sys/syscall.h>\n", text=True, check=True,
                          capture_output=True).stdout
    return {name: int(number)
            for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.M)}


# Without these no program reaches main(): the dynamic linker needs them.
LOADER = {"execve", "mmap", "mprotect", "openat", "read", "close", "newfstatat", "fstat", "pread64",
          "arch_prctl", "access", "munmap", "brk", "exit_group", "rt_sigreturn", "exit",
          "restart_syscall",
          "futex"}  # and the C library ends a program that cannot wake its threads
LIFE = 1.2  # seconds; ejabberd gives up a program that ends sooner (doc/protocol.md section 2.1)

# Without these frames cannot be read, or replies not written.
PIPES = {"write", "ppoll"}


def made(api, place):
    """The system calls of a start, a request and an end, of all processes."""
    trace = place / "trace"
    with Program("--ca-file", api.ca_file, api.url, prefix=["strace", "-f", "-qq", "-o", str(trace)]
                 ) as program:
        assert program.ask(ISUSER, seconds=60) == YES
        program.close()
    names = set(re.findall(r"^\d+ +([a-z0-9_]+)\(", trace.read_text(), re.M))
    return sorted(names & set(numbers()))


def outlives(api, number, error):
    """What becomes of a program to which this call fails: the reply, if there is one, and how long
    it lived when that was too short."""
    prefix = [sys.executable, "-B", str(DENY), str(number), str(error)]
    begin = time.monotonic()
    reply = None
    with Program("--ca-file", api.ca_file, "--deadline", "2", api.url, prefix=prefix) as program:
        try:
            reply = program.ask(ISUSER, seconds=8)
            program.process.wait(max(0.1, begin + LIFE - time.monotonic()))
        except ProgramGone:
            program.process.wait(10)
        except (TimeoutError, BrokenPipeError, subprocess.TimeoutExpired):
            return reply, "stays", program.log.text
        lived = time.monotonic() - begin
        return reply, "stays" if lived > LIFE else f"ended after {lived:.1f} s", program.log.text


@pytest.mark.skipif(platform.machine() != "x86_64", reason="knows the loader's calls of x86-64")
@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOSYS], ids=errno.errorcode.get)
def test_calls_that_fail(api, place, note, error):
    """Whatever fails, the program is there for longer than ejabberd needs to give it up, and what
    it answers is right."""
    calls = [call for call in made(api, place) if call not in LOADER]
    assert len(calls) > 30
    known = numbers()
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda call: outlives(api, known[call], error), calls))
    wrong = [f"{call}: {reply} {life} {log[-400:]}" for call, (reply, life, log) in zip(calls, results)
             if (life != "stays" or reply not in (YES, UNKNOWN)) and call not in PIPES]
    assert not wrong, "\n".join(wrong)
    assert all(reply != NO for reply, _, _ in results)
    served = sum(reply == YES for reply, _, _ in results)
    note(f"{served} of {len(calls)} serve")
