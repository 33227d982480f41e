# SPDX-License-Identifier: ISC
"""A stand-in for extauth-https behind the socket: a test reads each frame and writes each byte."""
import socket
import struct

from ejabberd.account import Account

NO, YES, UNAVAILABLE = b"\0\2\0\0", b"\0\2\0\1", b"\0\2\0\2"
PATIENCE = 30  # seconds for what Prosody should do


class StandIn:
    def __init__(self, folder):
        self.path = folder / "socket"
        self._listener = None

    def __enter__(self):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        Account("prosody").own(self.path)
        self._listener.listen()
        self._listener.settimeout(PATIENCE)
        return self

    def __exit__(self, *_):
        self._listener.close()
        self.path.unlink()

    def accept(self):
        return Connection(self._listener.accept()[0])

    def none_waits(self):
        """True if Prosody has not connected again."""
        self._listener.settimeout(0)
        try:
            self._listener.accept()[0].close()
            return False
        except BlockingIOError:
            return True
        finally:
            self._listener.settimeout(PATIENCE)


class Connection:
    def __init__(self, connection):
        self._socket = connection
        self._socket.settimeout(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def frame(self):
        """The next frame's payload; None at the end."""
        header = self._socket.recv(2, socket.MSG_WAITALL)
        if not header:
            return None
        return self._socket.recv(struct.unpack(">H", header)[0], socket.MSG_WAITALL).decode()

    def send(self, data):
        self._socket.sendall(data)

    def ended(self):
        """Waits for the end. Prosody may have closed it before it read all bytes."""
        try:
            return self._socket.recv(1) == b""
        except ConnectionResetError:
            return True
