# SPDX-License-Identifier: ISC
"""How the API starts and ends, in a test and on the command line."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import faults
import pytest
from server import Api, ListenError
from wire import SECONDS, Stopwatch, Wire, ask, request, trusting

JULIET = "juliet@example.org"
NOBODY = "nobody@example.org"


def test_an_outage_refuses_connections_and_cuts_those_there_are(api):
    with Wire(api) as wire:
        assert wire.ask()[0] == 200
        api.stop()
        assert wire.to_the_end()[0] == b""
    with pytest.raises(ConnectionRefusedError):
        Wire(api)
    assert api.open_connections == 0


def test_after_an_outage_it_is_there_at_once_with_the_same_address_and_accounts(api):
    url = api.url
    for round in range(1, 21):
        with Wire(api) as kept, Wire(api) as wire:
            assert wire.ask("login", {"username": JULIET, "password": "secret"})[0] == 200
            api.stop()
            api.start()
            assert kept.to_the_end()[0] == b""
        assert (api.url, api.request_count) == (url, round)


def test_the_port_is_not_given_away_during_an_outage(api):
    api.stop()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", api.port))
    api.start()
    assert ask(api, "exists", {"username": JULIET})[0] == 200


def test_stopping_twice_is_stopping_once(api):
    api.stop()
    api.stop()
    api.start()
    assert ask(api, "exists", {"username": JULIET})[0] == 200


def test_stopping_does_not_wait_for_a_fault(api):
    api.faults.add(faults.delay(60))
    with Wire(api) as wire:
        wire.send(request())
        assert api.wait_for(lambda: api.request_count == 1)
        with Stopwatch() as stopping:
            api.stop()
    assert stopping.seconds < 5


def test_several_run_side_by_side(tmp_path, authority):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with Api(first, authority=authority, cost=2) as one:
        with Api(second, authority=authority, cost=2) as two:
            one.accounts.register(JULIET, "secret")
            assert ask(one, "exists", {"username": JULIET})[0] == 200
            assert ask(two, "exists", {"username": JULIET})[0] == 404


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    scratch, folder = tmp_path / "scratch", tmp_path / "folder"
    scratch.mkdir()
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    threads = threading.enumerate()
    descriptors = len(os.listdir("/proc/self/fd"))
    with Api(folder, cost=2) as api, Wire(api) as answered, Wire(api) as waiting:
        answered.ask("register", {"username": JULIET, "password": "secret"})
        api.faults.add(faults.hang())
        waiting.send(request())
        assert api.wait_for(lambda: api.request_count == 2)
        assert len(threading.enumerate()) == len(threads) + 3
    assert threading.enumerate() == threads
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert os.listdir(scratch) == []
    assert sorted(os.listdir(folder)) == [
        "accounts.sqlite", "ca.key", "ca.pem", "server.key", "server.pem",
    ]


def test_it_listens_on_the_ipv6_loopback_too(tmp_path, authority):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Api(tmp_path, address="::1", authority=authority, cost=2) as api:
        with socket.create_connection(("::1", api.port), SECONDS) as tcp:
            trusting(api.ca_file).wrap_socket(tcp, server_hostname="::1").close()
        assert api.url == f"https://localhost:{api.port}"


@pytest.mark.parametrize(
    ("address", "port", "message"),
    [
        ("localhost", 0, "give an IP address"),
        ("127.0.0.1", 70_000, "choose another address or port"),
        ("192.0.2.1", 0, "choose another address or port"),
    ],
)
def test_an_address_that_cannot_be_used_says_what_to_do(
    tmp_path, authority, address, port, message
):
    with pytest.raises(ListenError, match=message):
        Api(tmp_path, authority=authority, address=address, port=port)


# On the command line.


@pytest.fixture
def program(tmp_path):
    """Starts server.py; returns it with the port and the CA file of its first line."""
    started = []

    def start(stdin=subprocess.PIPE):
        command = [sys.executable, Path(__file__).parent / "server.py"]
        command += ["--database", tmp_path / "accounts.sqlite", "--certificates", tmp_path / "tls"]
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As in a shell's foreground: a test run in the background has SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(process)
        process.ready = process.stdout.readline()
        word, process.url, ca = process.ready.split()
        assert word == "ready"
        process.port = int(process.url.removeprefix("https://localhost:"))
        process.ca_file = ca.removeprefix("ca=")
        return process

    yield start
    for process in started:
        with process:  # closes its pipes and waits for it
            process.kill()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, "end of stdin"])
def test_the_program_serves_until_it_is_told_to_end(program, end):
    process = program()
    with Wire(process) as wire:
        assert wire.ask("register", {"username": JULIET, "password": "secret"})[0] == 201
        if end == "end of stdin":
            process.stdin.close()
        else:
            process.send_signal(end)
        assert process.wait(SECONDS) == 0
    assert (process.stdout.read(), process.stderr.read()) == ("", "")


def test_the_program_uses_again_what_it_made(program):
    first = program()
    ask(first, "register", {"username": JULIET, "password": "secret"})
    made = {file.name: file.read_bytes() for file in Path(first.ca_file).parent.iterdir()}
    first.terminate()
    first.wait(SECONDS)
    second = program()
    found = {file.name: file.read_bytes() for file in Path(second.ca_file).parent.iterdir()}
    assert found == made
    assert ask(second, "login", {"username": JULIET, "password": "secret"})[0] == 200


def test_the_program_runs_in_the_background_with_nothing_on_stdin(program):
    process = program(stdin=subprocess.DEVNULL)
    for _ in range(20):
        assert ask(process, "exists", {"username": NOBODY})[0] == 404
    assert process.poll() is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--database", "missing/accounts.sqlite"], "folder must exist and be writable"),
        (["--address", "localhost"], "give an IP address"),
        (["--port", "99999"], "choose another address or port"),
        (["--certificates", "file"], "file"),
    ],
)
def test_the_program_says_in_one_line_why_it_does_not_start(tmp_path, options, message):
    (tmp_path / "file").touch()
    command = [sys.executable, Path(__file__).parent / "server.py"]
    command += ["--database", "accounts.sqlite", "--certificates", "tls", *options]
    done = subprocess.run(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("server.py: ") and done.stderr.count("\n") == 1
    assert message in done.stderr
