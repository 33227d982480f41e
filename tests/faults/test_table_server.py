# SPDX-License-Identifier: ISC
"""Faults of the server: it hangs up in every phase, reads or writes slowly, sends what is no request,
and signals."""
import fcntl
import os
import random
import signal
import subprocess
import threading
import time

import faults
import pytest
from e2e.program import NO, PATH, UNKNOWN, YES, Program, children, frame, wait_until_gone
from trial import (FRAMES, SERVERS, Trial, attempts, end, in_order, in_the_handshake, unreachable,
                   until)

AREA = "server"

ISUSER = FRAMES["isuser"]

SMALLEST_PIPE = 4096

GRANT = b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n" + b'{"success": true}'

# It should take 100 ms; a loaded machine may take longer.
HANG_UP_MAX = 1000


# -- the server hangs up --------------------------------------------------------------------------

def before_it_serves(program, api):
    pass


def idle(program, api):
    program.serving()


def after_a_request(program, api):
    in_order(program)


def in_a_header(program, api):
    program.write(frame(ISUSER)[:1])


def after_a_header(program, api):
    program.write(frame(ISUSER)[:2])


def in_a_payload(program, api):
    program.write(frame(ISUSER)[:9])


def in_a_huge_payload(program, api):
    program.write(frame(b"auth:alice:example.org:" + b"x" * 60_000)[:-1])


def while_connecting(program, api):
    program.serving()
    before = attempts(api.port)
    program.send(ISUSER)
    assert until(lambda: attempts(api.port) > before)


def request_with(fault):
    def bring(program, api):
        before = api.request_count
        api.faults.add(fault)
        program.send(ISUSER)
        assert api.wait_for(lambda: api.request_count > before)

    return bring


def with_frames_behind(program, api):
    request_with(faults.hang())(program, api)
    program.write(frame(ISUSER) * 20 + frame(ISUSER)[:5])


def while_it_reloads(program, api):
    program.serving()
    request_with(faults.hang())(program, api)
    program.signal(signal.SIGHUP)
    program.log.wait_for("reading the settings again")


def while_it_ends(program, api):
    program.serving()
    request_with(faults.hang())(program, api)
    program.signal(signal.SIGTERM)


HANG_UPS = [
    ("before it serves", before_it_serves),
    ("idle", idle),
    ("after a request", after_a_request),
    ("in a header", in_a_header),
    ("after a header", after_a_header),
    ("in a payload", in_a_payload),
    ("in a payload of 60 KB", in_a_huge_payload),
    ("in the TLS handshake", in_the_handshake),
    ("waiting for the answer", request_with(faults.hang())),
    ("in the answer's head", request_with(faults.raw(GRANT[:20], end=False))),
    ("in the answer's body", request_with(faults.raw(GRANT[:-5], end=False))),
    ("in an answer byte by byte", request_with(faults.slowly(0.05))),
    ("in a request with others behind", with_frames_behind),
    ("while it reloads", while_it_reloads),
    ("while it is told to end", while_it_ends),
]


def hang_up(program):
    """Milliseconds to the end; not a byte may come."""
    begin = time.monotonic()
    end(program)
    ms = (time.monotonic() - begin) * 1000
    assert ms < HANG_UP_MAX
    return ms


@pytest.mark.parametrize("bring", [row[1] for row in HANG_UPS],
                         ids=[f"hangs up {row[0]}" for row in HANG_UPS])
def test_hang_up(start, api, note, bring):
    program = start()
    bring(program, api)
    note(b"", hang_up(program))


def test_hangs_up_while_connecting(start, api, note):
    program = start()
    with unreachable(api):
        while_connecting(program, api)
        note(b"", hang_up(program))


def test_hangs_up_while_standing_by(note):
    with Program("http://x") as program:
        assert program.ask(ISUSER) == UNKNOWN
        program.write(frame(ISUSER)[:9])
        note(b"", hang_up(program))


def test_hangs_up_without_having_read_the_reply(start, note):
    program = start()
    program.send(ISUSER)
    program.log.wait_for("message=request ")
    assert program.close() == (0, YES)
    note(YES)


# -- the server does not read ---------------------------------------------------------------------

DISPOSITIONS = pytest.mark.parametrize(
    "disposition", [signal.SIG_IGN, signal.SIG_DFL], ids=["SIGPIPE ignored", "SIGPIPE default"])


@DISPOSITIONS
@pytest.mark.parametrize("phase", ["idle", "during a request"])
def test_stops_reading(start, api, note, disposition, phase):
    reading, writing = os.pipe()
    program = start(stdout=writing, restore_signals=False,
                    preexec_fn=lambda: signal.signal(signal.SIGPIPE, disposition))
    os.close(writing)
    program.serving()
    held = faults.Held()
    api.faults.add(held)
    if phase == "idle":
        os.close(reading)
    program.send(ISUSER)
    assert api.wait_for(lambda: api.requests)
    if phase != "idle":
        os.close(reading)
    held.release()
    assert program.process.wait(10) == 0
    note(b"")


def questions(count, seed):
    """Frames, and the replies they must get, in an order that has no pattern."""
    draw = random.Random(seed)
    kinds = [(frame(ISUSER), YES), (frame("isuser:nobody:example.org"), NO), (frame("x"), UNKNOWN)]
    drawn = [draw.choice(kinds) for _ in range(count)]
    return b"".join(ask for ask, _ in drawn), b"".join(reply for _, reply in drawn)


