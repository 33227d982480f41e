# SPDX-License-Identifier: ISC
"""Faults of workers: they are killed, crash, break their rules or stop, in every phase."""
import fcntl
import os
import signal
import time
from pathlib import Path

import faults
import pytest
from deaths import ISUSER, answering, connecting, kill, unread
from e2e.inject import make_call
from e2e.program import PATH, UNKNOWN, YES, frame, wait_until_asleep, wait_until_gone, Program
from trial import (SERVERS, SLACK, UNAVAILABLE, end, footprint, footprint_at_rest, in_order,
                   in_the_handshake, reply_for, unreachable, until)

AREA = "process"

GETUID = 102  # on x86-64; the worker's sandbox forbids it

can_inject = pytest.mark.skipif(os.getuid() != 0 or os.uname().machine != "x86_64",
                                reason="needs root and x86-64, to make a call in another process")


def crash(worker):
    os.kill(worker, signal.SIGSEGV)


def violate(worker):
    """It does what its sandbox forbids, and the kernel ends it by SIGSYS."""
    wait_until_asleep(worker)
    make_call(worker, GETUID)


DEATHS = [pytest.param(kill, id="kill -9"), pytest.param(crash, id="SIGSEGV"),
          pytest.param(violate, id="SIGSYS", marks=can_inject)]


def answering_while_it_reloads(program, api):
    answering(program, api)
    program.signal(signal.SIGHUP)
    program.log.wait_for("reading the settings again")


OWING = [pytest.param(in_the_handshake, id="in the TLS handshake"),
         pytest.param(answering, id="waiting for the answer"),
         pytest.param(answering_while_it_reloads, id="asked to retire")]


@pytest.mark.parametrize("die", DEATHS)
def test_worker_dies_idle(start, note, die):
    program = start()
    first = program.serving()
    in_order(program)
    before = footprint_at_rest(program)
    wait_until_asleep(first)
    begin = time.monotonic()
    die(first)
    assert wait_until_gone(first, 5)
    in_order(program)
    note("next is right", (time.monotonic() - begin) * 1000)
    assert program.serving(2) != first
    assert until(lambda: footprint(program) == before), (before, footprint(program))
    end(program)


@pytest.mark.parametrize("bring", OWING)
@pytest.mark.parametrize("die", DEATHS)
def test_worker_dies(start, api, note, bring, die):
    for server in SERVERS:
        program = start("--server", server)
        worker = program.serving()
        in_order(program)
        bring(program, api)
        begin = time.monotonic()
        die(worker)
        reply = program.read()
        ms = (time.monotonic() - begin) * 1000
        assert reply == reply_for(server, UNAVAILABLE, "isuser")
        assert ms < SLACK * 1000
        if server == SERVERS[0]:
            note(reply, ms)
        in_order(program)
        end(program)


@pytest.mark.parametrize("die", DEATHS)
def test_worker_dies_connecting(start, api, note, die):
    program = start()
    worker = program.serving()
    with unreachable(api):
        connecting(program, api)
        begin = time.monotonic()
        die(worker)
        assert program.read() == UNKNOWN
        note(UNKNOWN, (time.monotonic() - begin) * 1000)
    in_order(program)
    end(program)


def half_a_frame(program, api):
    program.write(frame(ISUSER)[:9])
    # it has read when the pipe is empty
    assert until(lambda: unread(program.process.stdin) == 0)


def another_frame_behind(program, api):
    before = api.request_count
    api.faults.add(faults.hang())
    program.write(frame(ISUSER) + frame(ISUSER)[:9])
    assert api.wait_for(lambda: api.request_count > before)


