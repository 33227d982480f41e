# SPDX-License-Identifier: ISC
"""Settings and files are read again without a gap, by a fresh worker."""
import json
import os
import signal
import threading

import faults
import pytest

from .program import NO, UNKNOWN, YES, Program, is_alive, wait_until_gone


@pytest.fixture
def settings(place, api):
    """settings(**keys) writes the settings file and returns its path."""
    path = place / "settings.json"

    def write(**keys):
        new = path.with_suffix(".new")
        new.write_text(json.dumps({"url": api.url, "ca_file": str(api.ca_file),
                                   "log_level": "info", **keys}))
        new.rename(path)
        return path

    return write


@pytest.fixture
def reloadable(settings):
    with Program("-c", settings()) as program:
        yield program


def test_a_hangup_signal_makes_a_fresh_worker(reloadable):
    first = reloadable.serving()
    assert reloadable.ask("isuser:alice:example.org") == YES
    reloadable.signal(signal.SIGHUP)
    second = reloadable.serving(2)
    assert second != first
    assert wait_until_gone(first, 5)
    assert reloadable.ask("isuser:alice:example.org") == YES


def test_the_request_under_way_is_finished_by_the_old_worker(reloadable, api):
    held = faults.Held()
    api.faults.add(held)
    reloadable.serving()
    reloadable.send("isuser:alice:example.org")
    assert api.wait_for(lambda: api.requests)
    reloadable.signal(signal.SIGHUP)
    reloadable.log.wait_for("reading the settings again")
    held.release()
    assert reloadable.read() == YES
    reloadable.serving(2)
    assert reloadable.ask("isuser:nobody:example.org") == NO


def test_half_a_frame_stays_with_the_worker_that_has_it(reloadable):
    first = reloadable.serving()
    whole = b"\0\x18isuser:alice:example.org"
    reloadable.write(whole[:7])
    reloadable.signal(signal.SIGHUP)
    reloadable.log.wait_for("reading the settings again")
    reloadable.write(whole[7:])
    assert reloadable.read() == YES
    assert reloadable.serving(2) != first
    assert reloadable.ask("isuser:alice:example.org") == YES


def test_no_request_is_lost_while_reloads_rain(reloadable):
    reloadable.serving()
    stop = threading.Event()

    def storm():
        while not stop.wait(0.01):
            reloadable.signal(signal.SIGHUP)

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        for count in range(300):
            name, reply = (("alice", YES), ("nobody", NO))[count % 2]
            assert reloadable.ask(f"isuser:{name}:example.org") == reply
    finally:
        stop.set()
        thread.join()
    assert reloadable.ask("isuser:alice:example.org") == YES
    assert reloadable.close() == (0, b"")


@pytest.mark.parametrize("wrong,named", [
    ({"url": "http://x"}, "only https://"), ({"deadlin": 1}, "did you mean"),
    ({"ca_file": "/nonexistent/ca.pem"}, "/nonexistent/ca.pem"),
    ({"bearer_file": "/nonexistent/token"}, "/nonexistent/token")])
def test_wrong_settings_leave_the_old_ones_in_force(reloadable, settings, wrong, named):
    first = reloadable.serving()
    settings(**wrong)
    reloadable.signal(signal.SIGHUP)
    assert named in reloadable.log.wait_for(named)["message"]
    reloadable.log.wait_for("keeping the current settings")
    assert is_alive(first)
    assert reloadable.ask("isuser:alice:example.org") == YES


def test_a_file_that_changes_is_noticed_without_a_signal(reloadable, settings):
    first = reloadable.serving()
    settings(deadline=5)
    reloadable.log.wait_for("has changed", 15)
    assert reloadable.serving(2) != first
    assert reloadable.ask("isuser:alice:example.org") == YES


def test_what_was_wrong_at_the_start_is_fixed_by_a_reload(settings):
    path = settings(deadlin=5)
    with Program("-c", path) as program:
        assert program.ask("isuser:alice:example.org") == UNKNOWN
        program.log.wait_for("did you mean")
        settings()
        program.signal(signal.SIGHUP)
        program.serving()
        assert program.ask("isuser:alice:example.org") == YES
        assert program.close() == (0, b"")


def test_another_url_takes_effect(reloadable, settings, api):
    reloadable.ask("isuser:alice:example.org")
    assert api.requests[-1].path == "/exists"
    settings(url=f"{api.url}/v2")
    reloadable.signal(signal.SIGHUP)
    reloadable.serving(2)
    assert reloadable.ask("isuser:alice:example.org") == YES
    assert api.requests[-1].path == "/v2/exists"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_termination_signal_lets_the_request_finish_and_then_ends(reloadable, api, number):
    held = faults.Held()
    api.faults.add(held)
    reloadable.serving()
    reloadable.send("isuser:alice:example.org")
    assert api.wait_for(lambda: api.requests)
    monitor = reloadable.monitor
    os.kill(monitor, number)
    held.release()
    assert reloadable.read() == YES
    assert reloadable.process.wait(10) == 0
