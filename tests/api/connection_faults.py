# SPDX-License-Identifier: ISC
"""Misbehaviour before the first request: faults for `api.faults.add_for_connections()`.

Such a fault is called as fault(connection) after accept() and before the TLS handshake, which
follows unless the fault has ended the connection.
"""

import ssl

HELLO_BYTES = 16_384  # more than any ClientHello


def silence():
    """Sends nothing; ends the connection when the client does."""
    return stall(None)


def stall(seconds):
    """Waits before the handshake."""

    def fault(connection):
        if not connection.wait(seconds):
            connection.close()

    return fault


def close_at_once():
    """Ends the connection before the client can send anything."""
    return lambda connection: connection.close()


def close_in_handshake():
    """Reads the ClientHello and ends the connection."""

    def fault(connection):
        connection.socket.recv(HELLO_BYTES)
        connection.close()

    return fault


def reset_in_handshake():
    """Reads the ClientHello and resets the connection."""

    def fault(connection):
        connection.socket.recv(HELLO_BYTES)
        connection.reset()

    return fault


def half_handshake():
    """Answers the ClientHello with half of the server's part, and ends the connection."""

    def fault(connection):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = connection.api.context.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(connection.socket.recv(HELLO_BYTES))
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            pass  # the server's part is complete and waits to be sent
        flight = outgoing.read()
        connection.send(flight[: len(flight) // 2])
        connection.close()

    return fault


def plain_http():
    """Speaks HTTP without TLS, and claims success."""
    return instead_of_tls(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"
        b'{"success": true}'
    )


def instead_of_tls(data):
    """Reads the ClientHello, answers with these bytes, and ends the connection."""

    def fault(connection):
        connection.socket.recv(HELLO_BYTES)
        connection.send(data)
        connection.close()

    return fault
