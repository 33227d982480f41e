# SPDX-License-Identifier: ISC
"""Nothing to steal: after the reply no password is left in either process, and the monitor never has
the credentials for the API."""
import base64
import json
import os
import re

import faults
import pytest

from .program import NO, UNKNOWN, YES, Program

pytestmark = pytest.mark.skipif(os.getuid() != 0,
                                reason="needs root, to read the memory of other processes")

MARKER = "Zq7:\"\\geheim\x01-€-Wv"  # with what JSON must escape


def writable_memory(pid):
    """What the process could have stored something in, region by region."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            begin, end, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if mode[1] == "w" and not line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                memory.seek(int(begin, 16))
                yield line, memory.read(int(end, 16) - int(begin, 16))


def places_of(needle, pid):
    return [line.split()[-1] for line, content in writable_memory(pid) if needle in content]


def encodings(secret):
    """The ways in which we handle a secret, and pieces that would give it away."""
    raw = secret.encode()
    escaped = json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    return {raw, escaped, raw[:12], raw[-8:], b"geheim"}


def assert_nowhere(secret, pids):
    for pid in pids:
        for needle in encodings(secret):
            assert places_of(needle, pid) == [], needle


def test_a_needle_that_is_there_is_found(program):
    # otherwise the tests below could not fail
    program.serving()
    assert program.ask("isuser:needle:example.org") == NO
    program.write(b"\0\x30auth:needle:example.org:geheim")  # the rest never comes
    assert program.says_nothing(0.2)
    assert places_of(b"geheim", program.monitor)


def test_a_password_is_the_workers_alone_while_it_is_asked_about(program, api):
    worker = program.serving()
    api.faults.add(faults.hang())
    before = api.request_count
    program.send(f"auth:alice:example.org:{MARKER}")
    assert api.wait_for(lambda: api.request_count > before)
    assert places_of(b"geheim", worker)
    assert_nowhere(MARKER, [program.monitor])


@pytest.mark.parametrize("operation,reply", [("tryregister", YES), ("auth", YES), ("setpass", YES),
                                             ("removeuser3", NO)])
def test_no_password_is_left_after_the_reply(program, api, operation, reply):
    api.accounts.register("alice@example.org", "secret")
    if operation == "tryregister":
        api.accounts.remove("alice@example.org", None)
    if operation == "auth":
        api.accounts.set_password("alice@example.org", MARKER)
    pids = [program.monitor, program.serving()]
    assert program.ask(f"{operation}:alice:example.org:{MARKER}") == reply
    assert_nowhere(MARKER, pids)


@pytest.mark.parametrize("size", [1000, 17000, 60000])
def test_no_large_password_is_left_either(program, size):
    pids = [program.monitor, program.serving()]
    secret = ("geheim-€" * size).encode()[:size].decode(errors="ignore")
    assert program.ask(f"auth:alice:example.org:{secret}") == NO
    assert_nowhere(secret, pids)


@pytest.mark.parametrize("payload", [
    b"auth::example.org:geheim", b"auth:alice:example.org:geheim\xff", b"nonsense:geheim",
    b"auth:alice:geheim\0", b"setpass:al ice:example.org:geheim"])
def test_no_password_of_a_refused_frame_is_left(program, payload):
    pids = [program.monitor, program.serving()]
    program.ask(payload)
    assert_nowhere("geheim", pids)


def test_no_password_is_left_when_the_api_fails(start, api):
    for fault in (faults.reset(), faults.close(), faults.answer(500, b"no"), faults.garbage()):
        api.faults.add(fault)
    program = start()
    pids = [program.monitor, program.serving()]
    for _ in range(4):
        program.ask(f"auth:alice:example.org:{MARKER}")
        assert_nowhere(MARKER, pids)
    api.faults.clear()
    assert program.ask("isuser:alice:example.org") == YES


def test_no_password_is_left_while_standing_by():
    with Program("http://x") as program:
        assert program.ask("auth:alice:example.org:geheim") == UNKNOWN
        assert_nowhere("geheim", [program.monitor])


def test_the_monitor_does_not_hold_the_token(start, api, place):
    token = place / "token"
    token.write_text("geheimes-token-0815\n")
    token.chmod(0o644)
    token.chmod(0o640)
    os.chown(token, 65534, 65534)
    program = start("--bearer-file", token)
    worker = program.serving()
    assert program.ask("isuser:alice:example.org") == YES
    assert api.requests[-1].header("authorization") == "Bearer geheimes-token-0815"
    assert places_of(b"geheimes-token", program.monitor) == []
    basic = base64.b64encode(b"geheimes-token")
    assert places_of(basic, program.monitor) == []
    assert places_of(b"geheimes-token", worker)  # it must be somewhere


def test_what_holds_passwords_is_locked_and_left_out_of_core_files(program):
    worker = program.serving()
    program.ask("auth:alice:example.org:x")
    for pid, wanted in ((worker, {"lo", "dd"}), (program.monitor, {"lo", "dd", "wf"})):
        with open(f"/proc/{pid}/smaps", encoding="ascii") as smaps:
            flags = re.findall(r"^VmFlags: (.*)", smaps.read(), re.M)
        assert any(wanted <= set(line.split()) for line in flags)
