# SPDX-License-Identifier: ISC
"""What a sealed resolver that a name server has taken over can do."""
import time

import pytest

from scene import DEADLINE, GRACE, SLACK, UNKNOWN, until

WHERE = "resolver"

CONNECT_TIMEOUT = 0.5


def breach(scene, api, row, tried, attack, argument="none"):
    """Every lookup is an attack; requests get replies, no resolver remains, and the worker does."""
    trial = scene(f"lookup:{attack}:999:{argument}",
                  url=api.url.replace("127.0.0.1", "localhost"))
    trial.program.serving()
    before, workers = len(api.requests), trial.workers()
    longest = 0
    for _ in range(3):
        begin = time.monotonic()
        trial.send("auth:alice:example.org:secret")
        trial.note_processes()
        assert trial.reply() == UNKNOWN
        longest = max(longest, time.monotonic() - begin)
    assert longest < DEADLINE + SLACK
    assert until(lambda: not trial.resolvers(), DEADLINE + GRACE + SLACK), trial.log
    assert (len(api.requests), trial.workers()) == (before, workers), trial.log
    trial.untouched()
    row(tried, f"request: unavailable after {longest:.1f} s at most; no resolver is left")
    trial.end()
    return trial


def test_a_tcp_server(scene, api, row, bystanders):
    breach(scene, api, row, "a TCP server that is no name server", "resolver-tcp",
           bystanders.tcp.getsockname()[1])


def test_a_udp_port(scene, api, row, bystanders):
    """No kernel lets a process limit its own UDP to a port: SECURITY.md says so."""
    bystanders.open_to_resolvers = bystanders.udp
    breach(scene, api, row, "a UDP port that is not 53 (no kernel has a rule for that)",
           "resolver-udp", bystanders.udp.getsockname()[1])


def test_a_daemon_s_socket(scene, api, row, bystanders):
    breach(scene, api, row, "a daemon's UNIX socket", "resolver-unix",
           bystanders.stream.getsockname())


def test_living_on(scene, api, row):
    breach(scene, api, row, "SIGALRM blocked, to live on", "resolver-live-on")


def test_a_file(scene, api, row, bystanders):
    breach(scene, api, row, "a file of the server's user", "resolver-read", bystanders.secret)


CALLS = "fork", "exec", "kill", "bind", "alarm"


@pytest.mark.parametrize("call", CALLS)
def test_a_forbidden_call(call, scene, api, row):
    breach(scene, api, row, f"system call: {call}", "resolver-call", call)


def test_a_flood(scene, api, row):
    breach(scene, api, row, "gigabytes of an answer", "resolver-flood")


ANSWERS = "count", "family", "size", "error", "cause", "short", "nothing"


@pytest.mark.parametrize("wrong", ANSWERS)
def test_an_answer_that_is_none(wrong, scene, api, row):
    breach(scene, api, row, f"an answer with a wrong {wrong}" if wrong not in ("short", "nothing")
           else f"an answer: {wrong}", "resolver-answer", wrong)


def test_an_address_with_another_port(scene, api, row, bystanders):
    """A name server cannot choose the port."""
    trial = scene(f"lookup:resolver-answer:1:{bystanders.tcp.getsockname()[1]}",
                  url=api.url.replace("127.0.0.1", "localhost"))
    trial.serves()
    trial.untouched()
    row("the address of a server that is no endpoint", "the endpoint's port, and TLS decides")
    trial.end()


def test_all_the_memory_there_is(scene, api, row):
    breach(scene, api, row, "1 GiB of memory", "resolver-memory")
