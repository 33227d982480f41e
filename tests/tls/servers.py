# SPDX-License-Identifier: ISC
"""Real TLS servers, each as one row of the matrix wants it, that know what they were sent.

    with Nginx(folder, cert_file=…, key_file=…) as server:
        …               # server.port
        server.finish() # when the client has gone
        server.contacted, server.received
"""
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from ejabberd.ports import Reservation

SECONDS = 20  # far longer than anything here takes: only a failing test waits for it

ANSWER = b'{"success": true}'
RESPONSE = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER))

# Makes OpenSSL serve what no server should: weak keys, digests and versions.
WEAK = """
openssl_conf = all
[all]
ssl_conf = tls
[tls]
system_default = weak
[weak]
MinProtocol = None
CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0
"""


@dataclass
class Setup:
    """How a server is configured."""

    cert_file: Path
    key_file: Path
    versions: str = "1.2 1.3"
    ciphers: str = ""  # of TLS 1.2 and before
    client_ca: Path = None  # ask for a certificate of this authority …
    required: bool = False  # … and insist on one
    staple: Path = None
    weak: bool = False  # allow the server what OpenSSL forbids by default
    dh: Path = None


class Server:
    """What all have in common. `received` is what came out of TLS, decrypted; `contacted` is
    whether a client's greeting came in."""

    contacted = False
    received = b""

    def __init__(self, folder, setup):
        self.folder, self.setup = Path(folder), setup
        self._reservation = Reservation()
        self.port = self._reservation.number
        self.process = None

    def __enter__(self):
        environment = {"PATH": os.environ["PATH"]}
        if self.setup.weak:
            configuration = self.folder / "weak.cnf"
            configuration.write_text(WEAK)
            environment["OPENSSL_CONF"] = str(configuration)
        self.start(environment)
        self._wait_until_listening()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.after_end()
        self._reservation.close()

    def after_end(self):
        """Closes what is left."""

    def _wait_until_listening(self):
        wanted = f"0100007F:{self.port:04X}"
        until = time.monotonic() + SECONDS
        while not any(line.split()[1:4:2] == [wanted, "0A"]
                      for line in Path("/proc/net/tcp").read_text().splitlines()):
            assert self.process.poll() is None, self.complaint()
            assert time.monotonic() < until, "the server does not listen"
            time.sleep(0.005)

    def complaint(self):
        return (self.folder / "errors").read_text(errors="replace")


