# SPDX-License-Identifier: ISC
"""Servers that change while the program runs, and servers that renegotiate."""
import pytest
from e2e.program import UNKNOWN, YES, Program
from faults import close, respond
from server import tls_context

from .pki import EXPIRED
from .servers import OpensslServer, Setup, is_whole

REQUEST = "isuser:alice:example.org"
OPTIONS = ("--log-level", "info", "--connect-timeout", "15")


def run(pki, port, *options):
    return Program(*OPTIONS, "--ca-file", pki.authority("root").ca_file, *options,
                   f"https://localhost:{port}")


@pytest.fixture
def context(api):
    """The TLS of the reference API, as it was before."""
    before = api.context
    yield before
    api.context = before


def answer_and_close(connection, request):
    """The true answer, and the end of the connection after it."""
    respond(connection, request)
    close()(connection, request)


def test_an_old_connection_goes_on_and_a_new_one_is_refused(start, api, context, authority):
    program = start(log_level="info")
    assert program.ask(REQUEST) == YES
    api.context = tls_context(*authority.issue(name="expired", **EXPIRED))
    before = api.connections, len(api.requests)
    assert program.ask(REQUEST) == YES
    assert (api.connections, len(api.requests)) == (before[0], before[1] + 1)
    api.faults.add(answer_and_close)
    assert program.ask(REQUEST) == YES
    assert program.ask(REQUEST) == UNKNOWN
    assert "has expired on" in program.log.wait_for("verdict=unavailable")["reason"]
    assert len(api.requests) == before[1] + 2
    api.context = context
    assert program.ask(REQUEST) == YES


@pytest.mark.parametrize("reload", [False, True])
def test_no_session_is_resumed(start, api, context, reload):
    hits = context.session_stats()["hits"]
    handshakes = api.handshakes
    program = start()
    program.serving()
    for count in range(3):
        api.faults.add(answer_and_close)
        assert program.ask(REQUEST) == YES
        if reload:
            program.signal()
            program.serving(count + 2)
    # after each reload one is made in advance
    assert api.wait_for(lambda: api.handshakes >= handshakes + 3)
    assert context.session_stats()["hits"] == hits


def test_an_old_ticket_does_not_hide_a_new_certificate(start, api, context, authority):
    api.context = tls_context(*authority.issue(name="good"))
    program = start(log_level="info")
    api.faults.add(answer_and_close)
    assert program.ask(REQUEST) == YES
    # the keys of its tickets do not change
    api.context.load_cert_chain(*authority.issue(name="expired", **EXPIRED))
    assert program.ask(REQUEST) == UNKNOWN
    assert "has expired on" in program.log.wait_for("verdict=unavailable")["reason"]
    assert len(api.requests) == 1


class Renegotiates(OpensslServer):
    """Renegotiates when it has the request, instead of answering."""

    def command(self):
        # its commands are read when it is not quiet; all it prints is then mixed
        return [word for word in super().command() if word != "-quiet"]

    def _serve(self):
        while data := self.process.stdout.read(65536):
            self.received += data
            if b"POST /" in self.received and is_whole(
                    self.received[self.received.index(b"POST /"):]):
                self.process.stdin.write(b"r\n")
                self.received = b""


def test_renegotiation_is_refused(pki, place):
    with Renegotiates(place, Setup(*pki.leaf(), versions="1.2")) as server, \
            run(pki, server.port) as program:
        assert program.ask(REQUEST) == UNKNOWN
        line = program.log.wait_for("verdict=unavailable")
        program.close()
        server.finish()
    greetings = (server.folder / "messages").read_text().count("ClientHello")
    hello_requests = (server.folder / "messages").read_text().count("HelloRequest")
    assert (greetings, hello_requests) == (1, 1), line
