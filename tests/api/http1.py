# SPDX-License-Identifier: ISC
"""As much of HTTP/1.1 as an API needs: reads requests, writes responses.

Not http.server, which spends most of its time on turning headers into an e-mail message, and merges
double slashes at the start of a path, which the tests must see. Strict on purpose: what RFC 9112
does not allow a client to send is an error.
"""

import json
import re
from email.utils import formatdate
from http.client import responses as REASONS
from typing import NamedTuple

# Room for a long bearer token; no request of ours has a longer head.
MAX_HEAD = 65_536
# A frame carries at most 65,535 bytes and JSON may turn each into six ("\u001f").
MAX_BODY = 524_288

REQUEST_LINE = re.compile(r"([A-Z]+) (/[!-~]*) HTTP/1\.([01])\r\n")
HEADER_LINE = re.compile(r"([\w!#$%&'*+.^`|~-]+):[ \t]*([^\r\n\0]*?)[ \t]*\r\n", re.ASCII)
LENGTH = re.compile(r"[0-9]{1,7}")


class BadRequest(Exception):
    """What the client sent is not a valid request; the text says why."""


class Request(NamedTuple):
    """One request as it was received."""

    connection: int  # which connection brought it: 1 is the first that was accepted
    method: str
    path: str  # as sent, query and double slashes included
    headers: tuple  # of (name, value), in order, doubles included
    body: bytes
    last: bool  # no further request follows on this connection

    @property
    def operation(self):
        """What follows the last slash of the path: the base path is the client's choice."""
        return self.path.rpartition("/")[2]

    def header(self, name):
        """The value of a header, whatever the case of its name, or None."""
        values = self.all(name)
        return values[0] if values else None

    def all(self, name):
        """All values of a header, in order."""
        name = name.lower()
        return [value for key, value in self.headers if key.lower() == name]

    def json(self):
        """The body, parsed."""
        return json.loads(self.body)


class Response(NamedTuple):
    """One response, before it is turned into bytes."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple = ()  # further (name, value)

    def head(self, length=None):
        """Status line and headers; without a Content-Length when `length` is None."""
        lines = [
            f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Unknown')}",
            f"Date: {formatdate(usegmt=True)}",
            f"Content-Type: {self.content_type}",
        ]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    def to_bytes(self, last=False):
        """Head and body in one piece, so that they leave in one write and one TLS record.

        `last` tells the client that the connection will be closed.
        """
        response = self.adding(("Connection", "close")) if last else self
        return response.head(len(self.body)) + self.body

    def adding(self, *headers):
        """The same response with further (name, value) headers."""
        return self._replace(headers=(*self.headers, *headers))


def read_request(stream, connection=0, send=None):
    """The next request of a binary stream, or None when the client has ended the connection.

    `send` is called with the interim response that a client may wait for before it sends a body.
    Raises BadRequest; the connection is then useless, as the start of the next request is unknown.
    """
    line = _read_line(stream, MAX_HEAD)
    if not line:
        return None
    if not (parts := REQUEST_LINE.fullmatch(line)):
        raise BadRequest("the request line is not 'METHOD /path HTTP/1.1'")
    method, path, minor = parts.groups()
    headers = _read_headers(stream, MAX_HEAD - len(line))

    def only(wanted, missing=""):
        values = [value for name, value in headers if name.lower() == wanted]
        if len(values) > 1:
            raise BadRequest(f"more than one {wanted} header")
        return values[0] if values else missing

    if minor == "1" and not only("host"):
        raise BadRequest("HTTP/1.1 asks for a Host header")
    if only("transfer-encoding"):
        raise BadRequest("the body must come with a Content-Length, not chunked")
    length = only("content-length", missing="0")
    if not LENGTH.fullmatch(length) or int(length) > MAX_BODY:
        raise BadRequest(f"Content-Length must be a number up to {MAX_BODY}")
    if send and only("expect").lower() == "100-continue":
        send(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = stream.read(int(length))
    if len(body) < int(length):
        raise BadRequest("the connection ended within the body")
    last = minor == "0" or "close" in only("connection").lower()
    return Request(connection, method, path, headers, body, last)


def _read_headers(stream, room):
    headers = []
    while (line := _read_line(stream, room)) != "\r\n":
        if not (parts := HEADER_LINE.fullmatch(line)):
            raise BadRequest("a header line is not 'Name: value'")
        headers.append(parts.groups())
        room -= len(line)
    return tuple(headers)


def _read_line(stream, room):
    line = stream.readline(room + 1)
    if len(line) > room:
        raise BadRequest(f"the request's head is longer than {MAX_HEAD} bytes")
    return line.decode("latin-1")
