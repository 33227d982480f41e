# SPDX-License-Identifier: ISC
"""Rows of the matrix that no current server can play: the answer to the ClientHello is made by
hand."""
from dataclasses import dataclass
from typing import Callable

from .servers import RESPONSE, server_hello


@dataclass(frozen=True)
class Answer:
    """What a server answers to a ClientHello, the words that must be in the log, and the machine's
    openssl.cnf, as in Row."""

    name: str
    says: str
    answer: Callable
    conf: str = ""


def alert(number):
    """A fatal alert (RFC 8446, 6)."""
    return lambda _: bytes([0x15, 3, 3, 0, 2, 2, number])


WRONG_CIPHER = "that was not offered"
# The last bytes of its random number, when a server that knows more is talked down (RFC 8446,
# 4.1.3).
TO_1_2, TO_1_1 = (b"R" * 24 + b"DOWNGRD" + bytes([end]) for end in (1, 0))

HANDMADE = [
    Answer("downgrade sentinel, TLS 1.2", "version is downgraded", server_hello(random=TO_1_2)),
    Answer("downgrade sentinel, TLS 1.1", "neither TLS 1.2 nor 1.3",
           server_hello((3, 2), random=TO_1_1)),
    Answer("SSL 3.0", "neither TLS 1.2 nor 1.3", server_hello((3, 0))),
    Answer("EXP-RC4-MD5", WRONG_CIPHER, server_hello(cipher=0x0003)),
    Answer("RC4-MD5", WRONG_CIPHER, server_hello(cipher=0x0004)),
    Answer("RC4-SHA", WRONG_CIPHER, server_hello(cipher=0x0005)),
    Answer("DES-CBC-SHA", WRONG_CIPHER, server_hello(cipher=0x0009)),
    Answer("DES-CBC3-SHA", WRONG_CIPHER, server_hello(cipher=0x000A)),
    Answer("ECDHE-RSA-DES-CBC3-SHA", WRONG_CIPHER, server_hello(cipher=0xC012)),
    Answer("NULL-MD5", WRONG_CIPHER, server_hello(cipher=0x0001)),
    Answer("ADH-AES128-GCM-SHA256", WRONG_CIPHER, server_hello(cipher=0x00A6)),
    Answer("compression", "compression", server_hello(compression=1)),
    Answer("no secure renegotiation (RFC 5746)", "renegotiation", server_hello(extensions=b"")),
    Answer("lax openssl.cnf: no secure renegotiation", "renegotiation",
           server_hello(extensions=b""), "lax"),
    Answer("HTTP in the clear", "does not speak TLS", lambda _: RESPONSE),
    Answer("an SSH server", "does not speak TLS", lambda _: b"SSH-2.0-OpenSSH_9.2\r\n"),
    Answer("hangs up", "closed the connection", lambda _: None),
    Answer("alert: unrecognized name", "does not know the name", alert(112)),
    Answer("alert: internal error", "internal error", alert(80)),
]
