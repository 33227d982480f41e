# SPDX-License-Identifier: ISC
"""Faults of the processes: they are killed in every phase, get no memory, no descriptors and no
time, and settings or sandbox are wrong."""
import fcntl
import json
import os
import resource
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import faults
import pytest
from e2e.inject import make_call
from e2e.program import (NO, PATH, UNKNOWN, YES, HostGone, Program, frame, is_alive,
                         status, wait_until_asleep, wait_until_gone)
from trial import (FRAMES, SERVERS, SLACK, UNAVAILABLE, Trial, attempts, cut, end, footprint,
                   footprint_at_rest, in_order, in_the_handshake, reply_for, unreachable, until)

AREA = "process"

ISUSER = FRAMES["isuser"]

GETUID = 102  # on x86-64; the worker's sandbox forbids it

as_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to reach into other processes")
can_inject = pytest.mark.skipif(os.getuid() != 0 or os.uname().machine != "x86_64",
                                reason="needs root and x86-64, to make a call in another process")

# PR_SET_PDEATHSIG is as fast as the kernel; a loaded machine may take some more than 100 ms.
ORPHAN_MAX = 1000


# -- the worker dies -------------------------------------------------------------------------------

def kill(worker):
    os.kill(worker, signal.SIGKILL)


def crash(worker):
    os.kill(worker, signal.SIGSEGV)


def violate(worker):
    """It does what its sandbox forbids, and the kernel ends it by SIGSYS."""
    wait_until_asleep(worker)
    make_call(worker, GETUID)


DEATHS = [pytest.param(kill, id="kill -9"), pytest.param(crash, id="SIGSEGV"),
          pytest.param(violate, id="SIGSYS", marks=can_inject)]


def connecting(program, api):
    before = attempts(api.port)
    program.send(ISUSER)
    assert until(lambda: attempts(api.port) > before)


