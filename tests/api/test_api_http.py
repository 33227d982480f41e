# SPDX-License-Identifier: ISC
"""How the API speaks HTTP, and what it records of its requests."""

import json
import socket
import ssl
import threading
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import faults
import pytest
from http1 import MAX_BODY, MAX_HEAD
from wire import NOTIFIED, SECONDS, Stopwatch, Wire, ask, request

JULIET = "juliet@example.org"
NOBODY = "nobody@example.org"


def test_a_connection_is_kept_for_many_requests(api):
    with Wire(api) as wire:
        for _ in range(20):
            assert wire.ask()[0] == 200
    with Wire(api) as wire:
        assert wire.ask()[0] == 200
    assert [seen.connection for seen in api.requests] == [1] * 20 + [2]
    assert (api.connections, api.handshakes, api.request_count) == (2, 2, 21)


def test_requests_sent_together_are_answered_in_order(api):
    with Wire(api) as wire:
        wire.send(request() + request("exists", {"username": NOBODY}) + request())
        assert [wire.answer()[0] for _ in range(3)] == [200, 404, 200]


def test_an_answer_is_one_record_without_delay(api):
    nodelay = []

    def look(connection, request):
        option = connection.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        nodelay.append(option)
        faults.respond(connection, request)

    api.faults.add(look)
    with Wire(api) as wire:
        wire.send(request())
        record = wire.read()
    assert record.startswith(b"HTTP/1.1 200 OK\r\n")
    assert record.endswith(b'\r\n\r\n{"success": true}')
    assert nodelay == [1]


def test_a_date_is_sent_and_is_now(api):
    with Wire(api) as wire:
        head = wire.ask()[1]
    date = head.partition(b"\r\nDate: ")[2].partition(b"\r\n")[0].decode()
    age = datetime.now(timezone.utc) - parsedate_to_datetime(date)
    assert abs(age.total_seconds()) < 60


@pytest.mark.parametrize("ending", ["HTTP/1.1\r\nConnection: close", "HTTP/1.0"])
def test_a_client_that_wants_the_connection_closed_gets_it_closed(api, ending):
    with Wire(api) as wire:
        wire.send(request().replace(b"HTTP/1.1", ending.encode()))
        answer, end = wire.to_the_end()
    assert answer.endswith(b'{"success": true}') and b"\r\nConnection: close\r\n" in answer
    assert end == NOTIFIED


