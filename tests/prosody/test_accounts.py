# SPDX-License-Identifier: ISC
"""Accounts of a real Prosody, kept by the reference API behind extauth-https."""
import faults
import pytest
from ejabberd.client import Client, XmppError

from .server import Prosody, until


@pytest.fixture(scope="module")
def server(new_place, certificate, programs):
    with Prosody(new_place(), programs.path, hosts=["localhost", "other.example"],
                 **certificate) as running:
        yield running


@pytest.fixture
def client(server, authority):
    return Client(server.port, authority.ca_file)


@pytest.fixture
def name(api):
    """An account's name that no other test has used, so that nothing about it is cached."""
    api.faults.clear()
    name.count = getattr(name, "count", 0) + 1
    yield f"user{name.count}"
    api.faults.clear()


@pytest.mark.parametrize("password", ["plain", "co:lon", "€uro", "sp ace", "quo\"te\\", "🔑"])
def test_a_client_logs_in_with_the_right_password_only(client, api, name, password):
    api.accounts.register(f"{name}@localhost", password)
    assert client.login(f"{name}@localhost", password + "x") is False
    assert client.login(f"{name}@localhost", password) is True
    assert client.login(f"{name}@localhost", password[:-1] or "x") is False
    assert client.login(f"{name}@other.example", password) is False


def test_what_is_no_text_is_refused_by_prosody_itself(client, api, name):
    api.accounts.register(f"{name}@localhost", "x")
    before = api.request_count
    for password in (b"\xff\xfe", b"x\n", b"x\r", b"\x01", b"x" * 1024):
        with pytest.raises(XmppError) as error:
            client.login(f"{name}@localhost", password)
        assert error.value.condition == "malformed-request"
    with pytest.raises(XmppError) as error:
        client.login(f"{name}@localhost", b"x", username="")
    assert error.value.condition == "malformed-request"
    assert api.request_count == before
    assert client.login(f"{name}@localhost", b"x" * 1023) is False
    assert api.request_count == before + 1


def test_a_client_registers_changes_its_password_and_leaves(client, api, name):
    jid = f"{name}@localhost"
    client.register(jid, "first:€")
    assert client.login(jid, "first:€") is True
    client.change_password(jid, "first:€", "second")
    assert client.login(jid, "first:€") is False
    assert client.login(jid, "second") is True
    client.unregister(jid, "second")
    assert not api.accounts.exists(jid)
    assert client.login(jid, "second") is False


def test_an_account_that_exists_is_not_registered_again(client, api, name):
    jid = f"{name}@localhost"
    api.accounts.register(jid, "mine")
    with pytest.raises(XmppError) as error:
        client.register(jid, "yours")
    assert error.value.condition == "conflict"
    assert client.login(jid, "mine") is True


NOT_ALLOWED = faults.answer(403, b'{"success": false, "message": "not by you"}')


def test_what_the_api_refuses_does_not_happen(client, api, name):
    jid, newcomer = f"{name}@localhost", f"{name}new@localhost"
    api.accounts.register(jid, "old")
    for operation in ("setpass", "register", "remove"):
        api.faults.add(NOT_ALLOWED, operation=operation, times=None)
    for refused in (lambda: client.change_password(jid, "old", "new"),
                    lambda: client.register(newcomer, "pw"), lambda: client.unregister(jid, "old")):
        with pytest.raises(XmppError):
            refused()
    api.faults.clear()
    assert client.login(jid, "new") is False
    assert client.login(jid, "old") is True
    assert client.login(newcomer, "pw") is False


def test_a_password_cannot_be_a_second_request(server, client, api, name):
    """In a line protocol the reply to the second line would decide another user's login."""
    jid, other = f"{name}@localhost", f"{name}other@localhost"
    api.accounts.register(jid, "old")
    api.accounts.register(other, "right")
    hostile = f"new\nauth:{name}other:localhost:right\n"
    with pytest.raises(XmppError):
        client.change_password(jid, "old", hostile)
    assert "refused" not in server.shell(f'user:password("{jid}", {lua(hostile)})')
    assert client.login(other, "wrong") is False
    assert client.login(jid, "old") is True


def lua(text):
    return '"' + "".join(f"\\{byte:03}" for byte in text.encode()) + '"'


def test_prosodyctl_adds_and_deletes_an_account(server, client, api, name):
    """prosodyctl is a process of its own, which loads the module."""
    jid = f"{name}@localhost"
    added = server.ctl("adduser", jid, stdin="first\nfirst\n")
    assert (added.returncode, api.accounts.exists(jid)) == (0, True), added.stdout
    assert client.login(jid, "first") is True
    assert server.ctl("adduser", jid, stdin="other\nother\n").returncode != 0
    assert client.login(jid, "first") is True
    deleted = server.ctl("deluser", jid)
    assert (deleted.returncode, api.accounts.exists(jid)) == (0, False), deleted.stdout


