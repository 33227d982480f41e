# SPDX-License-Identifier: ISC
"""What the log contains, where it goes, and what it never contains."""
import fcntl
import json
import os
import re
import signal
import socket
import time
from pathlib import Path

import faults
import namespaces
import pytest

from .program import NO, UNKNOWN, YES, Program, fields, wait_until_asleep


@pytest.fixture
def writable_place(place):
    place.chmod(0o777)  # the program writes there as another user when it was started as root
    return place


def test_a_request_has_one_line_with_all_there_is_to_know(program, api):
    program.ask("auth:alice:example.org:secret")
    line = program.log.wait_for("operation=auth")
    assert line["user"] == "alice" and line["host"] == "example.org"
    assert (line["verdict"], line["reply"], line["status"]) == ("granted", "1", "200")
    assert line["endpoint"] == api.url and line["reused"] == "no"
    assert int(line["ms"]) < 5000
    program.ask("isuser:nobody:example.org")
    line = program.log.wait_for("operation=isuser")
    assert (line["verdict"], line["reused"]) == ("refused", "yes")
    assert line["api_message"] == "no such account"


def test_requests_are_not_logged_unless_asked_for(start):
    program = start(log_level="notice")
    program.ask("isuser:alice:example.org")
    program.ask("isuser:nobody:example.org")
    program.close()
    assert "operation=" not in program.log.text


def test_the_api_cannot_write_into_the_log(program, api):
    evil = json.dumps({"success": False, "message": "x\nlevel=error message=\"fake\" \x1b[31m\u202e"})
    api.faults.add(faults.answer(200, evil.encode()))
    program.ask("isuser:alice:example.org")
    line = program.log.wait_for("operation=isuser")
    assert line["level"] == "info" and "fake" in line["api_message"]
    assert all(" " <= character <= "~" for line in program.log.lines for character in line)


def test_lines_can_be_json(start):
    program = start("--log-format", "json")
    program.log.wait_for('"message":"serving"')
    program.ask("isuser:al\u00e9\"x:example.org")
    program.ask("isuser:alice:example.org")
    program.close()
    lines = [json.loads(line) for line in program.log.lines]
    assert all({"time", "level", "process", "pid", "message"} <= line.keys() for line in lines)
    requests = [line for line in lines if line["message"] == "request"]
    assert requests[-1]["operation"] == "isuser" and requests[-1]["status"] == 200


def test_users_can_stand_as_hashes(start):
    programs = [start("--log-users", "hash") for _ in range(2)]
    hashes = []
    for program in programs:
        program.ask("isuser:alice:example.org")
        program.ask("isuser:nobody:example.org")
        hashes.append([program.log.wait_for("operation=isuser", count=count)["user_hash"]
                       for count in (1, 2)])
        assert "alice" not in program.log.text
    assert re.fullmatch("[0-9a-f]{16}", hashes[0][0])
    assert hashes[0][0] != hashes[0][1]
    assert hashes[0] == hashes[1], "the same user is the same in all programs of a machine"


def test_a_file_is_appended_to(start, writable_place):
    log = writable_place / "extauth.log"
    log.write_text("before\n")
    log.chmod(0o666)
    program = start("--log", log)
    assert program.ask("isuser:alice:example.org") == YES
    assert program.close() == (0, b"")
    lines = log.read_text().splitlines()
    assert lines[0] == "before"
    assert fields(lines[1])["message"] == "serving"
    assert fields(lines[2])["operation"] == "isuser"


def test_a_file_that_was_renamed_is_opened_anew_on_sighup(start, writable_place):
    log, old = writable_place / "extauth.log", writable_place / "extauth.log.1"
    program = start("--log", log)
    assert program.ask("isuser:alice:example.org") == YES
    log.rename(old)
    program.signal(signal.SIGHUP)
    while not log.exists() or "message=serving" not in log.read_text():
        assert program.ask("isuser:bob:example.org") == NO
    assert program.ask("isuser:carol:example.org") == NO
    assert program.close() == (0, b"")
    assert "user=alice" in old.read_text() and "user=carol" not in old.read_text()
    assert "user=carol" in log.read_text() and "user=alice" not in log.read_text()
    assert program.log.text == ""


@pytest.mark.parametrize("move", [
    pytest.param(lambda log: log.rename(log.with_suffix(".1")), id="renamed"),
    pytest.param(lambda log: (log.rename(log.with_suffix(".1")), log.touch(), log.chmod(0o666)),
                 id="renamed and made anew")])
def test_a_file_that_moved_is_noticed_without_a_signal(start, writable_place, move):
    """Debian's logrotate renames what is in /var/log/ejabberd, and sends no signal."""
    log = writable_place / "extauth.log"
    program = start("--log", log)
    assert program.ask("isuser:alice:example.org") == YES
    move(log)
    begin = time.monotonic()
    while not log.exists() or "operation=isuser" not in log.read_text():
        assert program.ask("isuser:bob:example.org") == NO
        assert time.monotonic() - begin < 10
    assert "user=alice" not in log.read_text()
    assert program.close() == (0, b"")


