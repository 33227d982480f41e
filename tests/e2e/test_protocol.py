# SPDX-License-Identifier: ISC
"""The rules of doc/protocol.md section 0, as far as frames, replies and pipes go."""
import os
import signal
import socket
import subprocess
from pathlib import Path

import faults
import pytest

from .program import NO, PATH, UNKNOWN, YES, frame, is_alive, status


# -- replies ----------------------------------------------------------------------------------

def test_a_reply_is_one_write_of_four_bytes(start, api):
    # A socket that keeps the boundaries of writes takes the place of the server's pipe.
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        program = start(stdout=theirs)
        for payload, reply in [("isuser:alice:example.org", YES), ("isuser:x:example.org", NO),
                               ("nonsense", UNKNOWN), ("auth:alice:example.org:secret", YES)]:
            program.send(payload)
            assert ours.recv(100) == reply


def test_two_frames_in_one_write_get_two_replies_in_order(program):
    program.write(frame("isuser:alice:example.org") + frame("isuser:nobody:example.org") +
                  frame("nonsense") + frame("auth:alice:example.org:secret"))
    assert program.read(16) == YES + NO + UNKNOWN + YES


def test_a_frame_may_come_byte_by_byte(program):
    for payload, reply in [("auth:alice:example.org:secret", YES), ("", UNKNOWN)]:
        for byte in frame(payload):
            program.write(bytes([byte]))
        assert program.read() == reply


@pytest.mark.parametrize("length", [1, 255, 256, 32767, 32768, 40000, 65535])
def test_a_frame_of_any_length_is_answered(program, api, length):
    assert program.ask(b"x" * length) == UNKNOWN
    password = b"p" * (length - len(b"auth:alice:example.org:"))
    if password:
        assert program.ask(b"auth:alice:example.org:" + password) == NO
        assert api.requests[-1].json()["password"].encode() == password
    assert program.ask("isuser:alice:example.org") == YES


def test_the_largest_password_passes_however_it_must_be_escaped(program, api):
    head = b"auth:alice:example.org:"
    password = b"\x01" * (65535 - len(head))
    assert program.ask(head + password) == NO
    assert api.requests[-1].json()["password"].encode() == password


# -- fields -----------------------------------------------------------------------------------

