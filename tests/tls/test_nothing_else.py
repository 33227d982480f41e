# SPDX-License-Identifier: ISC
"""The program speaks only HTTPS, only to the API, and reads no more than an answer may have.

What an API can try besides, such as redirects, Alt-Svc, cookies, content codings and HTTP/0.9, are
rows of tests/faults.
"""
import json
import select
import socket

import faults
import pytest
from e2e.program import UNKNOWN, YES, Program

REQUEST = "isuser:alice:example.org"
LIMIT = 64 * 1024  # bytes of a body, and of a head


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "auth.example.org",
                                  "LOCALHOST:8080", "user:geheim@localhost"])
@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_http_is_refused_with_the_way_out(scheme, host, api):
    before = api.connections
    with Program(f"{scheme}://{host}/api") as program:
        assert program.ask(REQUEST) == UNKNOWN
        said = program.log.wait_for("level=error")["message"]
        assert program.close() == (0, b"")
    assert "geheim" not in said
    if "@" not in host:
        assert "only https:// is spoken. Put a TLS server such as nginx in front" in said
    assert api.connections == before


@pytest.mark.parametrize("url", ["ftp://localhost/", "file:///etc/passwd", "localhost", "//x",
                                 "https:/localhost", "ws://localhost", "unix:/run/api"])
def test_no_other_scheme_is_spoken(url):
    with Program(url) as program:
        assert "does not start with https://" in program.log.wait_for("level=error")["message"]


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def is_contacted(listening):
    return bool(select.select([listening], [], [], 0)[0])


def test_a_listener_that_is_contacted_is_noticed(listener):
    # otherwise the tests below could not fail
    with socket.create_connection(listener.getsockname()):
        assert select.select([listener], [], [], 10)[0]


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                  "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http", "https", "socks5h"])
def test_no_proxy_is_asked(name, scheme, start, listener):
    proxy = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    program = start(env={"PATH": "/usr/bin:/bin", name: proxy, "no_proxy": "", "NO_PROXY": ""})
    assert program.ask(REQUEST) == YES
    assert not is_contacted(listener)


def test_netrc_and_curlrc_are_not_read(start, api, place, listener):
    (place / ".netrc").write_text("default login mallory password geheim\n")
    proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
    (place / ".curlrc").write_text(f"proxy = {proxy}\ninsecure\n")
    for path in (place / ".netrc", place / ".curlrc"):
        path.chmod(0o644)
    program = start(env={"PATH": "/usr/bin:/bin", "HOME": str(place), "CURL_HOME": str(place),
                         "NETRC": str(place / ".netrc")})
    assert program.ask(REQUEST) == YES
    assert api.requests[-1].header("authorization") is None
    assert not is_contacted(listener)


def test_a_request_has_these_headers_and_no_others(start, api):
    program = start()
    for payload in (REQUEST, f"auth:alice:example.org:{'x' * 60_000}"):
        program.ask(payload)
        names = [name for name, _ in api.requests[-1].headers]
        assert sorted(names) == [
            "Accept", "Content-Length", "Content-Type", "Extauth-Request-Id", "Host",
            "User-Agent"]
    assert len(api.requests) == 2


def test_nothing_but_http_1_1_is_offered(start, api):
    seen = []

    def note(connection, request):
        seen.append((connection.socket.selected_alpn_protocol(), connection.socket.version()))
        faults.respond(connection, request)

    api.faults.add(note)
    assert start().ask(REQUEST) == YES
    assert seen == [("http/1.1", "TLSv1.3")]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size,reply", [(LIMIT, YES), (LIMIT + 1, UNKNOWN)])
def test_a_body_may_have_64_kib(size, reply, chunked, start, api):
    body = json.dumps({"success": True}).encode().ljust(size)
    if chunked:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        api.faults.add(faults.raw(head + b"%x\r\n%s\r\n0\r\n\r\n" % (size, body)))
    else:
        api.faults.add(faults.answer(200, body))
    program = start()
    assert program.ask(REQUEST) == reply
    if reply == UNKNOWN:
        assert "64 KiB" in program.log.wait_for("verdict=unavailable")["reason"]


@pytest.mark.parametrize("size,reply", [(LIMIT, YES), (LIMIT + 1, UNKNOWN)])
def test_a_head_may_have_64_kib(size, reply, start, api):
    body = b'{"success": true}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(body)
    rest = size - len(head) - len(b"\r\n")
    lines = b""
    while len(lines) < rest:
        left = rest - len(lines)
        length = left if left <= 1000 else min(900, left - 100)
        lines += b"X: %s\r\n" % (b"x" * (length - 5))
    assert len(head + lines) + 2 == size
    api.faults.add(faults.raw(head + lines + b"\r\n" + body))
    program = start()
    assert program.ask(REQUEST) == reply
    if reply == UNKNOWN:
        assert "larger than 64 KiB" in program.log.wait_for("verdict=unavailable")["reason"]
