# SPDX-License-Identifier: ISC
"""Each row of the matrix, against each of its servers: a good one is asked; of a bad one the log
says what is wrong, and it does not get one byte of the request."""
import dataclasses
import json
import os
import subprocess

import pytest
from certificates import pin
from e2e.program import UNKNOWN, YES, Program

from .handmade import HANDMADE
from .matrix import BAD, GOOD
from .pki import hide, openssl
from .servers import Handmade, Nginx, OpensslServer, Setup

SERVERS = {kind.name: kind for kind in (OpensslServer, Nginx)}
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
HOSTS = "127.0.0.1 localhost auth.example.org api.auth.example.org example.org\n"

REQUEST = "isuser:alice:example.org"
OPTIONS = ("--log-level", "info", "--log-format", "json", "--connect-timeout", "15")
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def runs(rows):
    return [pytest.param(row, server, id=f"{row.name} - {server}")
            for row in rows for server in row.on]


class Case:
    """A row with its certificates and files."""

    def __init__(self, row, pki, place):
        self.row, self.pki, self.place = row, pki, place
        leaf = dict(row.leaf)
        stray = leaf.pop("stray", None)
        self.cert_file, self.key_file = pki.leaf(row.by, **leaf)
        if stray:
            with self.cert_file.open("a") as file:
                file.write(pki.authority(stray).ca_file.read_text())

    def setup(self):
        server = {key: self.fill(value) for key, value in self.row.server.items()}
        if kind := server.get("staple"):
            about = self.pki.leaf(self.row.by)[0] if kind == "another" else self.cert_file
            kind = kind.replace("another", "good")
            server["staple"] = self.pki.staple(kind, about, self.row.by)
        return Setup(self.cert_file, self.key_file, **server)

    def fill(self, word):
        """@WHAT:WHO[:…] as the path or pin that it stands for."""
        if not isinstance(word, str) or not word.startswith("@"):
            return word
        what, _, who = word[1:].partition(":")
        if what == "pin":
            return pin(self.cert_file) if who == "leaf" else self.pki.pin_of(who)
        if what == "crl":
            return self.pki.crl(who)
        if what == "crl-against":
            return self.pki.crl_against(self.cert_file)
        if what == "dh":
            return self.pki.dh(int(who))
        if what == "ca":
            return self.pki.authority(who).ca_file
        if what == "hashed":
            return self.hashed(who)
        if what == "client":
            return self.client(who)
        return self.pki.authority(what).ca_file

    def client(self, who):
        """KEY-TYPE:crt, :key, or :old for the key in the format of its algorithm."""
        algorithm, _, rest = who.partition(":")
        parts = rest.split(":") if algorithm != "ED25519" else ["", *rest.split(":")]
        key_type = ":".join(filter(None, [algorithm, parts[0]]))
        files = self.pki.client(key_type, *parts[2:])
        if parts[1] == "crt":
            return files[0]
        if parts[1] == "key":
            return files[1]
        old = self.place / "old.key"
        command = "rsa" if algorithm == "RSA" else "ec"
        traditional = ["-traditional"] if algorithm == "RSA" else []
        openssl(command, *traditional, "-in", files[1], "-out", old)
        assert "BEGIN " + command.upper() in old.read_text()
        hide(old)
        return old

    def hashed(self, who):
        """A folder as SSL_CERT_DIR wants it."""
        folder = self.place / "hashed"
        folder.mkdir()
        (folder / "ca.pem").write_bytes(self.pki.authority(who).ca_file.read_bytes())
        openssl("rehash", folder)
        return folder

    def program(self, port):
        row = self.row
        options = [self.fill(word) for word in row.options.split()]
        if row.trust:
            options += ["--ca-file", self.pki.authority(row.trust).ca_file]
        name, _, value = row.env.partition("=")
        env = ENVIRONMENT | ({name: str(self.fill(value))} if name else {})
        return Program(*OPTIONS, *options,
                       f"https://{row.host}:{port}", env=env, prefix=self.prefix())

    def prefix(self):
        """A mount namespace in which other names are known, or another system store."""
        mounts = {}
        if self.row.host.lower() not in ("localhost", "127.0.0.1"):
            mounts["/etc/hosts"] = self.place / "hosts"
            mounts["/etc/hosts"].write_text(HOSTS)
        if self.row.system:
            mounts[BUNDLE] = self.pki.authority(self.row.system).ca_file
        if not mounts:
            return ()
        if not may_mount():
            pytest.skip("needs root and mount namespaces, to change /etc for the program alone")
        script = "".join(f"mount --bind '{source}' '{target}' && "
                         for target, source in mounts.items())
        return ("unshare", "--mount", "sh", "-c", script + 'exec "$@"', "sh")


def may_mount():
    return os.getuid() == 0 and subprocess.run(
        ["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def outcome(program):
    """The reply to one request, and the line of the log about it."""
    reply = program.ask(REQUEST)
    program.log.wait_for('"message":"request"')
    lines = map(json.loads, program.log.lines)
    return reply, next(line for line in lines if line["message"] == "request")


def enter(record_property, number, name, server, expected, seen):
    record_property("row", [number, name, server, expected, seen])


@pytest.mark.parametrize("row,server", runs(GOOD))
def test_a_good_server_is_asked(row, server, pki, place, record_property):
    case = Case(row, pki, place)
    with SERVERS[server](place, case.setup()) as running, case.program(running.port) as program:
        reply, line = outcome(program)
        program.close()
        running.finish()
    enter(record_property, GOOD.index(row), row.name, server, "granted",
          line["verdict"] + (f": {line['reason']}" if "reason" in line else ""))
    assert (reply, line["verdict"]) == (YES, "granted"), line
    assert running.contacted and len(running.received) > 100


@pytest.mark.parametrize("row,server", runs(BAD))
def test_a_bad_server_gets_no_byte_of_the_request(row, server, pki, place, record_property):
    case = Case(row, pki, place)
    with SERVERS[server](place, case.setup()) as running, case.program(running.port) as program:
        reply, line = outcome(program)
        program.close()
        running.finish()
    enter(record_property, 1000 + BAD.index(row), row.name, server, "unavailable",
          line.get("reason", line["verdict"]))
    words = " ".join(str(case.fill(word)) for word in row.says.split())
    assert (reply, line["verdict"]) == (UNKNOWN, "unavailable")
    assert words in line["reason"]
    assert (running.contacted, running.received) == (True, b"")


@pytest.mark.parametrize("row", HANDMADE, ids=lambda row: row.name)
def test_a_server_made_by_hand_gets_no_byte_of_the_request(row, pki, place, record_property):
    with Handmade(place, row.answer) as running:
        with Program(*OPTIONS, "--ca-file",
                     pki.authority("root").ca_file, f"https://localhost:{running.port}") as program:
            reply, line = outcome(program)
            program.close()
        running.finish()
    enter(record_property, 2000 + HANDMADE.index(row), row.name, "handmade", "unavailable",
          line["reason"])
    assert (reply, line["verdict"]) == (UNKNOWN, "unavailable")
    assert row.says in line["reason"]
    assert (running.contacted, running.received) == (True, b"")


def test_the_matrix_names_each_row_once():
    names = [row.name for row in GOOD + BAD + HANDMADE]
    assert len(set(names)) == len(names) >= 40
    assert all(dataclasses.is_dataclass(row) for row in GOOD + BAD)