def test_a_log_that_moved_between_requests(start, writable_place):
    log = writable_place / "extauth.log"
    program = start("--log", log)
    assert program.ask("isuser:alice:example.org") == YES
    log.unlink()
    begin = time.monotonic()
    while not log.exists():
        assert time.monotonic() - begin < 10
        time.sleep(0.01)  # there is no event to wait for
    assert program.close() == (0, b"")


needs_mount = namespaces.need("mount")
SMALL_DISK = 'mount -t tmpfs -o size=4k,mode=1777 none "$0" && exec "$@"'


@needs_mount
def test_a_full_disk_is_said_once_and_lines_are_counted(start, place):
    """On a file system of one page."""
    program = start("--log", place / "extauth.log",
                    prefix=["unshare", "-m", "sh", "-c", SMALL_DISK, str(place)])
    assert program.ask("isuser:alice:example.org") == YES
    inside = Path(f"/proc/{program.monitor}/root{place}")
    asked = 1
    while "cannot write the log" not in program.log.text:
        assert program.ask("isuser:alice:example.org") == YES
        asked += 1
    for _ in range(20):
        assert program.ask("isuser:alice:example.org") == YES
        asked += 1
    assert program.log.text.count("No space left on device") == 1
    kept = (inside / "extauth.log").read_text().count("reused=")
    assert kept > 3
    os.truncate(inside / "extauth.log", 0)
    assert program.ask("isuser:bob:example.org") == NO
    text = (inside / "extauth.log").read_text().lstrip("\0\n")
    lost = int(fields(text.splitlines()[0])["log_lines_lost"])
    assert lost >= 20 and abs(lost - (asked - kept)) <= 1, "the last line may be there by half"
    assert program.ask("isuser:carol:example.org") == NO
    assert "lost" not in (inside / "extauth.log").read_text().splitlines()[-1]
    program.signal(signal.SIGUSR1)
    while "message=statistics" not in (inside / "extauth.log").read_text():
        time.sleep(0.01)
    statistics = fields((inside / "extauth.log").read_text().splitlines()[-1])
    assert int(statistics["log_lines_lost_total"]) >= 20
    assert program.close() == (0, b"")


def test_a_log_that_cannot_be_opened_anew_goes_where_it_went(start, writable_place):
    log = writable_place / "extauth.log"
    program = start("--log", log)
    assert program.ask("isuser:alice:example.org") == YES
    old = log.rename(writable_place / "extauth.log.1")
    (log / "extauth.log").mkdir(parents=True)  # where it would write in a directory
    program.signal(signal.SIGHUP)
    while old.read_text().count("message=serving") < 2:
        assert program.ask("isuser:bob:example.org") == NO
    assert "cannot open the log" in old.read_text()
    assert program.close() == (0, b"")


def test_a_new_level_takes_effect_with_a_reload(api, place):
    settings = place / "settings.json"
    said = {"url": api.url, "ca_file": str(api.ca_file)}
    settings.write_text(json.dumps(said))
    with Program("-c", settings) as program:
        assert program.ask("isuser:alice:example.org") == YES
        settings.write_text(json.dumps({**said, "log_level": "info", "log": "syslog"}))
        program.signal(signal.SIGHUP)
        assert program.serving(2)
        assert program.ask("isuser:bob:example.org") == NO
        program.log.wait_for("user=bob")
        program.log.wait_for("takes effect when the program starts again")
        assert "user=alice" not in program.log.text


def test_a_directory_gets_the_file_of_the_python_script(start, writable_place):
    program = start("-l", writable_place, "-d", log_level=None)
    assert program.ask("auth:alice:example.org:geheim") == NO
    program.close()
    text = (writable_place / "extauth.log").read_text()
    assert "operation=auth" in text and "geheim" not in text


def test_a_file_that_cannot_be_opened_does_not_keep_it_from_serving(start, place):
    program = start("--log", place / "nowhere" / "extauth.log")
    assert "nowhere" in program.log.wait_for("cannot open the log")["message"]
    assert program.ask("isuser:alice:example.org") == YES


def test_a_fifo_without_a_reader_does_not_keep_it_from_serving(start, writable_place):
    fifo, log = writable_place / "fifo", writable_place / "extauth.log"
    os.mkfifo(fifo)
    fifo.chmod(0o666)
    program = start("--log", fifo)
    assert program.ask("isuser:alice:example.org") == YES
    program.log.wait_for("cannot open the log")
    program = start("--log", log)
    program.ask("isuser:alice:example.org")
    old = log.rename(writable_place / "old")
    fifo.rename(log)
    program.signal(signal.SIGHUP)
    while "cannot open the log" not in old.read_text():
        assert program.ask("isuser:alice:example.org") == YES


