# SPDX-License-Identifier: ISC
"""What a sealed worker that was taken over can send to its monitor."""
import time

import pytest

from scene import NO, UNKNOWN, YES

WHERE = "worker, channel"


def breach(scene, row, tried, attack, argument="", own=UNKNOWN):
    """One request is an attack, for which its worker is killed; the server notices nothing else."""
    trial = scene()
    worker = trial.serves()
    reply = trial.attack(attack, argument)
    assert reply == own
    took = trial.gone(worker)
    trial.in_step()
    trial.untouched()
    row(tried, f"{trial.how_it_ended(worker)} after {took:.1f} s; its request: {word(reply)}")
    trial.end()
    return trial


def word(reply):
    return {NO: "no", YES: "yes", UNKNOWN: "unavailable"}[reply]


STOCK = {
    "": ("four yeses in advance, then a forbidden call", YES),
    "without its own": ("the same, its own request unanswered", UNKNOWN),
}


@pytest.mark.parametrize("argument", STOCK)
def test_a_stock_of_answers(argument, scene, row):
    tried, own = STOCK[argument]
    breach(scene, row, tried, "stock", argument, own)


def test_an_outcome_twice(scene, row):
    breach(scene, row, "an OUTCOME twice", "twice", own=YES)


@pytest.mark.parametrize("distance", [1, -1, 1000])
def test_an_outcome_for_another_request(distance, scene, row):
    breach(scene, row, f"an OUTCOME for another request ({distance:+})", "other", str(distance))


def test_a_request_answered_unread(scene, row):
    trial = scene()
    worker = trial.serves()
    assert trial.attack("unread") == YES
    assert trial.ask("auth:alice:example.org:secret") in (YES, UNKNOWN)
    reply = trial.ask("auth:mallory:example.org:x")
    assert reply in (NO, UNKNOWN)
    trial.gone(worker)
    trial.in_step()
    assert "and is killed; it may be compromised" not in trial.log, "its successor was given the wrong request"
    row("a request answered unread, and left behind with the next one",
        f"killed by seccomp; the next request: {word(reply)}")
    trial.end()


def test_an_outcome_too_late(scene, row):
    breach(scene, row, "an OUTCOME after the deadline, and another one", "late")


def test_an_outcome_before_a_request(scene, row):
    trial = scene("ready:out-of-turn:1:outcome")
    worker = trial.program.serving()
    trial.gone(worker)
    trial.in_step()
    row("an OUTCOME before there is a request", trial.how_it_ended(worker))
    trial.end()


CONTRADICTIONS = {
    "status": "a yes with the status 404", "attempts": "a yes without a request to an API",
    "local": "a yes without an API", "malformed": "a yes for no request",
    "api": "a yes of an API that does not exist", "endpoint": "a yes of no endpoint",
    "preferred": "a preferred endpoint that does not exist", "breaker": "a circuit breaker out of range",
}


@pytest.mark.parametrize("argument", CONTRADICTIONS)
def test_an_outcome_that_contradicts_itself(argument, scene, row):
    breach(scene, row, CONTRADICTIONS[argument], "contradictory", argument)


MANGLED = {
    "cut": "an OUTCOME cut short", "longer": "an OUTCOME with a byte more", "huge": "64 KiB",
    "kind": "a kind of message that does not exist", "short": "one byte", "empty": "no byte",
    "verdict": "a verdict that does not exist", "random": "a thousand random messages",
    "unclean": "an OUTCOME with escape sequences in its reason",
}


@pytest.mark.parametrize("argument", MANGLED)
def test_what_is_no_message(argument, scene, row):
    breach(scene, row, MANGLED[argument], "mangled", argument)


OUT_OF_TURN = ("request", "status", "sealed", "connected first", "connected", "serve")


@pytest.mark.parametrize("argument", OUT_OF_TURN)
def test_a_message_out_of_turn(argument, scene, row):
    breach(scene, row, f"out of turn: {argument}", "out-of-turn", argument)


def test_a_line_with_escape_sequences(scene, row):
    breach(scene, row, "a line for the log with escape sequences", "note", "escape")


