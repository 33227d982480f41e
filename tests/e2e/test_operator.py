# SPDX-License-Identifier: ISC
"""What operators run: --ask and --check, and what these print."""
import json
import os
import pty
import signal
import subprocess
import termios
import time
from contextlib import contextmanager

import faults
import pytest
from certificates import pin
from terminal import shown_on_terminal

from .program import ALONE, PATH, children, children_named, wait_until_asleep


def run(api, *arguments, text_in="", trust=True, url=None, **options):
    command = [PATH, *map(str, arguments)]
    if trust:
        command += ["--ca-file", str(api.ca_file)]
    return subprocess.run([*command, url or api.url], capture_output=True, text=True,
                          input=text_in, timeout=60, env={"PATH": "/usr/bin:/bin"}, **options)


# -- --ask ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments,password,status,verdict,reply", [
    (("isuser", "alice@example.org"), "", 0, "granted", "00 02 00 01"),
    (("isuser", "nobody@example.org"), "", 1, "refused", "00 02 00 00"),
    (("auth", "alice@example.org"), "secret\n", 0, "granted", "00 02 00 01"),
    (("auth", "alice@example.org"), "wrong\n", 1, "refused", "00 02 00 00"),
    (("setpass", "nobody@example.org"), "new\n", 1, "refused", "00 02 00 02"),
    (("auth", "al ice@example.org"), "x\n", 1, "refused", "00 02 00 00"),
])
def test_ask_shows_what_the_server_would_get(api, arguments, password, status, verdict, reply):
    result = run(api, "--ask", *arguments, text_in=password)
    lines = dict(line.split(None, 1) for line in result.stdout.splitlines())
    assert (result.returncode, lines["verdict"], lines["reply"]) == (status, verdict, reply)
    assert result.stderr == ""
    assert "total" in lines["time"]


def test_ask_tells_an_outage_from_a_refusal(api):
    api.faults.add(faults.answer(503, b"down"))
    result = run(api, "--ask", "isuser", "alice@example.org")
    assert result.returncode == 2
    assert "verdict     unavailable" in result.stdout and "status      503" in result.stdout


def test_ask_shows_the_api_s_own_words(api):
    api.faults.add(faults.answer(403, b'{"success": false, "message": "locked \\u00fc \\"x\\""}'))
    result = run(api, "--ask", "isuser", "alice@example.org")
    assert result.returncode == 1 and "message     locked " in result.stdout


def test_ask_can_be_read_by_a_program(api):
    result = run(api, "--json", "--ask", "auth", "alice@example.org", text_in="secret\n")
    told = json.loads(result.stdout)
    assert (result.returncode, told["verdict"], told["reply"]) == (0, "granted", "00 02 00 01")
    assert (told["status"], told["endpoint"], told["attempts"]) == (200, api.url, 1)
    assert told["protocol"] == "TLSv1.3" and told["reused"] is False
    assert set(told["milliseconds"]) == {"dns", "connect", "tls", "wait", "total"}
    api.faults.add(faults.answer(403, b'{"success": false, "message": "a \\"b\\" \\u20ac"}'))
    refused = json.loads(run(api, "--ask", "isuser", "a@b", "--json").stdout)
    assert refused["api_message"].startswith('a "b"') and refused["reason"] == "the API refuses"


def test_ask_names_the_phase_that_ate_the_time(api):
    api.faults.add(faults.hang())
    result = run(api, "--ask", "isuser", "alice@example.org", "--deadline", "1")
    assert result.returncode == 2
    assert "most of it waiting for the answer" in result.stdout, result.stdout


