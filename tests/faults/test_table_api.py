# SPDX-License-Identifier: ISC
"""Faults of the API: what it is, what it says, and what it does not."""
import gzip
import json
import ssl
import time
import warnings

import connection_faults as connections
import faults
import pytest
from certificates import Authority
from e2e.program import UNKNOWN, YES
from server import tls_context
from trial import (GRANTED, REFUSED, SERVERS, SLACK, UNAVAILABLE, Trial, certified, down,
                   on_connection, on_fresh, on_request, unreachable)

AREA = "api"

GRANT = b'{"success": true}'
REFUSAL = b'{"success": false}'


def says(body, status=200, **options):
    """An answer with this body."""
    return on_request(faults.answer(status, body, **options))


def sends(head, body=GRANT):
    """These bytes instead of valid HTTP, followed by the length and the body."""
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return on_request(faults.raw(head.encode() + length + body))


# name, fault, verdict, words in the log, and further: operation, deadline, and
# patience, the time for a connection
CONNECTING = [
    ("down", down, UNAVAILABLE, "cannot connect: Connection refused"),
    ("drops every packet", unreachable, UNAVAILABLE, "cannot connect", {"deadline": 1}),
    ("accepts and says nothing", on_connection(connections.silence()), UNAVAILABLE,
     "no TLS connection in time", {"deadline": 1}),
    ("says nothing, and patience is longer", on_connection(connections.silence()), UNAVAILABLE,
     "no TLS connection in time", {"deadline": 1, "patience": 20}),
    ("accepts and closes", on_connection(connections.close_at_once()), UNAVAILABLE, ""),
    ("closes in the handshake", on_connection(connections.close_in_handshake()), UNAVAILABLE, ""),
    ("resets in the handshake", on_connection(connections.reset_in_handshake()), UNAVAILABLE, ""),
    ("half a handshake", on_connection(connections.half_handshake()), UNAVAILABLE, ""),
    ("a slow handshake", on_connection(connections.stall(0.2)), GRANTED, ""),
    ("HTTP without TLS", on_connection(connections.plain_http()), UNAVAILABLE, ""),
    ("an SSH server", on_connection(connections.instead_of_tls(b"SSH-2.0-OpenSSH_9.2p1\r\n")),
     UNAVAILABLE, ""),
    ("zeros instead of TLS", on_connection(connections.instead_of_tls(bytes(16384))),
     UNAVAILABLE, ""),
]

GOING_AWAY = [
    ("says nothing to a request", on_request(faults.hang()), UNAVAILABLE, "no answer in time",
     {"deadline": 1}),
    ("byte by byte, too slowly", on_request(faults.slowly(0.1)), UNAVAILABLE, "no answer in time",
     {"deadline": 1}),
    ("byte by byte, in time", on_request(faults.slowly(0.001)), GRANTED, ""),
    ("half a head, cut", on_request(faults.half_head()), UNAVAILABLE, ""),
    ("half a head, closed", on_request(faults.half_head(notify=True)), UNAVAILABLE, ""),
    ("half a body, cut", on_request(faults.half_body()), UNAVAILABLE, ""),
    ("half a body, closed", on_request(faults.half_body(notify=True)), UNAVAILABLE, ""),
    ("reset after a first request", on_fresh(faults.reset()), UNAVAILABLE, ""),
    ("close after a first request", on_fresh(faults.close()), UNAVAILABLE,
     "closed the connection without an answer"),
    ("cut after a first request", on_fresh(faults.close(notify=False)), UNAVAILABLE,
     "closed the connection without an answer"),
    ("kept connection closes, auth", on_request(faults.close()), GRANTED, ""),
    ("kept connection resets, auth", on_request(faults.reset()), GRANTED, ""),
    ("kept connection resets, isuser", on_request(faults.reset()), GRANTED, "",
     {"operation": "isuser"}),
    ("kept connection closes, setpass", on_request(faults.close(perform=True)), UNAVAILABLE,
     "died after the request was sent", {"operation": "setpass"}),
    ("kept connection resets, tryregister", on_request(faults.reset(perform=True)), UNAVAILABLE,
     "", {"operation": "tryregister"}),
    ("closes after the answer", on_request(faults.unannounced_close()), GRANTED, ""),
    ("cuts after the answer", on_request(faults.unannounced_close(notify=False)), GRANTED, ""),
    ("bytes beneath TLS", on_fresh(faults.broken_tls()), UNAVAILABLE, ""),
]

