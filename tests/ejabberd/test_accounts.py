# SPDX-License-Identifier: ISC
"""Accounts of a real ejabberd, kept by the reference API behind extauth-https.

Everything runs once without ejabberd's own cache, as the README recommends, and once with it,
as ejabberd does by default: a wrong reply does its harm by what it leaves in that cache
(doc/protocol.md section 2.1).
"""
import time
from pathlib import Path

import faults
import pytest

from .client import Client, XmppError
from .server import Ejabberd

NOT_ALLOWED = faults.answer(403, b'{"success": false, "message": "not by you"}')


@pytest.fixture(scope="module", params=[False, True], ids=["no-cache", "cache"])
def server(request, new_place, certificate, program, api):
    command = [program, "--ca-file", api.ca_file, api.url]
    with Ejabberd(new_place() / "server", command, use_cache=request.param, pool_size=2,
                  **certificate) as running:
        yield running


@pytest.fixture
def client(server, authority):
    return Client(server.port, authority.ca_file)


@pytest.fixture
def name(api):
    """An account's name that no other test has used, so that no cache knows it."""
    api.faults.clear()
    name.count = getattr(name, "count", 0) + 1
    yield f"user{name.count}"
    api.faults.clear()


def test_ejabberdctl_leads_an_account_from_birth_to_death(server, api, name):
    account = (name, "localhost")
    assert server.ctl("check_account", *account).returncode == 1
    assert server.ctl("register", *account, "first:€").returncode == 0
    assert server.ctl("check_account", *account).returncode == 0
    assert server.ctl("check_password", *account, "first:€").returncode == 0
    assert server.ctl("check_password", *account, "first").returncode == 1
    assert server.ctl("change_password", *account, "second").returncode == 0
    assert server.ctl("check_password", *account, "second").returncode == 0
    assert server.ctl("check_password", *account, "first:€").returncode == 1
    assert server.ctl("unregister", *account).returncode == 0
    assert not api.accounts.exists(f"{name}@localhost")
    assert server.ctl("check_password", *account, "second").returncode == 1


@pytest.mark.parametrize("password", ["plain", "co:lon", "€uro", "sp ace", "quo\"te\\", "🔑"])
def test_a_client_logs_in_with_the_right_password_only(client, api, name, password):
    api.accounts.register(f"{name}@localhost", password)
    assert client.login(f"{name}@localhost", password + "x") is False
    assert client.login(f"{name}@localhost", password) is True
    assert client.login(f"{name}@localhost", password[:-1] or "x") is False


def test_bytes_that_are_no_text_are_refused(client, api, name):
    api.accounts.register(f"{name}@localhost", "x")
    assert client.login(f"{name}@localhost", b"\xff\xfe") is False
    assert client.login(f"{name}@localhost", b"x", username="") is False


def test_a_client_registers_changes_its_password_and_leaves(client, api, name):
    jid = f"{name}@localhost"
    client.register(jid, "first")
    assert client.login(jid, "first") is True
    client.change_password(jid, "first", "second")
    assert client.login(jid, "first") is False
    assert client.login(jid, "second") is True
    client.unregister(jid, "second")
    assert not api.accounts.exists(jid)


def test_a_refused_change_of_password_fails_and_never_logs_in(server, client, api, name):
    jid = f"{name}@localhost"
    api.accounts.register(jid, "old")
    assert client.login(jid, "old") is True
    api.faults.add(NOT_ALLOWED, operation="setpass", times=None)

    changed = server.ctl("change_password", name, "localhost", "refused")
    assert changed.returncode != 0
    with pytest.raises(XmppError):
        client.change_password(jid, "old", "refused")

    api.faults.clear()
    assert client.login(jid, "refused") is False
    assert server.ctl("check_password", name, "localhost", "refused").returncode == 1
    assert client.login(jid, "old") is True


def test_registrations_that_the_api_does_not_know_open_no_breaker(client, api, name):
    """The API of the Python script has no such path: a user who tries to register fails, ten
    times, and the next login is granted at once."""
    jid = f"{name}@localhost"
    api.accounts.register(jid, "secret")
    api.faults.add(faults.answer(404, b"<html>Not Found</html>", "text/html"),
                   operation="register", times=None)
    for number in range(10):
        with pytest.raises(XmppError):
            client.register(f"{name}-new{number}@localhost", "x")
    assert client.login(jid, "secret") is True


def test_a_refused_registration_leaves_no_trace(server, client, api, name):
    jid = f"{name}@localhost"
    api.faults.add(NOT_ALLOWED, operation="register", times=None)
    assert server.ctl("register", name, "localhost", "refused").returncode != 0
    with pytest.raises(XmppError):
        client.register(jid, "refused")
    api.faults.clear()

    assert client.login(jid, "refused") is False
    for command in (("check_account", name, "localhost"),
                    ("check_password", name, "localhost", "refused")):
        result = server.ctl(*command)
        assert (result.returncode, "no case clause" in result.stdout + result.stderr) == (1, False)


def comes_true(question):
    """Asks until the answer is yes. After an outage a breaker may stay open for a few
    seconds; a wrong answer in ejabberd's cache would stay for an hour.

    The attempts wait for each other, because clients one after the other may always get the same
    program: ejabberd takes its programs in turn by a counter, which each login advances by the
    same number.
    """
    until = time.monotonic() + 60
    while not question():
        if time.monotonic() > until:
            return False
    return True


def test_an_outage_leaves_no_wrong_answer_behind(server, client, api, name):
    jid, newcomer = f"{name}@localhost", f"{name}new@localhost"
    api.accounts.register(jid, "secret")
    api.stop()
    try:
        down = time.monotonic() + 3
        while time.monotonic() < down:
            assert client.login(jid, "secret") is False
            assert server.ctl("check_account", name, "localhost").returncode != 0
            assert server.ctl("register", f"{name}new", "localhost", "pw").returncode != 0
            assert server.ctl("change_password", name, "localhost", "other").returncode != 0
    finally:
        api.start()

    assert client.login(jid, "other") is False
    assert comes_true(lambda: client.login(jid, "secret"))
    assert comes_true(lambda: server.ctl("check_account", name, "localhost").returncode == 0)
    assert comes_true(lambda: server.ctl("register", f"{name}new", "localhost", "pw").returncode == 0)
    assert comes_true(lambda: client.login(newcomer, "pw"))
    assert client.login(jid, "other") is False


def test_the_workers_of_a_running_ejabberd_are_sealed(server):
    helpers = server.helpers()
    assert len(helpers) == 2
    for helper in helpers:
        worker, = Path(f"/proc/{helper}/task/{helper}/children").read_text().split()
        facts = Path(f"/proc/{worker}/status").read_text()
        assert "\nSeccomp:\t2\n" in facts
        assert "\nNoNewPrivs:\t1\n" in facts
        assert "\nCapEff:\t0000000000000000\n" in facts
