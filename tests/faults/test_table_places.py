# SPDX-License-Identifier: ISC
"""Directories that are replaced, links that are turned, ports that move: a path means what it means
now, and when the program's own seal forbids that, it ends between two frames and the server starts
another one. Here the server is like ejabberd: what a program has not answered, the next one is asked
(doc/protocol.md section 2.1)."""
import json
import shutil
import signal
import subprocess
import time

import namespaces
import pytest
from e2e.program import NO, UNKNOWN, YES
from xmpp_server import RIGHT, XmppServer
from server import Api
from trial import CHEAP, until

AREA = "places"

class Place:
    """Settings and CA in folders that can be replaced: root/current/{settings.json,ca.pem}."""

    def __init__(self, root, api):
        self.root, self.api = root, api
        self.current = root / "current"
        self.settings, self.ca_file = self.current / "settings.json", self.current / "ca.pem"
        self.fill(self.current)

    def fill(self, folder, **further):
        folder.mkdir()
        folder.chmod(0o755)
        shutil.copy(self.api.ca_file, folder / "ca.pem")
        (folder / "settings.json").write_text(json.dumps(
            {"url": self.api.url, "ca_file": str(self.ca_file), "log_level": "notice", **further}))
        return folder


def renamed(place, further):
    place.fill(place.root / "new", **further)
    place.current.rename(place.root / "old")
    (place.root / "new").rename(place.current)


def removed_and_made_again(place, further):
    shutil.rmtree(place.current)
    place.fill(place.current, **further)


def turned(place, further):
    """Releases as capistrano makes them: `current` is a link."""
    place.fill(place.root / "release-2", **further)
    (place.root / "next").symlink_to("release-2")
    (place.root / "next").rename(place.current)


def as_link(place):
    place.current.rename(place.root / "release-1")
    place.current.symlink_to("release-1")


SWAPS = [pytest.param(renamed, None, id="a renamed directory"),
         pytest.param(removed_and_made_again, None, id="a directory that is made again"),
         pytest.param(turned, as_link, id="a link that is turned")]


@pytest.fixture
def place(new_place, api):
    return Place(new_place(), api)


@pytest.mark.parametrize("asked", [True, False], ids=["at SIGHUP", "by itself"])
@pytest.mark.parametrize("swap,before", SWAPS)
def test_a_place_that_is_replaced(place, note, swap, before, asked):
    """What is there now is in force, and every request gets its reply."""
    if before:
        before(place)
    with XmppServer("-c", place.settings) as server:
        server.asks_until(lambda: time.monotonic() - server.born > 2.2)
        swap(place, {"operations": "auth"})
        begin = time.monotonic()
        if asked:
            server.program.signal(signal.SIGHUP)
        server.asks_until(lambda: len(server.programs) > 1, seconds=20)
        ms = (time.monotonic() - begin) * 1000
        assert "was sealed for" in server.programs[0].log.text
        assert "starting afresh" in server.programs[0].log.text or \
            "program again" in server.programs[0].log.text
        server.asks_until(lambda: server.replies and len(server.replies) > 20)
        assert server.ask("isuser:alice:example.org")[0] == NO, "the new settings are in force"
        assert min(server.lives) > 1.2
        assert server.lost <= 1
        note(f"{server.lost} asked twice", ms)


@pytest.mark.parametrize("move", ["port", "files"])
def test_settings_that_lead_elsewhere(place, new_place, api, authority, note, move):
    with XmppServer("-c", place.settings) as server, \
            Api(new_place(), authority=authority, cost=CHEAP) as other:
        other.accounts.register("alice@example.org", "secret")
        server.asks_until(lambda: time.monotonic() - server.born > 2.2)
        settings = json.loads(place.settings.read_text())
        if move == "port":
            settings["url"] = other.url
        else:
            elsewhere = new_place() / "ca.pem"
            shutil.copy(api.ca_file, elsewhere)
            settings["ca_file"] = str(elsewhere)
        before = other.request_count
        place.settings.write_text(json.dumps(settings))
        server.program.signal(signal.SIGHUP)
        begin = time.monotonic()
        server.asks_until(lambda: len(server.programs) > 1)
        ms = (time.monotonic() - begin) * 1000
        server.asks_until(lambda: len(server.replies) > 20)
        assert (other.request_count > before) == (move == "port")
        assert server.lost <= 1
        note(f"{server.lost} asked twice", ms)


def writable(folder):
    folder.mkdir()
    folder.chmod(0o777)
    return folder


@pytest.mark.parametrize("asked", [True, False], ids=["at SIGHUP", "by itself"])
@pytest.mark.parametrize("is_directory", [False, True], ids=["a file in it", "the directory"])
def test_the_directory_of_the_log_is_replaced(place, new_place, note, is_directory, asked):
    folder = writable(new_place() / "log")
    log = folder / "extauth.log"
    with XmppServer("-c", place.settings, "--log", folder if is_directory else log) as server:
        server.asks_until(lambda: time.monotonic() - server.born > 2.2)
        folder.rename(folder.with_name("old"))
        writable(folder)
        begin = time.monotonic()
        if asked:
            server.program.signal(signal.SIGHUP)
        server.asks_until(lambda: log.exists() and "message=serving" in log.read_text())
        ms = (time.monotonic() - begin) * 1000
        assert "program again" in (folder.with_name("old") / "extauth.log").read_text()
        assert len(server.programs) == 2 and server.lost <= 1
        assert ms < 10_000
        note(f"{server.lost} asked twice", ms)


@namespaces.need("mount")
def test_another_file_system_is_mounted_there(place, note):
    with XmppServer("-c", place.settings, prefix=["unshare", "-m"]) as server:
        server.asks_until(lambda: time.monotonic() - server.born > 2.2)
        new = place.fill(place.root / "new", operations="auth")
        subprocess.run(["nsenter", "-t", str(server.program.monitor), "-m", "mount", "--bind", new,
                        place.current], check=True)
        server.program.signal(signal.SIGHUP)
        server.program.log.wait_for("program again")
        assert until(lambda: server.program.process.poll() is not None)
        note("ends")


def test_what_is_gone_is_said_and_the_program_stays(place, note):
    """A missing file has nothing to do with the seal."""
    with XmppServer("-c", place.settings) as server:
        server.asks_until(lambda: time.monotonic() - server.born > 2.2)
        place.ca_file.unlink()
        server.program.signal(signal.SIGHUP)
        server.program.log.wait_for("cannot be opened: No such file")
        server.asks_until(lambda: len(server.replies) > 200)
        assert len(server.programs) == 1
        note(YES)


def test_the_first_start_does_not_end_early(place, note):
    """Replaced while it starts: it runs for at least two seconds, and replies."""
    with XmppServer("-c", place.settings) as server:
        reply, _ = server.ask(RIGHT)
        renamed(place, {})
        server.program.signal(signal.SIGHUP)
        while len(server.programs) == 1:
            assert server.ask(RIGHT)[0] in (YES, UNKNOWN)
        assert min(server.lives) > 1.9
        note(reply, min(server.lives) * 1000)
