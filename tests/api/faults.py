# SPDX-License-Identifier: ISC
"""Misbehaviour on demand: what a test can make an API do instead of answering.

    api.faults.add(reset())                            # the next request
    api.faults.add(answer(503), times=3)               # the next three
    api.faults.add(hang(), times=None)                 # all, until api.faults.clear()
    api.faults.add(twice(), operation="login")         # the next login
    api.faults.add_for_connections(silence())          # the next connection, before TLS

A fault is any callable fault(connection, request), given the connection.Connection and the
http1.Request. A connection that it leaves open stays in use. It should wait with
connection.wait() only, so that api.stop() need not wait for it. The functions below return faults.
Faults for connections, called as fault(connection) before the TLS handshake, are in
connection_faults.py.
"""

import json
import os
import threading
import weakref

from http1 import Response

PIECE = 16_384  # what goes into one TLS record


class Plan:
    """The faults that are due. May be used from several threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._for_requests = []
        self._for_connections = []

    def add(self, fault, times=1, operation=None, when=None):
        """Applies a fault to the next `times` requests, all when None, after those added before.

        operation   only requests for it count
        when        only requests for which when(request) is true count
        """

        def matches(request):
            return (operation in (None, request.operation)) and (when is None or when(request))

        with self._lock:
            self._for_requests.append(_Entry(fault, times, matches))

    def add_for_connections(self, fault, times=1):
        """Applies a fault to the next `times` connections, all when None."""
        with self._lock:
            self._for_connections.append(_Entry(fault, times, lambda _: True))

    def clear(self):
        """Forgets all faults that have not begun."""
        with self._lock:
            self._for_requests.clear()
            self._for_connections.clear()

    @property
    def pending(self):
        """How many entries have not been used up: 0 shows a test that its faults were applied."""
        with self._lock:
            return len(self._for_requests) + len(self._for_connections)

    def next_for(self, request):
        """The fault that is due for a request, or None."""
        return self._next(self._for_requests, request)

    def next_for_connection(self):
        """The fault that is due for a new connection, or None."""
        return self._next(self._for_connections, None)

    def _next(self, entries, request):
        with self._lock:
            for entry in entries:
                if entry.matches(request):
                    if entry.times is not None:
                        entry.times -= 1
                        if not entry.times:
                            entries.remove(entry)
                    return entry.fault
        return None


class _Entry:
    def __init__(self, fault, times, matches):
        self.fault = fault
        self.times = times
        self.matches = matches


def respond(connection, request):
    """No fault: the true answer. Other faults end with it."""
    connection.send(true_answer(connection, request).to_bytes(request.last))


def true_answer(connection, request):
    """Does what the request asks for and returns the http1.Response."""
    return connection.api.respond(request)


# Answers that are HTTP, but not the right ones.


def answer(status=200, body=b"", content_type="application/json", headers=(), length=None):
    """This answer instead of the true one. `body` is bytes, or a value to be written as JSON;
    `headers` may repeat what is there; `length` replaces the true Content-Length."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    response = Response(status, body, content_type, tuple(headers))

    def fault(connection, request):
        connection.send(response.head(len(body) if length is None else length) + body)

    return fault


def redirect(url, status=302):
    """Sends the client elsewhere, with a body that claims success."""
    return answer(status, {"success": True}, headers=[("Location", url)])


def interim(count, status=100, then=respond):
    """Interim responses (RFC 9110 15.2) before the answer."""

    def fault(connection, request):
        for _ in range(count):
            connection.send(f"HTTP/1.1 {status} Not yet\r\n\r\n".encode())
        then(connection, request)

    return fault


def chunked(size=1):
    """The true answer in chunks of `size` bytes (RFC 9112 7.1)."""

    def fault(connection, request):
        response = true_answer(connection, request).adding(("Transfer-Encoding", "chunked"))
        body = response.body
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        connection.send(response.head() + b"".join(map(_chunk, [*pieces, b""])))

    return fault


def until_close(notify=True):
    """The true answer without a length: its end is the end of the connection. Without `notify`
    that end cannot be told from a cut (RFC 9112 9.8)."""

    def fault(connection, request):
        response = true_answer(connection, request)
        connection.send(response.head() + response.body)
        connection.close(notify)

    return fault


