# SPDX-License-Identifier: ISC
"""A name server for tests, over UDP and TCP (RFC 1035), as far as a stub resolver needs it.

    with NameServer({"api.example.test": ["127.0.0.1"]}) as server:
        ...  # server.questions: [(name, type)]
"""
import ipaddress
import socket
import struct
import threading

A, AAAA, OPT = 1, 28, 41
NO_ERROR, NO_SUCH_NAME = 0, 3
RESPONSE, TRUNCATED, RECURSION = 0x8000, 0x0200, 0x0180  # RECURSION: desired and available


class NameServer:
    """Answers for the names it is given, and says of all others that they do not exist.

    names      {name: [addresses]}
    address    where to listen, on the port for DNS
    truncated  answers by UDP say that they are cut short, so that TCP is used
    """

    def __init__(self, names, address="127.0.0.1", port=53, truncated=False):
        self.names = {name.lower().rstrip("."): list(map(ipaddress.ip_address, addresses))
                      for name, addresses in names.items()}
        self.truncated = truncated
        self.questions = []
        self.tcp_count = 0
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._udp.bind((address, port))
        self._tcp.bind((address, port))
        self._tcp.listen()
        self._threads = [threading.Thread(target=serve, daemon=True)
                         for serve in (self._serve_udp, self._serve_tcp)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for listener in (self._udp, self._tcp):
            try:
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in it
            except OSError:
                pass  # UDP has no connection to shut, and is woken all the same
        for thread in self._threads:
            thread.join(10)
        self._udp.close()
        self._tcp.close()

    def _serve_udp(self):
        while True:
            try:
                question, client = self._udp.recvfrom(4096)
            except OSError:
                return
            if not question:
                return
            self._udp.sendto(self.answer(question, self.truncated), client)

    def _serve_tcp(self):
        while True:
            try:
                client, _ = self._tcp.accept()
            except OSError:
                return
            with client, client.makefile("rb") as stream:
                while len(size := stream.read(2)) == 2:
                    self.tcp_count += 1
                    answer = self.answer(stream.read(struct.unpack(">H", size)[0]), False)
                    client.sendall(struct.pack(">H", len(answer)) + answer)

    def answer(self, message, truncated):
        """The answer to a message with one question."""
        number, flags = struct.unpack(">HH", message[:4])
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]].decode("ascii").lower())
            at += 1 + message[at]
        question = message[12:at + 5]
        kind = struct.unpack(">H", message[at + 1:at + 3])[0]
        name = ".".join(labels)
        self.questions.append((name, kind))
        found = [address for address in self.names.get(name, [])
                 if kind == {4: A, 6: AAAA}[address.version]]
        code = NO_ERROR if name in self.names else NO_SUCH_NAME
        if truncated:
            code, found = code | TRUNCATED, []
        records = b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 60, len(address.packed)) +
                           address.packed for address in found)
        header = struct.pack(">6H", number, RESPONSE | RECURSION | flags & 0x0110 | code, 1,
                             len(found), 0, 0)
        return header + question + records
