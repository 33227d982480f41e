# SPDX-License-Identifier: ISC
"""One accepted connection: TLS, sending, waiting, and the ways to end it."""

import select
import socket
import ssl
import struct
import threading

from http1 import read_request

# SO_LINGER with a time of zero makes close() send a reset.
LINGER_ZERO = struct.pack("ii", 1, 0)


class Connection:
    """For the one thread that serves it; other threads may call abort() only.

    api      the server.Api that accepted it
    socket   the TCP socket; after start_tls() an ssl.SSLSocket
    number   1 is the first connection the API accepted
    closed   true once it was ended from this side

    Whatever talks to the client raises OSError when the client is gone or abort() was called.
    """

    def __init__(self, api, tcp, number):
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.api = api
        self.socket = tcp
        self.number = number
        self.closed = False
        self._stream = None
        self._lock = threading.Lock()  # abort() must not run while the socket is replaced

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
        """Sends bytes in one write; inside TLS, after the handshake."""
        self.socket.sendall(data)

    def send_beneath_tls(self, data):
        """Sends bytes outside of TLS, on its TCP connection."""
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
        """For another thread: whatever this connection's thread waits for fails at once."""
        with self._lock:
            try:
                # Not SSLSocket.shutdown(), which would switch to plain text while the thread runs.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended already
