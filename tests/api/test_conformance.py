# SPDX-License-Identifier: ISC
"""The kit for authors of APIs: the reference API passes, and each fault is found."""
import hashlib
import json
import re
import subprocess
from pathlib import Path

import faults
import pytest
from http1 import Response
from terminal import shown_on_terminal

KIT = Path(__file__).with_name("conformance")


def run(api, *options, url=None, trust=True, **keywords):
    command = [KIT, *map(str, options)]
    if trust:
        command += ["--ca-file", api.ca_file]
    result = subprocess.run([*command, url or api.url], text=True, capture_output=True, timeout=100,
                            env={"PATH": "/usr/bin:/bin"}, **keywords)
    return result.returncode, result.stdout, result.stderr


def rows(output, result):
    """The names of the rows with this result."""
    return {line[9:39].strip() for line in output.splitlines() if line.startswith(f"{result} ")}


def test_the_reference_api_keeps_the_contract(api):
    status, output, errors = run(api)
    assert (status, rows(output, "failed"), errors) == (0, set(), "")
    assert rows(output, "skipped") == {"credentials"}
    assert len(rows(output, "ok")) == output.count("\nok") + 1 >= 30
    assert output.endswith("the contract is kept\n")


def test_nothing_is_left_behind(api):
    run(api)
    with api.accounts._lock:
        left = api.accounts._database.execute("SELECT username FROM accounts").fetchall()
    assert left == [("juliet@example.org",)]


def test_an_account_that_exists_is_not_changed(api, tmp_path):
    password = tmp_path / "password"
    password.write_text("secret\n")
    status, output, _ = run(api, "--account", "juliet@example.org", "--password-file", password)
    assert (status, rows(output, "failed")) == (0, set())
    assert {"register", "setpass", "remove"} <= rows(output, "skipped")
    assert api.accounts.login("juliet@example.org", "secret")
    assert {request.operation for request in api.requests} & {"register", "setpass", "remove"} \
        == set()


# -- APIs with faults -----------------------------------------------------------------------------

def bend(change):
    """Does what is asked, and changes the answer: change(request, response)."""
    def fault(connection, request):
        response = change(request, faults.true_answer(connection, request))
        connection.send(response.to_bytes(request.last))
    return fault


def body(old, new):
    return bend(lambda _, response: response._replace(body=response.body.replace(old, new)))


def password(change):
    """An API that changes passwords before it checks them."""
    def fault(connection, request):
        try:
            members = json.loads(request.body)
            members["password"] = change(members["password"])
            request = request._replace(body=json.dumps(members).encode())
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # it has no password
        faults.respond(connection, request)
    return fault


def status(old, new):
    return bend(lambda _, response: response._replace(status=new) if response.status == old
                else response)


def only(operation, change):
    """Changes the request for one operation only."""
    def fault(connection, request):
        faults.respond(connection, change(request) if request.operation == operation else request)
    return fault


def as_json_post(request):
    number = ("Extauth-Request-Id", request.header("extauth-request-id"))
    return request._replace(method="POST", headers=(("Content-Type", "application/json"), number))


def closes(connection, request):
    connection.send(faults.true_answer(connection, request).to_bytes(last=True))
    connection.close()


def lenient(connection, request):
    """Grants every request that names the account and has a password that is not a string."""
    if request.operation == "login" and b'"$ne"' in request.body:
        connection.send(Response(200, b'{"success": true}').to_bytes(request.last))
    else:
        faults.respond(connection, request)


def forgets_its_utf8(connection, request):
    text = request.body.decode().encode("ascii", "replace")
    faults.respond(connection, request._replace(body=text))


def catches_all(connection, request):
    response = faults.true_answer(connection, request)
    if response.content_type.startswith("text/plain") and response.status == 404:
        response = Response(404, b'{"success": false, "message": "not found"}')
    connection.send(response.to_bytes(request.last))


def conflicts(connection, request):
    """Refuses to register an existing account, whatever its password."""
    members = json.loads(request.body or b"null") if request.operation == "register" else None
    if members and connection.api.accounts.exists(members["username"]):
        number = ("Extauth-Request-Id", request.header("extauth-request-id"))
        connection.send(Response(409, b'{"success": false}', headers=(number,)).to_bytes(request.last))
    else:
        faults.respond(connection, request)


def mixes_up(_, response):
    """Gives each answer the Extauth-Request-Id of another request."""
    others = [(name, value) for name, value in response.headers if name != "Extauth-Request-Id"]
    return response._replace(headers=(*others, ("Extauth-Request-Id", "0" * 32)))


