# SPDX-License-Identifier: ISC
"""A real Prosody while the API, the program or Prosody itself stops and starts."""
import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import faults
import pytest
from ejabberd import processes
from ejabberd.client import Client, XmppError

from .server import Prosody, SuperServer, until

LATER = "temporary-auth-failure"
JID, PASSWORD = "alice@localhost", "secret"


@pytest.fixture
def programs(open_place, program, api):
    with SuperServer(open_place(), [program, "--server", "prosody", "--ca-file",
                                    api.ca_file, "--deadline", "4", api.url]) as running:
        yield running


@pytest.fixture
def server(new_place, certificate, programs):
    with Prosody(new_place(), programs.path, **certificate) as running:
        yield running


@pytest.fixture
def client(server, authority, api):
    api.faults.clear()
    if not api.accounts.exists(JID):
        api.accounts.register(JID, PASSWORD)
    yield Client(server.port, authority.ca_file)
    api.faults.clear()


def outcome(client, password=PASSWORD, jid=JID):
    """True, False or the error's condition."""
    return asyncio.run(outcome_async(client, password, jid))


async def outcome_async(client, password, jid=JID):
    try:
        return await client.login_async(jid, password)
    except XmppError as error:
        return error.condition


@contextmanager
def held(api, operation="login"):
    """A request that the API has received and not answered yet."""
    hold = faults.Held()
    api.faults.add(hold, operation=operation)
    yield hold
    hold.release()


def test_forty_at_once_get_each_its_own_answer(client, programs):
    passwords = [PASSWORD, "wrong", PASSWORD + " ", "x" * 1000] * 10

    async def together():
        return await asyncio.gather(*(outcome_async(client, password) for password in passwords))

    assert asyncio.run(together()) == [True, False, False, False] * 10
    assert len(programs.programs()) == 4


def test_one_that_waits_delays_no_other(client, api):
    with ThreadPoolExecutor(1) as pool, held(api) as hold:
        before = api.request_count
        waiting = pool.submit(outcome, client)
        assert api.wait_for(lambda: api.request_count > before)
        assert [outcome(client, password) for password in (PASSWORD, "wrong")] == [True, False]
        assert not waiting.done()
        hold.release()
        assert waiting.result() is True


def test_an_outage_is_no_refusal_and_is_over_when_it_is_over(client, api):
    assert outcome(client) is True
    api.stop()
    try:
        for password in (PASSWORD, "wrong"):
            assert outcome(client, password) == LATER
        with pytest.raises(XmppError):
            client.register("bob@localhost", "pw")
    finally:
        api.start()
    # A breaker may be open for a moment.
    assert until(lambda: outcome(client) is True, "no login after the outage")
    assert outcome(client, "wrong") is False
    assert not api.accounts.exists("bob@localhost")


def test_an_api_that_hangs_is_no_refusal(client, api):
    api.faults.add(faults.hang(), times=2)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda password: outcome(client, password), [PASSWORD, "x"])) == \
            [LATER, LATER]
    assert outcome(client) is True


def test_a_program_that_is_killed_costs_its_request(client, api, programs):
    with ThreadPoolExecutor(1) as pool, held(api):
        before = api.request_count
        waiting = pool.submit(outcome, client)
        assert api.wait_for(lambda: api.request_count > before)
        for pid in programs.programs():
            os.kill(pid, signal.SIGKILL)
        assert waiting.result() == LATER
    assert [outcome(client, password) for password in (PASSWORD, "wrong")] == [True, False]


def test_the_socket_may_go_and_come_back(client, programs):
    assert outcome(client) is True
    started = programs.programs()
    programs.stop()
    assert outcome(client) is True  # by a program that is connected already
    for pid in started:
        os.kill(pid, signal.SIGKILL)
    assert outcome(client) == LATER
    programs.start()
    assert outcome(client) is True


@pytest.mark.parametrize("what", ["the settings", "the module"])
def test_a_reload_loses_no_request(server, client, api, programs, what):
    assert outcome(client) is True
    with ThreadPoolExecutor(8) as pool, held(api) as hold:
        before = api.request_count
        waiting = [pool.submit(outcome, client)]
        assert api.wait_for(lambda: api.request_count > before)
        assert outcome(client) is True  # on a connection that is idle then
        started = programs.programs()
        assert len(started) == 2
        if what == "the settings":
            server.signal(signal.SIGHUP)
            until(lambda: "Reloading configuration" in server.log_text(), server.log_text())
        else:
            said = server.shell('module:reload("auth_extauth_https", "localhost")')
            assert "Reloaded" in said, said
        waiting += [pool.submit(outcome, client, password) for password in ("wrong", PASSWORD)]
        assert [future.result() for future in waiting[1:]] == [False, True]
        hold.release()
        assert waiting[0].result() is True
    if what == "the module":  # whose connections it has lost
        assert processes.wait_until_gone(started, timeout=10) == []
    assert outcome(client) is True


@pytest.mark.parametrize("end", [Prosody.stop, Prosody.kill])
def test_nothing_is_left_when_prosody_ends(server, client, api, programs, end):
    assert outcome(client) is True
    with ThreadPoolExecutor(1) as pool, held(api):
        before = api.request_count
        waiting = pool.submit(outcome, client)
        assert api.wait_for(lambda: api.request_count > before)
        started = programs.programs()
        everything = [*started, *(child for pid in started for child in processes.children(pid))]
        assert len(started) >= 1
        end(server)
        assert processes.wait_until_gone(everything, timeout=10) == []
        assert waiting.result() is not True