def test_refusals_can_be_logged_without_every_grant(start):
    program = start(log_level="refusals")
    assert program.ask("isuser:alice:example.org") == YES
    assert program.ask("auth:alice:example.org:wrong") == NO
    program.close()
    requests = [fields(line) for line in program.log.lines if "message=request" in line]
    assert [(line["operation"], line["level"]) for line in requests] == [("auth", "info")]


def test_during_an_outage_lines_are_held_back_and_counted(start, api):
    api.faults.add(faults.answer(503, b"broken"), times=None)
    program = start(log_level="warning")
    for _ in range(60):
        assert program.ask("isuser:alice:example.org") == UNKNOWN
    program.close()
    lines = [line for line in program.log.lines if "message=request" in line]
    assert len(lines) == 10
    opened = [line for line in program.log.lines if "circuit breaker open for" in line]
    assert len(opened) == 1, "a change of the breaker's state is logged once"


def test_counters_are_logged_on_a_signal(program):
    for payload, count in [("isuser:alice:example.org", 3), ("isuser:nobody:example.org", 2),
                           ("auth:alice:example.org:secret", 1), ("nonsense", 4),
                           ("auth::example.org:x", 5)]:
        for _ in range(count):
            program.ask(payload)
    os.kill(program.monitor, signal.SIGUSR1)
    line = program.log.wait_for("message=statistics")
    assert (line["isuser"], line["auth"]) == ("3/2/0", "1/0/0")
    assert (line["malformed"], line["refused_locally"]) == ("4", "5")
    assert (line["attempts"], line["connections"], line["replacements"]) == ("6", "1", "0")
    assert 0 < int(line["p50_us"]) <= int(line["p99_us"])
    assert int(line["max_us"]) <= int(line["p99_us"]) * 2


def test_counters_survive_a_worker(program):
    first = program.serving()
    program.ask("isuser:alice:example.org")
    wait_until_asleep(first)
    os.kill(first, signal.SIGKILL)
    program.serving(2)
    program.ask("isuser:alice:example.org")
    os.kill(program.monitor, signal.SIGUSR1)
    line = program.log.wait_for("message=statistics")
    assert (line["isuser"], line["replacements"]) == ("2/0/0", "1")


def test_counters_are_logged_at_intervals(start):
    program = start("--stats-interval", "0.2")
    program.log.wait_for("message=statistics", count=3)


def test_a_reader_that_has_stopped_does_not_stop_the_program(api):
    # standard error is a pipe without a reader
    reading, writing = os.pipe()
    with Program("--ca-file", api.ca_file, "--log-level", "info", api.url,
                 prefix=["bash", "-c", f'exec "$@" 2>&{writing}', "bash"],
                 pass_fds=[writing]) as program:
        os.close(writing)
        for _ in range(1500):  # some 250 bytes each; a pipe holds 65,536
            assert program.ask("isuser:alice:example.org") == YES
        assert program.close() == (0, b"")
    os.close(reading)


@pytest.fixture
def syslog():
    """syslog() starts a syslog daemon, and the one before it is gone."""
    lock = os.open("/dev", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)  # one at a time on this machine
    if os.getuid() != 0 or os.path.exists("/dev/log"):
        os.close(lock)
        pytest.skip("needs root, and /dev/log not to be taken, to play the syslog daemon")
    daemons = []

    def start():
        if daemons:
            os.unlink("/dev/log")
            daemons[-1].close()
        daemons.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        daemons[-1].settimeout(30)
        daemons[-1].bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        return daemons[-1]

    yield start
    os.unlink("/dev/log")
    daemons[-1].close()
    os.close(lock)


def test_syslog_gets_what_syslog_3_sends(start, syslog):
    daemon = syslog()
    program = start("--log", "syslog")
    first = daemon.recv(8192).decode()
    assert program.ask("isuser:alice:example.org") == YES
    second = daemon.recv(8192).decode()
    header = r"<(\d+)>extauth-https\[\d+\]: level="  # RFC 3164
    assert re.match(header, first).group(1) == str(10 * 8 + 5)  # authpriv, notice
    assert re.match(header, second).group(1) == str(10 * 8 + 6)  # authpriv, info
    assert "operation=isuser" in second and "\n" not in second


def test_a_syslog_daemon_that_was_restarted_gets_the_log(start, syslog):
    daemon = syslog()
    program = start("--log", "syslog")
    assert b"message=serving" in daemon.recv(8192)
    assert program.ask("isuser:alice:example.org") == YES
    assert b"operation=isuser" in daemon.recv(8192)
    daemon = syslog()
    assert program.ask("isuser:bob:example.org") == NO  # whose line is lost
    assert program.ask("isuser:alice:example.org") == YES
    assert b"user=alice" in daemon.recv(8192)