def test_ask_waits_for_a_worker_that_comes_behind_the_deadline(api):
    api.faults.add(faults.hang())
    started = time.monotonic()
    command = [PATH, "--ask", "isuser", "alice@example.org", "--deadline", "1",
               "--ca-file", api.ca_file, api.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as asking:
        assert api.wait_for(lambda: api.requests)
        [monitor] = children(asking.pid)
        [worker] = children_named("extauth-worker", monitor)
        os.kill(worker, signal.SIGSTOP)
        time.sleep(started + 1.2 - time.monotonic())  # by then the monitor has replied on its own
        os.kill(worker, signal.SIGCONT)
        shown = asking.communicate(timeout=30)[0]
    assert "most of it waiting for the answer" in shown, shown


def test_ask_says_why_there_is_no_connection(api):
    result = run(api, "--ask", "isuser", "alice@example.org", trust=False)
    assert result.returncode == 2
    assert "reason      the certificate of" in result.stdout


def test_ask_reads_a_password_from_the_terminal_without_echo(api):
    ours, theirs = pty.openpty()
    with subprocess.Popen([PATH, "--ask", "auth", "alice@example.org", "--ca-file",
                           str(api.ca_file), api.url], stdin=theirs, stdout=subprocess.PIPE,
                          stderr=theirs, env={"PATH": "/usr/bin:/bin"}) as program:
        os.close(theirs)
        shown = b""
        while b"Password: " not in shown:
            shown += os.read(ours, 100)
        os.write(ours, b"secret\n")
        output = program.stdout.read()
    try:
        while True:
            shown += os.read(ours, 100)
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    assert program.returncode == 0
    assert b"granted" in output
    assert b"secret" not in shown


@pytest.mark.parametrize("arguments,named", [
    (("--ask",), "needs"), (("--ask", "login", "a@b"), "login is not one of the operations"),
    (("--ask", "isuser", "alice"), "is not USER@HOST"), (("--ask", "isuser", "a@b", "--check"),
                                                         "only one mode")])
def test_ask_names_what_is_wrong_with_the_command(api, arguments, named):
    command = [PATH, "--ca-file", str(api.ca_file), api.url, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                            timeout=60)
    assert (result.returncode, named in result.stderr) == (2, True)


# -- --check ----------------------------------------------------------------------------------------

def check(api, *arguments, **options):
    result = run(api, "--check", "--json", *ALONE, *arguments, **options)
    return result.returncode, json.loads(result.stdout)


def texts(findings, level=None, subject=None):
    return [finding["text"] for finding in findings
            if level in (None, finding["level"]) and subject in (None, finding["subject"])]


def test_check_finds_nothing_wrong_with_what_works(api):
    status, findings = check(api)
    assert status == 0
    assert texts(findings, "failed") == [] and texts(findings, "warning", "certificate") == []
    assert texts(findings, subject="name") == ["localhost has addresses 127.0.0.1"] or \
        "127.0.0.1" in texts(findings, subject="name")[0]
    assert any("TLSv1.3" in text for text in texts(findings, subject="tls"))
    assert any("refused, HTTP status 404" in text for text in texts(findings, subject="contract"))
    assert any("sealed" in text for text in texts(findings, subject="sandbox"))


def test_check_prints_pins_that_can_be_copied(api):
    expected = pin(api.ca_file)
    _, findings = check(api)
    assert any(expected in text for text in texts(findings, subject="certificate"))
    status, findings = check(api, "--pinned-keys", expected)
    assert status == 0
    assert texts(findings, "warning", "pin") == [
        "only one key is pinned: if it is lost, no user can log in"]


@pytest.mark.parametrize("arguments,subject,words", [
    (("--pinned-keys", "sha256//" + "A" * 43 + "="), "pin", "none of the pinned keys"),
    (("--ca-file=/nonexistent.pem",), "file", "/nonexistent.pem: cannot be opened"),
])
def test_check_fails_and_says_what_to_do(api, arguments, subject, words):
    status, findings = check(api, *arguments, trust=not arguments[0].startswith("--ca-file"))
    assert status == 1
    assert any(words in text for text in texts(findings, "failed", subject))
    assert all("cure" in finding for finding in findings if finding["level"] == "failed")


def test_check_says_which_names_a_wrong_certificate_has(api):
    status, findings = check(api, url=api.url.replace("localhost", "localhost.localdomain"))
    assert status == 1
    assert any("cannot connect: " in text or "the URL says localhost.localdomain" in text
               for text in texts(findings, "failed"))


def test_check_fails_when_the_api_breaks_the_contract(api):
    for fault, words in [(faults.answer(200, b"<html>"), "not one JSON object"),
                         (faults.answer(404, b"nothing here"), "HTTP status 404")]:
        api.faults.add(fault)
        status, findings = check(api)
        assert status == 1
        assert any(words in text for text in texts(findings, "failed", "contract"))


def test_check_names_files_that_others_can_read(api, place):
    token = place / "token"
    token.write_text("geheim\n")
    token.chmod(0o644)
    status, findings = check(api, "--bearer-file", token)
    assert status == 1
    assert any(str(token) in text and "others can read" in text
               for text in texts(findings, "failed", "file"))
    assert "geheim" not in json.dumps(findings)


def test_check_names_what_it_dropped_of_the_environment(api):
    result = subprocess.run(
        [PATH, "--check", "--json", *ALONE, "--ca-file", str(api.ca_file), api.url], text=True,
        capture_output=True, timeout=60, env={"LD_LIBRARY_PATH": "/opt/x", "PATH": "/bin"})
    assert any("LD_LIBRARY_PATH" in text
               for text in texts(json.loads(result.stdout), subject="environment"))


def test_check_exits_2_when_settings_are_wrong(api):
    result = run(api, "--check", "--bogus", "1")
    assert (result.returncode, result.stdout) == (2, "")
    assert "bogus" in result.stderr


@pytest.mark.parametrize("environment,coloured", [({}, True), ({"NO_COLOR": "1"}, False),
                                                  ({"NO_COLOR": "1", "LD_X": "1"}, False),
                                                  ({"NO_COLOR": ""}, True)])
def test_colours_are_for_terminals_that_want_them(api, environment, coloured):
    code, shown = shown_on_terminal(
        [PATH, "--check", *ALONE, "--ca-file", str(api.ca_file), api.url],
        env={"PATH": "/bin", **environment}, errors=True)
    assert code == 0
    assert (b"\033[" in shown) is coloured


# -- manners --------------------------------------------------------------------------------------

def plain(*arguments, **options):
    return subprocess.run([PATH, *arguments], text=True, timeout=60, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, env={"PATH": "/bin"},
                          **{"stdout": subprocess.PIPE, **options})


@pytest.mark.parametrize("option", ["--help", "--version", "--print-policy"])
def test_what_is_asked_for_goes_to_standard_output(option):
    result = plain(option)
    assert (result.returncode, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) > 2


@pytest.mark.parametrize("option", ["--help", "--version", "--print-policy"])
def test_output_that_is_lost_is_a_failure(option):
    with open("/dev/full", "w", encoding="ascii") as full:
        assert plain(option, stdout=full).returncode == 1


@pytest.mark.parametrize("arguments", [
    ("--check", *ALONE), ("--check", "--bogus"), ("--check", "-x"), ("--check", "--ca-file"),
    ("--check", "http://localhost"), ("--check", "-c"), ("--check", "-c", "relative"),
    ("--check", "-c", "/nonexistent"), ("--check", "--deadline", "soon", "https://localhost"),
    ("--check", "--server=openfire", "https://localhost"), ("--help", "--version"),
    ("--ask", "auth", "a@b"), ("--check", "--user", "a", "--user", "b", "https://localhost"),
    ("--check", "--bogus\n\033[31mred"),
])
def test_a_wrong_command_line_is_one_line_and_2(arguments):
    result = plain(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("extauth-https: ")
    assert result.stderr.count("\n") == 1 and "\033" not in result.stderr


def test_json_has_no_colours_on_a_terminal_either(api):
    code, shown = shown_on_terminal(
        [PATH, "--check", "--json", *ALONE, "--ca-file", str(api.ca_file), api.url], env={"PATH": "/bin"})
    assert code == 0
    assert json.loads(shown) and b"\033" not in shown


@contextmanager
def at_the_prompt(api, *dispositions):
    """--ask on a terminal, waiting for the password: (program, what is typed goes here, whether
    the terminal echoes). How signals are taken is inherited, so env(1) sets it."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(["/usr/bin/env", *dispositions, PATH, "--ask", "auth",
                           "alice@example.org", "--ca-file", str(api.ca_file), api.url],
                          stdin=theirs, stdout=subprocess.PIPE, stderr=theirs,
                          env={"PATH": "/bin"}) as program:
        shown = b""
        while b"Password: " not in shown:
            shown += os.read(ours, 100)
        yield program, ours, lambda: bool(termios.tcgetattr(theirs)[3] & termios.ECHO)
    os.close(ours)
    os.close(theirs)


ENDS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])


@ENDS
def test_a_terminal_gets_its_echo_back_when_nothing_is_typed(api, number):
    with at_the_prompt(api, "--default-signal") as (program, _, echoes):
        assert not echoes()
        program.send_signal(number)
        assert program.stdout.read() == b""
        assert program.wait() == -number
        assert echoes()


@ENDS
def test_a_signal_that_is_ignored_does_not_end_a_password(api, number):
    """Otherwise the part typed so far would be sent."""
    with at_the_prompt(api, f"--ignore-signal={number}") as (program, typed, echoes):
        wait_until_asleep(program.pid)
        os.write(typed, b"sec")
        program.send_signal(number)
        wait_until_asleep(program.pid)
        assert not echoes()
        os.write(typed, b"ret\n")
        assert program.stdout.read().startswith(b"verdict     granted\n")
        assert program.wait() == 0
        assert echoes()
