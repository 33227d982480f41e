# SPDX-License-Identifier: ISC
"""Where one answer ends and the next begins: every stray byte could answer another request.

Each row is one server's way of saying too much, too little or too early. Then another user asks with
a wrong password, users of another host ask, and ten more: each must have the answer that is its own.
"""
import json
import statistics
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import faults
import pytest
from e2e.program import NO, YES
from server import tls_context
from trial import GRANTED, REFUSED, UNAVAILABLE, Trial, reply_for, until

AREA = "answers"

GRANT = b'{"success": true}'
REFUSAL = b'{"success": false}'


def head(*fields, status="200 OK", version="HTTP/1.1"):
    return "\r\n".join([f"{version} {status}", *fields, "", ""]).encode()


def whole(body=GRANT, *fields, **options):
    """An answer with its length."""
    return head(f"Content-Length: {len(body)}", *fields, **options) + body


def chunks(*bodies, end=b"0\r\n\r\n"):
    return (head("Transfer-Encoding: chunked") +
            b"".join(b"%x\r\n%b\r\n" % (len(body), body) for body in bodies) + end)


def filled(size):
    """A refusal of exactly this many bytes."""
    space = size - len(whole(REFUSAL, "X: "))
    return whole(REFUSAL, "X: " + "x" * space)


STRAY = whole()
REFUSED_403 = whole(REFUSAL, status="403 Forbidden")


class Says:
    """Sends these pieces, each in a TLS record of its own, instead of the true answer."""

    def __init__(self, *pieces, end=None, pause=0):
        self.pieces = pieces
        self.end = end
        self.pause = pause
        self.over = threading.Event()

    def __call__(self, connection, request):
        for number, piece in enumerate(self.pieces):
            if number > 0:
                connection.wait(self.pause)
            connection.send(piece)
        if self.end == "close":
            connection.close()
        elif self.end == "cut":
            connection.close(notify=False)
        elif self.end == "reset":
            connection.reset()
        self.over.set()


