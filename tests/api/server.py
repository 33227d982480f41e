#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The reference API of extauth-https: accounts behind HTTPS.

In a test, in threads of the test's own process:

    with Api(folder) as api:
        api.accounts.register("juliet@example.org", "secret")
        ...  # api.url, api.ca_file, api.requests, api.faults, api.stop(), api.start()

On the command line, until SIGTERM, SIGINT, or the end of a pipe on stdin:

    server.py --database FILE --certificates FOLDER [--address 127.0.0.1] [--port 0]

contract.py decides what the API answers, accounts.py keeps passwords. This file is the server
around them: one thread for each connection, meant for tests and for readers.
"""

import argparse
import errno
import ipaddress
import os
import signal
import socket
import ssl
import stat
import sys
import threading
from pathlib import Path

import contract
from accounts import COST, Accounts, AccountsError
from certificates import Authority, CertificateError
from connection import Connection
from faults import Plan
from http1 import BadRequest
from record import Record

BACKLOG = 128


class ListenError(Exception):
    """The address cannot be used; the text says what to do about it."""


class Api(Record):
    """An API over HTTPS; see record.Record for what it records of its requests.

    folder       for all files, unless set otherwise below
    address      where to listen; port 0 takes a free one
    database     the file with the accounts
    authority    the certificates.Authority that issues its certificate
    certificate  its (cert_file, key_file)
    cost         scrypt's cost of a password: accounts.COST, or 2 when it does not matter
    recording    whether to keep the requests; otherwise they are only counted
    credential   what requests must present: see credentials.py; None: nothing

    url, ca_file    the settings of a client
    port            its own until close(), stopped or not
    accounts        accounts.Accounts, to prepare and to inspect
    faults          faults.Plan, to make it misbehave
    context         the ssl.SSLContext of later connections
    binding         whether answers have the Extauth-Request-Id of their request
    """

    def __init__(
        self, folder, *, address="127.0.0.1", port=0, database=None, authority=None,
        certificate=None, cost=COST, recording=True, credential=None,
    ):
        super().__init__(recording)
        self.faults = Plan()
        self.credential = credential
        self.binding = True
        authority = authority or Authority(folder)
        host = host_of(address)
        certificate = certificate or certificate_for(host, authority)
        self.ca_file = authority.ca_file
        self.context = tls_context(*certificate)
        self._connections = {}  # each with its thread
        self._acceptor = None
        # Bound but never listening: the port stays ours while the API is stopped, but
        # no client can connect to it. No other program is given it in the meantime.
        self._reservation = bind(address, port)
        self._address, self.port = self._reservation.getsockname()[:2]
        self.url = f"https://{host}:{self.port}"
        try:
            self.accounts = Accounts(database or Path(folder, "accounts.sqlite"), cost)
        except AccountsError:
            self._reservation.close()
            raise

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        """Begins to accept connections, or does so again."""
        self._listener = bind(self._address, self.port)
        self._listener.listen(BACKLOG)
        self._acceptor = threading.Thread(target=self._accept, name="accept", daemon=True)
        self._acceptor.start()

    def stop(self):
        """An outage: refuses connections, and cuts existing ones. Accounts are kept."""
        if not self._acceptor:
            return
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._acceptor = None
        self._listener.close()
        threads = list(self._connections.values())
        for connection in list(self._connections):
            connection.abort()
        for thread in threads:
            thread.join()

    def close(self):
        """Stops for good, and releases the port and the database."""
        self.stop()
        self._reservation.close()
        self.accounts.close()

    def respond(self, request):
        """Does what a request asks for; returns the http1.Response, with the request's id."""
        response = self._respond(request)
        number = request.header("extauth-request-id") if self.binding else None
        return response.adding(("Extauth-Request-Id", number)) if number else response

    def _respond(self, request):
        if self.credential and (problem := self.credential.problem(request)):
            scheme = self.credential.scheme
            return contract.plain(401, f"{problem}\n", ("WWW-Authenticate", scheme))
        return contract.respond(self.accounts, request)

    def _accept(self):
        while True:
            try:
                tcp, _ = self._listener.accept()
            except ConnectionAbortedError:
                continue  # it was closed before it was accepted
            except OSError as error:
                if error.errno == errno.EINVAL:
                    return  # stop() has shut the listener down
                raise
            connection = Connection(self, tcp, self._note_connection())
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._connections[connection] = thread
            thread.start()

    def _serve(self, connection):
        """The life of a connection."""
        try:
            if fault := self.faults.next_for_connection():
                fault(connection)
            if not connection.closed:
                connection.start_tls()
                self._note_handshake()
                self._converse(connection)
        except OSError:
            pass  # the client hung up, or stop() did; neither is an error
        finally:
            connection.close()
            del self._connections[connection]
            self._note_end()

    def _converse(self, connection):
        """Answers one request after another."""
        last = False
        while not (last or connection.closed):
            try:
                request = connection.read_request()
            except BadRequest as error:
                refusal = contract.response(400, contract.refused(str(error)))
                connection.send(refusal.to_bytes(last=True))
                return
            if request is None:
                return
            self._note_request(request)
            last = request.last
            if fault := self.faults.next_for(request):
                fault(connection, request)
            else:
                connection.send(self.respond(request).to_bytes(last))