PASSWORDS = ["a:b", "::", ":lead", "trail:", " ", " two words ", "line\nfeed", "tab\t", "\r\n",
             "€", "пароль", "🔑", '"quoted"', "back\\slash", "\x01\x1f\x7f", "</script>", "%00",
             "a" * 1405, "{\"success\": true}"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_reaches_the_api_byte_for_byte(program, api, password):
    api.accounts.register("carol@example.org", "x")
    api.accounts.set_password("carol@example.org", password)
    assert program.ask(f"auth:carol:example.org:{password}") == YES
    assert api.requests[-1].json()["password"] == password
    assert program.ask(f"auth:carol:example.org:{password}x") == NO


REFUSED_LOCALLY = [
    b"auth::example.org:p", b"isuser::example.org", b"isuser:alice:", b"auth:alice::p",
    b"auth:alice:example.org:", b"auth:alice:example.org:\0", b"auth:alice:example.org:x\0y",
    b"auth:alice:example.org:\xff", b"auth:alice:example.org:\xed\xa0\x80", b"auth", b"auth:",
    b"auth:alice", b"auth:alice:example.org", b"isuser:alice", b"isuser:al ice:example.org",
    b"isuser:a@b:example.org", b"isuser:a/b:example.org", b"isuser:alice\n:example.org",
    b"isuser:alice:example.org\0", b"isuser:alice:example.org:5222",
    b"isuser:" + b"u" * 1024 + b":example.org", b"isuser:alice:" + b"s" * 1024,
]


@pytest.mark.parametrize("payload", REFUSED_LOCALLY)
def test_a_bad_field_is_refused_without_asking(program, api, payload):
    assert program.ask(payload) == NO
    assert api.requests == []
    assert program.ask("isuser:alice:example.org") == YES


@pytest.mark.parametrize("payload", [
    b"", b":", b"::::", b"foo:a:b", b"AUTH:a:b:c", b"certauth:a:b:\x30\x82\x01", b"\0\0\0\0",
    b"\xff" * 100, b"auth\0:a:b:c", b"isuser2:a:b",
])
def test_what_is_no_request_is_unavailable(program, api, payload):
    assert program.ask(payload) == UNKNOWN
    assert api.requests == []


@pytest.mark.parametrize("server", ["[::1]", "[2001:db8::7]"])
def test_an_ipv6_literal_keeps_its_colons(program, api, server):
    assert program.ask(f"auth:alice:{server}:pass:word") == NO
    assert api.requests[-1].json() == {"username": f"alice@{server}", "password": "pass:word"}
    assert program.ask(f"isuser:alice:{server}") == NO
    assert api.requests[-1].json() == {"username": f"alice@{server}"}


# -- the ends of the pipes --------------------------------------------------------------------

@pytest.mark.parametrize("size", [0, 1, 2, 3, 10, len(frame("isuser:alice:example.org")) - 1])
def test_the_end_of_input_ends_the_program_whatever_came_before(program, size):
    program.serving()
    program.write(frame("isuser:alice:example.org")[:size])
    assert program.close() == (0, b"")


def test_the_end_of_input_before_it_serves_ends_the_program(start):
    assert start().close() == (0, b"")


def test_a_host_that_hangs_up_during_a_request_gets_no_byte(program, api):
    held = faults.Held()
    api.faults.add(held)
    program.serving()
    program.send("isuser:alice:example.org")
    assert api.wait_for(lambda: api.requests)
    assert program.close(1) == (0, b"")
    held.release()


def test_a_host_that_stops_reading_ends_the_program(start, api):
    reading, writing = os.pipe()
    program = start(stdout=writing)
    os.close(writing)
    program.serving()
    os.close(reading)
    program.send("isuser:alice:example.org")
    assert program.process.wait(10) == 0


@pytest.mark.parametrize("disposition", [signal.SIG_IGN, signal.SIG_DFL])
def test_sigpipe_makes_no_difference(start, disposition):
    reading, writing = os.pipe()
    program = start(stdout=writing, restore_signals=False,
                    preexec_fn=lambda: signal.signal(signal.SIGPIPE, disposition))
    os.close(writing)
    program.serving()
    os.close(reading)
    program.send("isuser:alice:example.org")
    assert program.process.wait(10) == 0


# -- what the server leaves open or closed --------------------------------------------------------

def test_inherited_descriptors_are_closed_in_both_processes(start):
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    program = start(pass_fds=[writing])
    os.close(writing)
    program.serving()
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b""  # ours was the last one


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2</dev/null"])
def test_it_serves_without_a_place_to_log(api, redirection):
    command = f'exec "$@" {redirection}'
    program = subprocess.Popen(["sh", "-c", command, "sh", PATH, "--ca-file", api.ca_file, api.url],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    with program:
        program.stdin.write(frame("isuser:alice:example.org"))
        assert program.stdout.read(4) == YES
        program.stdin.close()
        assert program.wait(10) == 0


def test_it_ends_when_there_is_no_pipe_to_the_server(api):
    command = 'exec "$@" >&-'
    program = subprocess.Popen(["sh", "-c", command, "sh", PATH, "--ca-file", api.ca_file, api.url],
                               stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
    with program:
        program.stdin.write(frame("isuser:alice:example.org"))
        program.stdin.close()
        assert program.wait(10) == 0


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to look at descriptors of others")
def test_standard_output_is_private_and_descriptor_1_leads_nowhere(program):
    worker = program.serving()
    for pid in (program.monitor, worker):
        assert os.readlink(f"/proc/{pid}/fd/1") == "/dev/null"


def test_what_a_library_prints_does_not_reach_the_server(start):
    """A worker has nothing to write to and no write(2): one that prints is killed for it, and its
    request is answered like that of any worker that dies."""
    prints = Path(PATH).parent / "seams" / "contract_body"
    program = start(path=str(prints))
    for _ in range(3):
        assert program.ask("isuser:alice:example.org") == UNKNOWN
    assert program.close() == (0, b"")


# -- endurance ----------------------------------------------------------------------------------

def resident(pids):
    return sum(int(status(pid)["VmRSS"].split()[0]) for pid in pids)


def descriptors(pids):
    if os.getuid() != 0:
        return "only root may look"
    return [len(os.listdir(f"/proc/{pid}/fd")) for pid in pids]


def test_a_hundred_thousand_requests_leave_no_trace(start, api):
    api.recording = False
    program = start(log_level="notice")
    pids = [program.monitor, program.serving()]
    batch = (frame("isuser:alice:example.org") + frame("isuser:nobody:example.org")) * 50
    expected = (YES + NO) * 50

    def run(batches):
        for _ in range(batches):
            program.write(batch)
            assert program.read(len(expected)) == expected

    run(20)
    memory, files = resident(pids), descriptors(pids)
    run(980)
    assert descriptors(pids) == files
    assert resident(pids) - memory <= 64, "kilobytes in 98,000 requests"
    assert [is_alive(pid) for pid in pids] == [True, True]
    assert program.close() == (0, b"")
