# SPDX-License-Identifier: ISC
"""The two processes as /proc and strace show them: ids, capabilities, seal, environment."""
import os
import pwd
import re
import shutil
import signal

import faults
import namespaces
import pytest

from .program import PATH, UNKNOWN, YES, children, frame, process_name, status, wait_until_asleep, wait_until_gone

NONE = "0000000000000000"

as_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to start with privileges")


@pytest.fixture
def reachable_program(place):
    """A copy of the program that any user can execute."""
    copy = place / "extauth-https"
    shutil.copy(PATH, copy)
    copy.chmod(0o755)
    return str(copy)


def assert_sealed(pid, filters):
    facts = status(pid)
    assert facts["Seccomp"] == "2"
    assert int(facts["Seccomp_filters"]) >= filters
    assert facts["NoNewPrivs"] == "1"
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert facts[capabilities] == NONE, capabilities


def ids(pid):
    facts = status(pid)
    return {int(id) for id in facts["Uid"].split()}, {int(id) for id in facts["Gid"].split()}


def test_both_processes_are_sealed(program):
    worker = program.serving()
    assert process_name(worker) == "extauth-worker"
    assert children(program.monitor) == [worker]
    assert_sealed(program.monitor, 1)
    assert_sealed(worker, 2)


@pytest.mark.parametrize("limit,value", [
    ("Max core file size", 0), ("Max processes", 0), ("Max file size", 0), ("Max open files", 96)])
def test_the_worker_is_limited(program, limit, value):
    limits = open(f"/proc/{program.serving()}/limits", encoding="ascii").read()
    assert re.search(rf"{limit} +{value} +{value} ", limits), limits


def test_the_monitor_has_given_back_what_only_its_start_needed(program):
    """It has loaded all that libcurl is linked to, and needs least of that; a worker has only
    what it has used itself."""
    resident = {pid: int(status(pid)["RssFile"].split()[0])
                for pid in (program.serving(), program.monitor)}
    assert resident[program.monitor] < min(4096, resident[program.serving()]), resident


@namespaces.need("mount")
def test_a_proc_that_hides_processes_does_not_keep_it_from_serving(start):
    # a new one: a remount would change /proc for the whole machine
    hide = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"'
    program = start(prefix=["unshare", "--mount", "sh", "-c", hide, "sh"])
    assert program.ask("isuser:alice:example.org") == YES


def test_neither_process_can_be_traced_by_its_own_user(program):
    for pid in (program.serving(), program.monitor):
        # what belongs to root in /proc is what PR_SET_DUMPABLE 0 shows
        assert os.stat(f"/proc/{pid}/mem").st_uid == 0


@as_root
@pytest.mark.parametrize("options,user", [((), "nobody"), (("--user", "daemon"), "daemon")])
def test_started_as_root_it_becomes_another_user(start, options, user):
    program = start(*options)
    worker = program.serving()
    entry = pwd.getpwnam(user)
    for pid in (program.monitor, worker):
        assert ids(pid) == ({entry.pw_uid}, {entry.pw_gid})
        assert status(pid)["Groups"] == ""
        assert status(pid)["CapBnd"] == NONE


@as_root
@pytest.mark.parametrize("user", ["root", "no-such-user"])
def test_a_user_it_cannot_become_keeps_it_from_serving(start, user):
    program = start("--user", user)
    assert user in program.log.wait_for("level=error")["message"]
    assert program.ask("isuser:alice:example.org") == UNKNOWN
    assert program.close() == (0, b"")


@as_root
def test_started_with_an_ambient_capability_it_keeps_the_user_and_drops_it(
        start, reachable_program):
    # how ejabberd runs where it listens on ports below 1024
    program = start(path=reachable_program, prefix=[
        "setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups",
        "--inh-caps", "+net_bind_service", "--ambient-caps", "+net_bind_service", "--"])
    worker = program.serving()
    for pid in (program.monitor, worker):
        assert ids(pid) == ({pwd.getpwnam("daemon").pw_uid},) * 2
    assert_sealed(program.monitor, 1)
    assert_sealed(worker, 2)
    assert program.ask("isuser:alice:example.org") == YES


@pytest.mark.parametrize("variable", [
    {}, {"HOME": "/root", "LANG": "C"}, {"LD_LIBRARY_PATH": "/nonexistent"},
    {"https_proxy": "http://127.0.0.1:9"}, {"HTTPS_PROXY": "http://127.0.0.1:9"},
    {"ALL_PROXY": "http://127.0.0.1:9"}, {"SSL_CERT_FILE": "/nonexistent"},
    {"SSLKEYLOGFILE": "/tmp/keys"}, {"OPENSSL_CONF": "/nonexistent"},
    {"CURL_CA_BUNDLE": "/nonexistent"}, {"MALLOC_CHECK_": "3"},
    {"GLIBC_TUNABLES": "glibc.malloc.check=3"}, {"LD_PRELOAD": "/nonexistent.so"}])
def test_the_environment_is_dropped(start, variable):
    program = start(env={"PATH": "/bin", "SECRET": "geheim", **variable})
    assert program.ask("isuser:alice:example.org") == YES
    if os.getuid() == 0:  # other users may not read it
        for pid in (program.monitor, program.serving()):
            with open(f"/proc/{pid}/environ", "rb") as environment:
                assert environment.read().strip(b"\0") == b""