def test_a_registration_never_changes_a_password(server, client, api, name):
    """Prosody's own providers do that; of two concurrent registrations only one may succeed."""
    jid = f"{name}@localhost"
    api.accounts.register(jid, "old")
    said = server.shell(f'>return prosody.hosts["localhost"].users.create_user("{name}", "new")')
    assert "refused" in said
    assert client.login(jid, "new") is False
    assert client.login(jid, "old") is True


def test_prosodyctl_passwd_says_what_it_did(server, client, api, name):
    """0.12 registers the account anew, which is refused; 13 changes the password."""
    jid = f"{name}@localhost"
    api.accounts.register(jid, "old")
    changed = server.ctl("passwd", jid, stdin="new\nnew\n").returncode == 0
    assert client.login(jid, "new") is changed
    assert client.login(jid, "old") is not changed


def test_the_shell_of_a_running_prosody_leads_an_account_from_birth_to_death(
        server, client, api, name):
    jid = f"{name}@localhost"
    assert "reated" in server.shell(f'user:create("{jid}", "first")')
    assert client.login(jid, "first") is True
    assert "exists" in server.shell(f'user:create("{jid}", "other")')
    assert "changed" in server.shell(f'user:password("{jid}", "second")')
    assert client.login(jid, "second") is True
    assert "deleted" in server.shell(f'user:delete("{jid}")')
    assert not api.accounts.exists(jid)


def test_who_exists_is_asked_once_in_a_while(server, api, name):
    """Not asked for each message to a user who is offline, and without blocking the server."""
    api.accounts.register(f"{name}@localhost", "pw")
    for who, exists in ((name, "true"), ("nobody", "false")):
        before = asked(api, who)
        for _ in range(3):
            said = server.shell(f'>require"core.usermanager".user_exists("{who}", "localhost")')
            assert exists in said, said
        assert asked(api, who) == before + 1


def asked(api, name):
    """How often the API was asked whether an account exists."""
    return [request.json() for request in api.requests if request.path == "/exists"].count(
        {"username": f"{name}@localhost"})


def test_who_exists_is_not_forgotten_in_an_outage(
        new_place, certificate, programs, authority, api, name):
    jid = f"{name}@localhost"
    api.accounts.register(jid, "pw")
    exists = '>require"core.usermanager".user_exists("%s", "localhost")'
    with Prosody(new_place(), programs.path, options={"remember": 0}, **certificate) as server:
        assert Client(server.port, authority.ca_file).login(jid, "pw") is True
        api.faults.add(faults.answer(503, b"down"), operation="exists", times=None)
        before = asked(api, name)
        assert "true" in server.shell(exists % name)
        assert asked(api, name) == before + 1
        assert "cannot be asked" in server.shell(exists % "stranger")


def test_who_cannot_be_suspended_is_answered_all_the_same(server, api, name):
    """A timer of Prosody runs outside of every coroutine."""
    api.accounts.register(f"{name}@localhost", "pw")
    server.shell('>require"util.timer".add_task(0, function () prosody.log("info", "%s exists: %s", '
                 f'"{name}", require"core.usermanager".user_exists("{name}", "localhost")) end)')
    until(lambda: f"{name} exists: true" in server.log_text(), server.log_text())


USERS = 'prosody.hosts["localhost"].users'


def test_an_account_that_is_made_in_two_steps_is_registered_once(server, client, api, name):
    """Prosody 13 does that. The second step must not change another user's account."""
    api.accounts.register(f"{name}old@localhost", "mine")
    for user in (name, f"{name}old"):
        server.shell(f'>{USERS}.create_user("{user}"); return {USERS}.set_password("{user}", "new")')
    assert client.login(f"{name}@localhost", "new") is True
    assert client.login(f"{name}old@localhost", "mine") is True
    assert client.login(f"{name}old@localhost", "new") is False
    # from then on it is an ordinary change of password
    server.shell(f'>return {USERS}.set_password("{name}", "newer")')
    assert client.login(f"{name}@localhost", "newer") is True


def test_an_account_that_was_not_made_is_not_deleted(server, client, api, name):
    """Prosody 13 deletes an account that gets no role; another user may have it by then."""
    jid = f"{name}@localhost"
    api.accounts.register(jid, "mine")
    server.shell(f'>{USERS}.create_user("{name}"); return {USERS}.delete_user("{name}")')
    assert client.login(jid, "mine") is True


def test_a_name_with_a_colon_is_no_name(server, api):
    """A part of it would be read as the host, and the host as a part of the password."""
    before = api.request_count
    for call in ('test_password("alice:other.example", "x")', 'user_exists("alice:other.example")',
                 'set_password("", "x")'):
        assert "true" not in server.shell(f">return {USERS}.{call}")
    assert api.request_count == before
