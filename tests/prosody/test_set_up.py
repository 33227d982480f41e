# SPDX-License-Identifier: ISC
"""What is shipped for the set-up: the units in a running systemd, another super-server, the
rockspec. Each test ends with a client that logs in."""
import json
import os
import re
import shutil
import stat
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from ejabberd.account import Account
from ejabberd.client import Client

from .server import Process, Prosody, until
from .systemd import SERVICE, UNITS, CannotBoot, Systemd

ROOT = Path(__file__).parents[2]


def logs_in(server, authority, api):
    """A right and a wrong password, decided by the API."""
    api.faults.clear()
    if not api.accounts.exists("alice@localhost"):
        api.accounts.register("alice@localhost", "secret")
    client = Client(server.port, authority.ca_file)
    return [client.login("alice@localhost", password) for password in ("secret", "wrong")] == \
        [True, False]


# -- systemd --------------------------------------------------------------------------------------

@pytest.fixture
def units(tmp_path, program):
    """The units, with a program that exists; as an instance, because systemd-analyze reads nothing
    else."""
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/usr/libexec/extauth-https", str(program))
        (tmp_path / unit.name).write_text(text)
    shutil.copy(tmp_path / SERVICE, tmp_path / SERVICE.replace("@", "@1"))
    return tmp_path


def analyze(units, *words):
    result = subprocess.run(["systemd-analyze", *words], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT,
                            env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:/lib/systemd/system"})
    return result.returncode, result.stdout


def test_systemd_takes_the_units(units):
    for name in ("extauth-https.socket", SERVICE.replace("@", "@1")):
        assert analyze(units, "verify", "--man=no", units / name) == (0, "")
        with open(units / name, "a", encoding="ascii") as text:
            text.write("NoSuchSetting=yes\n")
        assert "NoSuchSetting" in analyze(units, "verify", "--man=no", units / name)[1]


def test_systemd_finds_little_that_the_service_may_do(units):
    report = analyze(units, "security", "--offline=yes", units / SERVICE.replace("@", "@1"))[1]
    assert float(report.split("Overall exposure level for ")[1].split()[1]) < 3


@pytest.fixture
def systemd(open_place, program, api):
    if os.geteuid() != 0:
        pytest.skip("needs root, for namespaces and an overlay of the machine's files")
    settings = json.dumps({"url": api.url, "ca_file": "/etc/extauth-https-ca.pem"})
    with ExitStack() as stack:
        try:
            running = stack.enter_context(Systemd(open_place(), program, settings, api.ca_file))
        except CannotBoot as error:
            pytest.skip(f"no systemd can be started here: {error}")
        yield running


def owner_and_mode(path):
    found = path.stat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def walls(log):
    """The walls in place, according to the first program that logs them."""
    serving = next(line for line in log.splitlines() if "message=serving" in line)
    return set(serving.split('walls="')[1].split('"')[0].split())


def test_under_systemd_it_serves_and_each_wall_of_its_own_stands(
        systemd, programs, new_place, certificate, authority, api):
    wanted = 0, Account("prosody").gid, 0o660
    until(lambda: owner_and_mode(systemd.socket) == wanted, "others may use the socket")
    for socket in (systemd.socket, programs.path):
        with Prosody(new_place(), socket, **certificate) as server:
            assert logs_in(server, authority, api), systemd.journal()
    assert walls(systemd.journal()) >= walls(programs.text())


# -- without systemd ------------------------------------------------------------------------------

def test_socat_does_as_a_super_server(
        open_place, new_place, program, certificate, authority, api):
    folder = open_place()
    path, settings = folder / "socket", folder / "settings.json"
    settings.write_text(json.dumps({"url": api.url, "ca_file": str(api.ca_file)}))
    manual = (ROOT / "doc/extauth-https.8").read_text()
    listen, run = re.search(r"^socat (\S+) \\e\n +(EXEC:.*)$", manual, re.M).groups()
    for theirs, ours in (("/run/extauth-https.sock", path), ("/etc/extauth-https.json", settings),
                         ("/usr/libexec/extauth-https", program), ('"', ""),
                         ("group=prosody", f"group={Account('prosody').gid}")):
        listen, run = (words.replace(theirs, str(ours)) for words in (listen, run))
    socat = Process(["socat", listen, run], folder / "output")
    try:
        until(path.exists, "no socket")
        with Prosody(new_place(), path, **certificate) as server:
            assert logs_in(server, authority, api)
    finally:
        socat.stop()


# -- luarocks -------------------------------------------------------------------------------------

def test_prosodyctl_installs_the_rock(
        open_place, new_place, programs, certificate, authority, api):
    prefix = open_place()
    installed = subprocess.run(["make", "-s", "install", f"prefix={prefix}"], cwd=ROOT, text=True,
                               capture_output=True, env={"PATH": "/usr/bin:/bin"})
    assert installed.returncode == 0, installed.stderr
    rockspec, = (prefix / "share/extauth-https/prosody").glob("*.rockspec")
    with Prosody(new_place(), programs.path, module=None, **certificate) as server:
        said = server.ctl("install", rockspec)
        assert said.returncode == 0, said.stdout
        assert list(server.folder.glob("installed/**/mod_auth_extauth_https.lua"))
        server.stop()
        server.start()
        assert logs_in(server, authority, api)
