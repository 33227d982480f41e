# SPDX-License-Identifier: ISC
"""A client for the API's own tests, which shows what it received and how the connection ended."""

import http.client
import json
import socket
import ssl
import time

SECONDS = 10  # far longer than anything here takes: only a failing test waits that long

# How a connection ended.
NOTIFIED = "with the alert that says so"
CUT = "without a word"
RESET = "with a reset"


def trusting(ca_file):
    """A client's context that trusts this authority only."""
    return ssl.create_default_context(cafile=ca_file)


def ask(api, operation, members):
    """One request on a connection of its own; returns (status, parsed JSON)."""
    client = http.client.HTTPSConnection(
        "localhost", api.port, timeout=SECONDS, context=trusting(api.ca_file)
    )
    try:
        client.request(
            "POST", f"/api/{operation}", json.dumps(members), {"Content-Type": "application/json"}
        )
        response = client.getresponse()
        return response.status, json.loads(response.read())
    finally:
        client.close()


def request(operation="exists", members=None, head="", body=None):
    """The bytes of a request; further header lines in `head`, another body in `body`."""
    if body is None:
        body = json.dumps(members or {"username": "juliet@example.org"}).encode()
    lines = f"POST /api/{operation} HTTP/1.1\r\nHost: localhost\r\n{head}"
    lines += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return lines.encode() + body


class Wire:
    """One TLS connection to an API, of which every byte is visible.

    TLS is separate from its socket because ssl.SSLSocket does not distinguish the three ways in
    which a connection can end.
    """

    def __init__(self, api):
        self._tcp = socket.create_connection(("127.0.0.1", api.port), SECONDS)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = trusting(api.ca_file).wrap_bio(
            self._incoming, self._outgoing, server_hostname="localhost"
        )
        self._rest = b""
        try:
            self._until_done(self._tls.do_handshake)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes the TCP connection without ending TLS."""
        self._tcp.close()

    def send(self, data):
        self._tls.write(data)
        self._tcp.sendall(self._outgoing.read())

    def read(self):
        """The content of the next TLS record; b"" after the alert that ends the connection.

        Raises EOFError or ConnectionResetError when it ends without one.
        """
        return self._until_done(self._tls.read)

    def answer(self):
        """The next response that says its length, or has none: (status, head, body)."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, rest = self._rest.partition(b"\r\n\r\n")
        lengths = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")]
        length = int(lengths[0].partition(b":")[2]) if lengths else 0
        while len(rest) < length:
            self._more()
            rest = self._rest.partition(b"\r\n\r\n")[2]
        self._rest = rest[length:]
        return int(head.split()[1]), head, rest[:length]

    def ask(self, *arguments, **options):
        """Sends a request() and returns its answer()."""
        self.send(request(*arguments, **options))
        return self.answer()

    def to_the_end(self, at_most=2**20):
        """Everything up to the end of the connection, and how it ended; an end of None means
        that there was more than `at_most` and no end."""
        data = self._rest
        while len(data) <= at_most:
            try:
                more = self.read()
            except EOFError:
                return data, CUT
            except ConnectionResetError:
                return data, RESET
            if not more:
                return data, NOTIFIED
            data += more
        return data, None

    def _more(self):
        more = self.read()
        if not more:
            raise EOFError(f"the connection ended after {self._rest!r}")
        self._rest += more

    def _until_done(self, step):
        """Repeats a step of TLS until it is done, and moves bytes between TLS and the socket."""
        while True:
            try:
                done = step()
                self._tcp.sendall(self._outgoing.read())
                return done
            except ssl.SSLWantReadError:
                self._tcp.sendall(self._outgoing.read())
            data = self._tcp.recv(65_536)
            if not data:
                raise EOFError("the connection ended without an alert")
            self._incoming.write(data)


class Stopwatch:
    """Measures a with block, in seconds."""

    def __enter__(self):
        self._start = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._start