BODIES = [
    ("HTML", says(b"<html><body>success: true</body></html>", content_type="text/html"),
     UNAVAILABLE, "not one JSON object"),
    ("no body", says(b""), UNAVAILABLE, "not one JSON object"),
    ("white space", says(b" \r\n\t"), UNAVAILABLE, "not one JSON object"),
    ("10 MB", says(GRANT + b" " * 10_000_000), UNAVAILABLE, "not a number up to 64 KiB"),
    ("10 MB in chunks", on_request(faults.raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n989680\r\n" + GRANT +
        b" " * 10_000_000, end=False)), UNAVAILABLE, "body is larger"),
    ("endless body", on_request(faults.endless_body()), UNAVAILABLE, "body is larger"),
    ("endless chunks", on_request(faults.endless_body(chunks=True)), UNAVAILABLE,
     "body is larger"),
    ("gzip", says(gzip.compress(GRANT), headers=[("Content-Encoding", "gzip")]), UNAVAILABLE,
     "content coding that was not requested"),
    ("gzip that is not announced", says(gzip.compress(GRANT)), UNAVAILABLE, "not one JSON object"),
    ("gzip as transfer coding", says(gzip.compress(GRANT), headers=[("Transfer-Encoding", "gzip")]),
     UNAVAILABLE, "transfer coding that was not requested"),
    ("nested 100,000 deep", says(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b',"success":true}'),
     UNAVAILABLE, "not a number up to 64 KiB"),
    ("nested 30,000 deep", says(b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b',"success":true}'),
     UNAVAILABLE, "not one JSON object"),
    ("nested 30,000 deep, not closed", says(b'{"success":true,"a":' + b'{"a":' * 10_000),
     UNAVAILABLE, "not one JSON object"),
    ("success twice", says(b'{"success": true, "success": true}'), UNAVAILABLE,
     "no single boolean"),
    ("success true, then false", says(b'{"success": true, "success": false}'), UNAVAILABLE,
     "no single boolean"),
    ("success false, then true", says(b'{"success": false, "success": true}'), UNAVAILABLE,
     "no single boolean"),
    ("success once more, escaped", says(b'{"success": false, "\\u0073uccess": true}'), UNAVAILABLE,
     "no single boolean"),
    ('success "true"', says({"success": "true"}), UNAVAILABLE, "no single boolean"),
    ("success 1", says({"success": 1}), UNAVAILABLE, "no single boolean"),
    ("success null", says({"success": None}), UNAVAILABLE, "no single boolean"),
    ("success [true]", says({"success": [True]}), UNAVAILABLE, "no single boolean"),
    ("success True", says(b'{"success": True}'), UNAVAILABLE, "not one JSON object"),
    ("Success", says({"Success": True}), UNAVAILABLE, "no single boolean"),
    ("success one level down", says({"result": {"success": True}}), UNAVAILABLE,
     "no single boolean"),
    ("no success", says({"message": "success: true"}), UNAVAILABLE, "no single boolean"),
    ("an array of a grant", says([{"success": True}]), UNAVAILABLE, "not one JSON object"),
    ("a bare true", says(b"true"), UNAVAILABLE, "not one JSON object"),
    ("bytes after the object", says(GRANT + b"x"), UNAVAILABLE, "not one JSON object"),
    ("two objects", says(GRANT + GRANT), UNAVAILABLE, "not one JSON object"),
    ("white space after the object", says(GRANT + b"\r\n\r\n"), GRANTED, ""),
    ("a comment", says(b'{"success": true /* x */}'), UNAVAILABLE, "not one JSON object"),
    ("a trailing comma", says(b'{"success": true,}'), UNAVAILABLE, "not one JSON object"),
    ("invalid UTF-8", says(b'{"success": true, "message": "\xff"}'), UNAVAILABLE,
     "not one JSON object"),
    ("a surrogate in UTF-8", says(b'{"success": true, "m": "\xed\xa0\x80"}'), UNAVAILABLE,
     "not one JSON object"),
    ("a NUL within", says(b'{"success": true, "m": "\0"}'), UNAVAILABLE, "not one JSON object"),
    ("a NUL behind", says(GRANT + b"\0"), UNAVAILABLE, "not one JSON object"),
    ("UTF-16", says(GRANT.decode().encode("utf-16")), UNAVAILABLE, "not one JSON object"),
    ("a byte order mark", says(b"\xef\xbb\xbf" + GRANT), UNAVAILABLE, "not one JSON object"),
    ("another content type", says(GRANT, content_type="text/plain"), GRANTED, ""),
]