# name, what is said to a right password, the verdict, words in the log
STRAYS = [
    ("an answer behind it", Says(REFUSED_403 + STRAY), REFUSED, ""),
    ("an answer behind it, in a record of its own", Says(REFUSED_403, STRAY), REFUSED, ""),
    ("an answer behind it, after a pause", Says(REFUSED_403, STRAY, pause=0.05), REFUSED, ""),
    ("a grant and another", Says(STRAY, STRAY), GRANTED, ""),
    ("three at once", Says(REFUSED_403 + STRAY + STRAY, STRAY), REFUSED, ""),
    ("one behind an answer of 2048 bytes", Says(filled(2048) + STRAY), REFUSED, ""),
    ("one behind an answer of 4096 bytes", Says(filled(4096) + STRAY), REFUSED, ""),
    ("one behind an answer that fills a record", Says(filled(16384) + STRAY), REFUSED, ""),
    ("one behind an answer of two records", Says(filled(32768) + STRAY), REFUSED, ""),
    ("one behind 204", Says(head(status="204 No Content") + STRAY), UNAVAILABLE, "HTTP 204"),
    ("a body behind 204", Says(head(status="204 No Content"), GRANT), UNAVAILABLE, "HTTP 204"),
    ("a body behind 204, with its length", Says(whole(status="204 x") + STRAY), UNAVAILABLE,
     "HTTP 204"),
    ("a body behind 304", Says(whole(status="304 Not Modified")), UNAVAILABLE, "HTTP 304"),
    ("a body behind a length of 0", Says(head("Content-Length: 0") + GRANT), UNAVAILABLE, ""),
    ("an answer behind a length of 0", Says(head("Content-Length: 0"), STRAY), UNAVAILABLE, ""),
    ("one behind the last chunk", Says(chunks(REFUSAL) + STRAY), REFUSED, ""),
    ("one behind the last chunk, in a record", Says(chunks(REFUSAL), STRAY), REFUSED, ""),
    ("one behind trailers", Says(chunks(REFUSAL, end=b"0\r\nX: y\r\n\r\n") + STRAY), REFUSED, ""),
    ("one in the place of trailers", Says(chunks(REFUSAL, end=b"0\r\n") + STRAY), UNAVAILABLE,
     "invalid header line"),
    ("one in the place of a chunk", Says(chunks(REFUSAL, end=STRAY)), UNAVAILABLE, "malformed chunk"),
    ("one within a chunk's extension", Says(chunks(REFUSAL, end=b"0;\n" + STRAY)), UNAVAILABLE,
     "CR LF"),
    ("a chunk longer than it says", Says(chunks(end=b"11\r\n" + GRANT + STRAY)), UNAVAILABLE,
     "malformed chunk"),
    ("an empty line behind it", Says(REFUSED_403 + b"\r\n"), REFUSED, ""),
    ("one byte behind it", Says(REFUSED_403 + b"H"), REFUSED, ""),
    ("one byte behind it, in a record", Says(REFUSED_403, b"H"), REFUSED, ""),
    ("half an answer behind it", Says(REFUSED_403, STRAY[:20]), REFUSED, ""),
    ("an answer behind it, byte by byte",
     Says(REFUSED_403, *(bytes([byte]) for byte in STRAY)), REFUSED, ""),
    ("an interim answer behind it", Says(REFUSED_403, head(status="100 Continue")), REFUSED, ""),
    ("one behind it, and the end", Says(REFUSED_403, STRAY, end="close"), REFUSED, ""),
    ("one behind it, and a cut", Says(REFUSED_403, STRAY, end="cut"), REFUSED, ""),
    ("one behind it, and a reset", Says(REFUSED_403, STRAY, end="reset"), None, ""),
    ("one behind Connection: close", Says(whole(REFUSAL, "Connection: close"), STRAY), REFUSED, ""),
    ("one behind HTTP/1.0 with keep-alive",
     Says(whole(REFUSAL, "Connection: keep-alive", version="HTTP/1.0"), STRAY), REFUSED, ""),
    ("one behind an interim answer and the true one",
     Says(head(status="103 Early Hints") + REFUSED_403, STRAY), REFUSED, ""),
    ("a body shorter than it says", Says(whole(REFUSAL + b" " * 40)[:-40] + STRAY), UNAVAILABLE,
     "not one JSON"),
    ("a body longer than it says", Says(whole(REFUSAL) + b", " + GRANT), REFUSED, ""),
    ("two lengths", Says(head("Content-Length: 18", "Content-Length: 90") + REFUSAL + STRAY),
     UNAVAILABLE, "more than once"),
    ("a length and chunks",
     Says(head("Content-Length: 18", "Transfer-Encoding: chunked") + REFUSAL + STRAY), UNAVAILABLE,
     "more than once"),
    ("a length behind a bare LF",
     Says(b"HTTP/1.1 200 OK\r\nX: y\nContent-Length: 0\r\nContent-Length: 18\r\n\r\n" + REFUSAL),
     UNAVAILABLE, "CR LF"),
    ("a length in a folded line",
     Says(head("X: y", " Content-Length: 0", "Content-Length: 17") + GRANT), UNAVAILABLE, "folded"),
    ("a length with a space before the colon",
     Says(head("Content-Length : 0", "Content-Length: 17") + GRANT), UNAVAILABLE, "invalid header line"),
    ("no length, and two answers", Says(head() + REFUSAL + STRAY, end="close"), UNAVAILABLE,
     "not one JSON"),
    ("an interim answer with a body",
     Says(whole(status="100 Continue") + REFUSED_403), UNAVAILABLE, "interim"),
]

CUTS = [
    ("no length, and a cut", Says(head() + GRANT, end="cut"), UNAVAILABLE, "may be truncated"),
    ("no length, and a reset", Says(head() + GRANT, end="reset"), UNAVAILABLE, ""),
    ("no length, and more cut off", Says(head() + GRANT[:-1] + b', "x": "', end="cut"),
     UNAVAILABLE, "may be truncated"),
    ("no length, HTTP/1.0, and a cut", Says(head(version="HTTP/1.0") + GRANT, end="cut"),
     UNAVAILABLE, "may be truncated"),
    ("no length, and an end that TLS confirms", Says(head() + GRANT, end="close"), GRANTED, ""),
    ("a length, and a byte is missing", Says(whole()[:-1], end="close"), UNAVAILABLE, "was truncated"),
    ("a length too large, and the grant is whole", Says(whole(GRANT + b" ")[:-1], end="close"),
     UNAVAILABLE, "was truncated"),
    ("cut within the head", Says(whole()[:30], end="cut"), UNAVAILABLE, "within its headers"),
    ("cut behind the head", Says(head("Content-Length: 17"), end="cut"), UNAVAILABLE,
     "within its body"),
    ("cut behind a chunk", Says(chunks(GRANT, end=b""), end="close"), UNAVAILABLE, "was truncated"),
    ("cut behind the last chunk's size", Says(chunks(GRANT, end=b"0\r\n"), end="close"),
     UNAVAILABLE, "was truncated"),
    ("cut within the trailers", Says(chunks(GRANT, end=b"0\r\nX: y\r\n"), end="close"),
     UNAVAILABLE, "was truncated"),
    ("cut behind an interim answer", Says(head(status="100 Continue"), end="close"), UNAVAILABLE,
     "within its headers"),
]


