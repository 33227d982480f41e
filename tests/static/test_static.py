# SPDX-License-Identifier: ISC
"""The static program where there is no glibc, nor any other library."""
import re
import socket
import subprocess
from pathlib import Path

import pytest
from e2e.program import NO, PATH, UNKNOWN, YES

from .conftest import NAME


def test_there_is_nothing_but_the_program_and_busybox(bare):
    found = [path.name for path in bare.root.rglob("*")
             if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]
    assert sorted(found) == ["busybox", "extauth-https"]
    for name in ("bin/busybox", "extauth-https"):
        assert "INTERP" not in subprocess.check_output(["readelf", "-lW", bare.root / name], text=True)


def test_it_looks_up_the_name_and_asks_the_api(bare):
    with bare.start() as program:
        assert program.ask("auth:alice:example.org:secret") == YES
        assert program.ask("auth:alice:example.org:wrong") == NO
        assert program.ask("isuser:nobody:example.org") == NO
        line = program.log.wait_for("message=serving")
        assert program.close() == (0, b"")
        assert "killed" not in program.log.text
    assert (NAME, 1) in bare.names.questions
    assert line["uid"] == "65534"


def test_both_processes_are_sealed(bare):
    with bare.start() as program:
        assert program.ask("auth:alice:example.org:secret") == YES
        line = program.log.wait_for("message=serving")
        for pid in (program.monitor, int(line["worker"])):
            text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
            assert re.search(r"^Seccomp:\t2$", text, re.M)
            assert re.search(r"^CapEff:\t0+$", text, re.M)
            assert re.search(r"^Uid:\t65534\t", text, re.M)


def test_a_name_that_does_not_exist_is_unavailable(bare):
    bare.names.names.clear()
    with bare.start() as program:
        assert program.ask("auth:alice:example.org:secret") == UNKNOWN
        program.log.wait_for("cannot connect: Name or service not known")
        assert "killed" not in program.log.text


def test_a_name_server_that_is_silent_ends_no_process(bare):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((bare.address.replace("53", "54", 1), 53))
        bare.ask_name_server(silent.getsockname()[0])
        with bare.start() as program:
            assert program.ask("auth:alice:example.org:secret", 60) == UNKNOWN
            assert "killed" not in program.log.text
            bare.ask_name_server(bare.address)
            assert program.ask("auth:alice:example.org:secret", 60) == YES


def test_what_the_linker_marked_is_read_only(bare):
    segments = subprocess.check_output(["readelf", "-lW", PATH], text=True)
    start, size = (int(word, 16) for word in
                   re.search(r"GNU_RELRO\s+\S+\s+(\S+)\s+\S+\s+\S+\s+(\S+)", segments).groups())
    with bare.start() as program:
        program.serving()
        lines = Path(f"/proc/{program.monitor}/maps").read_text(encoding="ascii").splitlines()
    ours = [line for line in lines if line.endswith("/extauth-https")]
    base = min(int(line.split("-")[0], 16) for line in ours)
    for address in range(base + (start & ~0xfff), (base + start + size) & ~0xfff, 4096):
        words, = [line.split()[1] for line in ours
                  if int(line.split("-")[0], 16) <= address < int(re.split("[- ]", line)[1], 16)]
        assert words == "r--p"


@pytest.mark.parametrize("option", ["--help", "--version", "--print-policy"])
def test_it_runs_there_on_its_own(option, bare):
    result = subprocess.run([*bare.prefix(), "/extauth-https", option], capture_output=True,
                            text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_check_is_green(bare):
    result = subprocess.run([*bare.prefix(), "/extauth-https", "--check", "--server-config", "none",
                             f"https://{NAME}:{bare.api.port}"], capture_output=True, text=True,
                            check=False)
    assert result.returncode == 0, result.stdout + result.stderr