HTTP = [
    ("one 100 Continue", on_request(faults.interim(1)), GRANTED, ""),
    ("early hints", on_request(faults.interim(3, 103)), GRANTED, ""),
    ("20,000 interim answers", on_request(faults.interim(20_000, 102)), UNAVAILABLE,
     "more than 16 interim"),
    ("101 Switching Protocols", sends("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"),
     UNAVAILABLE, ""),
    ("10,000 headers", says(GRANT, headers=[(f"X-{i}", "x") for i in range(10_000)]), UNAVAILABLE,
     "headers are larger"),
    ("a header of 1 MB", says(GRANT, headers=[("X", "x" * 2**20)]), UNAVAILABLE, ""),
    ("endless headers", on_request(faults.endless_head()), UNAVAILABLE, ""),
    ("HTTP/1.0", sends("HTTP/1.0 200 OK\r\n"), GRANTED, ""),
    ("HTTP/0.9", on_request(faults.raw(GRANT)), UNAVAILABLE, ""),
    ("HTTP/2", on_request(faults.raw(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64" + GRANT)),
     UNAVAILABLE, ""),
    ("the preface of HTTP/2", on_request(faults.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
     UNAVAILABLE, ""),
    ("HTTP/2 in the status line", sends("HTTP/2 200\r\n"), UNAVAILABLE, "not HTTP/1"),
    ("another protocol's status line", sends("RTSP/1.0 200 OK\r\n"), UNAVAILABLE, ""),
    ("garbage", on_request(faults.garbage()), UNAVAILABLE, ""),
    ("an answer without a length", on_request(faults.until_close()), GRANTED, ""),
    ("an answer in chunks", on_request(faults.chunked()), GRANTED, ""),
    ("a chunk without an end", on_request(faults.raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n" + GRANT + b"\r\n")),
     UNAVAILABLE, ""),
    ("a chunk of a wrong size", on_request(faults.raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + GRANT + b"\r\n0\r\n\r\n")),
     UNAVAILABLE, ""),
    ("a length too small", says(GRANT + b" garbage", length=len(GRANT)), GRANTED, ""),
    ("a length too small for the object", says(GRANT, length=5), UNAVAILABLE, ""),
    ("a length too large", says(GRANT, length=len(GRANT) + 1), UNAVAILABLE, "no answer in time",
     {"deadline": 1}),
    ("a length of 2^64", on_request(faults.raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n" + GRANT)),
     UNAVAILABLE, "not a number up to 64 KiB"),
    ("a negative length", on_request(faults.raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + GRANT)), UNAVAILABLE, ""),
    ("two lengths", sends("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"), UNAVAILABLE,
     "length more than once"),
    ("a length and chunks", on_request(faults.raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n" +
        GRANT + b"\r\n0\r\n\r\n")), UNAVAILABLE, "length more than once"),
    ("the answer twice", on_request(faults.twice()), GRANTED, ""),
]

ROWS = CONNECTING + GOING_AWAY + BODIES + HTTP


@pytest.mark.parametrize("fault,verdict,reason,more", [
    pytest.param(fault, verdict, reason, dict(*more), id=name)
    for name, fault, verdict, reason, *more in ROWS])
def test_row(start, api, note, fault, verdict, reason, more):
    for server in SERVERS:
        trial = Trial(start, server, "--connect-timeout", str(more.get("patience", 2)),
                      deadline=more.get("deadline", 20))
        before = len(api.requests)
        reply, ms = trial.meets(fault(api), verdict, reason, more.get("operation", "auth"))
        if server == SERVERS[0]:
            note(reply, ms)
        if more.get("operation") in ("setpass", "tryregister"):
            asked = [request for request in api.requests[before:] if request.path != "/exists"]
            assert len(asked) == 1, "what changes something was asked twice"


# -- status codes ---------------------------------------------------------------------------------

MAY_GRANT = 200, 201
MAY_REFUSE = 200, 400, 401, 403, 404, 409, 410, 422
STATUSES = (200, 201, 202, 203, 206, 226, 299, *MAY_REFUSE[1:], 402, 405, 406, 407, 408, 411, 412,
            413, 414, 415, 416, 417, 418, 421, 423, 424, 425, 426, 428, 429, 431, 451, 499, 500,
            501, 502, 503, 504, 505, 507, 508, 510, 511, 520, 599, 600, 999)


@pytest.mark.parametrize("status", STATUSES, ids=lambda status: f"status {status}")
def test_status(start, api, note, status):
    """Each status with a grant, with a refusal and with neither: all that a body can say."""
    trial = Trial(start, "ejabberd")
    replies = []
    for body, verdict in [(GRANT, GRANTED if status in MAY_GRANT else UNAVAILABLE),
                          (REFUSAL, REFUSED if status in MAY_REFUSE else UNAVAILABLE),
                          (b"<html>no</html>", UNAVAILABLE)]:
        reply, ms = trial.meets(says(body, status)(api), verdict, "")
        replies.append(str(reply[-1]))
    note("true {}, false {}, HTML {}".format(*replies), ms)


@pytest.mark.parametrize("status", [204, 205, 304], ids=lambda status: f"status {status}, no body")
def test_status_without_a_body(start, api, note, status):
    trial = Trial(start, "ejabberd")
    fault = on_request(faults.raw(b"HTTP/1.1 %d x\r\n\r\n" % status))
    note(*trial.meets(fault(api), UNAVAILABLE, ""))


@pytest.mark.parametrize("header", ["WWW-Authenticate: Basic realm=x", "WWW-Authenticate: NTLM",
                                    "WWW-Authenticate: Negotiate"], ids=lambda text: f"401, {text}")
def test_an_api_that_wants_credentials(start, api, note, header):
    name, _, value = header.partition(": ")
    trial = Trial(start, "ejabberd")
    fault = on_request(faults.answer(401, b"", headers=[(name, value)]))
    note(*trial.meets(fault(api), UNAVAILABLE, ""))
    assert not any(request.header("authorization") for request in api.requests)


# -- other origins --------------------------------------------------------------------------------

@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308],
                         ids=lambda status: f"{status} to an origin that says yes")
