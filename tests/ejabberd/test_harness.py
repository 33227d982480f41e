# SPDX-License-Identifier: ISC
"""Tests of the harness itself, with a stand-in for the external program."""
import asyncio
import fcntl
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from certificates import Authority
from e2e.program import until

from . import processes
from .account import Account
from .client import Client, XmppError
from .server import Ejabberd, EjabberdFailed

ALICE = {"alice@localhost": "wonder:länd"}


class StandIn:
    """The command line of stand_in.py and what it keeps in its files."""

    def __init__(self, folder):
        # A copy: the user ejabberd may not be able to enter the folder with the tests.
        self.program = folder / "stand_in.py"
        shutil.copy(Path(__file__).with_name("stand_in.py"), self.program)
        self._answers = folder / "answers.json"
        self._frames = folder / "answers.json.frames"
        self.command = [self.program, self._answers]
        self.reset(ALICE)

    def reset(self, users):
        self._answers.write_text(json.dumps({"users": users}))
        self._frames.write_text("")
        for file in (self._answers, self._frames):
            Account().own(file)

    @contextmanager
    def silenced(self):
        """Inside, it gives no reply."""
        with open(self._answers, encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def users(self):
        return json.loads(self._answers.read_text())["users"]

    def frames(self):
        return self._frames.read_text().splitlines()


@pytest.fixture(scope="module")
def shared(new_place, certificate):
    """One server for all tests that leave it intact, and its stand-in."""
    stand_in = StandIn(new_place())
    with Ejabberd(new_place() / "server", stand_in.command,
                  hosts=["localhost", "uncertified.example"], **certificate) as server:
        yield server, stand_in


@pytest.fixture
def server(shared):
    return shared[0]


@pytest.fixture
def stand_in(shared):
    shared[1].reset(ALICE)
    return shared[1]


@pytest.fixture
def client(server, authority):
    return Client(server.port, authority.ca_file)


# -- clients ----------------------------------------------------------------------------------

def test_the_right_password_logs_in_and_a_wrong_one_does_not(client, stand_in):
    assert client.login("alice@localhost", ALICE["alice@localhost"]) is True
    assert client.login("alice@localhost", "wrong") is False
    assert stand_in.frames() == ["auth:alice:localhost:wonder:länd", "auth:alice:localhost:wrong"]


def test_a_password_reaches_the_program_byte_for_byte(client, stand_in):
    # SASLprep forbids control characters, but ejabberd passes them on.
    assert client.login("alice@localhost", b"a\x01\tb ") is False
    assert stand_in.frames() == ["auth:alice:localhost:a\x01\tb "]


def test_anything_but_not_authorized_is_an_error_with_its_condition(client, authority):
    with pytest.raises(XmppError) as error:
        client.login("alice@elsewhere.example", "x")
    assert error.value.condition == "host-unknown"

    with socket.create_server(("127.0.0.1", 0)) as former:
        unserved = Client(former.getsockname()[1], authority.ca_file)
    with pytest.raises(XmppError) as error:
        unserved.login("alice@localhost", "x")
    assert error.value.condition == "no-connection"


def test_a_server_that_says_nothing_is_a_timeout(authority):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Client(silent.getsockname()[1], authority.ca_file, timeout=0.2)
        with pytest.raises(XmppError) as error:
            client.login("alice@localhost", "x")
    assert error.value.condition == "timeout"


def test_a_certificate_is_only_good_from_our_authority_and_for_the_host(
        client, server, stand_in, tmp_path):
    stranger = Authority(tmp_path / "stranger")
    with pytest.raises(XmppError) as error:
        Client(server.port, stranger.ca_file).login("alice@localhost", "x")
    assert error.value.condition == "certificate"
    assert "unable to get local issuer" in error.value.text

    with pytest.raises(XmppError) as error:
        client.login("alice@uncertified.example", "x")
    assert error.value.condition == "certificate"
    assert "Hostname mismatch" in error.value.text

    client.login("alice@localhost", "x")
    assert stand_in.frames() == ["auth:alice:localhost:x"]  # of the last login only


def test_an_account_is_registered_changed_and_removed_in_band(client, stand_in):
    client.register("bob@localhost", "first")
    assert stand_in.users()["bob@localhost"] == "first"
    with pytest.raises(XmppError) as error:
        client.register("bob@localhost", "again")
    assert error.value.condition == "conflict"

    client.change_password("bob@localhost", "first", "second")
    assert stand_in.users()["bob@localhost"] == "second"
    with pytest.raises(XmppError) as error:
        client.change_password("bob@localhost", "first", "third")
    assert error.value.condition == "not-authorized"

    client.unregister("bob@localhost", "second")
    assert "bob@localhost" not in stand_in.users()
    assert client.login("bob@localhost", "second") is False


def test_many_clients_at_once_get_each_its_own_answer(client, stand_in):
    passwords = [ALICE["alice@localhost"], "wrong"] * 8

    async def together():
        return await asyncio.gather(*(client.login_async("alice@localhost", password)
                                      for password in passwords))

    assert asyncio.run(together()) == [True, False] * 8
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda password: client.login("alice@localhost", password), passwords)
        assert list(answers) == [True, False] * 8