def slow_when_repeated():
    """Takes its time for a request that is the last one again, so that the test need not wait for
    all of them."""
    earlier = []

    def fault(connection, request):
        if earlier[-1:] == [request.body] and request.operation == "login":
            connection.wait(1.1)
        earlier.append(request.body)
        faults.respond(connection, request)
    return fault


@pytest.mark.parametrize("fault,expected,others", [
    (body(b": true", b': "true"'), {"strict booleans", "login", "exists"}, True),
    (body(b": false", b": 0"), {"strict booleans", "a wrong password"}, True),
    (body(b'{"success": true}', b'{"success": true, "success": true}'), {"strict booleans"}, True),
    (body(b'{"success": true}', b"true"), {"login"}, True),
    (status(404, 500), {"an unknown account", "statuses"}, True),
    (status(200, 204), {"login", "statuses"}, True),
    (status(403, 302), {"a wrong password", "statuses"}, True),
    (bend(lambda _, response: response._replace(content_type="text/html")), {"content type"},
     False),
    (closes, {"keep-alive"}, False),
    (bend(mixes_up), {"binding"}, False),
    (password(lambda text: text.split(":")[0]), {"colons in passwords"}, False),
    (password(lambda text: text.strip()), {"spaces in passwords"}, False),
    (password(lambda text: text.lower()), {"case of passwords"}, False),
    (password(lambda text: text[:72]), {"long passwords"}, False),
    (forgets_its_utf8, {"UTF-8 in passwords"}, True),
    (conflicts, {"register again"}, False),
    (only("login", as_json_post), {"wrong method", "wrong content type"}, False),
    (lenient, {"malformed requests"}, False),
    (catches_all, {"unknown paths"}, False),
    (slow_when_repeated(), {"speed"}, False),
], ids=lambda value: ", ".join(sorted(value)) if isinstance(value, set) else "")
def test_what_is_wrong_is_found(api, fault, expected, others):
    api.faults.add(fault, times=None)
    code, output, errors = run(api)
    failed = rows(output, "failed")
    assert (code, errors) == (1, "")
    assert failed >= expected if others else failed == expected, output
    lines = output.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("failed"):
            assert lines[number + 1].startswith(" " * 40), "there is no cure"


def test_a_credential_that_is_not_required_is_found(api, tmp_path):
    token = tmp_path / "token"
    token.write_text("geheim\n")
    code, output, _ = run(api, "--bearer-file", token)
    assert (code, rows(output, "failed")) == (1, {"credentials"})
    assert "geheim" not in output
    assert api.requests[0].header("Authorization") == "Bearer geheim"

    def guarded(connection, request):
        if request.header("Authorization") == "Bearer geheim":
            faults.respond(connection, request)
        else:
            faults.answer(401, b"who are you?", "text/plain")(connection, request)

    api.faults.add(guarded, times=None)
    assert run(api, "--bearer-file", token)[0] == 0


def test_the_signature_is_that_of_the_manual(api, tmp_path):
    key = tmp_path / "key"
    key.write_text("k" * 32 + "\n")
    run(api, "--hmac-key-file", key)
    request = api.requests[5]
    timestamp, nonce, shown = re.fullmatch(
        r"Extauth-HMAC-SHA256 timestamp=(\d+), nonce=([0-9a-f]{32}), signature=([0-9a-f]{64})",
        request.header("Authorization")).groups()
    text = "\n".join(["POST", request.path, timestamp, nonce,
                      hashlib.sha256(request.body).hexdigest(), ""])
    result = subprocess.run(["openssl", "dgst", "-sha256", "-r", "-hmac", "k" * 32],
                            input=text.encode(), capture_output=True, check=True)
    assert result.stdout.split()[0].decode() == shown


# -- what operators type -----------------------------------------------------------------------------

def test_no_trust_and_no_api_are_said_in_a_line(api):
    code, output, _ = run(api, trust=False)
    assert (code, rows(output, "failed")) == (1, {"connection"})
    assert "certificate" in output
    api.stop()
    code, output, _ = run(api)
    assert (code, rows(output, "failed")) == (1, {"connection"})


@pytest.mark.parametrize("arguments", [
    [], ["http://localhost"], ["https://localhost", "--account", "a@b"], ["https://x", "--bogus"],
    ["https://localhost", "--ca-file", "/nonexistent"]])
def test_a_wrong_command_line_ends_with_2(arguments):
    result = subprocess.run([KIT, *arguments], text=True, capture_output=True, timeout=60)
    assert (result.returncode, result.stdout) == (2, "")


@pytest.mark.parametrize("environment,coloured", [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_that_want_them(environment, coloured):
    code, shown = shown_on_terminal([KIT, "https://localhost:1"],
                                    env={"PATH": "/usr/bin:/bin", **environment})
    assert code == 1
    assert (b"\033[" in shown) is coloured
