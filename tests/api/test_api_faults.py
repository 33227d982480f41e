# SPDX-License-Identifier: ISC
"""Faults do what they say: the tests of extauth-https depend on that."""

import json
import socket
import ssl
import threading

import connection_faults
import faults
import pytest
from wire import CUT, NOTIFIED, RESET, SECONDS, Stopwatch, Wire, request, trusting

JULIET = "juliet@example.org"
TRUE_BODY = b'{"success": true}'
REGISTER = ("register", {"username": "romeo@example.org", "password": "secret"})


def ending(api, fault, question=None):
    """What a client receives from a fault up to the end of the connection, and how that ends."""
    api.faults.add(fault)
    with Wire(api) as wire:
        wire.send(question or request())
        return wire.to_the_end()


# The plan.


def test_a_fault_meets_the_next_request_and_no_other(api):
    api.faults.add(faults.answer(503))
    with Wire(api) as wire:
        assert [wire.ask()[0] for _ in range(2)] == [503, 200]


def test_faults_are_met_in_order_and_as_often_as_asked(api):
    api.faults.add(faults.answer(500), times=2)
    api.faults.add(faults.answer(502))
    with Wire(api) as wire:
        assert api.faults.pending == 2
        assert [wire.ask()[0] for _ in range(4)] == [500, 500, 502, 200]
        assert api.faults.pending == 0


def test_a_fault_can_last_until_it_is_cleared(api):
    api.faults.add(faults.answer(500), times=None)
    api.faults.add_for_connections(connection_faults.close_at_once(), times=None)
    api.faults.add_for_connections(connection_faults.silence())
    with pytest.raises((EOFError, ConnectionError)):
        Wire(api)
    assert api.faults.pending == 3
    api.faults.clear()
    assert api.faults.pending == 0
    api.faults.add(faults.answer(500), times=None)
    with Wire(api) as wire:
        assert [wire.ask()[0] for _ in range(10)] == [500] * 10
        api.faults.clear()
        assert wire.ask()[0] == 200


def test_a_fault_can_be_for_one_operation_or_for_what_a_test_says(api):
    api.faults.add(faults.answer(500), operation="login")
    api.faults.add(faults.answer(502), when=lambda request: b"romeo" in request.body)
    with Wire(api) as wire:
        assert wire.ask("exists")[0] == 200
        assert wire.ask("exists", {"username": "romeo@example.org"})[0] == 502
        assert wire.ask("login", {"username": JULIET, "password": "secret"})[0] == 500
        assert wire.ask("login", {"username": JULIET, "password": "secret"})[0] == 200


def test_a_request_that_meets_a_fault_is_recorded_but_not_carried_out(api):
    api.faults.add(faults.answer(503))
    with Wire(api) as wire:
        assert wire.ask(*REGISTER)[0] == 503
    assert api.requests[0].operation == "register"
    assert not api.accounts.exists("romeo@example.org")


def test_any_callable_is_a_fault(api):
    def teapot(connection, request):
        connection.send(f"HTTP/1.1 418 {request.operation}\r\nContent-Length: 0\r\n\r\n".encode())

    api.faults.add(teapot)
    with Wire(api) as wire:
        status, head, _ = wire.ask()
        assert status == 418 and b"418 exists" in head
        assert wire.ask()[0] == 200


def test_an_outage_does_not_make_the_faults_forgotten(api):
    api.faults.add(faults.answer(503))
    api.stop()
    api.start()
    with Wire(api) as wire:
        assert wire.ask()[0] == 503


# Answers that are HTTP, but not the right ones.


def test_an_answer_is_what_the_test_says(api):
    headers = [("Content-Length", "2"), ("X-A", "1"), ("X-A", "2")]
    api.faults.add(faults.answer(299, b"\xff\x00", "text/html", headers, length=3))
    with Wire(api) as wire:
        wire.send(request())
        head, _, body = wire.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 299 ") and b"\r\nContent-Type: text/html\r\n" in head
    assert head.endswith(b"\r\nContent-Length: 3\r\nContent-Length: 2\r\nX-A: 1\r\nX-A: 2")
    assert body == b"\xff\x00"


def test_an_answer_can_be_given_as_json(api):
    api.faults.add(faults.answer(200, {"success": "true"}))
    with Wire(api) as wire:
        assert json.loads(wire.ask()[2]) == {"success": "true"}


def test_a_redirect_says_where_and_claims_success(api):
    api.faults.add(faults.redirect("https://elsewhere.test/login", 307))
    with Wire(api) as wire:
        status, head, body = wire.ask()
    assert status == 307 and b"\r\nLocation: https://elsewhere.test/login" in head
    assert body == TRUE_BODY


def test_interim_responses_come_before_the_answer(api):
    api.faults.add(faults.interim(1000, 103))
    with Wire(api) as wire:
        wire.send(request())
        assert [wire.answer()[0] for _ in range(1001)] == [103] * 1000 + [200]


