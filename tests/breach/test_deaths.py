# SPDX-License-Identifier: ISC
"""A worker is killed in each state by each signal: one reply for each frame, and the next is right."""
import os
import signal

import pytest

from e2e.program import wait_until_asleep
from scene import NO, UNKNOWN, YES, until

WHERE = "worker, deaths"

SIGNALS = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGABRT", "SIGFPE", "SIGSYS", "SIGTRAP", "SIGKILL")


def kill(pid, name):
    os.kill(pid, getattr(signal, name))


@pytest.mark.parametrize("name", SIGNALS)
def test_while_it_prepares_itself(name, scene, row):
    trial = scene("start:hang:1:x")
    assert until(trial.workers)
    worker = trial.workers()[0]
    kill(worker, name)
    trial.gone(worker)
    assert trial.ask("auth:mallory:example.org:x") == UNKNOWN
    row(f"{name} while it prepares itself", "unavailable")
    trial.end()


@pytest.mark.parametrize("name", SIGNALS)
def test_while_it_waits(name, scene, row):
    trial = scene()
    worker = trial.serves()
    wait_until_asleep(worker)
    kill(worker, name)
    trial.gone(worker)
    reply = trial.ask("auth:alice:example.org:secret")
    assert reply in (YES, UNKNOWN)
    trial.in_step()
    row(f"{name} while it waits", "replaced")
    trial.end()


@pytest.mark.parametrize("name", SIGNALS)
def test_while_it_has_a_request(name, scene, row):
    trial = scene()
    worker = trial.serves()
    trial.send("auth:attack-hang:example.org:x")
    assert not trial.program.log.lines[-1].startswith("message=request")
    assert trial.program.says_nothing(0.1)
    kill(worker, name)
    assert trial.reply() == UNKNOWN
    trial.gone(worker)
    trial.in_step()
    row(f"{name} while it has a request", "that request: unavailable")
    trial.end()


@pytest.mark.parametrize("name", SIGNALS)
def test_after_its_answer(name, scene, row):
    trial = scene()
    worker = trial.serves()
    assert trial.attack("answer-and-hang") == NO
    kill(worker, name)
    trial.gone(worker)
    trial.in_step()
    row(f"{name} after its answer", "replaced")
    trial.end()


@pytest.mark.parametrize("status", [0, 1, 11, 12, 255])
def test_it_leaves(status, scene, row):
    trial = scene()
    worker = trial.serves()
    assert trial.attack("exit", str(status)) == UNKNOWN
    trial.gone(worker)
    trial.in_step()
    row(f"exit({status}) with a request", "that request: unavailable")
    trial.end()
