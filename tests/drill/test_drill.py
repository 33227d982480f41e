# SPDX-License-Identifier: ISC
"""The drill: one thing wrong at a time, under a real ejabberd.

For each case a user tries to log in, at a host of its own. The log has one line with the cause;
--check, which is given nothing but ejabberd.yml, has a finding with cause and cure, and is red when
the user could not log in, and only then.
"""
import json
import os
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from certificates import Authority
from ejabberd.account import Account
from ejabberd.client import Client, XmppError
from ejabberd.ports import Reservation
from ejabberd.server import Ejabberd

from . import stand
from .cases import CASES

USUAL = {"auth_method": ["external"], "auth_use_cache": False}


CASES = [case for case in CASES if os.geteuid() == 0 or case.name != "disk-full"]

VERSION = max((path.name.removeprefix("ejabberd-").split("-")[0]
               for path in Path("/usr/lib").glob("*/ejabberd-*")), default="")

# An older ejabberd does not start with these.
KNOWN = [case for case in CASES if case.since <= VERSION]
ALL = [pytest.param(case, id=case.name, marks=pytest.mark.skipif(
    case.since > VERSION, reason=f"ejabberd knows {', '.join(case.settings)} from {case.since} on, "
    f"and this is {VERSION}")) for case in CASES]


def host(case):
    return f"{case.name}.example"


class World:
    """Good and bad APIs, files that can and cannot be read, and what became of each case."""

    def __init__(self, place, authority, program, full):
        self.place, self.authority, self.full = place, authority, full
        self.words = {"ca": authority.ca_file, "B": program,
                      "P": f"{program} --ca-file {authority.ca_file}", "folder": place,
                      "zeros": "A" * 43, "full": full}
        self.works, self.logs, self.checks, self.errors = {}, {}, {}, {}
        self._files(program)

    def _files(self, program):
        other = Authority(self.place / "other", name="other")
        cert, key = self.authority.issue(name="shown")
        key.chmod(0o640)
        Account().own(key)
        contents = {"unreadable": ("{}", 0o600), "rubbish": ("rubbish\n", 0o644),
                    "open": ("token\n", 0o644), "nothing": ("\n", 0o640),
                    "wrapper": (f"#!/bin/sh\nexec {self.fill('{P} ')}{{url}}/good\n", 0o755)}
        self.words |= {"otherca": other.ca_file, "cert": cert, "otherkey": self._other_key(other)}
        self._contents = contents

    def _other_key(self, other):
        key = other.issue(name="other-key")[1]
        key.chmod(0o640)
        Account().own(key)
        return key

    def write_files(self):
        for name, (text, mode) in self._contents.items():
            path = self.place / name
            path.write_text(text.replace("{url}", self.words["url"]))
            path.chmod(mode)
            if name == "unreadable":
                path.chmod(0o000 if os.geteuid() else 0o600)
            else:
                Account().own(path)
            self.words[name] = path

    def fill(self, text):
        return text.format(**self.words) if text else text

    def serve(self, stack):
        """Starts all APIs."""
        now = datetime.now(timezone.utc)
        issue = self.authority.issue
        middle = Authority(self.place / "middle", name="middle", issuer=self.authority)
        good = issue(name="good")
        kinds = {
            "good": stand.context(*good),
            "expired": stand.context(*issue(name="expired", not_before=now - timedelta(days=9),
                                            not_after=now - timedelta(days=1))),
            "future": stand.context(*issue(name="future", not_before=now + timedelta(days=1))),
            "othername": stand.context(*issue(names=["www.example.org"], ips=[], name="othername")),
            "leafonly": stand.context(*middle.issue(name="leafonly", chain=False)),
            "mutual": stand.context(*good, client_ca=self.authority.ca_file,
                                    versions=(ssl.TLSVersion.TLSv1_2,) * 2),
            "tls12": stand.context(*good, versions=(ssl.TLSVersion.TLSv1_2,) * 2),
            "plain": None,
            "silent": "silent",
        }
        for name, kind in kinds.items():
            self.words[name] = stack.enter_context(stand.Stand(kind)).port
        closed = Reservation()
        stack.callback(closed.close)
        self.words |= {"url": f"https://localhost:{self.words['good']}", "closed": closed.number}

    def settings(self, case):
        """What ejabberd is told about the host of a case; with `log`, its standard error is kept."""
        if case.file:
            path = self.place / f"{case.name}.json"
            path.write_text(self.fill(case.file))
            Account().own(path)
            self.words["F"] = path
        found = {**USUAL, "extauth_program": self.fill(case.command), **case.settings}
        return {key: value for key, value in found.items() if value not in (None, "")}

    # -- what happens --------------------------------------------------------------------------

    def log_in(self, cases, certificate):
        """One ejabberd for all these cases, each a host."""
        config = {}
        for case in cases:
            config[host(case)] = self.settings(case)
            command = config[host(case)].get("extauth_program")
            self.logs[case.name] = self.place / f"{case.name}.log"
            if command and "2>>" not in command:
                config[host(case)]["extauth_program"] = f"{command} 2>>{self.logs[case.name]}"
        extra = {"auth_method": ["internal"], "host_config": config}
        hosts = [host(case) for case in cases]
        with Ejabberd(self.place / f"node-{cases[0].name}", "/bin/cat", hosts=hosts, pool_size=1,
                      extra=extra, **certificate) as server:
            client = Client(server.port, self.authority.ca_file)
            for case in cases:
                try:
                    self.works[case.name] = client.login(f"alice@{host(case)}", "secret")
                except XmppError as error:
                    self.errors[case.name] = (error, server.log_text()[-1500:])
                    self.works[case.name] = False

    def check(self, case):
        """--check with an ejabberd.yml for the host of the case alone."""
        path = self.place / f"{case.name}.yml"
        path.write_text(json.dumps({"hosts": [host(case)], **self.settings(case)}))
        Account().own(path)
        command = [self.words["B"], "--check", "--json", "--server-config", str(path)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False,
                                env={"PATH": "/usr/bin:/bin"})
        self.checks[case.name] = result.returncode, json.loads(result.stdout), result.stderr