def test_a_flood_of_lines(scene, row):
    trial = breach(scene, row, "100,000 lines for the log", "note", "flood")
    assert len(trial.program.log.lines) < 100


def test_a_breaker_that_flaps(scene, row):
    trial = scene()
    trial.serves()
    assert trial.attack("flapping") == UNKNOWN
    for _ in range(200):
        assert trial.ask("auth:alice:example.org:secret") == UNKNOWN
    row("a breaker that opens and closes with each request", "ten lines in ten seconds")
    trial.end()
    seconds = time.monotonic() - trial.begun
    assert trial.log.count("; circuit breaker closed") <= 10 * (2 + seconds // 10), trial.log


def test_an_exit_as_if_the_seal_had_to_grow(scene, row):
    trial = breach(scene, row, "the exit status that asks for a new program", "leave", own=YES)
    assert "ending between two frames" not in trial.log and "ended with status 13" in trial.log


def test_a_line_like_another(scene, row):
    trial = scene()
    worker = trial.serves()
    reply = trial.attack("note", "forged")
    assert reply in (NO, UNKNOWN)  # it goes on as usual; the API knows no such user
    line = trial.program.log.wait_for("forged")
    assert (line["process"], line.get("worker")) == ("monitor", str(worker))
    assert trial.program.log.text.count("\n") == trial.program.log.text.count("\ntime=")
    trial.in_step()
    row("a line for the log that looks like another", "is a message of this worker's, quoted")
    trial.end()


# -- connections ----------------------------------------------------------------------------------

CONNECTS_MAX = 144  # those of one request, ten more, and those of other requests


@pytest.mark.parametrize("argument", ["closing", "keeping"])
def test_a_flood_of_connections(argument, scene, row, api):
    before = api.connections
    trial = breach(scene, row, f"as many connections as possible, {argument} them",
                   "connect-flood", argument)
    assert api.connections - before < CONNECTS_MAX, trial.log


def test_a_rush_for_connections(scene, row, api):
    before = api.connections
    breach(scene, row, "CONNECT without waiting for an answer", "connect-rush")
    assert api.connections - before < CONNECTS_MAX


@pytest.mark.parametrize("endpoint", [1, 15, 16, 16000, 2**32 - 1])
def test_an_endpoint_that_there_is_not(endpoint, scene, row):
    breach(scene, row, f"a connection to endpoint {endpoint}", "connect-nowhere", str(endpoint))


def test_a_connection_led_elsewhere(scene, row, bystanders):
    port = bystanders.tcp.getsockname()[1]
    breach(scene, row, "connect(2) on a connection, to another server", "reconnect", str(port))


# -- before it is sealed --------------------------------------------------------------------------

IMPOSTORS = ("unsealed", "its monitor's status", "another file", "no descriptor", "no status",
             "status twice", "a descriptor with a line", "a descriptor when sealed")


@pytest.mark.parametrize("argument", IMPOSTORS)
def test_who_is_not_sealed_does_not_serve(argument, scene, row):
    trial = scene(f"start:impostor:1:{argument}")
    trial.program.log.wait_for("level=error")
    assert trial.ask("auth:alice:example.org:secret") == UNKNOWN
    assert trial.workers() == []
    assert "message=serving" not in trial.log
    row(f"not sealed, shows: {argument}", "refused to serve; killed")
    trial.end()


@pytest.mark.parametrize("count", [2, 3, 8])
def test_too_many_descriptors(count, scene, row):
    trial = scene(f"start:descriptors-passed:1:{count}")
    trial.program.log.wait_for("level=error")
    assert trial.ask("auth:alice:example.org:secret") == UNKNOWN
    assert trial.workers() == []
    row(f"{count} descriptors with a message", "breach: killed")
    trial.end()


@pytest.mark.parametrize("argument", ["outcome", "connect", "request", "connected first"])
def test_a_message_before_it_is_sealed(argument, scene, row):
    trial = scene(f"start:out-of-turn:1:{argument}")
    trial.program.log.wait_for("level=error")
    assert trial.ask("auth:alice:example.org:secret") == UNKNOWN
    assert trial.workers() == []
    row(f"before it is sealed: {argument}", "breach: killed")
    trial.end()