def test_redirect(start, api, other, note, status):
    trial = Trial(start, "ejabberd")
    before = other.connections
    fault = on_request(faults.redirect(f"{other.url}/login", status))
    note(*trial.meets(fault(api), UNAVAILABLE, ""))
    assert other.connections == before


@pytest.mark.parametrize("header", ["Location: {}", "Refresh: 0; url={}", "Content-Location: {}",
                                    'Alt-Svc: h2="{}"', "Link: <{}>; rel=preconnect"],
                         ids=lambda text: f"200 with {text.partition(':')[0]}")
def test_a_header_that_names_another_origin(start, api, other, note, header):
    name, _, value = header.partition(": ")
    trial = Trial(start, "ejabberd")
    before = other.connections
    fault = on_request(faults.answer(200, {"success": False}, headers=[
        (name, value.format(other.url)), ("Set-Cookie", "session=1; Path=/")]))
    note(*trial.meets(fault(api), REFUSED, ""))
    assert other.connections == before
    assert not any(request.header("cookie") for request in api.requests)


# -- certificates ---------------------------------------------------------------------------------

def stranger(authority, new_place):
    return tls_context(*Authority(new_place()).issue())


def wrong_name(authority, new_place):
    return tls_context(*authority.issue(names=["other.example"], ips=[], name="wrong-name"))


def expired(authority, new_place):
    return tls_context(*authority.issue(days=-1, name="expired"))


def old_tls(authority, new_place):
    warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
    context = tls_context(*authority.issued("server"))
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    return context


@pytest.mark.parametrize("make", [stranger, wrong_name, expired, old_tls],
                         ids=["a stranger's certificate", "another name's certificate",
                              "an expired certificate", "TLS 1.1"])
def test_a_certificate_that_does_not_fit(start, api, authority, new_place, note, make):
    trial = Trial(start, "ejabberd")
    before = len(api.requests)
    context = make(authority, new_place)
    note(*trial.meets(certified(api, context), UNAVAILABLE, ""))
    assert json.loads(api.requests[before + 2].body)["username"] == "nobody@example.org", \
        "a request went to a server that is not the API"


# -- more than one request ------------------------------------------------------------------------

@pytest.mark.parametrize("server", SERVERS, ids=lambda server: f"an answer too many, {server}")
def test_a_surplus_answer_belongs_to_no_request(start, api, note, server):
    """The second answer of two arrives with the first, and must not be the next request's."""
    trial = Trial(start, server)
    for _ in range(5):
        api.faults.add(faults.twice())
        reply, ms, _ = trial.ask()
        trial.in_order()
    note(reply, ms)


@pytest.mark.parametrize("fault", [
    faults.close(), faults.reset(), faults.unannounced_close(notify=False)],
    ids=["closes", "resets", "cuts after the answer"])
def test_every_kept_connection(start, api, note, fault):
    """Repeatedly: libcurl itself gives up after five of them."""
    trial = Trial(start, "ejabberd")
    for _ in range(20):
        trial.in_order()
        api.faults.add(fault)
        reply, ms, line = trial.ask()
        assert line["verdict"] == GRANTED, line
    note(reply, ms)


