# SPDX-License-Identifier: ISC
"""The module alone, against a program that misbehaves: no reply is ever taken for another
request's, and each fault costs one request at most."""
import base64
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
from ejabberd.client import Client, XmppError

from .server import Prosody
from .stand_in import NO, UNAVAILABLE, YES, StandIn

LATER = "temporary-auth-failure"


@pytest.fixture(scope="module")
def folder(new_place):
    return new_place()


@pytest.fixture(scope="module")
def server(new_place, folder, certificate):
    """It is not restarted for each stand-in: it finds a socket again that was missing."""
    with Prosody(new_place(), folder / "socket", options={"connections": 1, "timeout": 3},
                 **certificate) as running:
        yield running


@pytest.fixture
def stand_in(folder):
    with StandIn(folder) as stand_in:
        yield stand_in


@pytest.fixture
def login(server, authority):
    """login(password) begins one; its result() is True, False or the error's condition."""
    client = Client(server.port, authority.ca_file)

    def result(password, name):
        try:
            return client.login(f"{name}@localhost", password)
        except XmppError as error:
            return error.condition

    with ThreadPoolExecutor(8) as pool:
        yield lambda password, name="alice": pool.submit(result, password, name)


def test_each_reply_says_what_it_says(stand_in, login):
    first = login("right")
    with stand_in.accept() as program:
        for waiting, password, reply, result in [
                (first, "right", YES, True), (None, "wrong", NO, False),
                (None, "any", UNAVAILABLE, LATER), (None, "right", YES, True)]:
            waiting = waiting or login(password)
            assert program.frame() == f"auth:alice:localhost:{password}"
            program.send(reply)
            assert waiting.result() == result


@pytest.mark.parametrize("reply", [
    YES + YES, YES + b"\0", NO + YES, b"\0\2\0\3", b"\0\2\1\1", b"\0\3\0\1", b"1\n\1\1", b"\1" * 4096,
], ids=repr)
def test_what_is_no_reply_ends_the_connection(stand_in, login, reply):
    waiting = login("wrong")
    with stand_in.accept() as program:
        program.frame()
        program.send(reply)
        assert waiting.result() == LATER
        assert program.ended()
    waiting = login("wrong")
    with stand_in.accept() as program:
        program.frame()
        program.send(NO)
        assert waiting.result() is False


@pytest.mark.parametrize("part", [b"", b"\0", b"\0\2\0"], ids=repr)
def test_a_reply_that_is_cut_is_none(server, stand_in, login, part):
    waiting = login("right")
    with stand_in.accept() as program:
        program.frame()
        program.send(part)
    assert waiting.result() == LATER
    assert "closed a connection instead of a reply" in server.log_text()


def test_a_reply_in_pieces_is_one(stand_in, login):
    waiting = login("right")
    with stand_in.accept() as program:
        program.frame()
        for byte in YES:
            program.send(bytes([byte]))
        assert waiting.result() is True


def test_a_late_reply_answers_no_request(stand_in, login):
    late = login("wrong")
    with stand_in.accept() as program:
        program.frame()
        assert late.result() == LATER  # after "timeout"
        assert program.ended()
        with pytest.raises(BrokenPipeError):
            program.send(YES)
    waiting = login("wrong")
    with stand_in.accept() as program:
        assert program.frame() == "auth:alice:localhost:wrong"
        program.send(NO)
        assert waiting.result() is False


def test_an_unexpected_reply_ends_the_connection(stand_in, login):
    waiting = login("right")
    with stand_in.accept() as program:
        program.frame()
        program.send(YES)
        assert waiting.result() is True
        program.send(YES)
        assert program.ended()


def test_one_request_at_a_time_is_on_a_connection(stand_in, login):
    """Three requests wait for one connection: the second is sent when the first has its reply."""
    waiting = {name: login("x", name) for name in ("a", "b", "c")}
    with stand_in.accept() as program:
        for _ in range(3):
            name = program.frame().split(":")[1]
            assert not any(future.done() for future in waiting.values())
            program.send(YES if name == "b" else NO)
            assert waiting.pop(name).result() is (name == "b")
    assert stand_in.none_waits()


def test_a_program_that_ended_while_idle_costs_nothing(stand_in, login):
    for _ in range(3):
        waiting = login("right")
        with stand_in.accept() as program:
            program.frame()
            program.send(YES)
        assert waiting.result() is True


def test_without_a_socket_there_is_an_answer_at_once_and_it_is_found_again(server, folder, login):
    assert login("right").result() == LATER
    assert f"cannot connect to {folder}/socket: No such file or directory" in server.log_text()
    with StandIn(folder) as stand_in:
        waiting = login("right")
        with stand_in.accept() as program:
            program.frame()
            program.send(YES)
            assert waiting.result() is True


class Session:
    """An XMPP client up to the point where it may log in, for a test that must time its bytes."""

    HEADER = ("<stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams'>")
    TLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

    def __init__(self, port, ca_file):
        self._socket = socket.create_connection(("127.0.0.1", port))
        self.say(self.HEADER, "</stream:features>")
        self.say(self.TLS, "<proceed")
        self._socket = ssl.create_default_context(cafile=ca_file).wrap_socket(
            self._socket, server_hostname="localhost")
        self.say(self.HEADER, "</stream:features>")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def say(self, text, *ends):
        """Sends it and reads until one of `ends` has come."""
        self._socket.sendall(text.encode())
        return self.hear(*ends) if ends else None

    def hear(self, *ends):
        heard = ""
        while not any(end in heard for end in ends):
            piece = self._socket.recv(4096)
            assert piece, heard
            heard += piece.decode()
        return heard

    def log_in(self, name, password):
        plain = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        self.say(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>")


@pytest.mark.parametrize("reply_first", [False, True])
def test_a_reply_that_lies_there_before_the_request_is_not_its_own(
        server, authority, stand_in, login, reply_first):
    """Both come at the same time, and Prosody may handle the login first."""
    waiting = login("right")
    with stand_in.accept() as program, Session(server.port, authority.ca_file) as session:
        program.frame()
        program.send(YES)
        assert waiting.result() is True
        with server.paused():
            if reply_first:
                program.send(YES)
            session.log_in("alice", "wrong")
            if not reply_first:
                program.send(YES)
        with stand_in.accept() as fresh:
            assert fresh.frame() == "auth:alice:localhost:wrong"
            fresh.send(NO)
            assert "not-authorized" in session.hear("</failure>", "<success")
        assert program.ended()


def test_a_program_that_ends_costs_its_request_only(server, authority, stand_in):
    """A request that waits for this connection is sent on the next."""
    with Session(server.port, authority.ca_file) as first, \
            Session(server.port, authority.ca_file) as second:
        first.log_in("a", "right")
        with stand_in.accept() as program:
            assert program.frame() == "auth:a:localhost:right"
            second.log_in("b", "right")
            Session(server.port, authority.ca_file).__exit__()  # Prosody has received b's by now
        with stand_in.accept() as program:
            assert program.frame() == "auth:b:localhost:right"
            program.send(YES)
            assert LATER in first.hear("</failure>", "<success")
            assert "<success" in second.hear("</failure>", "<success")


def test_a_socket_that_never_accepts_delays_no_login(server, folder, authority, login):
    """The kernel accepts the connection and the frame. Meanwhile Prosody serves other clients."""
    with StandIn(folder):
        waiting = login("right")
        with Session(server.port, authority.ca_file):
            assert not waiting.done()
        assert waiting.result() == LATER