def test_a_client_that_asks_before_it_sends_a_body_is_encouraged(api):
    head, _, body = request(head="Expect: 100-continue\r\n").partition(b"\r\n\r\n")
    with Wire(api) as wire:
        wire.send(head + b"\r\n\r\n")
        assert wire.read() == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(body)
        assert wire.answer()[0] == 200


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x16\x03\x01\r\n\r\n", "request line"),
        (b"\r\n", "request line"),
        (b"POST /login\r\n\r\n", "request line"),
        (b"POST  /login HTTP/1.1\r\n\r\n", "request line"),
        (b"POST login HTTP/1.1\r\n\r\n", "request line"),
        (b"POST /login HTTP/2.0\r\n\r\n", "request line"),
        (b"POST /login HTTP/1.1\n\n", "request line"),
        (b"POST /login HTTP/1.1\r\nHost : a\r\n\r\n", "header line"),
        (b"POST /login HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "header line"),
        (b"POST /login HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "header line"),
        (b"POST /login HTTP/1.1\r\n\r\n", "Host"),
        (b"POST /login HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "more than one host"),
        (
            b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "more than one content-length",
        ),
        (b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", "Content-Length"),
        (b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "Content-Length"),
        (
            b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1),
            "Content-Length",
        ),
        (b"POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "chunked"),
        (b"POST /login HTTP/1.1\r\nX: %s\r\n\r\n" % (b"x" * MAX_HEAD), "longer than"),
        (b"POST /login HTTP/1.1\r\n" + b"X: x\r\n" * (MAX_HEAD // 6), "longer than"),
    ],
    ids=lambda value: str(value)[:70],
)
def test_what_is_no_http_is_refused_and_ends_the_connection(api, data, message):
    with Wire(api) as wire:
        wire.send(data)
        answer, end = wire.to_the_end()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ") and b"\r\nConnection: close" in head
    assert json.loads(body)["success"] is False and message in json.loads(body)["message"]
    assert end == NOTIFIED
    assert api.request_count == 0


def test_a_request_is_recorded_as_it_came(api):
    with Wire(api) as wire:
        wire.send(
            b"POST //base///login?x HTTP/1.1\r\nHost: Example\r\nX-Twice:  one \r\nx-twice:two\r\n"
            b"Content-Length: 9\r\n\r\n{ bytes\xff\x00"
        )
        wire.answer()
    seen = api.requests[0]
    assert (seen.connection, seen.method, seen.path) == (1, "POST", "//base///login?x")
    assert seen.body == b"{ bytes\xff\x00"
    assert seen.headers == (
        ("Host", "Example"), ("X-Twice", "one"), ("x-twice", "two"), ("Content-Length", "9"),
    )
    assert seen.header("HOST") == "Example" and seen.header("missing") is None
    assert seen.all("x-Twice") == ["one", "two"]


def test_recording_can_be_switched_off(api):
    with Wire(api) as wire:
        api.recording = False
        wire.ask("login")
        api.recording = True
        wire.ask("exists", {"username": NOBODY})
    assert [seen.json() for seen in api.requests] == [{"username": NOBODY}]
    assert (len(api.requests), api.request_count) == (1, 2)


def test_waiting_ends_with_the_event(api):
    def wait_for(predicate):
        with Stopwatch() as waiting:
            assert api.wait_for(predicate, 60)
        assert waiting.seconds < 30

    def client():
        with Wire(api) as wire:
            go_on.wait(60)
            wire.ask()

    go_on = threading.Event()
    thread = threading.Thread(target=client)
    thread.start()
    wait_for(lambda: api.connections == api.open_connections == 1)
    wait_for(lambda: api.handshakes == 1)
    go_on.set()
    wait_for(lambda: api.request_count == 1)
    wait_for(lambda: api.open_connections == 0)
    thread.join()


def test_waiting_in_vain_ends_with_the_time(api):
    assert api.wait_for(lambda: api.request_count == 1, 0.01) is False


def test_a_client_without_the_ca_does_not_get_through(api):
    with socket.create_connection(("127.0.0.1", api.port), SECONDS) as tcp:
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(tcp, server_hostname="localhost")
    assert api.wait_for(lambda: api.connections == 1 and api.open_connections == 0)
    assert api.handshakes == 0


def test_clients_that_hang_up_cause_no_noise(api, capfd, monkeypatch):
    failed = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    socket.create_connection(("127.0.0.1", api.port), SECONDS).close()
    with socket.create_connection(("127.0.0.1", api.port), SECONDS) as tcp:
        tcp.sendall(b"GET / HTTP/1.1\r\n\r\n")
    with Wire(api):
        pass
    with Wire(api) as wire:
        wire.send(request() * 50)
    assert api.wait_for(lambda: api.connections == 4 and api.open_connections == 0)
    assert failed == []
    assert capfd.readouterr() == ("", "")


def test_half_a_request_is_none(api):
    with Wire(api) as wire:
        wire.send(request("remove")[:-1])
    assert api.wait_for(lambda: api.connections == 1 and api.open_connections == 0)
    assert api.request_count == 0


def test_a_silent_client_is_in_nobodys_way(api):
    with socket.create_connection(("127.0.0.1", api.port), SECONDS):
        assert api.wait_for(lambda: api.connections == 1)
        assert ask(api, "exists", {"username": JULIET})[0] == 200


def test_many_connections_are_served_at_a_time(api):
    count = 20
    held = faults.Held()
    api.faults.add(held, times=count)
    wires = [Wire(api) for _ in range(count)]
    for wire in wires:
        wire.send(request())
    assert api.wait_for(lambda: api.request_count == count)
    held.release()
    assert [wire.answer()[0] for wire in wires] == [200] * count
    for wire in wires:
        wire.close()