def in_two_records(connection, request):
    """The true answer as most servers send it: the head, and then the body."""
    response = faults.true_answer(connection, request)
    connection.send(response.head(len(response.body)))
    connection.send(response.body)


def test_head_and_body_arrive_as_two_records_at_once(start, api, note):
    trial = Trial(start, "ejabberd", deadline=2)
    api.faults.add(in_two_records, times=None)
    for _ in range(200):
        reply, ms, line = trial.ask()
        assert line["verdict"] == GRANTED, line
    note(reply, ms)


# What an API may answer when it does not know or cannot do something, however often a user asks.
TYPED = [
    ("404 and HTML", says(b"<html>Not Found</html>", 404, content_type="text/html")),
    ("404 and no body", says(b"", 404)),
    ("405", says(b"Method Not Allowed", 405, content_type="text/plain")),
    ("500 and a stack of calls", says(b"<html>Traceback</html>", 500, content_type="text/html")),
    ("500 and JSON", says({"message": "broken"}, 500)),
    ("501", says(b"", 501)),
    ("200 and HTML", says(b"<html>Welcome</html>", content_type="text/html")),
    ("200 and no success", says({"ok": True})),
    ("200 and success twice", says(b'{"success": true, "success": false}')),
    ("400 that claims success", says(GRANT, 400)),
    ("302", on_request(faults.redirect("https://localhost:1/"))),
    ("413", says(b"too large", 413)),
    ("a page of 100 KB", says(b" " * 100_000, 500)),
    ("500 in gzip", says(gzip.compress(b"broken"), 500, headers=[("Content-Encoding", "gzip")])),
]


@pytest.mark.parametrize("fault", [row[1] for row in TYPED],
                         ids=[f"ten times {row[0]}" for row in TYPED])
def test_no_user_closes_the_api(start, api, note, fault):
    """Whatever the API answers to one of them, the others can use it."""
    trial = Trial(start, "ejabberd")
    for operation in ["tryregister", "setpass"] * 5:
        with fault(api):
            reply, _, line = trial.ask(operation)
        assert (reply, line["verdict"]) == (UNKNOWN, UNAVAILABLE), line
        assert "circuit breaker open" not in line["reason"], line
    trial.in_order()
    reply, ms, line = trial.ask()
    assert line["verdict"] == GRANTED, line
    note(reply, ms)


def limited(user):
    return on_request(faults.answer(429, b"", headers=[("Retry-After", "60")]),
                      when=lambda request: user in request.body.decode())


def test_an_account_that_is_limited_does_not_close_the_api(start, api, note):
    """An API that limits how often one account may fail sends 429 for that one."""
    trial = Trial(start, "ejabberd")
    for _ in range(20):
        with limited("bob")(api):
            assert trial.program.ask("auth:bob:example.org:wrong") == UNKNOWN
            trial.asked += 1
    reply, ms, line = trial.ask()
    assert line["verdict"] == GRANTED, line
    note(reply, ms)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(start, api, note, status):
    """After two accounts in a row, no request is sent before the time that the API asked for."""
    trial = Trial(start, "ejabberd")
    api.faults.add(faults.answer(status, b"", headers=[("Retry-After", "2")]), times=None)
    for user in "ab":
        assert trial.program.ask(f"auth:{user}:example.org:x") == UNKNOWN
        trial.asked += 1
    opened = time.monotonic()
    line = trial.program.log.wait_for("after Retry-After for two accounts in a row: HTTP ")
    assert "circuit breaker open for 2.0 s" in line["message"], line
    api.faults.clear()
    before = api.request_count
    while trial.ask("isuser")[2]["verdict"] != GRANTED:
        assert api.request_count == before
    assert 1.9 < time.monotonic() - opened < 2 + SLACK
    note(YES, (time.monotonic() - opened) * 1000)


def test_the_breaker_spares_a_dead_api(start, api, note):
    trial = Trial(start, "ejabberd")
    trial.in_order()
    api.faults.add(faults.answer(503), times=None)
    for _ in range(5):
        assert trial.ask()[2]["verdict"] == UNAVAILABLE
    before = api.request_count
    for _ in range(50):
        reply, ms, line = trial.ask()
        assert line["verdict"] == UNAVAILABLE
    assert api.request_count - before <= 10, "a probe now and then is enough"
    assert "circuit breaker open after 5 failures in a row: HTTP 503 for POST" in line["reason"], line
    api.faults.clear()
    while trial.ask("isuser")[2]["verdict"] != GRANTED:
        pass
    trial.in_order()
    note(reply, ms)
