# SPDX-License-Identifier: ISC
"""Loopback ports that no other process is given between choosing them and listening on them."""
import socket


class Reservation:
    """A TCP port of 127.0.0.1, ours until close().

    The socket is bound but never listens. Linux lets a second socket bind to and listen on the
    same port when both set SO_REUSEADDR, as Erlang does, but does not give the port to a process
    that asks for any free one. So concurrent runs cannot collide, and a restart has the same port.
    """

    def __init__(self):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number = self._socket.getsockname()[1]

    def close(self):
        self._socket.close()
