# SPDX-License-Identifier: ISC
"""A name server for tests: it answers as configured, correctly or not."""
import ipaddress
import random
import socket
import struct
import threading

A, AAAA = 1, 28
SERVFAIL, NXDOMAIN, REFUSED = 2, 3, 5

STOP = b""  # no query is that short


class NameServer:
    """On port 53 of a loopback address of its own, which needs root; a context manager.

    answer    called as answer(query) with a Query; returns bytes to be sent, or None for silence
    queries   how many there were
    """

    def __init__(self):
        self.answer = lambda query: query.failure(REFUSED)
        self.queries = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = None
        while self.address is None:
            address = f"127.53.{random.randrange(256)}.{random.randrange(1, 255)}"
            try:
                self._socket.bind((address, 53))
                self.address = address
            except OSError:
                pass  # another run has it
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.sendto(STOP, (self.address, 53))
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while True:
            data, client = self._socket.recvfrom(4096)
            if data == STOP:
                return
            self.queries += 1
            if (reply := self.answer(Query(data))) is not None:
                self._socket.sendto(reply, client)


class Query:
    """One question, and the answers that can be made of it (RFC 1035, section 4)."""

    def __init__(self, data):
        self.id, = struct.unpack_from(">H", data)
        end = data.index(b"\0", 12) + 5
        self.question = data[12:end]
        self.type, = struct.unpack_from(">H", self.question, len(self.question) - 4)

    def reply(self, code, records, answers, id=None):
        header = struct.pack(">HHHHHH", self.id if id is None else id, 0x8180 | code, 1, answers,
                             0, 0)
        return header + self.question + records

    def failure(self, code):
        return self.reply(code, b"", 0)

    def addresses(self, *texts, **options):
        """Those of the addresses that have the type that was asked for."""
        records, count = b"", 0
        for text in texts:
            address = ipaddress.ip_address(text)
            if {4: A, 6: AAAA}[address.version] == self.type:
                # the name is the one at offset 12; class IN, 0 seconds to live
                records += struct.pack(">HHHIH", 0xC00C, self.type, 1, 0, len(address.packed))
                records += address.packed
                count += 1
        return self.reply(0, records, count, **options)