def answering(program, api):
    before = api.request_count
    api.faults.add(faults.hang())
    program.send(ISUSER)
    assert api.wait_for(lambda: api.request_count > before)


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
    """The pipe of replies is taken for full, as it has no page that is free."""
    fcntl.fcntl(program.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
    program.write(frame(ISUSER) * 1500)
    assert until(lambda: unread(program.process.stdout) > 0)
    wait_until_asleep(program.monitor)


def unread(pipe):
    """How many bytes wait in a pipe."""
    FIONREAD = 0x541B
    count = fcntl.ioctl(pipe, FIONREAD, b"\0\0\0\0")
    return int.from_bytes(count, "little")


@pytest.mark.parametrize("die", DEATHS)
def test_worker_dies_within_a_frame(start, note, die):
    """What the host has begun to send is not the worker's yet."""
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
    program ends, when it has no frame and has lived long enough, and the host starts another."""
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
    """A few are replaced; then the monitor answers itself, and the machine has its peace."""
    program = start()
    for count in range(1, 7):
        worker = program.serving(count)
        wait_until_asleep(worker)
        kill(worker)
    program.log.wait_for("trying again in 10 s")
    reply = program.ask(ISUSER)
    assert reply == UNKNOWN
    end(program)
    note(reply)


# -- the worker does not answer --------------------------------------------------------------------

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
    program.log.wait_for("has said nothing of its request")
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
    """Frames are answered in time, the log says why, and it is tried again."""
    with hanging(api) as program:
        begin = time.monotonic()
        reply = program.ask(ISUSER)
        ms = (time.monotonic() - begin) * 1000
        assert reply == UNKNOWN and 900 < ms < 1000 + SLACK * 1000
        assert program.ask(ISUSER) == UNKNOWN
        program.log.wait_for("has not become ready in 30 s", 40)
        program.log.wait_for("trying again in 10 s")
        begin = time.monotonic()
        assert program.ask(ISUSER) == UNKNOWN  # at once: there is none to wait for
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


# -- the monitor dies ------------------------------------------------------------------------------

@pytest.mark.parametrize("phase", ["idle", "connecting", "answering"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV], ids=lambda number: number.name)
def test_monitor_dies(start, api, note, phase, number):
    program = start()
    worker = program.serving()
    if phase == "connecting":
        with unreachable(api):
            connecting(program, api)
            ms = end_of_worker(program, worker, number)
    else:
        if phase == "answering":
            answering(program, api)
        ms = end_of_worker(program, worker, number)
    with pytest.raises(HostGone):
        program.read()
    note(b"", ms)


def end_of_worker(program, worker, number):
    begin = time.monotonic()
    os.kill(program.monitor, number)
    assert wait_until_gone(worker, 10)
    ms = (time.monotonic() - begin) * 1000
    assert ms < ORPHAN_MAX
    return ms


# -- limits ----------------------------------------------------------------------------------------

@contextmanager
def limited(pid, kind, value):
    """A limit of a running process, set below what it needs, and put back. Done as the process's
    own user, who needs no privilege for it."""

    def set_soft(soft=None):
        hard = resource.prlimit(pid, kind)[1]
        resource.prlimit(pid, kind, (hard if soft is None else soft, hard))

    as_user_of(pid, lambda: set_soft(value))
    try:
        yield
    finally:
        if is_alive(pid):
            as_user_of(pid, set_soft)


def as_user_of(pid, function):
    """Runs function() in a child that is the user of another process."""
    uid, gid = int(status(pid)["Uid"].split()[0]), int(status(pid)["Gid"].split()[0])
    child = os.fork()
    if child == 0:
        try:
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            function()
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0, "the limit was not set"


LIMITS = [
    ("the worker gets no descriptor", "worker", resource.RLIMIT_NOFILE, 3),
    ("the monitor gets no descriptor", "monitor", resource.RLIMIT_NOFILE, 3),
    ("the monitor gets no process", "monitor", resource.RLIMIT_NPROC, 0),
    ("the monitor gets no memory", "monitor", resource.RLIMIT_AS, 2**20),
]


@as_root
@pytest.mark.parametrize("who,kind,value", [row[1:] for row in LIMITS],
                         ids=[row[0] for row in LIMITS])
def test_limit(start, api, note, who, kind, value):
    trial = Trial(start, "ejabberd", "--connect-timeout", "1")
    trial.in_order()
    program = trial.program
    worker = program.serving()
    before = footprint_at_rest(program)
    pid = worker if who == "worker" else program.monitor
    cut(api)
    begin = time.monotonic()
    with limited(pid, kind, value):
        reply = program.ask(FRAMES["auth"])
    ms = (time.monotonic() - begin) * 1000
    assert reply in (UNKNOWN, YES)
    in_order(program)
    assert until(lambda: footprint(program) == before), (before, footprint(program))
    end(program)
    note(reply, ms)


@as_root
def test_there_is_no_process_for_a_new_worker(start, note):
    """The monitor answers itself, and tries again after ten seconds."""
    program = start()
    worker = program.serving()
    in_order(program)
    with limited(program.monitor, resource.RLIMIT_NPROC, 0):
        wait_until_asleep(worker)
        kill(worker)
        program.log.wait_for("a worker cannot be started")
        reply = program.ask(ISUSER)
        assert reply == UNKNOWN
    program.serving(2, 30)
    in_order(program)
    end(program)
    note(reply)


@as_root
def test_the_worker_gets_no_memory(start, api, note):
    """The largest request there is, on a new connection, with not a page to be had."""
    program = start("--connect-timeout", "1")
    worker = program.serving()
    in_order(program)
    cut(api)
    begin = time.monotonic()
    with limited(worker, resource.RLIMIT_AS, 2**20):
        reply = program.ask(b"auth:alice:example.org:" + b"\x01" * 65_000)
        assert reply in (UNKNOWN, NO)
        note(reply, (time.monotonic() - begin) * 1000)
        again = program.ask(ISUSER)
        assert again in (UNKNOWN, YES)
    in_order(program)
    end(program)


MEMORY = Path("/sys/fs/cgroup/memory")


@as_root
@pytest.mark.skipif(not (MEMORY / "memory.limit_in_bytes").exists(),
                    reason="needs the memory controller of cgroups, version 1")
def test_the_kernel_kills_the_worker_for_its_memory(start, note):
    """Wherever that happens, the request is answered."""
    program = start()
    worker = program.serving()
    in_order(program)
    group = MEMORY / f"extauth-test-{os.getpid()}"
    group.mkdir()
    try:
        (group / "cgroup.procs").write_text(str(worker))
        (group / "memory.limit_in_bytes").write_text("4096")
        program.send(b"auth:alice:example.org:" + b"\x01" * 65_000)
        assert "signal 9" in program.log.wait_for("was killed")["message"]
    finally:
        assert until(lambda: not (group / "cgroup.procs").read_text())
        group.rmdir()
    reply = program.read()
    assert reply == UNKNOWN
    in_order(program)
    end(program)
    note(reply)


# -- time ------------------------------------------------------------------------------------------

def test_the_time_of_day_jumps_and_only_the_monotonic_clock_counts(api, note):
    """In a variant of the program that sees the time of day 40 minutes back time after time, so
    that no other process of this machine has to."""
    path = Path(PATH).parent / "seams" / "clock_gettime"
    with Program("--ca-file", api.ca_file, "--deadline", "2", "--log-level", "info", api.url,
                 path=str(path)) as program:
        connections_before = api.connections
        for _ in range(20):
            in_order(program)
        assert api.connections == connections_before + 1
        api.faults.add(faults.hang())
        begin = time.monotonic()
        reply = program.ask(ISUSER)
        ms = (time.monotonic() - begin) * 1000
        assert reply == UNKNOWN
        assert 1900 < ms < (2 + SLACK) * 1000
        in_order(program)
        stamps = [line.split()[0] for line in program.log.lines]
        assert stamps != sorted(stamps), "the variant does not do what it is for"
        note(reply, ms)
        end(program)


def both(program):
    return [program.monitor, program.serving()]


def monitor_only(program):
    return [program.monitor]


def worker_only(program):
    return [program.serving()]


@contextmanager
def stopped(pids):
    """Processes that do not run, as when the machine is suspended; but their clock does."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


SUSPENDED = pytest.mark.parametrize("who", [both, worker_only], ids=["both", "the worker"])


def test_suspended_past_the_deadline(start, api, note):
    """The answer came in time, but nobody was awake to pass it on: it is too late."""
    program = start("--deadline", "1.5")
    in_order(program)
    held = faults.Held()
    api.faults.add(held)
    before = api.request_count
    program.send(ISUSER)
    assert api.wait_for(lambda: api.request_count > before)
    with stopped(both(program)):
        held.release()
        assert program.says_nothing(1.7)
    reply = program.read()
    assert reply == UNKNOWN
    in_order(program)
    assert program.log.text.count("message=serving") == 1, program.log.text
    end(program)
    note(reply)


def test_the_worker_sleeps_past_the_deadline(start, api, note):
    """The monitor answers in its place, and what it says afterwards changes nothing."""
    program = start("--deadline", "1.5")
    in_order(program)
    held = faults.Held()
    api.faults.add(held)
    before = api.request_count
    program.send(ISUSER)
    assert api.wait_for(lambda: api.request_count > before)
    begin = time.monotonic()
    with stopped(worker_only(program)):
        held.release()
        reply = program.read()
        ms = (time.monotonic() - begin) * 1000
    assert reply == UNKNOWN
    assert ms < 1500 + SLACK * 1000
    in_order(program)
    assert program.log.text.count("message=serving") == 1, program.log.text
    end(program)
    note(reply, ms)


@contextmanager
def slowed(pid, call, seconds):
    """Every such system call of the process returns that much later."""
    with subprocess.Popen(
            ["strace", "-e", f"inject={call}:delay_exit={int(seconds * 1e6)}", "-p", str(pid)],
            stderr=subprocess.PIPE, text=True) as tracer:
        assert "attached" in tracer.stderr.readline()
        yield
        tracer.terminate()


@as_root
def test_sends_past_the_deadline(start, api, note):
    """The answer came in time, and is read as soon as the request has been sent: too late."""
    program = start("--deadline", "1.5")
    in_order(program)
    before = api.request_count
    with slowed(program.serving(), "sendto", 1.7):
        program.send(ISUSER)
        assert api.wait_for(lambda: api.request_count > before)
        reply = program.read()
    assert reply == UNKNOWN
    in_order(program)
    end(program)
    note(reply)


@SUSPENDED
def test_suspended_while_idle(start, note, who):
    program = start("--deadline", "2")
    in_order(program)
    with stopped(who(program)):
        program.send(ISUSER)
        assert program.says_nothing(0.5)
    assert program.read() == YES
    in_order(program)
    assert program.log.text.count("message=serving") == 1, program.log.text
    end(program)
    note(YES)


@SUSPENDED
def test_suspended_within_the_deadline(start, api, note, who):
    """What waits in poll(2) goes on with restart_syscall(2)."""
    program = start()
    in_order(program)
    held = faults.Held()
    api.faults.add(held)
    before = api.request_count
    program.send(ISUSER)
    assert api.wait_for(lambda: api.request_count > before)
    wait_until_asleep(program.serving())
    with stopped(who(program)):
        assert program.says_nothing(0.2)
    assert program.says_nothing(0.2)
    held.release()
    assert program.read() == YES
    in_order(program)
    assert program.log.text.count("message=serving") == 1, program.log.text
    end(program)
    note(YES)


def test_the_monitor_sleeps_past_the_deadline(start, api, note):
    """Nobody else can answer; when it wakes up, what is late is not believed."""
    program = start("--deadline", "1.5")
    in_order(program)
    held = faults.Held()
    api.faults.add(held)
    before = api.request_count
    program.send(ISUSER)
    assert api.wait_for(lambda: api.request_count > before)
    with stopped(monitor_only(program)):
        held.release()
        assert program.says_nothing(1.7)
    reply = program.read()
    assert reply == UNKNOWN
    in_order(program)
    end(program)
    note(reply)


# -- it cannot serve -------------------------------------------------------------------------------

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
    ("a deadline beyond the host's", words("--deadline", "60", URL), "deadline"),
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
    """It says what is wrong, stays, answers "unavailable", and goes when the host does."""
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


def test_unable_and_mended_within_a_frame(api, place, note):
    """A frame is asked about by the worker that there is when it is whole."""
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


def test_unable_and_told_to_end(note):
    begin = time.monotonic()
    with Program(URL, "--ca-file", "/nonexistent.pem") as program:
        program.log.wait_for("level=error")
        program.signal(signal.SIGTERM)
        assert program.process.wait(10) == 0
    lived = time.monotonic() - begin
    assert lived > 1.9
    note(b"", lived * 1000)
