# SPDX-License-Identifier: ISC
"""The same as script_new.py, but with one connection that is kept.

    script_kept.py URL CA-FILE
"""
import http.client
import json
import ssl
import struct
import sys
from urllib.parse import urlsplit


def ask(connection, path, user, server, password):
    body = json.dumps({"username": f"{user}@{server}", "password": password})
    connection.request("POST", path + "/login", body, {"Content-Type": "application/json"})
    with connection.getresponse() as answer:
        return json.loads(answer.read())["success"] is True


def main():
    url, ca_file = sys.argv[1:]
    parts = urlsplit(url)
    context = ssl.create_default_context(cafile=ca_file)
    connection = http.client.HTTPSConnection(parts.netloc, context=context)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while header := stdin.read(2):
        fields = stdin.read(*struct.unpack(">H", header)).decode().split(":", 3)
        stdout.write(struct.pack(">HH", 2, ask(connection, parts.path, *fields[1:])))
        stdout.flush()


main()