# -- ejabberdctl ------------------------------------------------------------------------------

def test_ejabberdctl_says_what_an_operator_sees(server, stand_in):
    good = server.ctl("check_password", "alice", "localhost", ALICE["alice@localhost"])
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    bad = server.ctl("check_password", "alice", "localhost", "wrong")
    assert (bad.returncode, bad.stdout) == (1, "Error: false\n")
    assert server.ctl("check_account", "alice", "localhost").returncode == 0
    assert server.ctl("check_account", "nobody", "localhost").returncode == 1

    registered = server.ctl("register", "bob", "localhost", "first")
    assert registered.stdout == "User bob@localhost successfully registered\n"
    assert server.ctl("change_password", "bob", "localhost", "second").returncode == 0
    assert stand_in.users()["bob@localhost"] == "second"
    assert server.ctl("unregister", "bob", "localhost").returncode == 0
    assert stand_in.users() == ALICE


def test_a_ctl_that_takes_too_long_leaves_no_process(server, stand_in):
    before = _processes_of(server)
    with stand_in.silenced():
        with pytest.raises(subprocess.TimeoutExpired):
            server.ctl("check_account", "alice", "localhost", timeout=2)
        assert _processes_of(server) == before


# -- the server -------------------------------------------------------------------------------

def test_the_cache_is_off_unless_asked_for(place, certificate, authority, stand_in, client):
    def frames_of_two_logins(client):
        stand_in.reset(ALICE)
        for _ in range(2):
            assert client.login("alice@localhost", ALICE["alice@localhost"])
        # a question of the ctl that was ended by force before may still come
        return sum(frame.startswith("auth:") for frame in stand_in.frames())

    assert frames_of_two_logins(client) == 2
    with Ejabberd(place / "server", stand_in.command, use_cache=True, **certificate) as cached:
        assert frames_of_two_logins(Client(cached.port, authority.ca_file)) == 1


def test_helpers_are_the_programs_of_the_pool_and_nothing_else(place, certificate, stand_in):
    with Ejabberd(place / "server", stand_in.command, pool_size=3, **certificate) as three:
        helpers = three.helpers()
        assert len(helpers) == 3
        for pid in helpers:
            assert processes.command_line(pid)[1:] == [str(word) for word in stand_in.command]


def test_ejabberd_and_its_helpers_run_as_the_service_user_never_as_root(server):
    expected = "ejabberd" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    for pid in [server.pid, *server.helpers()]:
        status = Path(f"/proc/{pid}/status").read_text()
        uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
        assert {pwd.getpwuid(int(uid)).pw_name for uid in uids} == {expected}


def test_two_servers_at_once_do_not_meet(
        place, certificate, authority, server, client, stand_in):
    assert stand_in.users() == ALICE
    others = StandIn(place)
    others.reset({"carol@localhost": "pw", "carol@other.example": "pw2"})
    with Ejabberd(place / "second", others.command, hosts=["localhost", "other.example"],
                  **certificate) as second:
        second_client = Client(second.port, authority.ca_file)
        assert second_client.login("carol@localhost", "pw")
        assert second_client.login("carol@other.example", "pw2")
        assert not client.login("carol@localhost", "pw")
        assert not second_client.login("alice@localhost", ALICE["alice@localhost"])
        assert server.ctl("check_account", "carol", "localhost").returncode == 1
        assert second.ctl("check_account", "carol", "localhost").returncode == 0
        assert set(server.helpers()).isdisjoint(second.helpers())


def test_only_loopback_is_listened_on_and_no_epmd_runs(server):
    listening = _listening(server.pid)
    assert ("127.0.0.1", server.port) in listening
    assert {address for address, _ in listening} == {"127.0.0.1"}
    names = {name for _, name in _tree_of(server)}
    assert "epmd" not in names and "beam.smp" in names


