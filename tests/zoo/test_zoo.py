# SPDX-License-Identifier: ISC
"""Behind each of these servers: the right password logs in, the wrong one does not, for a hundred
requests. None of the servers was made for these tests."""
import os
import re
import subprocess

import pytest
import servers

PROGRAM = os.environ["EXTAUTH_HTTPS"]
YES, NO = b"\0\2\0\1", b"\0\2\0\0"


def frame(password):
    payload = b"auth:alice:example.org:" + password
    return len(payload).to_bytes(2, "big") + payload


@pytest.fixture(params=servers.SERVERS, ids=lambda name: re.sub(r"\W+", "_", name).strip("_"))
def server(request):
    packages = servers.missing(request.param)
    if packages:
        pytest.skip(f"not installed: {' '.join(packages)}")
    with servers.start(request.param) as started:
        yield started


def replies_to(process, passwords):
    """One frame after another, as a server sends them: each waits for the reply to the last."""
    for password in passwords:
        process.stdin.write(frame(password))
        yield process.stdout.read(4)


def test_a_server_by_other_authors(server, tmp_path):
    """Right, wrong, and a hundred of both in an order in which a mixed-up answer shows."""
    passwords = [b"secret", b"wrong"] + [b"secret" if n % 3 else b"wrong" for n in range(100)]
    log = tmp_path / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen([PROGRAM, "--ca-file", server.ca_file, "--log-level", "info",
                                    server.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=errors, bufsize=0)
    replies = list(replies_to(process, passwords))
    process.stdin.close()
    process.stdout.close()
    assert process.wait(20) == 0
    assert replies == [YES if password == b"secret" else NO for password in passwords], \
        log.read_text()[-3000:]
