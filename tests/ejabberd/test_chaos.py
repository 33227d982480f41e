# SPDX-License-Identifier: ISC
"""A real ejabberd with logins going on while the API is away, workers die, and a frame kills
the worker that has it. No user may log in who should not, and afterwards every user who should can."""
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from . import processes
from .client import Client
from .server import Ejabberd
from .test_accounts import comes_true

USERS = 6


@pytest.fixture(params=[False, True], ids=["no-cache", "cache"])
def server(request, new_place, certificate, program, api):
    command = [program, "--ca-file", api.ca_file, api.url]
    with Ejabberd(new_place() / "server", command, use_cache=request.param, pool_size=2,
                  **certificate) as running:
        yield running


@pytest.fixture
def accounts(api):
    """Names that no other test has used, with their passwords."""
    accounts.count = getattr(accounts, "count", 0) + 1
    names = {f"chaos{accounts.count}u{number}": f"right{number}" for number in range(USERS)}
    for name, password in names.items():
        api.accounts.register(f"{name}@localhost", password)
    yield names
    api.faults.clear()


class Traffic:
    """Logins with right and with wrong passwords, from several threads, inside a with block.

    answers   how often each answer came: {(password was right, ejabberd said yes): count}
    errors    exceptions instead of an answer
    """

    def __init__(self, client, accounts, threads=3):
        self.answers = Counter()
        self.errors = []
        self._client, self._accounts = client, accounts
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,))
                         for number in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number):
        names = list(self._accounts.items())
        while not self._stop.is_set():
            number += 1
            name, password = names[number % len(names)]
            right = number % 3 != 0
            try:
                yes = self._client.login(f"{name}@localhost", password + ("" if right else "x"))
                self.answers[right, yes] += 1
            except Exception as error:  # the test shows them all at its end
                self.errors.append(error)


def workers(server):
    return [worker for helper in server.helpers()
            for worker in processes.children(helper, "extauth-worker")]


def all_is_well(server, client, accounts, traffic):
    """What must be true after each kind of chaos."""
    print(dict(traffic.answers))
    assert traffic.errors == []
    assert traffic.answers[False, True] == 0, "a wrong password was let in"
    assert traffic.answers[False, False] > 0, "there were no wrong passwords"
    for name, password in accounts.items():
        assert comes_true(lambda: client.login(f"{name}@localhost", password)), name
        assert client.login(f"{name}@localhost", password + "x") is False
        assert comes_true(lambda: server.ctl("check_account", name, "localhost").returncode == 0)
    assert server.ctl("check_account", "nobody", "localhost").returncode == 1
    assert len(server.helpers()) == 2
    log = server.log_text()
    assert "reached_max_restart_intensity" not in log
    assert "Failed to start external authentication program" not in log


def test_the_api_is_down_for_ten_seconds(server, api, accounts, authority):
    client = Client(server.port, authority.ca_file)
    before = server.helpers()
    with Traffic(client, accounts) as traffic:
        assert comes_true(lambda: traffic.answers[True, True] > 0)
        api.stop()
        try:
            time.sleep(10)
        finally:
            api.start()
    all_is_well(server, client, accounts, traffic)
    assert server.helpers() == before, "a program has ended"
    assert "terminated unexpectedly" not in server.log_text()


@pytest.mark.parametrize("server", [False], indirect=True, ids=["no-cache"])
def test_a_worker_is_killed_every_second_for_thirty_seconds(server, accounts, authority):
    client = Client(server.port, authority.ca_file)
    killed = 0
    with Traffic(client, accounts) as traffic:
        for second in range(30):
            next_second = time.monotonic() + 1
            alive = workers(server)
            if alive:
                os.kill(alive[second % len(alive)], signal.SIGSYS)
                killed += 1
            time.sleep(max(0, next_second - time.monotonic()))
    assert killed >= 10, "there was no worker to kill"
    all_is_well(server, client, accounts, traffic)


def asker(server, connection):
    """The worker at the other end of a connection to the API."""
    port = connection.socket.getpeername()[1]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[1].endswith(f":{port:04X}") and words[1].startswith("0100007F"):
            inode = words[9]
            for worker in workers(server):
                for entry in Path(f"/proc/{worker}/fd").iterdir():
                    if os.readlink(entry) == f"socket:[{inode}]":
                        return worker
    raise LookupError(f"no process has the connection from port {port}")


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to see whose a connection is")
@pytest.mark.parametrize("server", [False], indirect=True, ids=["no-cache"])
def test_a_frame_kills_the_worker_that_has_it(server, api, accounts, authority):
    """When a program ends, ejabberd sends its frame to the next one: if programs ended with their
    workers, one frame could end the whole pool."""
    client = Client(server.port, authority.ca_file)
    api.accounts.register("poison@localhost", "right")
    victims = []

    def kill(connection, request):
        victims.append(asker(server, connection))
        os.kill(victims[-1], signal.SIGSYS)
        connection.wait()
        connection.close()

    api.faults.add(kill, times=None, when=lambda request: b"poison@" in request.body)
    before = server.helpers()
    with Traffic(client, accounts) as traffic:
        poisoned, until = 0, time.monotonic() + 30
        helpers_hit = set()
        # a few for each: which program gets a frame is ejabberd's choice
        while len(helpers_hit) < 2 and poisoned < 5 and time.monotonic() < until:
            ways = {worker: helper for helper in before
                    for worker in processes.children(helper, "extauth-worker")}
            assert client.login("poison@localhost", "right") is False
            poisoned += 1
            helpers_hit.add(ways.get(victims[-1]))
    print(f"{poisoned} poisoned frames, {len(helpers_hit)} programs hit")
    assert len(victims) == poisoned, "a frame was given to the next program"
    assert len(set(victims)) == poisoned
    api.faults.clear()
    all_is_well(server, client, accounts, traffic)
    assert comes_true(lambda: client.login("poison@localhost", "right"))
    assert server.helpers() == before, "a program has ended"
    assert "terminated unexpectedly" not in server.log_text()