def test_a_chunked_answer_is_the_true_one_in_pieces(api):
    api.faults.add(faults.chunked(size=10))
    with Wire(api) as wire:
        wire.send(request())
        head, _, body = wire.read().partition(b"\r\n\r\n")
        assert b"Transfer-Encoding: chunked" in head and b"Content-Length" not in head
        assert body == b'a\r\n{"success"\r\n7\r\n: true}\r\n0\r\n\r\n'
        assert wire.ask()[0] == 200


@pytest.mark.parametrize(("notify", "end"), [(True, NOTIFIED), (False, CUT)])
def test_an_answer_can_last_until_the_connection_ends(api, notify, end):
    answer, how = ending(api, faults.until_close(notify))
    assert answer.endswith(b"\r\n\r\n" + TRUE_BODY) and b"Content-Length" not in answer
    assert how == end


def test_the_answer_can_come_twice_and_the_connection_stays(api):
    api.faults.add(faults.twice())
    absent = request("exists", {"username": "nobody@example.org"})
    with Wire(api) as wire:
        wire.send(request())
        assert wire.answer()[0] == 200
        wire.send(absent)
        assert [wire.answer()[0] for _ in range(2)] == [200, 404]


@pytest.mark.parametrize(("notify", "end"), [(True, NOTIFIED), (False, CUT)])
def test_a_connection_can_end_after_the_answer_unannounced(api, notify, end):
    answer, how = ending(api, faults.unannounced_close(notify=notify))
    assert answer.endswith(TRUE_BODY) and b"Connection: close" not in answer
    assert how == end


# Answers that never end, or not in time.


def test_a_delayed_answer_is_the_true_one_but_later(api):
    api.faults.add(faults.delay(0.2))
    with Wire(api) as wire, Stopwatch() as delayed:
        assert wire.ask()[0] == 200
    assert 0.2 <= delayed.seconds < 5


def test_a_delay_goes_before_any_other_fault(api):
    api.faults.add(faults.delay(0, then=faults.answer(503)))
    with Wire(api) as wire:
        assert wire.ask()[0] == 503


@pytest.mark.parametrize(
    "fault",
    [faults.hang(), faults.delay(60), faults.slowly(60), faults.Held()],
    ids=["hang", "delay", "slowly", "held"],
)
def test_a_client_that_leaves_is_not_waited_for(api, fault):
    api.faults.add(fault)
    with Wire(api) as wire:
        wire.send(request(*REGISTER))
        assert api.wait_for(lambda: api.request_count == 1)
        assert api.open_connections == 1
    assert api.wait_for(lambda: api.open_connections == 0)


@pytest.mark.parametrize(
    "fault",
    [faults.hang(), faults.delay(60), faults.slowly(60), faults.Held(), faults.endless_body()],
    ids=["hang", "delay", "slowly", "held", "endless_body"],
)
def test_an_outage_ends_a_fault(api, fault):
    api.faults.add(fault)
    with Wire(api) as wire:
        wire.send(request())
        assert api.wait_for(lambda: api.request_count == 1)
        with Stopwatch() as stopping:
            api.stop()
    assert stopping.seconds < 5
    assert api.open_connections == 0


def test_a_held_request_is_answered_when_it_is_released(api):
    held = faults.Held()
    api.faults.add(held)
    answers = []
    with Wire(api) as wire:
        wire.send(request())
        assert api.wait_for(lambda: api.request_count == 1)
        client = threading.Thread(target=lambda: answers.append(wire.answer()[0]))
        client.start()
        assert answers == []
        held.release()
        client.join(SECONDS)
    assert answers == [200]


def test_a_slow_answer_comes_byte_by_byte(api):
    api.faults.add(faults.slowly(0.001))
    records = []
    with Wire(api) as wire, Stopwatch() as answering:
        wire.send(request())
        while not b"".join(records).endswith(TRUE_BODY):
            records.append(wire.read())
        assert wire.ask()[0] == 200
    assert {len(record) for record in records} == {1}
    assert answering.seconds >= 0.001 * len(records)


def test_a_head_can_be_endless(api):
    data, end = ending(api, faults.endless_head())
    assert data.startswith(b"HTTP/1.1 200 OK\r\nX-More: ") and b"\r\n\r\n" not in data
    assert end is None


@pytest.mark.parametrize("chunks", [False, True])
def test_a_body_can_be_endless(api, chunks):
    data, end = ending(api, faults.endless_body(chunks=chunks))
    head, _, body = data.partition(b"\r\n\r\n")
    assert (b"Transfer-Encoding: chunked" in head) is chunks and b"Content-Length" not in head
    start = b'10\r\n{"success": true\r\n4000\r\n    ' if chunks else b'{"success": true    '
    assert body.startswith(start) and b"}" not in body
    assert end is None


# No answer, or a part of one.


