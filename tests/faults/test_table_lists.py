# SPDX-License-Identifier: ISC
"""Revocation lists that become unusable while requests come without a pause: once that is noticed,
no request is granted until a list can be loaded again."""
import json
import os
import shutil
import signal
import time

import faults
import pytest
from e2e.program import NO, UNKNOWN, YES, Program
from xmpp_server import RIGHT, WRONG, XmppServer
from trial import in_order, until

AREA = "lists"

NOTICED = "this revocation list differs from the one in force"
PROMPT = 12  # seconds in which a change is noticed and a worker started, on a busy machine


class Place:
    """Settings, CA and revocation list in a folder."""

    def __init__(self, folder, api, authority):
        self.folder, self.api = folder, api
        self.lists = authority.revoke([], name="crl-of-lists").read_text()
        self.lists_file, self.ca_file = folder / "crl.pem", folder / "ca.pem"
        self.settings = folder / "settings.json"
        self.ca_file.write_text(api.ca_file.read_text())
        self.restore()

    def restore(self):
        self.write(self.lists_file, self.lists)
        self.set()

    def set(self, **further):
        self.write(self.settings, json.dumps({
            "url": self.api.url, "ca_file": str(self.ca_file), "crl_file": str(self.lists_file),
            "deadline": 5, **further}))

    @staticmethod
    def write(path, text):
        beside = path.with_name("new")
        beside.write_text(text)
        beside.chmod(0o644)
        if path.is_dir():
            path.rmdir()
        beside.rename(path)


# -- what happens to a list, and what the log says of it -------------------------------------------

def no_user_may_read_it(place):
    place.lists_file.chmod(0)


def others_may_write_it(place):
    place.lists_file.chmod(0o666)


def it_is_gone(place):
    place.lists_file.unlink()


def it_is_empty(place):
    place.write(place.lists_file, "")


def it_is_garbage(place):
    place.write(place.lists_file, "garbage\n")


