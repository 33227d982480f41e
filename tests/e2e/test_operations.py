# SPDX-License-Identifier: ISC
"""Every operation, every verdict, every reply: the tables of extauth-https-api(7) over real TLS."""
import json

import faults
import pytest

from .program import NO, UNKNOWN, YES, Program

JSON = [("Content-Type", "application/json")]


@pytest.fixture(params=["ejabberd", "mongooseim", "prosody"])
def server(request):
    return request.param


def unavailable(server):
    return NO if server == "mongooseim" else UNKNOWN


def refused(server, operation):
    return UNKNOWN if server == "ejabberd" and operation in ("setpass", "tryregister") else NO


def test_an_account_lives_and_dies_as_the_host_asks(start, server):
    program = start("--server", server)
    story = [
        ("isuser:bob:example.org", NO),
        ("auth:bob:example.org:one", NO),
        ("tryregister:bob:example.org:one", YES),
        ("tryregister:bob:example.org:other", refused(server, "tryregister")),
        ("isuser:bob:example.org", YES),
        ("auth:bob:example.org:one", YES),
        ("auth:bob:example.org:two", NO),
        ("setpass:bob:example.org:two", YES),
        ("setpass:nobody:example.org:two", refused(server, "setpass")),
        ("auth:bob:example.org:one", NO),
        ("auth:bob:example.org:two", YES),
        ("removeuser3:bob:example.org:wrong", NO),
        ("removeuser3:bob:example.org:two", YES),
        ("tryregister:bob:example.org:one", YES),
        ("removeuser:bob:example.org", YES),
        ("removeuser:bob:example.org", NO),
        ("isuser:bob:example.org", NO),
    ]
    for payload, reply in story:
        assert program.ask(payload) == reply, payload
    assert program.close() == (0, b"")


def test_each_operation_asks_its_path_with_its_body(program, api):
    asked = {
        "auth:u:s.example:p": ("login", {"username": "u@s.example", "password": "p"}),
        "isuser:u:s.example": ("exists", {"username": "u@s.example"}),
        "setpass:u:s.example:p": ("setpass", {"username": "u@s.example", "password": "p"}),
        "tryregister:u:s.example:p": ("register", {"username": "u@s.example", "password": "p"}),
        "removeuser3:u:s.example:p": ("remove", {"username": "u@s.example", "password": "p"}),
        "removeuser:u:s.example": ("remove", {"username": "u@s.example"}),
    }
    for payload, (path, body) in asked.items():
        program.ask(payload)
        request = api.requests[-1]
        assert (request.method, request.path, request.json()) == ("POST", "/" + path, body)
        assert request.header("content-type") == "application/json"
        assert request.header("accept") == "application/json"
        assert request.header("expect") is None
        assert request.header("accept-encoding") is None
    assert api.request_count >= len(asked)


def test_the_path_of_the_url_is_joined_by_exactly_one_slash(start, api):
    for url in ("/api", "/api/", "/api//"):
        start(url=api.url + url).ask("isuser:alice:example.org")
        assert api.requests[-1].path == "/api/exists"


def test_one_connection_serves_all_requests(program, api):
    before = api.connections
    for _ in range(20):
        assert program.ask("isuser:alice:example.org") == YES
    assert api.connections == before + 1


GRANT = b'{"success": true}'
REFUSAL = b'{"success": false, "message": "no"}'
REFUSING = (200, 400, 401, 403, 404, 409, 410, 422)


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 300, 400, 401, 402, 403, 404, 405, 406,
                                    407, 408, 409, 410, 412, 418, 422, 425, 429, 451, 500, 501, 502,
                                    503, 504, 505, 511, 599])
def test_a_status_grants_or_refuses_only_where_the_table_says(program, api, status):
    api.faults.add(faults.answer(status, GRANT))
    assert program.ask("auth:a:b:c") == (YES if status in (200, 201) else UNKNOWN)
    api.faults.add(faults.answer(status, REFUSAL))
    assert program.ask("auth:a:b:c") == (NO if status in REFUSING else UNKNOWN)
    api.faults.add(faults.answer(status, b"<html>no</html>"))
    assert program.ask("auth:a:b:c") == UNKNOWN


