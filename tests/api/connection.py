# SPDX-License-Identifier: ISC
"""One accepted connection: TLS, sending, waiting, and the ways to end it."""

import select
import socket
import ssl
import struct
import threading

from http1 import read_request

# SO_LINGER with a time of zero makes close() send a reset instead of a farewell.
LINGER_ZERO = struct.pack("ii", 1, 0)


class Connection:
    """Used by the one thread that serves it; abort() alone is for others.

    api      the server.Api that accepted it
    socket   the TCP socket, from start_tls() on an ssl.SSLSocket
    number   1 is the first connection the API accepted
    closed   true once it was ended from this side

    Everything that talks to the client raises OSError when the client has gone or abort() ran.
    """

    def __init__(self, api, tcp, number):
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.api = api
        self.socket = tcp
        self.number = number
        self.closed = False
        self._stream = None
        self._lock = threading.Lock()  # abort() must not meet a socket that is being exchanged

    def start_tls(self):
        """Makes the TLS handshake."""
        with self._lock:
            self.socket = self.api.context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self.socket.do_handshake()
        self._stream = self.socket.makefile("rb")

    def read_request(self):
        """The next http1.Request, or None when the client is done. Raises http1.BadRequest."""
        return read_request(self._stream, self.number, self.send)

    def send(self, data):
        """Sends bytes, inside TLS once there is TLS, in one write."""
        self.socket.sendall(data)

    def send_beneath_tls(self, data):
        """Sends bytes that do not go through TLS, into the stream that carries it."""
        socket.socket.sendall(self.socket, data)

    def wait(self, seconds=None, until=None):
        """Waits `seconds`, without end when None, or for a descriptor to be readable.

        Returns true then, and false at once when the client ends the connection or the API stops.
        """
        poll = select.poll()
        poll.register(self.socket, select.POLLRDHUP)  # which abort() causes, too
        if until is not None:
            poll.register(until, select.POLLIN)
        ready = poll.poll(None if seconds is None else seconds * 1000)
        return all(descriptor == until for descriptor, _ in ready)

    def close(self, notify=True):
        """Ends the connection, in TLS with the alert that tells an end from a cut (RFC 8446 6.1)
        unless `notify` is false."""
        with self._lock:
            if self.closed:
                return
            self.closed = True
            if notify and isinstance(self.socket, ssl.SSLSocket):
                try:
                    # unwrap() would wait for the client's own alert; this only sends ours.
                    self.socket.settimeout(0)
                    self.socket.unwrap()
                except (OSError, ValueError):
                    pass
            if self._stream:
                self._stream.close()
            self.socket.close()

    def reset(self):
        """Ends the connection with a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        self.close(notify=False)

    def abort(self):
        """From another thread: whatever this connection's thread waits for fails at once."""
        with self._lock:
            try:
                # Not SSLSocket.shutdown(), which switches to plain text under a thread in use.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended already