@pytest.fixture(scope="module")
def full_disk(new_place):
    """A folder of the server's user on a disk that is full."""
    folder = new_place()
    if os.geteuid():
        yield None
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0777", "none", folder],
                   check=True)
    (folder / "all").write_bytes(b"\0" * 61440)
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture(scope="module")
def world(new_place, authority, program, full_disk):
    place = new_place()
    names = [host(case) for case in CASES]
    cert_file, key_file = authority.issue(names=names, name="hosts")
    certificate = {"cert_file": cert_file, "key_file": key_file}
    with ExitStack() as stack:
        made = World(place, authority, program, full_disk)
        made.serve(stack)
        made.write_files()
        made.log_in([case for case in KNOWN if not case.own_node], certificate)
        for case in KNOWN:
            if case.own_node:
                made.log_in([case], certificate)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(made.check, KNOWN))
        yield made


def test_there_are_enough_cases():
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", ALL)
def test_a_user_can_log_in_or_not_as_expected(world, case):
    assert world.works[case.name] is case.works, world.errors.get(case.name)


@pytest.mark.parametrize("case", ALL)
def test_check_is_red_when_a_user_could_not_log_in_and_only_then(world, case):
    status, findings, stderr = world.checks[case.name]
    assert (status == 0) is world.works[case.name], (findings, stderr)


@pytest.mark.parametrize("case", ALL)
def test_check_names_cause_and_cure(world, case):
    _, findings, _ = world.checks[case.name]
    named = [finding for finding in findings if world.fill(case.finding) in finding["text"] and
             case.cure in finding.get("cure", "")]
    levels = {finding["level"] for finding in named}
    assert named, [finding for finding in findings if finding["level"] != "ok"]
    assert levels & ({"failed", "warning"} if case.name != "good" else {"ok"})


@pytest.mark.parametrize("case", [case for case in CASES if case.log], ids=lambda case: case.name)
def test_the_log_names_the_cause_in_one_line(world, case):
    lines = world.logs[case.name].read_text().splitlines()
    assert any(world.fill(case.log) in line for line in lines), lines