def test_a_server_is_found_again_where_it_was(place, certificate, authority, stand_in):
    server = Ejabberd(place / "again", stand_in.command, **certificate)
    for _ in range(2):
        with server:
            assert Client(server.port, authority.ca_file).login(
                "alice@localhost", ALICE["alice@localhost"])


# -- the end ----------------------------------------------------------------------------------

def test_nothing_is_left_after_stop(place, certificate, stand_in):
    server = Ejabberd(place / "server", stand_in.command, **certificate)
    server.start()
    of_server = _processes_of(server)
    listening = _listening(server.pid)
    assert len(of_server) >= 5  # the keeper, the script, the VM, its helpers…
    assert len(listening) == 2
    server.stop()

    assert [pid for pid in of_server if Path(f"/proc/{pid}").exists()] == []
    for address in listening:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
    assert _naming(place) == []


def test_a_helper_that_ignores_the_end_is_killed_and_reported(place, certificate):
    # A background process that ignores SIGHUP and SIGTERM.
    stubborn = ["/bin/sh", "-c", "trap '' HUP TERM; sleep 1000 & exec cat >/dev/null"]
    server = Ejabberd(place / "server", stubborn, pool_size=1, **certificate)
    server.start()
    sleepers = until(lambda: [pid for pid, name in _tree_of(server) if name == "sleep"])
    assert len(sleepers) == 1
    with pytest.raises(EjabberdFailed, match=rf"{sleepers[0]} sleep 1000"):
        server.stop()
    assert not Path(f"/proc/{sleepers[0]}").exists()


def test_helpers_end_with_a_killed_vm(place, certificate, stand_in):
    with Ejabberd(place / "server", stand_in.command, **certificate) as server:
        helpers = server.helpers()
        server.kill()
        assert processes.wait_until_gone(helpers, timeout=5) == []


def test_nothing_is_left_when_the_tests_are_killed(place, certificate, stand_in):
    script = ("import sys; from ejabberd.server import Ejabberd\n"
              "server = Ejabberd(sys.argv[1], sys.argv[2], cert_file=sys.argv[3],"
              " key_file=sys.argv[4]); server.start()\n"
              "print(server._keeper.pid, flush=True); sys.stdin.read()")
    tests = subprocess.Popen(
        [sys.executable, "-c", script, place / "server",
         " ".join(map(str, stand_in.command)), certificate["cert_file"], certificate["key_file"]],
        cwd=Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with tests:
        keeper = int(tests.stdout.readline())
        everything = [keeper, *processes.descendants(keeper)]
        assert len(everything) >= 5
        tests.send_signal(signal.SIGKILL)
    assert processes.wait_until_gone(everything, timeout=30) == []


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(place, certificate, stand_in):
    server = Ejabberd(place / "server", stand_in.command, extra={"loglevel": "nonsense"},
                      **certificate)
    began = time.monotonic()
    with pytest.raises(EjabberdFailed, match="nonsense"):
        server.start()
    assert time.monotonic() - began < 30  # it has ended, and did not run into the time limit
    assert _naming(place) == []


def test_a_program_the_user_cannot_execute_is_refused_before_the_start(place, certificate):
    program = place / "program"
    program.write_text("#!/bin/sh\n")
    with pytest.raises(PermissionError, match=str(program)):
        Ejabberd(place / "server", program.as_posix(), **certificate).start()


# -- what exists ----------------------------------------------------------------------------

def _tree_of(server):
    keeper = server._keeper.pid
    table = processes.table()
    return [(pid, table[pid][1]) for pid in [keeper, *processes.descendants(keeper)]
            if pid in table]


def _processes_of(server):
    """Its processes: descendants, and those whose command line has its folder."""
    return sorted({pid for pid, _ in _tree_of(server)}.union(_naming(server.folder)))


def _naming(path):
    return [pid for pid in processes.table()
            if str(path) in " ".join(processes.command_line(pid))]


def _listening(pid):
    """(address, port) of the sockets it listens on, IPv4 and IPv6."""
    sockets = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        target = os.readlink(entry)
        if target.startswith("socket:["):
            sockets.add(target[len("socket:["):-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:  # LISTEN, inode
                address, port = fields[1].split(":")
                found.add((_address(address), int(port, 16)))
    return found


def _address(kernels):
    """An address as /proc has it: 32-bit words in the machine's byte order, in hexadecimal."""
    words = (int(kernels[start:start + 8], 16) for start in range(0, len(kernels), 8))
    packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)
