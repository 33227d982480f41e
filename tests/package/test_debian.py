# SPDX-License-Identifier: ISC
"""The Debian package as an operator meets it: installed, set up, asked what is wrong, removed."""
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from ejabberd.client import Client
from ejabberd.server import Ejabberd
from prosody.server import Prosody, SuperServer
from prosody.systemd import command_line

ROOT = Path(__file__).parents[2]
NAME = "extauth-https"
PROGRAM = "/usr/libexec/extauth-https"

# Where a package may install files; other folders are not searched.
PLACES = ["/etc", "/usr", "/var", "/opt", "/srv", "/run", "/lib"]

FIELD = re.compile(r'([a-z_0-9]+)=("(?:[^"\\]|\\.)*"|\S*)')


def run(*command, **options):
    return subprocess.run(list(map(str, command)), text=True, capture_output=True, timeout=100,
                          stdin=subprocess.DEVNULL, **options)


def apt(*words):
    # waits for the lock: another installation may be running
    result = run("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=90", "-o",
                 "Dpkg::Use-Pty=0", *words,
                 env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def traces():
    """Every path of the system with our name in it."""
    result = run("find", *PLACES, "-xdev", "-name", f"*{NAME}*")
    return set(result.stdout.splitlines())


@pytest.fixture(scope="module")
def deb():
    found = sorted(path for path in (ROOT / "build/deb").glob(f"{NAME}_*.deb"))
    assert found, "make deb has to come first"
    return found[-1]


@pytest.fixture(scope="module")
def installed(deb):
    """The package, installed on this machine for the tests that follow, and purged at the end."""
    if os.getuid() != 0:
        pytest.skip("needs root, to install a package")
    if run("dpkg-query", "-W", NAME).returncode == 0:
        pytest.skip(f"{NAME} is installed on this machine, which is not ours to remove")
    before = traces()
    apt("install", "--no-install-recommends", deb)
    try:
        yield [Path(line) for line in run("dpkg", "-L", NAME).stdout.splitlines()]
    finally:
        apt("purge", NAME)
    assert traces() == before
    assert not Path(PROGRAM).exists()


def test_there_is_nothing_to_run_at_installation(deb):
    # so no service is started, stopped or restarted, and no trigger runs but man-db's
    control = subprocess.check_output(["dpkg-deb", "--ctrl-tarfile", deb])
    names = subprocess.run(["tar", "-t"], input=control, capture_output=True, check=True).stdout
    assert set(names.decode().split()) <= {"./", "./control", "./md5sums"}


def test_the_libraries_are_dependencies(deb):
    depends = subprocess.check_output(["dpkg-deb", "-f", deb, "Depends"], text=True)
    # t64: with 64 bits for time on 32-bit machines, from Debian 13 on
    needed = {name.split()[0].removesuffix("t64") for name in depends.split(", ")}
    assert needed == {"libc6", "libcap-ng0", "libcjson1", "libcurl4", "libseccomp2", "libssl3",
                      "libyaml-0-2"}


def test_nothing_is_missing(installed):
    names = {path.name for path in installed}
    assert {"extauth-https.8.gz", "extauth-https.json.5.gz", "extauth-https-api.7.gz",
            "extauth-https.schema.json", "extauth-https.json", "conformance"} <= names
    for path in installed:
        assert path.exists(), path
    assert run("extauth-https", "--version", env={"PATH": "/usr/sbin"}).returncode == 0
    assert run("man", "-w", "8", NAME).stdout.startswith("/usr/share/man/man8/")


def test_from_three_lines_to_a_login_and_from_an_outage_to_its_cause(
        installed, new_place, authority, certificate, api):
    assert Path(PROGRAM) in installed
    arguments = ["--ca-file", api.ca_file, api.url]

    # as Debian configures it, ejabberd starts no program: --check says so, and has the three lines
    if run("grep", "-q", "extauth-https", "/etc/ejabberd/ejabberd.yml").returncode == 1:
        checked = run("extauth-https", "--check", *arguments, env={"PATH": "/usr/sbin"})
        assert checked.returncode == 1
        assert re.search(r"^failed +ejabberd .* auth_method is not set", checked.stdout, re.M)
        assert "add the three lines" in checked.stdout
        assert re.search(r"^ok +contract .* refused, HTTP status 404", checked.stdout, re.M)

    api.accounts.register("alice@localhost", "secret")
    # ejabberd.py writes the three lines: auth_method, extauth_program, auth_use_cache
    with Ejabberd(new_place() / "server", [PROGRAM, *arguments], use_cache=False,
                  **certificate) as server:
        # as root, without options: it finds the server, and becomes its user
        checked = run("extauth-https", "--check", "--server-config",
                      str(server.folder / "conf" / "ejabberd.yml"), env={"PATH": "/usr/sbin"})
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert f"the server starts {PROGRAM}, which is this program" in checked.stdout
        assert "started as the server starts it, it replies" in checked.stdout

        client = Client(server.port, authority.ca_file)
        assert client.login("alice@localhost", "secret") is True
        assert client.login("alice@localhost", "wrong") is False

        api.stop()
        try:
            assert client.login("alice@localhost", "secret") is False
            lines = [dict((key, value.strip('"')) for key, value in FIELD.findall(line))
                     for line in server.output_text().splitlines() if "message=request" in line]
        finally:
            api.start()
    # at its default level the log has this line alone, which is the cause
    assert lines[-1]["verdict"] == "unavailable"
    assert lines[-1]["operation"] == "auth" and lines[-1]["user"] == "alice"
    assert lines[-1]["reason"] == "cannot connect: Connection refused"
    assert lines[-1]["endpoint"] == api.url
    assert "secret" not in server.output_text()


MODULE = "prosody-mod-auth-extauth-https"


@pytest.fixture
def module_installed(installed):
    """Prosody's module and the units, installed for one test, and purged at its end."""
    deb, = (ROOT / "build/deb").glob(f"{MODULE}_*.deb")
    before = traces()
    apt("install", "--no-install-recommends", deb)
    try:
        yield [Path(line) for line in run("dpkg", "-L", MODULE).stdout.splitlines()]
    finally:
        apt("purge", MODULE)
    assert traces() == before


def test_the_module_s_package_leads_to_a_login_and_enables_nothing(
        module_installed, open_place, prosody_place, authority, certificate, api):
    unit, = (path for path in module_installed if path.name == "extauth-https@.service")
    for path in module_installed:
        assert path.exists(), path
    assert "/etc/systemd/system/sockets.target.wants/extauth-https.socket" not in traces()

    program, *options, _ = command_line(unit)
    assert program == PROGRAM
    folder = open_place()
    (folder / "ca.pem").write_text(Path(api.ca_file).read_text())
    (folder / "settings.json").write_text(json.dumps({"url": api.url, "ca_file": f"{folder}/ca.pem"}))
    api.accounts.register("bob@localhost", "secret")
    with SuperServer(folder, [program, *options, folder / "settings.json"]) as programs, \
            Prosody(prosody_place(), programs.path, module=None, **certificate) as server:
        client = Client(server.port, authority.ca_file)
        assert client.login("bob@localhost", "secret") is True
        assert client.login("bob@localhost", "wrong") is False
