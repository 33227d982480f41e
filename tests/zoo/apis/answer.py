# SPDX-License-Identifier: ISC
"""The one account of the APIs here that are written in Python: alice, with her password."""
import json


def answer(body):
    """A request's body to a status and a body."""
    asked = json.loads(body)
    if asked == {"username": "alice@example.org", "password": "secret"}:
        return 200, json.dumps({"success": True}).encode()
    return 403, json.dumps({"success": False, "message": "wrong password"}).encode()
