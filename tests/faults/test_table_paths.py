# SPDX-License-Identifier: ISC
"""Files that decide what is trusted, or that contain secrets: accepted where no other user can have
put them, and otherwise refused with the command that fixes it, which is run here."""
import json
import os
import re
import shutil
import signal
import subprocess

import pytest
from e2e.program import PATH, UNKNOWN, YES, Program
from trial import end, in_order

AREA = "paths"

STRANGER = 4711  # neither root nor the program's user
OURS = 65534  # the user nobody, which it becomes when it is started as root
ISUSER = "isuser:alice:example.org"

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to give files to others")

SECRETS = "client_key", "bearer_file", "basic_file", "hmac_key_file"
FILES = "settings", "ca_file", "crl_file", "client_certificate", *SECRETS


class Place:
    """What the settings name, each file in a folder of its own: outer/inner/file."""

    def __init__(self, root, api, authority, chosen):
        self.chosen = chosen
        self.path = {}
        contents = {
            "ca_file": api.ca_file.read_text(), "crl_file": authority.crl,
            "bearer_file": "token\n", "basic_file": "user:password\n",
            "hmac_key_file": "0" * 32 + "\n"}
        contents["client_certificate"], contents["client_key"] = authority.client
        wanted = {"settings", "ca_file", chosen}
        if chosen in ("client_certificate", "client_key"):
            wanted |= {"client_certificate", "client_key"}
        settings = {"url": api.url, "log_level": "info"}
        for name in sorted(wanted - {"settings"}):
            self.path[name] = self.make(root / name, contents[name], name in SECRETS)
            settings[name] = str(self.path[name])
        self.path["settings"] = self.make(root / "settings", json.dumps(settings), False)
        self.file = self.path[chosen]
        self.inner, self.outer = self.file.parent, self.file.parent.parent

    @staticmethod
    def make(folder, text, secret):
        path = folder / "outer" / "inner" / "file"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(0o640 if secret else 0o644)
        if secret:
            os.chown(path, 0, OURS)
        return path


@pytest.fixture(scope="module")
def material(authority):
    """A revocation list, and a client's certificate with its key."""
    authority.client = tuple(path.read_text() for path in authority.issue(
        names=["client.example"], ips=[], name="client-of-paths"))
    authority.crl = authority.revoke([], name="crl-of-paths").read_text()
    return authority


# -- what may be wrong -----------------------------------------------------------------------------

def others_write(place):
    place.file.chmod(place.file.stat().st_mode | 0o002)


def a_group_writes(place):
    os.chown(place.file, -1, STRANGER)
    place.file.chmod(0o664 if place.chosen not in SECRETS else 0o620)
    if place.chosen in SECRETS:
        os.chown(place.file, OURS, -1)


def a_stranger_owns(place):
    os.chown(place.file, STRANGER, -1)


def others_write_its_folder(place):
    place.inner.chmod(0o777)


def a_group_writes_the_folder_above(place):
    os.chown(place.outer, -1, STRANGER)
    place.outer.chmod(0o775)


def a_stranger_owns_the_folder_above(place):
    os.chown(place.outer, STRANGER, -1)


def a_strangers_link(place):
    real = place.inner / "real"
    place.file.rename(real)
    place.file.symlink_to(real)
    os.lchown(place.file, STRANGER, -1)


def a_link_through_a_folder_of_others(place):
    """The link and its target are ours; but others can change a folder on the way."""
    away = place.outer / "away"
    away.mkdir()
    (away / "turn").symlink_to(place.inner)
    away.chmod(0o777)
    place.inner.rename(place.outer / "kept")
    place.inner = place.outer / "inner"
    place.inner.mkdir()
    (away / "turn").unlink()
    (away / "turn").symlink_to(place.outer / "kept")
    place.file.symlink_to(away / "turn" / "file")


def others_read(place):
    place.file.chmod(0o644)


def a_foreign_group_reads(place):
    os.chown(place.file, OURS, STRANGER)
    place.file.chmod(0o640)


DEFECTS = [others_write, a_group_writes, a_stranger_owns, others_write_its_folder,
           a_group_writes_the_folder_above, a_stranger_owns_the_folder_above, a_strangers_link,
           a_link_through_a_folder_of_others]
UNSAFE = [(file, defect) for file in FILES for defect in DEFECTS]
UNSAFE += [(file, defect) for file in SECRETS for defect in (others_read, a_foreign_group_reads)]


def words(function):
    return function.__name__.replace("_", " ")


def ids(rows):
    return [f"{file}: {words(function)}" for file, function in rows]


def fix(program, place, tries=3):
    """Does what the log says until it serves; returns the commands."""
    done = []
    while "message=serving" not in program.log.text:
        assert len(done) < tries, program.log.text
        line = program.log.wait_for("with: ch", count=len(done) + 1)["message"]
        assert str(place.file) in line
        command = re.search(r"with: (ch(?:mod|own) .*)$", line)[1]
        subprocess.run(command.split(), check=True)
        done.append(command)
        program.signal(signal.SIGHUP)
        assert program.log.wait_for("reading the settings again", count=len(done))
        wait_for_either(program, "message=serving", len(done) + 1)
    return done


