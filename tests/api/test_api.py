# SPDX-License-Identifier: ISC
"""The API's answers."""

import json
import urllib.request

import pytest
from wire import Wire, ask, request, trusting

JULIET = "juliet@example.org"
NOBODY = "nobody@example.org"


@pytest.mark.parametrize(
    ("operation", "members", "status", "success"),
    [
        ("login", {"username": JULIET, "password": "secret"}, 200, True),
        ("login", {"username": JULIET, "password": "wrong"}, 403, False),
        ("login", {"username": NOBODY, "password": "secret"}, 403, False),
        ("exists", {"username": JULIET}, 200, True),
        ("exists", {"username": NOBODY}, 404, False),
        ("setpass", {"username": JULIET, "password": "new"}, 200, True),
        ("setpass", {"username": NOBODY, "password": "new"}, 404, False),
        ("register", {"username": NOBODY, "password": "new"}, 201, True),
        ("register", {"username": JULIET, "password": "secret"}, 201, True),
        ("register", {"username": JULIET, "password": "other"}, 409, False),
        ("remove", {"username": JULIET}, 200, True),
        ("remove", {"username": NOBODY}, 404, False),
        ("remove", {"username": JULIET, "password": "secret"}, 200, True),
        ("remove", {"username": JULIET, "password": "wrong"}, 403, False),
        ("remove", {"username": NOBODY, "password": "secret"}, 403, False),
    ],
)
def test_every_operation_grants_and_refuses(api, operation, members, status, success):
    got, answer = ask(api, operation, members)
    assert got == status
    assert answer.pop("success") is success
    # A refusal says why, and a grant says nothing else.
    assert [*answer] == ([] if success else ["message"])


def test_a_wrong_password_is_refused_explicitly(api):
    status, answer = ask(api, "login", {"username": JULIET, "password": "Secret"})
    assert status == 403
    assert answer == {"success": False, "message": "no such account or wrong password"}


def test_operations_do_what_they_say(api):
    romeo = {"username": "romeo@example.org"}
    old, new = romeo | {"password": "old"}, romeo | {"password": "new"}

    def succeeds(operation, members):
        return ask(api, operation, members)[1]["success"]

    assert not succeeds("exists", romeo)
    assert succeeds("register", old) and succeeds("exists", romeo) and succeeds("login", old)
    assert not succeeds("register", new) and succeeds("login", old)
    assert succeeds("setpass", new) and succeeds("login", new) and not succeeds("login", old)
    assert not succeeds("remove", old) and succeeds("login", new)
    assert succeeds("remove", new) and not succeeds("exists", romeo)
    assert succeeds("register", old) and succeeds("remove", romeo) and not succeeds("login", old)


def test_urllib_gets_an_answer_under_any_base_path(api):
    for base in ("", "/api", "/a/long/way/down", "//double"):
        question = urllib.request.Request(
            f"{api.url}{base}/exists",
            json.dumps({"username": JULIET}).encode(),
            {"Content-Type": "application/json; charset=utf-8"},
        )
        with urllib.request.urlopen(question, context=trusting(api.ca_file)) as response:
            assert json.load(response) == {"success": True}
    assert [seen.path for seen in api.requests] == [
        "/exists", "/api/exists", "/a/long/way/down/exists", "//double/exists",
    ]


@pytest.mark.parametrize(
    "password", ["pa:xyz", " ", "€ü\u0301\U0001f511", "\n\r\t\x7f", "x" * 65_535]
)
def test_any_password_can_be_used(api, password):
    romeo = {"username": "romeo@example.org", "password": password}
    assert ask(api, "register", romeo) == (201, {"success": True})
    assert ask(api, "login", romeo) == (200, {"success": True})
    assert ask(api, "login", romeo | {"password": password + "x"})[0] == 403


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"username":"juliet@example.org","password":"secret"} x', "not JSON"),
        (b'\xef\xbb\xbf{"username":"juliet@example.org","password":"secret"}', "not JSON"),
        (b'{"username":"juliet@example.org","password":"\xff"}', "not JSON"),
        ('{"username":"juliet@example.org","password":"secret"}'.encode("utf-16"), "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"login"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "members must be"),
        (b'{"username":"juliet@example.org"}', "members must be"),
        (b'{"username":"juliet@example.org","password":"secret","a":1}', "members must be"),
        (b'{"username":"juliet@example.org","Password":"secret"}', "members must be"),
        (b'{"username":"juliet@example.org","password":null}', "password must be a string"),
        (b'{"username":"juliet@example.org","password":1}', "password must be a string"),
        (b'{"username":"juliet@example.org","password":true}', "password must be a string"),
        (b'{"username":"juliet@example.org","password":["secret"]}', "password must be a string"),
        (b'{"username":"juliet@example.org","password":""}', "password must be a string"),
        (b'{"username":"juliet@example.org","password":"\\ud800"}', "surrogate"),
        (b'{"username":"juliet@example.org","password":"x","password":"secret"}', "twice"),
        (b'{"username":["juliet@example.org"],"password":"secret"}', "username must be a string"),
        (b'{"username":"","password":"secret"}', "username must be a string"),
        (b'{"username":"juliet","password":"secret"}', "user@host"),
        (b'{"username":"@example.org","password":"secret"}', "user@host"),
        (b'{"username":"juliet@","password":"secret"}', "user@host"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_body_that_is_not_of_the_contract_is_refused_with_the_reason(api, body, message):
    with Wire(api) as wire:
        status, _, answer = wire.ask("login", body=body)
        assert status == 400
        answer = json.loads(answer)
        assert answer["success"] is False and message in answer["message"]
        # It costs this request, but not the connection.
        assert wire.ask()[0] == 200


@pytest.mark.parametrize("content_type", ["", "Content-Type: text/plain\r\n"])
def test_a_body_that_does_not_say_it_is_json_is_refused(api, content_type):
    with Wire(api) as wire:
        body = b'{"username":"juliet@example.org"}'
        head = f"POST /exists HTTP/1.1\r\nHost: a\r\n{content_type}Content-Length: {len(body)}\r\n"
        wire.send(head.encode() + b"\r\n" + body)
        status, _, answer = wire.answer()
    assert status == 400 and b"Content-Type" in answer


@pytest.mark.parametrize("path", ["/", "/logins", "/login/", "/login?x=1", "/api/login/x"])
def test_an_unknown_path_is_not_answered_like_a_refusal(api, path):
    with Wire(api) as wire:
        wire.send(request().replace(b"/api/exists", path.encode()))
        status, head, body = wire.answer()
    assert status == 404
    assert b"text/plain" in head and b"success" not in body


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_answered_and_everything_is_recorded(api, method):
    with Wire(api) as wire:
        wire.send(request("login").replace(b"POST", method.encode()))
        status, head, body = wire.answer()
    assert status == 405
    assert b"Allow: POST" in head and b"success" not in body
    assert api.requests[0].method == method


def test_a_broken_database_is_neither_a_yes_nor_a_no(api, capfd):
    api.accounts.close()
    with Wire(api) as wire:
        status, _, body = wire.ask()
    assert status == 500 and b"success" not in body
    assert "sqlite3" in capfd.readouterr().err