@pytest.fixture
def accounts(api):
    """Users of two hosts; bob's password is not what he types below."""
    for user in ("bob@example.org", "carol@example.net"):
        api.accounts.register(user, "true")
    api.requests.clear()


def others_ask(program):
    """Another user, another host, and ten more."""
    questions = [("auth:bob:example.org:wrong", NO), ("auth:carol:example.net:wrong", NO),
                 ("auth:carol:example.net:true", YES), ("isuser:nobody:example.net", NO)]
    questions += [("auth:bob:example.org:true", YES), ("auth:bob:example.org:false", NO)] * 5
    for question, reply in questions:
        assert program.ask(question) == reply, question


@pytest.mark.parametrize("says,verdict,reason", [
    pytest.param(says, verdict, reason, id=name) for name, says, verdict, reason in STRAYS + CUTS])
@pytest.mark.parametrize("operation", ["auth", "setpass"])
def test_row(start, api, accounts, note, says, verdict, reason, operation):
    trial = Trial(start, "ejabberd")
    trial.in_order()  # a connection is kept
    before = len(api.requests)
    fault = Says(*says.pieces, end=says.end, pause=says.pause)
    api.faults.add(fault)
    reply, ms, line = trial.ask(operation)
    if verdict is None:  # whether the reset overtakes the answer depends on the kernel
        verdict = line["verdict"]
        assert verdict in (REFUSED, UNAVAILABLE)
    assert (reply, line["verdict"]) == (reply_for("ejabberd", verdict, operation), verdict), line
    assert reason in line.get("reason", ""), line
    assert fault.over.wait(10)
    others_ask(trial.program)
    asked = [request.json()["username"] for request in api.requests[before:]]
    assert asked.count("alice@example.org") == 1, "it was asked twice"
    assert len(asked) == 15
    note(reply, ms)


# -- too early ------------------------------------------------------------------------------------

LONG = "\x01" * 60_000  # each byte is six in JSON


def early(read, data, serve=True):
    """A connection on which an answer comes when `read` bytes of the request have been read."""
    over = threading.Event()

    def fault(connection):
        connection.start_tls()
        if read:
            connection.socket.recv(read)
        connection.send(data)
        over.set()
        connection.wait(5)
        connection.close()

    fault.over = over
    return fault


@pytest.mark.parametrize("read", [0, 600], ids=["before a byte of it", "after 600 bytes of it"])
@pytest.mark.parametrize("data", [STRAY, STRAY + STRAY, REFUSED_403, STRAY[:40]],
                         ids=["a grant", "two grants", "a refusal", "half a grant"])
def test_an_answer_to_a_request_that_is_not_there_yet(start, api, accounts, note, read, data):
    """Of 390,000 bytes most are on the way; whatever the answer is to, it is not that."""
    trial = Trial(start, "ejabberd")
    api.stop()
    api.start()
    fault = early(read, data)
    api.faults.add_for_connections(fault)
    reply = trial.program.ask(f"auth:alice:example.org:{LONG}")
    line = trial.program.log.wait_for("message=request ")
    assert (reply, line["verdict"]) == (reply_for("ejabberd", UNAVAILABLE, "auth"), UNAVAILABLE)
    assert "before the request was sent" in line["reason"], line
    others_ask(trial.program)
    note(reply)


class Afterwards:
    """The true answer, and these bytes when the test says so."""

    def __init__(self, data):
        self.data = data
        self._now, self._over = threading.Event(), threading.Event()

    def release(self):
        self._now.set()
        assert self._over.wait(10)

    def __call__(self, connection, request):
        faults.respond(connection, request)
        assert self._now.wait(10)
        connection.send(self.data)
        self._over.set()


def test_an_answer_before_any_request_on_a_kept_connection(start, api, accounts, note):
    """It is still in the socket: the connection is not used, and nothing was sent on it."""
    trial = Trial(start, "ejabberd")
    fault = Afterwards(STRAY)
    api.faults.add(fault)
    assert trial.ask()[2]["verdict"] == GRANTED
    before, connections = len(api.requests), api.connections
    fault.release()
    reply, ms, line = trial.ask("setpass")
    assert reply == YES and line["reused"] == "no"
    assert api.connections == connections + 1
    assert len(api.requests) == before + 1
    others_ask(trial.program)
    note(reply, ms)


