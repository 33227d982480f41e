# SPDX-License-Identifier: ISC
"""Each step of the sealing is broken in turn, in a variant of the program built for that: it must
refuse to serve, keep running, and reply "unavailable"."""
import ctypes
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from .program import ALONE, PATH, UNKNOWN, Program

SEAMS = Path(PATH).parent / "seams"
LIBC = "musl" if "musl/" in subprocess.check_output([PATH, "--version"], text=True) else "glibc"

BROKEN = {
    # what is broken: what the log must say
    "sandbox_seal": "Seccomp_filters is 1",
    "seccomp_load": "refuses the seccomp filter",
    "sandbox_limit": "not sealed",  # libseccomp sets no_new_privs, too
    "landlock_seal": "/ can be opened",
    "landlock_open": "Landlock ABI 0",
    "privileges_drop": "CapPrm",
    "capng_change_id": "capabilities are still there",
}

NEED_ROOT = ("privileges_drop", "capng_change_id")
NEED_LANDLOCK = ("landlock_seal", "landlock_open")


def landlock_abi():
    return max(0, ctypes.CDLL(None).syscall(444, None, 0, 1))  # landlock_create_ruleset


@pytest.mark.parametrize("broken", BROKEN)
def test_it_refuses_to_serve_without(broken, api):
    if broken in NEED_ROOT and os.getuid() != 0:
        pytest.skip("needs root, to have privileges that are not dropped")
    if broken in NEED_LANDLOCK and landlock_abi() == 0:
        pytest.skip("this kernel has no Landlock")
    with Program("--ca-file", api.ca_file, api.url, path=str(SEAMS / broken)) as program:
        line = program.log.wait_for("refused to serve")
        assert line["level"] == "error"
        assert BROKEN[broken] in line["message"]
        before = api.connections
        assert program.ask("auth:alice:example.org:secret") == UNKNOWN
        assert program.ask("isuser:alice:example.org") == UNKNOWN
        assert api.connections == before
        assert "message=serving" not in program.log.text
        assert program.close() == (0, b"")


def test_a_kernel_without_landlock_is_refused_where_it_is_required(api):
    with Program("--ca-file", api.ca_file, "--landlock", "required", api.url) as program:
        if landlock_abi() == 0:
            assert "required" in program.log.wait_for("level=error")["message"]
        else:
            assert int(program.log.wait_for("message=serving")["landlock"]) >= 1


def test_a_resolver_that_is_not_sealed_looks_nothing_up(api):
    url = api.url.replace("127.0.0.1", "localhost")
    with Program("--ca-file", api.ca_file, url,
                 path=str(SEAMS / "confinement_seal_resolver")) as program:
        program.serving()
        assert program.ask("auth:alice:example.org:secret") == UNKNOWN
        assert "sealed" in program.log.wait_for("level=error")["message"]
        assert program.close() == (0, b"")


def test_too_few_descriptors_are_noticed_at_the_start(start):
    program = start(prefix=["prlimit", "--nofile=50"])
    assert program.ask("auth:alice:example.org:secret") == UNKNOWN
    assert "only 50 files may be open" in program.log.wait_for("refused to serve")["message"]
    assert program.close() == (0, b"")


WALLS = {"namespaces", "root", "bounding", "mseal", "mdwe", "speculation"}


def walls(line):
    return set(line["walls"].split()) - {"none"}, set(line["walls_absent"].split()) - {"none"}


def test_walls_that_stand_and_those_that_are_absent_are_said(start):
    standing, absent = walls(start().log.wait_for("message=serving"))
    assert standing | absent == WALLS and not standing & absent


def test_missing_walls_are_refused_where_they_are_required(start):
    """This variant has no namespaces; without the setting it serves nevertheless."""
    _, absent = walls(start(path=str(SEAMS / "unshare")).log.wait_for("message=serving"))
    assert absent >= {"namespaces", "root"}
    program = start("--walls", "required", path=str(SEAMS / "unshare"))
    line = program.log.wait_for("these walls")
    assert (line["level"], "namespaces" in line["message"]) == ("error", True)
    assert program.ask("auth:alice:example.org:secret") == UNKNOWN
    assert "message=serving" not in program.log.text
    assert program.close() == (0, b"")


def test_a_library_newer_than_the_monitor_s_policy_is_named_and_it_stands_by(api):
    """The monitor does not die without a message: the call that would kill it was made in a rehearsal."""
    path = str(SEAMS / "settings_load")
    with Program("--ca-file", api.ca_file, api.url, path=path) as program:
        line = program.log.wait_for("refused to serve")
        assert line["level"] == "error"
        for words in ("timerfd_create (", "it is not compromised", "Install a newer",
                      f"{LIBC} 2.99, libcurl ", ", OpenSSL "):
            assert words in line["message"]
        assert program.ask("auth:alice:example.org:secret") == UNKNOWN
        assert program.close() == (0, b"")
    found = subprocess.run([path, "--check", *ALONE, "--ca-file", api.ca_file, api.url], text=True,
                           env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=False)
    assert found.returncode == 1
    assert "timerfd_create (" in found.stdout + found.stderr
    assert f"was not tested with {LIBC} 2.99 (tested: " in found.stdout


@pytest.mark.parametrize("named", [True, False])
def test_a_library_newer_than_the_worker_s_policy_is_no_attack(named, api, place):
    copy = place / "extauth-https"  # where any user may read it
    copy.write_bytes((SEAMS / "user_name_open").read_bytes())
    copy.chmod(0o755)
    if named and os.getuid() != 0:
        pytest.skip("needs root, to read the kernel's log")
    prefix = [] if named else ["setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups"]
    with Program("--ca-file", api.ca_file, api.url, path=str(copy),
                 prefix=prefix if os.getuid() == 0 else []) as program:
        line = program.log.wait_for("was killed at its start")
        assert line["level"] == "error" and "Install a newer" in line["message"]
        assert f"{LIBC} " in line["message"] and "taken over" not in line["message"]
        assert "timerfd_create (" in line["message"] or "journalctl -k" in line["message"]
        for count in range(2, 8):  # five suspicious deaths would end the program
            program.process.send_signal(signal.SIGHUP)
            program.log.wait_for("was killed at its start", count=count)
        assert program.ask("auth:alice:example.org:secret") == UNKNOWN
        assert program.close() == (0, b"")


def test_the_libraries_here_are_among_those_that_were_tried(program):
    """When this fails on a newer release: raise the range in src/sandbox/libraries.c as soon as
    `make check-releases` and `make policy-survey` pass there."""
    line = program.log.wait_for("message=serving")
    assert (line["level"], line["libraries_untested"]) == ("notice", "none")
    assert re.fullmatch(LIBC + r" [\d.]+, libcurl [\d.]+, OpenSSL [\d.]+", line["libraries"])