def test_reads_slowly(start, note):
    """So slowly that the pipe of replies is full most of the time."""
    program = start(log_level="error")
    fcntl.fcntl(program.process.stdout, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
    asked, expected = questions(3000, seed=1)
    writer = threading.Thread(target=program.write, args=(asked,))
    writer.start()
    got = b""
    while len(got) < len(expected):
        got += program.read(min(500, len(expected) - len(got)))
        time.sleep(0.002)
    writer.join()
    assert got == expected
    in_order(program)
    end(program)
    note("3000 in order")


def test_writes_byte_by_byte(start, note):
    program = start()
    asked, expected = questions(20, seed=2)
    for byte in asked:
        program.write(bytes([byte]))
        time.sleep(0.0005)
    assert program.read(len(expected)) == expected
    end(program)
    note("20 in order")


def logging_to(writing, api):
    """A program whose log goes to this pipe, which no other process writes to."""
    program = subprocess.Popen(
        [PATH, "--ca-file", api.ca_file, "--log-level", "debug", api.url], bufsize=0,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=writing)
    os.close(writing)
    return program


def answers_in_order(program, count, seed):
    with program:
        asked, expected = questions(count, seed=seed)
        program.stdin.write(asked)
        got = b""
        while len(got) < len(expected):
            got += program.stdout.read(len(expected) - len(got))
        assert got == expected
        program.stdin.close()
        assert program.wait(10) == 0


def test_never_reads_the_log(api, note):
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
    program = logging_to(writing, api)
    answers_in_order(program, 300, seed=3)
    os.close(reading)
    note("300 in order")


def test_closes_the_log(api, note):
    reading, writing = os.pipe()
    program = logging_to(writing, api)
    os.close(reading)
    answers_in_order(program, 100, seed=4)
    note("100 in order")


# -- what is no request ----------------------------------------------------------------------------

@pytest.mark.parametrize("server", SERVERS, ids=lambda server: f"random frames, {server}")
def test_random_frames(start, note, server):
    draw = random.Random(5)
    program = start("--server", server, log_level="error")
    for _ in range(300):
        reply = program.ask(draw.randbytes(draw.choice([0, 1, 2, 7, 30, 300, 20_000])))
        assert reply == (UNKNOWN if server == "ejabberd" else NO)
    in_order(program)
    end(program)
    note(reply)


@pytest.mark.parametrize("payload,reply", [
    pytest.param(b"", UNKNOWN, id="an empty frame"),
    pytest.param(b"auth", NO, id="an operation alone"),
    pytest.param(b"auth::example.org:x", NO, id="no user"),
    pytest.param(b"auth:alice:example.org:", NO, id="no password"),
    pytest.param(b"auth:alice:example.org:secret\0", NO, id="a NUL behind the password"),
    pytest.param(b"auth:alice:example.org:\xff\xfe", NO, id="a password that is no text"),
    pytest.param(b"certauth:alice:example.org:\x30\x82", UNKNOWN, id="certauth"),
    pytest.param(b"auth:alice:example.org:" + b"x" * 65512, NO, id="the longest frame"),
])
def test_a_strange_frame(start, api, note, payload, reply):
    trial = Trial(start, "ejabberd")
    worker = trial.program.serving()
    assert trial.program.ask(payload) == reply
    trial.in_order()
    assert until(lambda: children(trial.program.monitor) == [worker])
    end(trial.program)
    note(reply)


# -- signals ---------------------------------------------------------------------------------------

def both(program):
    return [program.monitor, program.serving()]


def monitor_only(program):
    return [program.monitor]


WHO = pytest.mark.parametrize("who", [monitor_only, both], ids=["to the monitor", "to both"])


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD,
                                    signal.SIGPIPE, signal.SIGWINCH, signal.SIGCONT],
                         ids=lambda number: number.name)
@WHO
def test_signal_storm(start, note, number, who):
    program = start(log_level="notice")
    program.serving()
    pids = who(program)
    stop = threading.Event()

    def storm():
        while not stop.is_set():
            for pid in pids:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass  # a worker that has been replaced
            stop.wait(0.002)

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        asked, expected = questions(300, seed=number)
        program.write(asked)
        assert program.read(len(expected)) == expected
    finally:
        stop.set()
        thread.join()
    in_order(program)
    end(program)
    note("300 in order")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT],
                         ids=lambda number: number.name)
@WHO
def test_told_to_end(start, api, note, number, who):
    """The request under way is finished; then it ends, if need be after two seconds of life."""
    program = start()
    begin = time.monotonic()
    held = faults.Held()
    api.faults.add(held)
    pids = who(program)
    worker = program.serving()
    program.send(ISUSER)
    assert api.wait_for(lambda: api.requests)
    for pid in pids:
        os.kill(pid, number)
    assert program.says_nothing(0.1)
    held.release()
    assert program.read() == YES
    assert program.process.wait(10) == 0
    assert not program.process.stdout.read()
    assert wait_until_gone(worker, 5)
    assert time.monotonic() - begin > 1.9
    note(YES)


def test_told_to_end_while_idle(start, note):
    program = start()
    begin = time.monotonic()
    program.serving()
    program.signal(signal.SIGTERM)
    assert program.process.wait(10) == 0
    assert time.monotonic() - begin > 1.9
    note(b"")


def test_a_signal_to_the_worker_alone_is_nothing(start, note):
    program = start()
    worker = program.serving()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        os.kill(worker, number)
        in_order(program)
    assert program.log.text.count("message=serving") == 1
    end(program)
    note(YES)
