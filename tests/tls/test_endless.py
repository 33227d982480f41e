# SPDX-License-Identifier: ISC
"""A peer that speaks TLS without ever saying anything holds up one request until its deadline, and
nothing else: the worker is neither killed nor blocked, and the circuit breaker learns of it."""
import subprocess
import time
from pathlib import Path

import pytest
from e2e.program import UNKNOWN, Program, children_named

DEADLINE = 1.5
SLACK = 3  # on a busy machine


@pytest.fixture(scope="module")
def endless(tmp_path_factory):
    program = tmp_path_factory.mktemp("endless") / "endless"
    subprocess.run(["gcc", "-O1", "-o", program, Path(__file__).with_name("endless.c"), "-lssl",
                    "-lcrypto"], check=True)
    return program


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["updates", "requests", "tickets"])
def test_messages_without_data_and_without_end(endless, authority, when, what):
    certificate, key = authority.issue()
    with subprocess.Popen([endless, certificate, key, when, what], text=True,
                          stdout=subprocess.PIPE) as server:
        try:
            port = int(server.stdout.readline())
            with Program("--ca-file", authority.ca_file, "--deadline", str(DEADLINE),
                         f"https://localhost:{port}") as program:
                program.serving()
                before = children_named("extauth-worker", program.monitor)
                for _ in range(2):
                    begin = time.monotonic()
                    assert program.ask("isuser:alice:example.org") == UNKNOWN
                    assert time.monotonic() - begin < DEADLINE + SLACK
                    assert program.log.wait_for("verdict=unavailable")["reason"]
                assert children_named("extauth-worker", program.monitor) == before
                assert "compromised" not in program.log.text
        finally:
            server.kill()