def twice():
    """The true answer twice: the second one waits in the stream for the next request."""

    def fault(connection, request):
        connection.send(true_answer(connection, request).to_bytes() * 2)

    return fault


def stray(data=b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n" + b'{"success": true}'):
    """The true answer, and an unexpected one in a TLS record of its own."""

    def fault(connection, request):
        respond(connection, request)
        connection.send(data)

    return fault


def unannounced_close(then=respond, notify=True):
    """Ends the connection after the answer, which promised to keep it."""

    def fault(connection, request):
        then(connection, request)
        connection.close(notify)

    return fault


# Answers that do not end, or not in time.


def delay(seconds, then=respond):
    """Waits before the answer. If the client is gone by then, the request is not carried out."""

    def fault(connection, request):
        if connection.wait(seconds):
            then(connection, request)
        else:
            connection.close()

    return fault


def hang():
    """Never answers; ends the connection when the client does."""
    return delay(None)


class Held:
    """Holds the request until the test releases it:

    held = Held()
    api.faults.add(held)
    ...
    held.release()
    """

    def __init__(self, then=respond):
        self._released = os.eventfd(0, os.EFD_CLOEXEC)
        self._then = then
        weakref.finalize(self, os.close, self._released)

    def release(self):
        """Releases the requests that are held, and does not hold later ones."""
        os.eventfd_write(self._released, 1)

    def __call__(self, connection, request):
        if connection.wait(until=self._released):
            self._then(connection, request)
        else:
            connection.close()


def slowly(seconds):
    """The true answer byte by byte, with a pause before each."""

    def fault(connection, request):
        for byte in true_answer(connection, request).to_bytes():
            if not connection.wait(seconds):
                connection.close()
                return
            connection.send(bytes([byte]))

    return fault


def endless_head():
    """Header after header, until the client gives up."""

    def fault(connection, request):
        connection.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.send(b"X-More: and more\r\n" * (PIECE // 18))

    return fault


def endless_body(start=b'{"success": true', chunks=False):
    """A body that begins like a grant and continues with white space until the client gives up.

    With chunks it has a length piece by piece; without, it ends with the connection.
    """

    def fault(connection, request):
        frame = _chunk if chunks else bytes
        headers = (("Transfer-Encoding", "chunked"),) if chunks else ()
        connection.send(Response(200, b"", headers=headers).head() + frame(start))
        while True:
            connection.send(frame(b" " * PIECE))

    return fault


# No answer, or a part of one.


def raw(data, end=True):
    """These bytes instead of HTTP, and then, unless told otherwise, the end."""

    def fault(connection, request):
        connection.send(data)
        if end:
            connection.close()

    return fault


def garbage():
    """Bytes that are not HTTP."""
    return raw(bytes(range(255, -1, -1)) * 4)


def half_head(notify=False):
    """The first half of the true answer's head, and the end."""
    return _cut(lambda head, body: head[: len(head) // 2], notify)


def half_body(notify=False):
    """The true answer's head and half of its body, and the end."""
    return _cut(lambda head, body: head + body[: len(body) // 2], notify)


def close(perform=False, notify=True):
    """The end of the connection instead of an answer; with `perform` the request is carried out."""
    return _vanish(perform, lambda connection: connection.close(notify))


def reset(perform=False):
    """A TCP reset instead of an answer; with `perform` the request is carried out."""
    return _vanish(perform, lambda connection: connection.reset())


def broken_tls(data=b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n" + b'{"success": true}'):
    """Bytes outside of TLS: on the wire they look like a grant, but they are not authenticated."""

    def fault(connection, request):
        connection.send_beneath_tls(data)
        connection.close(notify=False)

    return fault


def _cut(part, notify):
    def fault(connection, request):
        response = true_answer(connection, request)
        connection.send(part(response.head(len(response.body)), response.body))
        connection.close(notify)

    return fault


def _vanish(perform, end):
    def fault(connection, request):
        if perform:
            true_answer(connection, request)
        end(connection)

    return fault


def _chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)
