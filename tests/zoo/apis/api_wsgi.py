# SPDX-License-Identifier: ISC
"""The API as a WSGI application, for gunicorn."""
from answer import answer

STATUS = {200: "200 OK", 403: "403 Forbidden"}


def application(environ, start_response):
    status, body = answer(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    start_response(STATUS[status], [("Content-Type", "application/json"),
                                    ("Content-Length", str(len(body)))])
    return [body]
