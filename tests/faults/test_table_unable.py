# SPDX-License-Identifier: ISC
"""The program cannot serve: settings, files or sandbox are wrong."""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from deaths import ISUSER, unread
from e2e.program import PATH, UNKNOWN, YES, frame, Program
from trial import FRAMES, SERVERS, UNAVAILABLE, end, in_order, reply_for, until

AREA = "process"


def in_file(text, mode=0o644, name="settings.json"):
    """A settings file with this text, as the option that names it."""
    def make(place):
        path = place / name
        path.write_text(text if isinstance(text, str) else json.dumps(text))
        path.chmod(mode)
        return ["-c", path]

    return make


def option(name, text, mode=0o644):
    """An option that names a file with this text."""
    def make(place):
        path = place / "file"
        path.write_text(text)
        path.chmod(mode)
        return [name, path, "https://localhost:1"]

    return make


def words(*arguments):
    return lambda place: list(arguments)


URL = "https://localhost:1"

UNABLE = [
    ("no URL", words(), "no URL is given"),
    ("http", words("http://localhost:1"), "only https://"),
    ("no such option", words("--deadlin", "5", URL), "did you mean"),
    ("a deadline beyond the server's", words("--deadline", "60", URL), "deadline"),
    ("no settings file", words("-c", "/nonexistent.json"), "/nonexistent.json"),
    ("settings that are no JSON", in_file("url: x"), "settings.json"),
    ("settings cut short", in_file('{"url": "https://localhost'), "settings.json"),
    ("an empty settings file", in_file(""), "settings.json"),
    ("a key twice", in_file('{"url": "https://a", "url": "https://b"}'), "url"),
    ("a value of a wrong kind", in_file({"url": URL, "deadline": "soon"}), "deadline"),
    ("no CA file", words("--ca-file", "/nonexistent.pem", URL), "/nonexistent.pem"),
    ("an empty CA file", option("--ca-file", ""), "file"),
    ("a CA file that is no PEM", option("--ca-file", "-----BEGIN CERTIFICATE-----\nx\n"), "file"),
    ("a folder as the CA file", words("--ca-file", "/etc", URL), "/etc"),
    ("no token file", words("--bearer-file", "/nonexistent", URL), "/nonexistent"),
    ("a token that others can read", option("--bearer-file", "geheim\n"), "others can read"),
    ("an empty token file", option("--bearer-file", "", 0o600), "file"),
    ("a pin that is none", words("--pinned-keys", "sha256//x", URL), "pin"),
    ("a key without its certificate", words("--client-key", "/etc/hostname", URL), "client"),
    ("a user that is none", words("--user", "no-such-user", URL), "no-such-user"),
]


def stays_and_answers(program, word, server):
    """It logs what is wrong, keeps running, replies "unavailable", and ends with the server."""
    program.log.wait_for("level=error")
    program.log.wait_for(word)
    for operation in FRAMES:
        reply = program.ask(FRAMES[operation])
        assert reply == reply_for(server, UNAVAILABLE, operation)
    assert "message=serving" not in program.log.text
    assert program.process.poll() is None
    end(program)
    return reply


@pytest.mark.parametrize("arguments,word", [row[1:] for row in UNABLE],
                         ids=[row[0] for row in UNABLE])
def test_unable(place, note, arguments, word):
    if word == "no-such-user" and os.getuid() != 0:
        pytest.skip("needs root, to become another user")
    for server in SERVERS:
        with Program("--server", server, *arguments(place)) as program:
            reply = stays_and_answers(program, word, server)
            if server == SERVERS[0]:
                note(reply)


@pytest.mark.parametrize("broken", ["seccomp_load", "sandbox_seal", "sandbox_limit"])
def test_sandbox_refused(api, note, broken):
    path = Path(PATH).parent / "seams" / broken
    for server in SERVERS:
        with Program("--server", server, "--ca-file", api.ca_file, api.url,
                     path=str(path)) as program:
            note(stays_and_answers(program, "refused to serve", server))


def test_unable_and_still_there_after_two_seconds(note):
    with Program(URL, "--ca-file", "/nonexistent.pem") as program:
        with pytest.raises(subprocess.TimeoutExpired):
            program.process.wait(2.2)
        assert program.ask(ISUSER) == UNKNOWN
        end(program)
    note(UNKNOWN, 2200)


def test_unable_and_fixed_within_a_frame(api, place, note):
    """A frame is handled by the worker that serves when it is complete."""
    path = place / "settings.json"
    path.write_text("{")
    with Program("-c", path) as program:
        program.log.wait_for("level=error")
        program.write(frame(ISUSER)[:9])
        assert until(lambda: unread(program.process.stdin) == 0)
        path.write_text(json.dumps({"url": api.url, "ca_file": str(api.ca_file)}))
        program.signal(signal.SIGHUP)
        program.serving()
        assert program.says_nothing(0.3)
        program.write(frame(ISUSER)[9:])
        reply = program.read()
        assert reply == YES
        in_order(program)
        end(program)
    note(reply)


def test_unable_and_told_to_end(note):
    begin = time.monotonic()
    with Program(URL, "--ca-file", "/nonexistent.pem") as program:
        program.log.wait_for("level=error")
        program.signal(signal.SIGTERM)
        assert program.process.wait(10) == 0
    lived = time.monotonic() - begin
    assert lived > 1.9
    note(b"", lived * 1000)
