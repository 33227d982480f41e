# SPDX-License-Identifier: ISC
"""Flask's development server: PORT CERTIFICATE KEY"""
import sys

from answer import answer
from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/<path:_>")
def operation(_):
    status, body = answer(request.get_data())
    return Response(body, status, content_type="application/json")


app.run("127.0.0.1", int(sys.argv[1]), ssl_context=tuple(sys.argv[2:]))
