# SPDX-License-Identifier: ISC
"""What a worker that was taken over can do to the administrator who runs --ask or --check."""
import subprocess

import pytest

from scene import BREACHED, DEADLINE, GRACE

WHERE = "worker, --ask/--check"

ATTACKS = {
    "mangled unclean": "escape sequences in a reason", "mangled random": "random messages",
    "mangled huge": "64 KiB", "note escape": "escape sequences in a line",
    "contradictory status": "a yes with the status 404", "twice": "a yes without a server",
    "every-descriptor": "something on the terminal, by any descriptor",
    "call write": "something on the terminal, by write(2)", "crash segmentation fault": "a crash",
    "hang": "time", "close-channel": "silence",
}

LOOKUPS = {
    "resolver-unix": "a daemon's UNIX socket", "resolver-tcp": "a TCP server that is no name server",
    "resolver-call": "fork", "resolver-live-on": "time", "resolver-answer": "a wrong answer",
}

LIMIT = 28 + DEADLINE + GRACE + 10


@pytest.fixture(params=ATTACKS, ids=lambda attack: attack.replace(" ", "-"))
def attack(request):
    return request.param


def command(api, attack, *arguments):
    name, _, argument = attack.partition(" ")
    return ([str(BREACHED), *arguments, "--deadline", str(DEADLINE), "--ca-file", str(api.ca_file),
             api.url], {"PATH": "/usr/bin:/bin", "BREACH": f"ready:{name}:99:{argument or 'none'}"})


def sane(text):
    return all(line.isprintable() for line in text.splitlines())


@pytest.mark.parametrize("arguments", [("--ask", "isuser", "mallory@example.org"), ("--check",)],
                         ids=["ask", "check"])
def test_it_shows_nothing_else_and_ends(arguments, attack, api, row):
    words, environment = command(api, attack, *arguments)
    result = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT,
                            stdin=subprocess.DEVNULL, env=environment)
    assert result.returncode in (1, 2), result
    assert sane(result.stdout) and sane(result.stderr)
    assert "granted" not in result.stdout
    row(f"{arguments[0]}: {ATTACKS[attack]}", f"status {result.returncode}, nothing else shown")


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_its_resolver_is_sealed_as_well(lookup, api, row, bystanders):
    argument = {"resolver-unix": bystanders.stream.getsockname(), "resolver-call": "fork",
                "resolver-tcp": bystanders.tcp.getsockname()[1]}.get(lookup, "count")
    words, environment = command(api, lookup, "--check")
    environment["BREACH"] = f"lookup:{lookup}:99:{argument}"
    words[-1] = api.url.replace("127.0.0.1", "localhost")
    result = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT,
                            stdin=subprocess.DEVNULL, env=environment)
    assert result.returncode in (1, 2), result
    assert sane(result.stdout) and sane(result.stderr)
    assert bystanders.reached() == []
    row(f"--check, its resolver: {LOOKUPS[lookup]}", f"status {result.returncode}, no process reached")