def test_the_worker_opens_nothing_and_makes_no_socket_once_it_is_sealed(start, place):
    trace = place / "trace"
    program = start(prefix=["strace", "-f", "-qq", "-o", str(trace)])
    worker = program.serving()
    for _ in range(50):
        assert program.ask("isuser:alice:example.org") == YES
        assert program.ask("auth:alice:example.org:secret") == YES
    program.close()
    calls = [line.split(None, 1)[1] for line in trace.read_text().splitlines()
             if line.startswith(f"{worker} ")]
    if calls[-1].startswith("+++ killed") and calls[-2].endswith("<unfinished ...>"):
        del calls[-2]  # the monitor killed it in this call, and strace took the monitor's kill for it
    sealing = max(i for i, call in enumerate(calls) if call.startswith("seccomp("))
    sealed = {match.group(1) for call in calls[sealing + 1:] if (match := re.match(r"(\w+)\(", call))}
    assert sum(call.startswith("recvmsg(") for call in calls[sealing + 1:]) > 100
    assert not {call for call in sealed if call.startswith(("open", "creat"))}, sealed
    assert not {call for call in sealed if call.startswith("socket")}, sealed
    allowed = {"poll", "recvfrom", "sendto", "recvmsg", "getsockname", "getpeername", "close",
               "getrandom", "brk", "mmap", "munmap", "mremap", "futex", "exit_group",
               "clock_gettime"}
    on_a_busy_machine = {"setsockopt",  # half an answer is acknowledged at once
                         "restart_syscall"}
    answered = {"fcntl", "getsockopt", "connect", "getpid",  # without being run
                "madvise"}  # musl's free(3)
    assert sealed - allowed - answered - on_a_busy_machine == set()


@pytest.mark.skipif(os.getuid() != 0, reason="to an ordinary user strace cannot show what is "
                                             "written: the program must not be traced")
def test_a_reply_is_one_write_of_the_monitor(start, place):
    trace = place / "trace"
    program = start(prefix=["strace", "-f", "-qq", "-e", "write", "-o", str(trace)])
    monitor = program.log.wait_for("message=serving")["pid"]
    for _ in range(50):
        assert program.ask("isuser:alice:example.org") == YES
    program.close()
    replies = [line.split(None, 1)[0] for line in trace.read_text().splitlines()
               if re.search(r" write\(\d+, .*, 4\) += 4$", line)]
    assert replies == [monitor] * 50


def test_a_worker_is_renewed_by_its_age(start, api):
    """The next one is connected before it takes over, so no request meets a handshake."""
    program = start("--max-connection-age", "3", log_level="debug")
    first = program.serving()
    assert program.ask("isuser:alice:example.org") == YES
    before = api.connections
    second = program.serving(2)
    assert second != first and wait_until_gone(first, 5)
    assert api.connections == before + 1, program.log.text
    assert program.ask("isuser:alice:example.org") == YES
    assert api.connections == before + 1, program.log.text
    assert "level=error" not in program.log.text


def test_the_worker_dies_with_its_monitor(program):
    worker = program.serving()
    os.kill(program.monitor, signal.SIGKILL)
    assert wait_until_gone(worker, 0.1)


def test_a_worker_that_is_killed_is_replaced(program):
    first = program.serving()
    assert program.ask("isuser:alice:example.org") == YES
    wait_until_asleep(first)
    os.kill(first, signal.SIGKILL)
    second = program.serving(2)
    assert second != first
    assert program.ask("isuser:alice:example.org") == YES
    assert "signal 9" in program.log.wait_for("level=error")["message"]


def test_the_request_of_a_worker_that_dies_is_answered_unavailable(program, api):
    held = faults.Held()
    api.faults.add(held)
    worker = program.serving()
    program.send("isuser:alice:example.org")
    assert api.wait_for(lambda: api.requests)
    os.kill(worker, signal.SIGKILL)
    assert program.read() == UNKNOWN
    held.release()
    assert program.ask("isuser:alice:example.org") == YES
    assert program.close() == (0, b"")


SECRET = "geheim:päß"


def test_no_log_argument_or_environment_holds_a_password(start, api):
    program = start(log_level="debug")
    for operation in ("auth", "setpass", "tryregister", "removeuser3"):
        program.ask(f"{operation}:alice:example.org:{SECRET}")
        program.ask(f"{operation}:bad user:example.org:{SECRET}")
        program.ask(f"{operation}x:alice:example.org:{SECRET}")
        program.ask(f"{operation}:{SECRET}")
    pids = [program.monitor, program.serving()]
    for pid in pids:
        with open(f"/proc/{pid}/cmdline", "rb") as arguments:
            assert b"geheim" not in arguments.read()
    program.close()
    assert "geheim" not in program.log.text
    assert len(program.log.lines) >= 16


def test_what_is_logged_of_a_hostile_name_stays_on_its_line(program):
    program.ask("isuser:ev\xedl\u202e:s.example level=error message=fake")
    line = program.log.wait_for("operation=isuser")
    assert line["level"] == "info"
    assert "fake" in line["host"]
    assert all(" " <= character <= "~" for character in program.log.text.replace("\n", ""))
    program.write(frame("isuser:alice:example.org"))
    assert program.read() == YES