def it_is_cut(place):
    place.write(place.lists_file, place.lists[:len(place.lists) // 2])


def it_is_written_in_place(place):
    place.lists_file.write_text(place.lists.replace("A", "B"))


def it_is_a_certificate(place):
    place.write(place.lists_file, place.ca_file.read_text())


def it_is_a_directory(place):
    place.lists_file.unlink()
    place.lists_file.mkdir()


def it_is_a_fifo(place):
    place.lists_file.unlink()
    os.mkfifo(place.lists_file)


def it_leads_round_in_a_circle(place):
    place.lists_file.unlink()
    place.lists_file.symlink_to(place.lists_file.name)


def it_changes_with_settings_that_are_refused(place):
    """It could be read; but invalid settings read no file."""
    place.write(place.lists_file, place.lists)
    place.write(place.settings, "{")


def it_changes_with_a_ca_that_is_refused(place):
    place.write(place.lists_file, place.lists)
    place.write(place.ca_file, "garbage\n")


def the_settings_name_one_that_is_not_there(place):
    place.set(crl_file=str(place.folder / "other.pem"))


DEFECTS = {
    no_user_may_read_it: "cannot be opened",
    others_may_write_it: "chmod o-w",
    it_is_gone: "No such file",
    it_is_empty: "contains no revocation lists",
    it_is_garbage: "contains no revocation lists",
    it_is_cut: "cannot read revocation lists (PEM)",
    it_is_written_in_place: "cannot read revocation lists (PEM)",
    it_is_a_certificate: "contains no revocation lists",
    it_is_a_directory: "is not a regular file",
    it_is_a_fifo: "is not a regular file",
    it_leads_round_in_a_circle: "Too many levels",
    it_changes_with_settings_that_are_refused: "settings.json",
    it_changes_with_a_ca_that_is_refused: "contains no CA certificates",
    the_settings_name_one_that_is_not_there: "other.pem: cannot be opened",
}


def words(function):
    return function.__name__.replace("_", " ")


@pytest.fixture
def place(new_place, api, authority):
    place = Place(new_place(), api, authority)
    yield place
    place.folder.chmod(0o755)


def serves_again(server):
    return "message=serving" in server.program.log.text.rpartition(NOTICED)[2]


def asks_until(server, predicate, seconds=PROMPT):
    """Asks all the time. Each reply must be the true one, or "unavailable"; and none but that one
    behind the line in the log, until a line there says that a worker serves again."""
    end, counts = time.monotonic() + seconds, {YES: 0, NO: 0, UNKNOWN: 0}
    while not predicate():
        assert time.monotonic() < end, server.program.log.text
        for payload, reply in ((RIGHT, YES), (WRONG, NO)):
            before = NOTICED in server.program.log.text
            got = server.ask(payload)[0]
            counts[got] += 1
            assert got in (reply, UNKNOWN), server.program.log.text
            if before and got != UNKNOWN:
                assert until(lambda: serves_again(server), seconds=2), server.program.log.text
    return counts


ROWS = [pytest.param(defect, True, id=words(defect)) for defect in DEFECTS] + \
    [pytest.param(defect, False, id=words(defect) + ", by itself")
     for defect in (it_is_gone, it_is_written_in_place)]


@pytest.mark.parametrize("defect,asked", ROWS)
def test_no_list_means_no_yes(place, note, defect, asked):
    with XmppServer("-c", place.settings) as server:
        server.asks_until(lambda: len(server.replies) > 4)
        defect(place)
        begin = time.monotonic()
        if asked:
            server.program.signal(signal.SIGHUP)
        asks_until(server, lambda: NOTICED in server.program.log.text)
        ms = (time.monotonic() - begin) * 1000
        line = server.program.log.wait_for(NOTICED)["message"]
        named = "other.pem" if "other.pem" in DEFECTS[defect] else "crl.pem"
        assert line.startswith(str(place.folder / named)), line
        assert DEFECTS[defect] in server.program.log.text.partition(NOTICED)[0]
        reasons = len(server.program.log.lines)
        end = time.monotonic() + 0.3
        counts = asks_until(server, lambda: time.monotonic() > end)
        assert counts[YES] == counts[NO] == 0 and counts[UNKNOWN] > 0
        assert "a revocation list has changed, and cannot be loaded" in "\n".join(
            server.program.log.lines[reasons - 3:])
        place.write(place.ca_file, place.api.ca_file.read_text())
        place.restore()
        if asked:
            server.program.signal(signal.SIGHUP)
        asks_until(server, lambda: serves_again(server))
        in_order(server.program)
        assert len(server.programs) == 1, "no program has ended for it"
        note(UNKNOWN, ms)


def renamed(place):
    """Everything that the settings name is now in another folder, which the seal does not allow."""
    new = place.folder.with_name("new-lists")
    new.mkdir()
    new.chmod(0o755)
    for file in place.settings, place.ca_file, place.lists_file:
        Place.write(new / file.name, file.read_text())
    old = place.folder.with_name("old-lists")
    place.folder.rename(old)
    new.rename(place.folder)
    shutil.rmtree(old)


def test_a_list_where_the_seal_does_not_reach(place, note):
    """The program ends for that reason, at once: until then no request is granted."""
    with XmppServer("-c", place.settings) as server:
        server.asks_until(lambda: time.monotonic() - server.born > 2.2)
        renamed(place)
        server.program.signal(signal.SIGHUP)
        begin = time.monotonic()
        asks_until(server, lambda: len(server.programs) > 1)
        ms = (time.monotonic() - begin) * 1000
        first = server.programs[0].log.text
        assert first.index("program again") < first.index(NOTICED)
        asks_until(server, lambda: "message=serving" in server.program.log.text)
        in_order(server.program)
        note(UNKNOWN, ms)


def test_a_request_under_way(place, api, note):
    """The API that was asked is not trusted any more."""
    with Program("-c", place.settings) as program:
        in_order(program)
        before = api.request_count
        api.faults.add(faults.hang())
        program.send(RIGHT)
        assert api.wait_for(lambda: api.request_count > before)
        place.lists_file.unlink()
        program.signal(signal.SIGHUP)
        program.log.wait_for(NOTICED)
        assert program.read(seconds=1) == UNKNOWN
        assert program.log.wait_for("without a worker")["reason"].startswith("a revocation list")
        place.restore()
        program.serving(2)
        in_order(program)
        note(UNKNOWN)


def another_ca_is_garbage(place):
    place.write(place.ca_file, "garbage\n")


def the_settings_are_garbage(place):
    place.write(place.settings, "{")


@pytest.mark.parametrize("defect", [another_ca_is_garbage, the_settings_are_garbage], ids=words)
def test_the_list_in_force_goes_on(place, note, defect):
    """An error elsewhere withdraws no trust."""
    with XmppServer("-c", place.settings) as server:
        server.asks_until(lambda: len(server.replies) > 4)
        defect(place)
        server.program.signal(signal.SIGHUP)
        server.asks_until(lambda: "keeping the current settings" in server.program.log.text)
        server.asks_until(lambda: len(server.replies) > 100)
        assert NOTICED not in server.program.log.text
        note(YES)


def test_an_older_list_is_a_list(place, authority, note):
    """The program keeps no list to compare with: the operator's list is in force."""
    younger = authority.revoke([], name="crl-of-lists", days=2).read_text()
    place.lists, older = younger, place.lists
    place.restore()
    with XmppServer("-c", place.settings) as server:
        server.asks_until(lambda: len(server.replies) > 4)
        place.write(place.lists_file, older)
        server.program.signal(signal.SIGHUP)
        server.asks_until(lambda: server.program.log.text.count("message=serving") > 1)
        note(YES)