def bind(address, port):
    """A TCP socket bound to an address that may still have connections from an earlier time."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    tcp = socket.socket(family, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        tcp.bind((address, port))
    except (OSError, OverflowError) as error:
        tcp.close()
        raise ListenError(
            f"cannot listen on {address} port {port}: {error}; choose another address or port"
            " (port 0 takes a free one)"
        ) from error
    return tcp


def host_of(address):
    """What a client on this machine puts into its URL to reach the address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError as error:
        raise ListenError(f"cannot listen on {address}: give an IP address, not a name") from error
    if ip.is_loopback or ip.is_unspecified:
        return "localhost"
    return f"[{address}]" if ip.version == 6 else address


def certificate_for(host, authority):
    """The (cert_file, key_file) for a host, made if missing."""
    ips = ["127.0.0.1", "::1"]
    if host == "localhost":
        name = "server"
    else:
        # Its own certificate: the one for localhost is not valid for it.
        ips.append(host.strip("[]"))
        name = "server-" + host.strip("[]").replace(":", "-")
    return authority.issued(name) or authority.issue(name=name, ips=ips)


def tls_context(cert_file, key_file):
    """TLS 1.2 or 1.3, and nothing but HTTP/1.1 inside."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(cert_file, key_file)
    return context


def main():
    arguments = argparse.ArgumentParser(description="The reference API of extauth-https.")
    arguments.add_argument("--database", metavar="FILE", required=True, help="the accounts")
    arguments.add_argument(
        "--certificates", metavar="FOLDER", required=True,
        help="a CA and a server certificate, made when there are none",
    )
    arguments.add_argument("--address", default="127.0.0.1", help="where to listen")
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
    options = arguments.parse_args()
    try:
        api = Api(
            options.certificates, address=options.address, port=options.port,
            database=options.database, recording=False,
        )
    except (AccountsError, CertificateError, ListenError, OSError) as error:
        sys.exit(f"server.py: {error}")
    serve(api)


def serve(api):
    """Runs until a signal, or the end of stdin."""
    ends = {signal.SIGTERM, signal.SIGINT}
    # Blocked here, so in all threads started below: only sigwait() receives them.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with api:
        threading.Thread(target=end_with_stdin, daemon=True).start()
        print(f"ready {api.url} ca={api.ca_file}", flush=True)
        signal.sigwait(ends)


def end_with_stdin():
    """Ends the program when the other end of a pipe on stdin is closed, as when its parent dies.

    Only for a pipe or socket: /dev/null, which a program in the background has, ends at once.
    """
    mode = os.fstat(0).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
