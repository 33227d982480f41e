# SPDX-License-Identifier: ISC
"""The finished program: hardened, and without surprises on its command line."""
import os
import pty
import re
import subprocess

import pytest

from .program import NO, PATH, UNKNOWN, Program


def readelf(*options):
    return subprocess.check_output(["readelf", "--wide", *options, PATH], text=True,
                                   env={"LC_ALL": "C"})


# -- hardening: the OpenSSF compiler guide, read in the ELF file --------------------------------

def test_it_is_position_independent():
    assert re.search(r"Type:\s+DYN \(Position-Independent Executable", readelf("--file-header"))


def test_its_relocations_are_read_only_from_the_start():
    assert "GNU_RELRO" in readelf("--segments")
    dynamic = readelf("--dynamic")
    assert re.search(r"FLAGS.*BIND_NOW", dynamic) and re.search(r"FLAGS_1.*NOW.*PIE", dynamic)


def test_nothing_is_both_writable_and_executable():
    segments = readelf("--segments")
    assert re.search(r"GNU_STACK.* RW +0x", segments)
    assert not re.search(r"^\s+\S+\s.*\sRWE\s", segments, re.M)
    assert "TEXTREL" not in readelf("--dynamic")


def test_it_looks_for_libraries_where_the_system_does():
    assert not re.search(r"RPATH|RUNPATH", readelf("--dynamic"))


def test_it_needs_no_other_libraries_than_those_promised():
    needed = set(re.findall(r"NEEDED.*\[(.*?)\.so", readelf("--dynamic")))
    assert needed == {"libcurl", "libssl", "libcrypto", "libseccomp", "libcap-ng", "libcjson",
                      "libyaml-0", "libc"}


def test_it_checks_its_stack_and_its_buffers():
    symbols = readelf("--dyn-syms")
    assert "__stack_chk_fail" in symbols
    assert re.search(r"__(vsnprintf|snprintf|memcpy|read|fprintf|printf)_chk", symbols)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="CET is x86's")
def test_its_branches_are_guarded():
    # The linker drops the mark for it, because Debian's own crt1.o does not have it; so this
    # looks at the landing pads themselves.
    code = subprocess.check_output(["objdump", "--disassemble=main", PATH], text=True)
    assert re.search(r"<main>:\n.*endbr64", code)


@pytest.mark.parametrize("flag", ["-fstack-clash-protection", "-ftrivial-auto-var-init=zero",
                                  "-fstack-protector-strong", "-fno-strict-overflow",
                                  "-fno-delete-null-pointer-checks", "-fPIE"])
def test_every_file_was_compiled_with(flag):
    # what cannot be seen in the code itself is read in the compiler's own record of its options
    producers = re.findall(r"DW_AT_producer.*: (GNU C17.*)", readelf("--debug-dump=info"))
    assert producers
    assert [line for line in producers if flag not in line] == []


# -- the command line -----------------------------------------------------------------------------

def run(*arguments, **options):
    return subprocess.run([PATH, *arguments], capture_output=True, text=True, timeout=30,
                          **options)


def test_help_and_version_go_to_standard_output():
    for option in ("--help", "--version", "--print-policy"):
        result = run(option)
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout
    assert len(run("--help").stdout.splitlines()) <= 24
    assert "OpenSSL" in run("--version").stdout


WRONG = [((), "no URL"), (("http://localhost/",), "https://"),
         (("https://localhost/", "--bogus", "1"), "bogus"),
         (("https://localhost/", "--server", "openfire"), "openfire"),
         (("-c", "/nonexistent.json"), "/nonexistent.json"),
         (("https://localhost/", "--ca-file", "relative.pem"), "relative.pem")]


@pytest.mark.parametrize("arguments,named", WRONG)
def test_on_a_terminal_what_is_wrong_is_said_in_one_line(arguments, named):
    ours, theirs = pty.openpty()
    try:
        result = run(*arguments, stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (result.returncode, result.stdout) == (2, "")
    assert named in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments,named", WRONG)
def test_under_a_host_what_is_wrong_is_logged_and_answered_unavailable(arguments, named):
    with Program(*arguments) as program:
        for payload in ("isuser:alice:example.org", "", "x" * 65535):
            assert program.ask(payload) == UNKNOWN
        assert named in program.log.wait_for("level=error")["message"]
        assert program.close() == (0, b"")


def test_mongooseim_is_not_answered_with_what_hangs_it(place):
    file = place / "settings.json"
    file.write_text('{"server": "mongooseim", "url": "http://x"}')
    for arguments in (("--server", "mongooseim"), ("-c", str(file))):
        with Program(*arguments) as program:
            assert program.ask("isuser:alice:example.org") == NO
            assert program.close() == (0, b"")