def test_an_unannounced_end(start, api, accounts, note):
    """A kept connection that has ended is not used: nothing is sent, so nothing is sent twice."""
    trial = Trial(start, "ejabberd")
    trial.in_order()
    # the API may only now notice that the program of the test before has gone
    assert until(lambda: len(api._connections) == 1)
    [connection] = list(api._connections)
    before = len(api.requests)
    connection.abort()
    assert until(lambda: not api._connections)
    reply, ms, line = trial.ask("setpass")
    assert reply == YES and line["reused"] == "no"
    assert len(api.requests) == before + 1
    note(reply, ms)


# -- whose answer it is ---------------------------------------------------------------------------

class OneLate:
    """A proxy that has an answer too many: each request gets the one before its own, which comes
    when the request is there."""

    def __init__(self):
        self.last = None

    def __call__(self, connection, request):
        answer = faults.true_answer(connection, request).to_bytes()
        connection.send(self.last or answer)
        self.last = answer


@pytest.mark.parametrize("binding", ["optional", "required"])
def test_an_api_that_is_one_answer_late(start, api, accounts, note, binding):
    """An answer with another request's id does not count."""
    api.binding = True
    trial = Trial(start, "ejabberd", "--answer-binding", binding)
    trial.in_order()
    api.faults.add(OneLate(), times=None)
    assert trial.ask("isuser")[0] == YES
    reply, ms, line = trial.ask()
    assert (reply, line["verdict"]) == (reply_for("ejabberd", UNAVAILABLE, "auth"), UNAVAILABLE)
    assert "to another request" in line["reason"]
    api.faults.clear()
    note(reply, ms)


def test_required_binding(start, api, accounts, note):
    api.binding = True
    trial = Trial(start, "ejabberd", "--answer-binding", "required")
    api.faults.add(Says(STRAY))
    reply, ms, line = trial.ask()
    assert line["verdict"] == UNAVAILABLE and "is required" in line["reason"], line
    for value in ("0" * 32, "x", ""):
        api.faults.add(Says(whole(GRANT, f"Extauth-Request-Id: {value}")))
        assert trial.ask()[2]["verdict"] == UNAVAILABLE
    api.faults.clear()
    others_ask(trial.program)  # the reference API repeats it
    note(reply, ms)


def test_an_answer_without_a_number_behind_others_that_had_one(start, api, accounts, note):
    """It comes when the next request has already arrived: only the id can show it."""
    api.binding = True
    trial = Trial(start, "ejabberd")
    trial.in_order()
    api.faults.add(Says(STRAY))
    reply, ms, line = trial.ask("setpass")
    assert line["verdict"] == UNAVAILABLE and "Extauth-Request-Id" in line["reason"], line
    assert line["reused"] == "yes"
    others_ask(trial.program)
    note(reply, ms)


def test_each_request_has_a_number_of_its_own(start, api, accounts, note):
    trial = Trial(start, "ejabberd")
    for _ in range(40):
        trial.in_order()
    numbers = [request.header("extauth-request-id") for request in api.requests]
    assert len(set(numbers)) == len(numbers) == 80
    assert all(len(number) == 32 and int(number, 16) >= 0 for number in numbers)
    assert json.loads(api.requests[0].body)
    note(YES)


# -- head and body apart --------------------------------------------------------------------------

class Apart(BaseHTTPRequestHandler):
    """A common implementation: http.server sends the head, and the body once that is acknowledged."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(GRANT)))
        self.end_headers()
        self.wfile.write(GRANT)

    def log_message(self, *_):
        pass


@pytest.fixture
def apart(authority):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Apart)
    context = tls_context(*(authority.issued("server") or authority.issue()))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_server_that_sends_head_and_body_apart_is_not_kept_waiting(start, apart, note):
    """Its TCP waits for our acknowledgement, which the kernel would delay by 40 ms."""
    program = start(url=apart)
    program.ask("isuser:alice:example.org")
    times = []
    for _ in range(21):
        begin = time.monotonic()
        assert program.ask("isuser:alice:example.org") == YES
        times.append((time.monotonic() - begin) * 1000)
    assert statistics.median(times) < 20, times
    assert program.log.wait_for("message=request ", count=21)["reused"] == "yes"
    note(YES, statistics.median(times))