class OpensslServer(Server):
    """openssl s_server: what it decrypts comes out of its standard output, and what goes into its
    standard input is sent; the HTTP is ours. It ends after one connection."""

    name = "s_server"

    def command(self):
        setup, folder = self.setup, self.folder
        command = ["openssl", "s_server", "-quiet", "-naccept", "1", "-no_comp",
                   "-accept", f"127.0.0.1:{self.port}", "-msg", "-msgfile", folder / "messages",
                   "-cert", setup.cert_file, "-key", setup.key_file]
        chain = setup.cert_file.read_text().split("-----END CERTIFICATE-----\n", 1)[1]
        if chain:
            (folder / "chain.pem").write_text(chain)
            command += ["-cert_chain", folder / "chain.pem"]
        for version in {"1.0", "1.1", "1.2", "1.3"} - set(setup.versions.split()):
            command += ["-no_tls" + version.replace(".", "_").removesuffix("_0")]
        if setup.ciphers:
            command += ["-cipher", setup.ciphers]
        if setup.client_ca:
            command += ["-Verify" if setup.required else "-verify", "3", "-verify_return_error",
                        "-CAfile", setup.client_ca]
        if setup.staple:
            command += ["-status_file", setup.staple]
        if setup.dh:
            command += ["-dhparam", setup.dh]
        return command

    def start(self, environment):
        with (self.folder / "errors").open("wb") as errors:
            self.process = subprocess.Popen([*map(str, self.command())], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=errors,
                                            env=environment, bufsize=0)
        self._reader = threading.Thread(target=self._serve, daemon=True)
        self._reader.start()

    def _serve(self):
        while data := self.process.stdout.read(65536):
            self.received += data
            if is_whole(self.received):
                self.process.stdin.write(RESPONSE)

    def finish(self):
        """Waits until the one connection is over, and everything it brought has been read."""
        self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        self.contacted = "ClientHello" in (self.folder / "messages").read_text()

    def after_end(self):
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors debug;
events {{ worker_connections 32; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
  uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  server {{
    listen 127.0.0.1:{port} {ssl};
    {lines}
    default_type application/json;
    location / {{ return 200 '{answer}'; }}
    location = /login {{ return 403 '{{"success": false}}'; }}
  }}
}}
"""


class Nginx(Server):
    """nginx in a folder of its own. Its debug log has each read of decrypted bytes."""

    name = "nginx"

    def start(self, environment):
        lines = "\n    ".join(f"{line};" for line in self.directives())
        configuration = self.folder / "nginx.conf"
        configuration.write_text(NGINX.format(
            folder=self.folder, port=self.port, ssl="ssl" if self.setup.versions else "",
            lines=lines, answer=ANSWER.decode()))
        with (self.folder / "errors").open("wb") as errors:
            self.process = subprocess.Popen(
                [shutil.which("nginx", path="/usr/sbin:" + environment["PATH"]), "-p", self.folder,
                 "-e", self.folder / "errors", "-c", configuration],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=environment)

    def directives(self):
        setup = self.setup
        if not setup.versions:
            return  # no TLS at all
        yield f"ssl_certificate {setup.cert_file}"
        yield f"ssl_certificate_key {setup.key_file}"
        versions = [f"TLSv{version}" for version in setup.versions.split()]
        yield "ssl_protocols " + " ".join(versions).replace("v1.0", "v1")
        weakly = "ALL:COMPLEMENTOFALL:@SECLEVEL=0" if setup.weak else "DEFAULT"
        yield f"ssl_ciphers {setup.ciphers or weakly}"
        if setup.client_ca:
            yield f"ssl_client_certificate {setup.client_ca}"
            yield "ssl_verify_client " + ("on" if setup.required else "optional")
            yield "ssl_verify_depth 3"
        if setup.staple:
            yield "ssl_stapling on"
            yield f"ssl_stapling_file {setup.staple}"
        if setup.dh:
            yield f"ssl_dhparam {setup.dh}"

    def finish(self):
        until = time.monotonic() + SECONDS
        while " close http connection: " not in self.complaint():
            assert time.monotonic() < until, self.complaint()
            time.sleep(0.005)
        log = self.complaint()
        self.contacted = " accept: 127.0.0.1" in log
        # without TLS it is recv() that reads a request, and a greeting is none
        sizes = re.findall(r" SSL_read: (\d+)\b", log)
        self.received = b"?" * sum(map(int, sizes))
        if not self.setup.versions:
            self.received = b"?" * log.count('http request line: "POST')


class Handmade(Server):
    """Answers a greeting with the bytes it was given, and keeps what comes afterwards. What is no
    TLS alert counts as received: it was sent to a server that proved nothing."""

    name = "handmade"

    def __init__(self, folder, make_answer):
        super().__init__(folder, Setup(None, None))
        self._make_answer = make_answer

    def __enter__(self):
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        self._reservation.close()

    def _serve(self):
        try:
            connection = self._listener.accept()[0]
        except OSError:
            return  # no client came
        with connection:
            connection.settimeout(SECONDS)
            greeting = read_record(connection)
            self.contacted = greeting[:1] == b"\x16" and greeting[5:6] == b"\x01"
            answer = self._make_answer(greeting)
            if answer is None:
                return  # it hung up
            connection.sendall(answer)
            try:
                while record := read_record(connection):
                    if record[:1] != b"\x15":
                        self.received += record
            except ConnectionResetError:
                pass  # it hung up with our bytes unread

    def finish(self):
        self._thread.join(SECONDS)


def is_whole(data):
    """True when these bytes end with the end of a request."""
    head, end, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end and length) and len(body) >= int(length[1])


def read_record(connection):
    """One TLS record with its header, or what there is of it at the end."""
    record = b""
    for size in (lambda _: 5, lambda header: 5 + int.from_bytes(header[3:5], "big")):
        while len(record) < size(record):
            more = connection.recv(size(record) - len(record))
            if not more:
                return record
            record += more
    return record


SECURE_RENEGOTIATION = b"\xff\x01\0\x01\0"  # the extension of RFC 5746


def server_hello(version=(3, 3), cipher=0xC02F, compression=0, random=None,
                 extensions=SECURE_RENEGOTIATION):
    """Makes a function from a ClientHello to a ServerHello, by default a good one of TLS 1.2."""
    def answer(_):
        body = bytes(version) + (random or os.urandom(32)) + b"\0" + cipher.to_bytes(2, "big")
        body += bytes([compression]) + len(extensions).to_bytes(2, "big") + extensions
        message = b"\x02" + len(body).to_bytes(3, "big") + body
        return b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message

    return answer
