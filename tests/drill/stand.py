# SPDX-License-Identifier: ISC
"""APIs that do one thing wrong each: the first part of the path says which."""
import json
import socket
import ssl
import threading

GRANT = b'{"success": true}'
REFUSE = b'{"success": false, "message": "no such user or password"}'
PAGE = b"<!DOCTYPE html><html><body>Oops</body></html>"


def answer(status, body, *headers, content="application/json"):
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {content}",
             f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def right(operation, user, password):
    """What an API must answer: one account, alice, with the password secret."""
    good = user.startswith("alice@") and (operation == "exists" or password == "secret")
    return answer(200, GRANT) if good else answer(404 if operation == "exists" else 403, REFUSE)


# The answer to every request. None: nothing, ever; b"": the connection is closed.
WRONG = {
    "html403": answer(403, PAGE, content="text/html"),
    "html404": answer(404, PAGE, content="text/html"),
    "html405": answer(405, PAGE, content="text/html"),
    "html500": answer(500, PAGE, content="text/html"),
    "html502": answer(502, PAGE, content="text/html"),
    "html200": answer(200, PAGE, content="text/html"),
    "redirect": answer(302, b"", "Location: https://elsewhere.example/login"),
    "bom": answer(200, b"\xef\xbb\xbf" + GRANT),
    "utf16": answer(200, GRANT.decode().encode("utf-16")),
    "latin1": answer(200, '{"success": true, "message": "ja, natürlich"}'.encode("latin-1")),
    "notice": answer(200, b"Notice: Undefined variable in /srv/auth.php on line 3\n" + GRANT),
    "string": answer(200, b'{"success": "true"}'),
    "missing": answer(200, b'{"ok": true}'),
    "nan": answer(200, b'{"success": true, "score": NaN}'),
    "gzip": answer(200, GRANT, "Content-Encoding: gzip"),
    "empty": answer(204, b"").replace(b"Content-Length: 0\r\n", b""),
    "status202": answer(202, GRANT),
    "refusal500": answer(500, REFUSE),
    "unauthorized": answer(401, b'{"success": false, "message": "bad token"}'),
    "large": answer(200, GRANT[:-1] + b', "x": "' + b"x" * 70_000 + b'"}'),
    "two-lengths": answer(200, GRANT, f"Content-Length: {len(GRANT) + 1}"),
    "cut": answer(200, GRANT)[:-3],
    "hangs": None,
    "closes": b"",
}


class Stand:
    """One port of 127.0.0.1. tls is an ssl.SSLContext; None: plain HTTP; "silent": connections
    are taken, and nothing is ever said."""

    def __init__(self, tls):
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._connections = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for thread, connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended
            thread.join()
            connection.close()

    def _serve(self):
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            thread = threading.Thread(target=self._converse, args=(connection,), daemon=True)
            self._connections.append((thread, connection))
            thread.start()

    def _converse(self, raw):
        if self._tls == "silent":
            return
        try:
            connection = raw.dup()
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as stream:
                while self._exchange(connection, stream):
                    pass
        except (OSError, ValueError):
            pass  # the other side has gone, or did not like us
        finally:
            try:
                raw.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _exchange(self, connection, stream):
        """One request and what is answered to it. False when the connection is over."""
        line = stream.readline().decode("latin-1").split()
        if len(line) != 3:
            if line:  # no HTTP: a TLS client's greeting, if anything
                connection.sendall(answer(400, PAGE, content="text/html"))
            return False
        length = 0
        while (header := stream.readline().decode("latin-1").strip()):
            name, _, value = header.partition(":")
            if name.lower() == "content-length":
                length = int(value)
        asked = json.loads(stream.read(length))
        kind, _, operation = line[1].strip("/").partition("/")
        if kind == "login-lost" and operation == "login":
            kind = "html404"
        if kind not in WRONG:
            connection.sendall(right(operation, asked["username"], asked.get("password")))
            return True
        if WRONG[kind] is None:
            stream.read(1)  # until the other side has gone
            return False
        connection.sendall(WRONG[kind])
        return kind not in ("cut", "closes")


def context(cert_file, key_file, client_ca=None, versions=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(cert_file, key_file)
    if client_ca:
        made.load_verify_locations(client_ca)
        made.verify_mode = ssl.CERT_REQUIRED
    if versions:
        made.minimum_version, made.maximum_version = versions
    return made
