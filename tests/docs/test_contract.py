# SPDX-License-Identifier: ISC
"""The worked examples of the contract are what goes over the wire, byte for byte."""
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading

import pytest
from e2e.program import PATH, Program

from . import mdoc

PAGE = "extauth-https-api.7"


def examples():
    """The pairs of request and answer, as bytes."""
    texts = [text for text in mdoc.displays(PAGE) if re.match(r"POST .* HTTP|HTTP/", text)]
    messages = []
    for text in texts:
        head, body = text.split("\n\n", 1)
        content = body.encode()
        if "text/plain" not in head:
            content = content.rstrip(b"\n")
        messages.append(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + content)
    return list(zip(messages[::2], messages[1::2]))


class Wire:
    """Answers each request with given bytes, and keeps the bytes of the requests."""

    def __init__(self, authority, answers):
        self.requests = []
        self._answers = answers
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*(authority.issued("server") or authority.issue()))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"localhost:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self):
        answers = iter(self._answers)
        while True:
            try:
                tcp, _ = self._listener.accept()
            except OSError:
                return  # shut down
            with self._context.wrap_socket(tcp, server_side=True) as tls:
                while request := self._read(tls):
                    self.requests.append(request)
                    tls.sendall(next(answers))

    @staticmethod
    def _read(tls):
        """One request, or b"" when the client has hung up."""
        data = b""
        while True:
            more = tls.recv(65536)
            if not more:
                return b""
            data += more
            head, end, body = data.partition(b"\r\n\r\n")
            if end and len(body) == int(re.search(rb"Content-Length: (\d+)", head)[1]):
                return data


# The frames that lead to the examples, in their order, and the verdicts.
FRAMES = [
    ("auth:juliet:example.org:r0m30", "granted"),
    ("auth:juliet:example.org:a\"b:c\\d€ e", "refused"),
    ("isuser:romeo:example.org", "refused"),
    ("tryregister:romeo:example.org:jul13t", "granted"),
    ("setpass:romeo:example.org:m0nt4", "unavailable"),
    ("removeuser:romeo:example.org", "granted"),
]


def test_each_operation_of_the_contract_has_an_example():
    assert len(examples()) == len(FRAMES)


def without_number(request):
    """A request with another Extauth-Request-Id, which is a new one each time."""
    changed, count = re.subn(rb"\r\nExtauth-Request-Id: [0-9a-f]{32}\r\n",
                             b"\r\nExtauth-Request-Id: N\r\n", request)
    assert count == 1, request
    return changed


def test_the_examples_are_what_goes_over_the_wire(authority):
    pairs = examples()
    with Wire(authority, [answer for _, answer in pairs]) as wire:
        with Program("--ca-file", authority.ca_file, "--log-level", "info",
                     f"https://{wire.host}/api") as program:
            program.serving()
            for count, (frame, verdict) in enumerate(FRAMES, 1):
                program.ask(frame)
                line = program.log.wait_for("message=request", count=count)
                assert line["verdict"] == verdict, line
                assert line["status"] == pairs[count - 1][1].split()[1].decode()
        expected = [request.replace(b"auth.example.org", wire.host.encode())
                    for request, _ in pairs]
        assert [without_number(request) for request in wire.requests] == \
            [without_number(request) for request in expected]


def test_lengths_in_the_examples_are_right():
    for pair in examples():
        for message in pair:
            head, body = message.split(b"\r\n\r\n")
            assert int(re.search(rb"Content-Length: (\d+)", head)[1]) == len(body)
            if b"text/plain" not in head:
                json.loads(body)


# -- signatures -----------------------------------------------------------------------------------

def signature_displays():
    """(header, signed text, commands, signature) of the manual."""
    texts = mdoc.displays(PAGE)
    first = next(i for i, text in enumerate(texts) if text.startswith("Authorization:"))
    return texts[first:first + 4]


def digest(data, *options):
    """What openssl makes of it, in hexadecimal."""
    result = subprocess.run(["openssl", "dgst", "-sha256", "-r", *options], input=data,
                            capture_output=True, check=True)
    return result.stdout.split()[0].decode()


def test_the_worked_signature_is_what_its_commands_print():
    _, text, commands, signature = signature_displays()
    body = re.search("body='(.*)'", commands)[1]
    assert text.splitlines()[4] == digest(body.encode())
    shown = subprocess.check_output(["sh", "-c", commands], text=True)
    assert shown.split()[0] == signature.strip()
    assert digest(text.encode(), "-hmac", "0123456789abcdef0123456789abcdef") == signature.strip()


@pytest.mark.parametrize("path", ["", "/api", "/a/b%20c/"])
def test_the_program_signs_as_the_manual_says(authority, place, path):
    key = "0123456789abcdef0123456789abcdef"
    key_file = place / "key"
    key_file.write_text(key + "\n")
    key_file.chmod(0o600)
    give_to_nobody(key_file)
    answer = examples()[0][1]
    with Wire(authority, [answer]) as wire:
        result = subprocess.run(
            [PATH, "--ask", "auth", "juliet@example.org", "--ca-file", authority.ca_file,
             "--hmac-key-file", key_file, f"https://{wire.host}{path}"], input=b"r0m30\n",
            capture_output=True, timeout=60, env={"PATH": "/bin"})
    assert result.returncode == 0, result
    head, body = wire.requests[0].decode().split("\r\n\r\n")
    header = signature_displays()[0].strip()
    pattern = re.escape(header).replace("=T", r"=(\d+)").replace("=N", "=([0-9a-f]{32})") \
        .replace("=S", "=([0-9a-f]{64})")
    timestamp, nonce, signature = re.search(f"^{pattern}\r?$", head, re.M).groups()
    text = "".join(f"{line}\n" for line in (
        "POST", head.split()[1], timestamp, nonce, digest(body.encode())))
    assert head.split()[1] == path.rstrip("/") + "/login"
    assert digest(text.encode(), "-hmac", key) == signature


def give_to_nobody(path):
    """Started as root, the program reads its files as the user nobody."""
    if os.getuid() == 0:
        shutil.chown(path, "nobody")