def wait_for_either(program, word, count):
    """Waits until it serves, or logs something more."""
    program.log.wait_until(lambda lines: any(word in line for line in lines) or
                           sum("with: ch" in line for line in lines) >= count)


@pytest.mark.parametrize("file,defect", UNSAFE, ids=ids(UNSAFE))
def test_unsafe(new_place, api, material, note, file, defect):
    place = Place(new_place(), api, material, file)
    defect(place)
    with Program("-c", place.path["settings"]) as program:
        program.log.wait_for("with: ch")
        assert "refused to serve" in program.log.text or file == "settings"
        reply = program.ask(ISUSER)
        assert reply == UNKNOWN
        fix(program, place)
        assert program.ask(ISUSER) == YES
        end(program)
    note(reply)


# -- what is no file -------------------------------------------------------------------------------

def a_fifo(place):
    place.file.unlink()
    os.mkfifo(place.file)


def a_folder(place):
    place.file.unlink()
    place.file.mkdir()


def a_device(place):
    place.file.unlink()
    place.file.symlink_to("/dev/zero")


STRANGE = [(file, defect) for file in FILES for defect in (a_fifo, a_folder, a_device)]


@pytest.mark.parametrize("file,defect", STRANGE, ids=ids(STRANGE))
def test_no_file(new_place, api, material, note, file, defect):
    """It neither waits nor reads."""
    place = Place(new_place(), api, material, file)
    defect(place)
    with Program("-c", place.path["settings"]) as program:
        line = program.log.wait_for("is not a regular file")["message"]
        assert str(place.file) in line
        reply = program.ask(ISUSER)
        assert reply == UNKNOWN
        end(program)
    note(reply)


# -- what is safe ----------------------------------------------------------------------------------

def ours(place):
    os.chown(place.file, OURS, -1)


def our_group_writes(place):
    os.chown(place.file, 0, OURS)
    place.file.chmod(0o664 if place.chosen not in SECRETS else 0o660)


def a_sticky_folder(place):
    place.inner.chmod(0o1777)


def a_link(place):
    real = place.outer / "real"
    place.file.rename(real)
    place.file.symlink_to("../real")


def a_turned_folder(place):
    """A secret as Kubernetes mounts it: file, a link to ..data/file, a link to a folder."""
    data = place.inner / "..2026"
    data.mkdir()
    place.file.rename(data / "file")
    (place.inner / "..data").symlink_to(data.name)
    place.file.symlink_to("..data/file")


SAFE = [(file, shape) for file in FILES for shape in
        (ours, our_group_writes, a_sticky_folder, a_link, a_turned_folder)]


@pytest.mark.parametrize("file,shape", SAFE, ids=ids(SAFE))
def test_safe(new_place, api, material, note, file, shape):
    place = Place(new_place(), api, material, file)
    shape(place)
    with Program("-c", place.path["settings"]) as program:
        reply = program.ask(ISUSER)
        assert reply == YES, program.log.text
        end(program)
    note(reply)


# -- later on, and in --check ----------------------------------------------------------------------

@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file}: becomes unsafe")
def test_becomes_unsafe(new_place, api, material, note, file):
    place = Place(new_place(), api, material, file)
    with Program("-c", place.path["settings"]) as program:
        in_order(program)
        others_write(place)
        program.signal(signal.SIGHUP)
        line = program.log.wait_for("with: chmod o")["message"]
        assert str(place.file) in line
        end(program)
    note(UNKNOWN)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file}: --check says the same")
def test_check_says_the_same(new_place, api, material, note, file):
    place = Place(new_place(), api, material, file)
    others_write_its_folder(place)
    run = subprocess.run([PATH, "--check", "-c", place.path["settings"]], text=True,
                         capture_output=True, check=False, timeout=30, env={})
    assert run.returncode != 0
    assert f"{place.file}: others can replace it" in run.stdout + run.stderr
    assert f"chmod o-w {place.inner}" in run.stdout + run.stderr
    note(b"", 0)


def test_a_long_path_is_told_whole(new_place, api, material, note):
    place = Place(new_place(), api, material, "ca_file")
    deep = place.inner
    while len(str(deep)) < 380:
        deep = deep / ("d" * 50)
    deep.mkdir(parents=True)
    shutil.copy(place.file, deep / "ca.pem")
    deep.chmod(0o777)
    with Program("--ca-file", deep / "ca.pem", api.url) as program:
        message = program.log.wait_for("with: chmod")["message"]
        assert message.endswith(f"chmod o-w {deep}") and f"{deep}/ca.pem: others" in message
        assert program.ask(ISUSER) == UNKNOWN
        end(program)
    note(UNKNOWN)
