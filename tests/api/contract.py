# SPDX-License-Identifier: ISC
"""The contract between extauth-https and an API: from a request to its response.

    POST …/login     {"username": "user@host", "password": "secret"}
    POST …/exists    {"username": "user@host"}
    POST …/setpass   {"username": "user@host", "password": "new secret"}
    POST …/register  {"username": "user@host", "password": "secret"}
    POST …/remove    {"username": "user@host"}, with a password to have it checked first

The answer is {"success": true}, or {"success": false, "message": "why"}. Three things matter:

- Success is a boolean and goes with status 200 or 201.
- A refusal is explicit: "success": false with 200, 400, 401, 403, 404, 409, 410 or 422.
- Everything else means "I cannot tell". An answer that is not about the account must therefore not
  look like a refusal: here an unknown path is a plain 404 without "success", or a mistyped URL
  would tell an XMPP server that none of its users exists.
"""

import json
import sqlite3
import sys
import traceback

from http1 import Response

GRANTED = {"success": True}


class Malformed(Exception):
    """The request violates the contract; the text says how."""


def login(accounts, username, password):
    """Status 403, not 401, which would be about the credentials of the client itself."""
    if accounts.login(username, password):
        return 200, GRANTED
    return 403, refused("no such account or wrong password")


def exists(accounts, username):
    if accounts.exists(username):
        return 200, GRANTED
    return 404, refused("no such account")


def setpass(accounts, username, password):
    if accounts.set_password(username, password):
        return 200, GRANTED
    return 404, refused("no such account")


def register(accounts, username, password):
    if accounts.register(username, password):
        return 201, GRANTED
    return 409, refused("the account exists with another password")


def remove(accounts, username, password=None):
    if accounts.remove(username, password):
        return 200, GRANTED
    if password is None:
        return 404, refused("no such account")
    return 403, refused("no such account or wrong password")


# By name: the function, the members its request must have and those it may have.
OPERATIONS = {
    "login": (login, {"username", "password"}, set()),
    "exists": (exists, {"username"}, set()),
    "setpass": (setpass, {"username", "password"}, set()),
    "register": (register, {"username", "password"}, set()),
    "remove": (remove, {"username"}, {"password"}),
}


def respond(accounts, request):
    """Does what an http1.Request asks for and returns the http1.Response."""
    if request.operation not in OPERATIONS:
        return plain(404, "there is no such operation at this address\n")
    if request.method != "POST":
        return plain(405, "operations are asked for with POST\n", ("Allow", "POST"))
    operation, required, optional = OPERATIONS[request.operation]
    try:
        members = read_members(request, required, optional)
    except Malformed as error:
        return response(400, refused(str(error)))
    try:
        return response(*operation(accounts, **members))
    except sqlite3.Error:
        # Without its database the API knows nothing about the account: neither yes nor no.
        traceback.print_exc(file=sys.stderr)
        return plain(500, "the account database failed\n")


def read_members(request, required, optional):
    """The members of the request's JSON object, all of them non-empty strings."""
    content_type = (request.header("content-type") or "").partition(";")[0].strip()
    if content_type.lower() != "application/json":
        raise Malformed("Content-Type must be application/json")
    try:
        members = json.loads(request.body.decode(), object_pairs_hook=without_doubles)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the body is not JSON in UTF-8: {error}") from error
    if not isinstance(members, dict):
        raise Malformed("the body is not a JSON object")
    if not required <= members.keys() <= required | optional:
        raise Malformed(f"the members must be {' and '.join(sorted(required))}")
    for name, value in members.items():
        if not isinstance(value, str) or not value:
            raise Malformed(f"{name} must be a string that is not empty")
        if not is_text(value):
            raise Malformed(f"{name} holds half of a surrogate pair")
    user, _, host = members["username"].partition("@")
    if not user or not host:
        raise Malformed("username must be user@host")
    return members


def without_doubles(pairs):
    """Of two members with the same name the last would win, although the client may have meant
    the other; a password must not be guessed."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Malformed("a member appears twice")
    return members


def is_text(value):
    r"""False for what JSON can write as "\ud800" but UTF-8 cannot, so that no database stores it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def refused(message):
    """The body of a refusal. The message is for the log of extauth-https, never for the user."""
    return {"success": False, "message": message}


def response(status, answer):
    return Response(status, json.dumps(answer).encode())


def plain(status, text, *headers):
    """A response that says nothing about any account."""
    return Response(status, text.encode(), "text/plain; charset=utf-8", headers)
