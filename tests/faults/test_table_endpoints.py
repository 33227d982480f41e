# SPDX-License-Identifier: ISC
"""Two endpoints: only what the first one does not take goes to the second."""
from contextlib import contextmanager, nullcontext

import connection_faults as connections
import faults
import pytest
from certificates import Authority
from e2e.program import UNKNOWN, YES
from server import tls_context
from trial import (GRANTED, SLACK, UNAVAILABLE, Trial, certified, cut, down, end, footprint,
                   footprint_at_rest,
                   on_connection, on_fresh, on_request, unreachable, until)

AREA = "urls"


def stranger(api):
    folder = api.ca_file.parent / "stranger"
    return certified(api, tls_context(*(Authority(folder).issued() or Authority(folder).issue())))


@contextmanager
def resets_and_is_gone(api):
    """The kept connection dies when it is used, and a new one fails."""
    with on_request(faults.reset())(api):
        api.faults.add_for_connections(connections.close_in_handshake())
        yield


# name, fault of the first, verdict, which were asked, operation
ROWS = [
    ("first refuses", down, GRANTED, "second"),
    ("first drops every packet", unreachable, GRANTED, "second"),
    ("first says nothing", on_connection(connections.silence()), GRANTED, "second"),
    ("first closes in the handshake", on_connection(connections.close_in_handshake()), GRANTED,
     "second"),
    ("first is a stranger", stranger, GRANTED, "second"),
    ("first refuses a registration", down, GRANTED, "second", "tryregister"),
    ("first answers 503", on_request(faults.answer(503)), UNAVAILABLE, "first"),
    ("first hangs", on_request(faults.hang()), UNAVAILABLE, "first"),
    ("first resets a new connection", on_fresh(faults.reset()), UNAVAILABLE, "first"),
    ("first resets a kept connection", on_request(faults.reset()), GRANTED, "first"),
    ("first resets a kept one and a new one", on_request(faults.reset(), times=2), UNAVAILABLE,
     "first"),
    ("first resets a kept one and is gone", resets_and_is_gone, GRANTED, "both"),
    ("first resets a registration", on_request(faults.reset(perform=True)), UNAVAILABLE, "first",
     "tryregister"),
]


@pytest.mark.parametrize("fault,verdict,asked,operation", [
    pytest.param(fault, verdict, asked, *operation or ["auth"], id=name)
    for name, fault, verdict, asked, *operation in ROWS])
def test_row(start, api, other, note, fault, verdict, asked, operation):
    """What may have reached the first one is not sent to the second; and the next request finds
    one that works."""
    trial = Trial(start, "ejabberd", "--connect-timeout", "1.5", "--url", api.url, deadline=5,
                  url=other.url)
    trial.in_order()
    before, first, second = footprint_at_rest(trial.program), api.request_count, other.request_count
    with fault(api):
        reply, ms, line = trial.ask(operation)
        assert line["verdict"] == verdict, line
        assert ms < (trial.deadline + SLACK) * 1000
        assert (other.request_count - second) == (0 if asked == "first" else 1)
        assert (api.request_count - first) <= (0 if asked == "second" else 2)
    # the breaker counts for both, so one failure makes no difference
    trial.in_order()
    assert (other.request_count > second) == (asked != "first" or verdict == UNAVAILABLE)
    # one more connection is kept: to the second
    assert until(lambda: sum(footprint(trial.program)) <= sum(before) + 1), footprint(trial.program)
    end(trial.program)
    note(reply, ms)


def test_both_are_down(start, api, other, note):
    trial = Trial(start, "ejabberd", "--url", api.url, url=other.url)
    trial.in_order()
    with down(api), down(other):
        reply, ms, line = trial.ask()
        assert (reply, line["verdict"]) == (UNKNOWN, UNAVAILABLE)
    trial.in_order()
    end(trial.program)
    note(reply, ms)


@pytest.mark.parametrize("lives", ["first", "second"], ids=lambda name: f"only the {name}")
def test_one_comes_back(start, api, other, note, lives):
    trial = Trial(start, "ejabberd", "--url", api.url, url=other.url)
    with down(other) if lives == "first" else nullcontext(), \
            down(api) if lives == "second" else nullcontext():
        cut(other if lives == "second" else api)
        for _ in range(3):
            trial.in_order()
        reply, ms, _ = trial.ask()
    assert reply == YES
    trial.in_order()
    end(trial.program)
    note(reply, ms)