def writing(program, api):
    """The pipe of replies counts as full, because it has no free page."""
    fcntl.fcntl(program.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
    program.write(frame(ISUSER) * 1500)
    assert until(lambda: unread(program.process.stdout) > 0)
    wait_until_asleep(program.monitor)


@pytest.mark.parametrize("die", DEATHS)
def test_worker_dies_within_a_frame(start, note, die):
    """A frame that the server has begun to send does not belong to a worker yet."""
    program = start()
    worker = program.serving()
    half_a_frame(program, None)
    wait_until_asleep(worker)
    die(worker)
    program.serving(2)
    begin = time.monotonic()
    program.write(frame(ISUSER)[9:])
    reply = program.read()
    assert reply == YES
    note(reply, (time.monotonic() - begin) * 1000)
    in_order(program)
    end(program)


@pytest.mark.parametrize("die", DEATHS)
def test_worker_dies_with_another_frame_behind(start, api, note, die):
    program = start()
    worker = program.serving()
    another_frame_behind(program, api)
    die(worker)
    begin = time.monotonic()
    reply = program.read()
    assert reply == UNKNOWN
    note(reply, (time.monotonic() - begin) * 1000)
    program.write(frame(ISUSER)[9:])
    assert program.read() == YES
    in_order(program)
    end(program)


@pytest.mark.parametrize("die", DEATHS)
def test_worker_dies_while_the_host_reads_no_replies(start, api, note, die):
    program = start(log_level="notice")
    worker = program.serving()
    writing(program, api)
    wait_until_asleep(worker)
    die(worker)
    replies = program.read(4 * 1500)
    assert len(replies) == 4 * 1500
    assert {replies[i:i + 4] for i in range(0, len(replies), 4)} <= {YES, UNKNOWN}
    assert replies.count(UNKNOWN) <= 1
    in_order(program)
    end(program)
    note(YES)


@pytest.mark.parametrize("die", DEATHS[1:])
def test_workers_die_of_what_an_attack_could_have_led_to(start, note, die):
    """All workers have the same layout of their memory: there are five tries to guess it. Then the
    program ends, when it has no frame and has lived long enough, and the server starts another."""
    begin = time.monotonic()
    program = start()
    for count in range(1, 6):
        worker = program.serving(count)
        in_order(program)
        wait_until_asleep(worker)
        die(worker)
    program.log.wait_for("ending between two frames")
    assert program.process.wait(10) == 0
    lived = time.monotonic() - begin
    assert lived > 1.9
    assert program.process.stdout.read() == b""
    note(b"", lived * 1000)


def test_workers_die_again_and_again(start, note):
    """A few are replaced; then the monitor replies on its own, and the machine is not loaded."""
    program = start()
    for count in range(1, 7):
        worker = program.serving(count)
        wait_until_asleep(worker)
        kill(worker)
    program.log.wait_for("retrying in 1 s")
    reply = program.ask(ISUSER)
    assert reply == UNKNOWN
    end(program)
    note(reply)


def test_the_worker_stops_in_a_request(start, api, note):
    """It is answered for at the deadline, killed a second after it, and replaced; a frame that
    comes meanwhile waits for the next one."""
    program = start("--deadline", "1.5")
    first = program.serving()
    in_order(program)
    wait_until_asleep(first)
    os.kill(first, signal.SIGSTOP)
    begin = time.monotonic()
    program.send(ISUSER)
    reply = program.read()
    ms = (time.monotonic() - begin) * 1000
    assert reply == UNKNOWN
    assert 1400 < ms < 1500 + SLACK * 1000
    program.send(ISUSER)
    program.log.wait_for("sent no outcome")
    assert wait_until_gone(first, 5)
    assert program.read() in (YES, UNKNOWN)
    program.serving(2)
    in_order(program)
    end(program)
    note(reply, ms)


ENDINGS = [pytest.param(lambda program: program.signal(signal.SIGTERM), id="SIGTERM"),
           pytest.param(lambda program: program.process.stdin.close(), id="hang-up")]


@pytest.mark.parametrize("finish", ENDINGS)
def test_told_to_end_with_a_worker_that_is_stopped(start, note, finish):
    program = start()
    worker = program.serving()
    in_order(program)
    wait_until_asleep(worker)
    os.kill(worker, signal.SIGSTOP)
    begin = time.monotonic()
    finish(program)
    assert program.process.wait(5) == 0
    assert wait_until_gone(worker, 1)
    note(b"", (time.monotonic() - begin) * 1000)


def test_reload_with_a_worker_that_is_stopped(start, note):
    program = start()
    worker = program.serving()
    in_order(program)
    wait_until_asleep(worker)
    os.kill(worker, signal.SIGSTOP)
    begin = time.monotonic()
    program.signal(signal.SIGHUP)
    program.serving(2)
    assert wait_until_gone(worker, 5)
    note(b"", (time.monotonic() - begin) * 1000)
    in_order(program)
    end(program)


def hanging(api, *options):
    """A variant of the program whose workers never become ready."""
    path = Path(PATH).parent / "seams" / "https_open"
    return Program("--ca-file", api.ca_file, "--deadline", "1", *options, api.url, path=str(path))


def test_a_worker_hangs_at_its_start(api, note):
    """Replies come in time, the log says why, and it is tried again."""
    with hanging(api) as program:
        begin = time.monotonic()
        reply = program.ask(ISUSER)
        ms = (time.monotonic() - begin) * 1000
        assert reply == UNKNOWN and 900 < ms < 1000 + SLACK * 1000
        assert program.ask(ISUSER) == UNKNOWN
        program.log.wait_for("was not ready within 30 s", 40)
        program.log.wait_for("retrying in 10 s")
        begin = time.monotonic()
        assert program.ask(ISUSER) == UNKNOWN  # at once: no worker can be waited for
        assert time.monotonic() - begin < 0.5
        end(program)
        note(reply, ms)


def test_a_worker_hangs_at_its_start_and_the_program_is_told_to_end(api, note):
    with hanging(api) as program:
        assert program.ask(ISUSER) == UNKNOWN
        program.signal(signal.SIGHUP)
        program.log.wait_for("reading the settings again")
        assert program.ask(ISUSER) == UNKNOWN
        begin = time.monotonic()
        program.signal(signal.SIGTERM)
        assert program.process.wait(5) == 0
        note(b"", (time.monotonic() - begin) * 1000)


@pytest.mark.parametrize("die", DEATHS)
def test_worker_dies_when_the_program_is_told_to_end(start, api, note, die):
    program = start()
    worker = program.serving()
    answering(program, api)
    program.signal(signal.SIGTERM)
    assert program.says_nothing(0.1)
    begin = time.monotonic()
    die(worker)
    reply = program.read()
    note(reply, (time.monotonic() - begin) * 1000)
    assert reply == UNKNOWN
    assert program.process.wait(10) == 0
    assert program.process.stdout.read() == b""