def test_a_204_is_no_grant(program, api):
    api.faults.add(faults.raw(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert program.ask("auth:a:b:c") == UNKNOWN
    assert program.ask("isuser:alice:example.org") == YES


@pytest.mark.parametrize("line", [b"HTTP/x.1 500 Error", b"HTTP/\xff 200", b"HTTP/1.1 2000 OK",
                                  b"HTTP/2 200", b"HTTP/1.1 20x OK", b"HTTP/200"])
def test_an_answer_without_a_status_line_of_http_1_is_no_grant(program, api, line):
    api.faults.add(faults.raw(line + b"\r\nContent-Length: 16\r\n\r\n" + b'{"success":true}'))
    assert program.ask("auth:a:b:c") == UNKNOWN


def test_a_header_that_starts_folded_does_no_harm(program, api):
    """libcurl 7.88 would append it to a header of the previous answer, which is already freed."""
    program.serving()
    for first in (b"X-First: " + b"x" * 100, b" X-Folded: x", b"\tX-Folded: " + b"y" * 200):
        api.faults.add(faults.raw(b"HTTP/1.1 200 OK\r\n" + first + b"\r\nContent-Length: 16\r\n\r\n"
                                  + b'{"success":true}', end=False))
        program.ask("auth:a:b:c")
    assert program.ask("isuser:alice:example.org") == YES
    assert "killed" not in program.log.text


@pytest.mark.parametrize("body", [
    b"", b"true", b"1", b"ok", b'"success"', b"[]", b"{}", b'{"success": "true"}',
    b'{"success": "false"}', b'{"success": 1}', b'{"success": null}', b'{"Success": true}',
    b'{"success": true, "success": true}', b'{"success": true} trailing', b'{"success": true',
    b'{"success": true}\0', b'\xef\xbb\xbf{"success": true}', b'{"success": true, "x": "\xff"}',
    b'{"success\\u0000": true}', b'{"data": {"success": true}}', b"<html>success: true</html>",
])
def test_a_body_that_is_no_clear_answer_is_unavailable(start, api, server, body):
    program = start("--server", server)
    api.faults.add(faults.answer(200, body))
    assert program.ask("auth:a:b:c") == unavailable(server)


@pytest.mark.parametrize("operation", ["auth", "isuser", "setpass", "tryregister", "removeuser",
                                       "removeuser3"])
def test_an_outage_is_unavailable_for_every_operation(start, api, server, operation):
    program = start("--server", server)
    api.faults.add(faults.answer(503, b"down"), times=None)
    payload = f"{operation}:alice:example.org"
    if operation not in ("isuser", "removeuser"):
        payload += ":secret"
    assert program.ask(payload) == unavailable(server)


ALL = ["auth", "isuser", "setpass", "tryregister", "removeuser", "removeuser3"]


def payload_of(operation, host="example.org"):
    return f"{operation}:alice:{host}" + (
        "" if operation in ("isuser", "removeuser") else ":secret")


def test_what_the_api_cannot_do_is_refused_without_asking(start, api, server):
    program = start("--server", server, "--operations", "auth", "--operations", "isuser")
    for operation in ALL:
        before = api.request_count
        reply = program.ask(payload_of(operation))
        asked = operation in ("auth", "isuser")
        assert api.request_count - before == asked
        assert reply == (YES if asked else refused(server, operation))
    program.log.wait_for('reason="the operation is not listed in', count=4)


def test_each_host_has_its_own_operations(place, api):
    settings = place / "settings.json"
    settings.write_text(json.dumps({
        "url": api.url, "ca_file": str(api.ca_file), "operations": "auth",
        "hosts": {"example.org": {"operations": ["isuser"]}, "a.example": {}}}))
    with Program("-c", settings) as program:
        assert program.ask("auth:alice:example.org:secret") == NO
        assert program.ask("isuser:alice:example.org") == YES
        before = api.request_count
        assert program.ask("isuser:alice:a.example") == NO
        assert api.request_count == before
        assert program.ask("auth:alice:a.example:secret") == NO
        assert api.request_count == before + 1