def test_garbage_is_no_http(api):
    data, end = ending(api, faults.garbage())
    assert len(data) == 1024 and b"HTTP" not in data
    assert end == NOTIFIED


def test_raw_bytes_need_not_end_the_connection(api):
    api.faults.add(faults.raw(b"anything", end=False))
    with Wire(api) as wire:
        wire.send(request())
        assert wire.read() == b"anything"
        assert wire.ask()[0] == 200


@pytest.mark.parametrize(("notify", "end"), [(True, NOTIFIED), (False, CUT)])
def test_half_a_head_is_followed_by_the_end(api, notify, end):
    data, how = ending(api, faults.half_head(notify))
    assert data.startswith(b"HTTP/1.1 200 OK\r\n") and b"\r\n\r\n" not in data
    assert how == end


@pytest.mark.parametrize(("notify", "end"), [(True, NOTIFIED), (False, CUT)])
def test_half_a_body_is_followed_by_the_end(api, notify, end):
    data, how = ending(api, faults.half_body(notify))
    assert b"\r\nContent-Length: 17" in data and data.endswith(b"\r\n\r\n" + TRUE_BODY[:8])
    assert how == end


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        (faults.close, NOTIFIED),
        (lambda perform: faults.close(perform, notify=False), CUT),
        (faults.reset, RESET),
    ],
    ids=["close", "cut", "reset"],
)
@pytest.mark.parametrize("perform", [False, True])
def test_the_end_can_come_instead_of_an_answer(api, fault, end, perform):
    assert ending(api, fault(perform), request(*REGISTER)) == (b"", end)
    assert api.accounts.exists("romeo@example.org") is perform
    with Wire(api) as wire:
        assert wire.ask()[0] == 200


def test_bytes_beneath_tls_break_it(api):
    api.faults.add(faults.broken_tls())
    with Wire(api) as wire:
        wire.send(request())
        # the latter from OpenSSL 3.2 on
        with pytest.raises(ssl.SSLError, match="wrong version number|record layer failure"):
            wire.read()


# Before the first request.


def greet(api):
    """Tries a handshake below ssl.SSLSocket; returns the bytes the API sent, and how it ended."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trusting(api.ca_file).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    data = b""
    with socket.create_connection(("127.0.0.1", api.port), SECONDS) as tcp:
        try:
            tcp.sendall(outgoing.read())
            while more := tcp.recv(65_536):
                data += more
        except ConnectionResetError:
            return data, RESET
    return data, CUT


def test_a_connection_can_end_at_once(api):
    api.faults.add_for_connections(connection_faults.close_at_once())
    with socket.create_connection(("127.0.0.1", api.port), SECONDS) as tcp:
        assert tcp.recv(1) == b""
    assert api.handshakes == 0
    with Wire(api) as wire:
        assert wire.ask()[0] == 200


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (connection_faults.close_in_handshake(), (b"", CUT)),
        (connection_faults.reset_in_handshake(), (b"", RESET)),
        (connection_faults.instead_of_tls(b"anything"), (b"anything", CUT)),
    ],
    ids=["close", "reset", "other bytes"],
)
def test_a_handshake_can_fail(api, fault, expected):
    api.faults.add_for_connections(fault)
    assert greet(api) == expected
    assert (api.connections, api.handshakes) == (1, 0)


def test_a_handshake_can_stop_half_way(api):
    api.faults.add_for_connections(connection_faults.half_handshake())
    data, end = greet(api)
    assert data.startswith(b"\x16\x03\x03") and len(data) > 100  # a handshake record
    assert end == CUT
    assert (api.connections, api.handshakes) == (1, 0)


def test_plain_http_claims_success_without_tls(api):
    api.faults.add_for_connections(connection_faults.plain_http())
    data, _ = greet(api)
    assert data.startswith(b"HTTP/1.1 200 OK\r\n") and data.endswith(b"\r\n\r\n" + TRUE_BODY)
    api.faults.add_for_connections(connection_faults.plain_http())
    with pytest.raises(ssl.SSLError, match="wrong version number"):
        Wire(api)


def test_a_silent_connection_ends_with_the_client_or_with_the_api(api):
    api.faults.add_for_connections(connection_faults.silence(), times=2)
    with socket.create_connection(("127.0.0.1", api.port), SECONDS):
        assert api.wait_for(lambda: api.open_connections == 1)
    assert api.wait_for(lambda: api.connections == 1 and api.open_connections == 0)
    with socket.create_connection(("127.0.0.1", api.port), SECONDS) as tcp:
        assert api.wait_for(lambda: api.open_connections == 1)
        api.stop()
        assert tcp.recv(1) == b""


def test_a_stalled_handshake_goes_on_in_time(api):
    api.faults.add_for_connections(connection_faults.stall(0.2))
    with Stopwatch() as stalled:
        with Wire(api) as wire:
            assert wire.ask()[0] == 200
    assert 0.2 <= stalled.seconds < 5
