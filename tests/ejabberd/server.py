# SPDX-License-Identifier: ISC
"""A real ejabberd, as Debian installs it, for the length of a test."""
import json
import os
import re
import secrets
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from . import configuration, processes
from .account import Account
from .ports import Reservation

EJABBERDCTL = "/usr/sbin/ejabberdctl"
ERLANG = "/usr/lib/erlang/"
# Seconds. A start takes about one; a machine that compiles beside it needs more.
START_TIMEOUT = 60
# Seconds. A helper may take 30 to answer, and ejabberdctl its time to start an Erlang VM.
CTL_TIMEOUT = 60


class EjabberdFailed(Exception):
    """It did not start, or did not end as it should. The text is what it wrote."""


class Ejabberd:
    """One ejabberd with `extauth_program` set, on loopback ports of its own.

    folder     an empty or new folder without white space in its path; everything is written
               below it. Started there again, ejabberd finds its database. For tests run as
               root it must be below the folder for temporary files.
    program    what extauth_program gets: a command line, or a list of words to quote
    hosts      the XMPP hosts it serves, all with `program`
    cert_file, key_file
               PEM, for all hosts; key_file may be left out when cert_file has the key as well
    extra      {option: value} at the top of ejabberd.yml, instead of what configuration.py says
    environment
               {name: value} added to the environment of ejabberd and so of its helpers

    A context manager; or start() and stop().
    """

    def __init__(self, folder, program, hosts=("localhost",), use_cache=False, pool_size=2,
                 *, cert_file, key_file=None, extra=None, environment=None):
        self.folder = Path(folder).resolve()
        if not re.fullmatch(r"[\w./+@=-]+", str(self.folder)):
            # ejabberdctl puts its paths into words without quotes.
            raise ValueError(f"ejabberdctl needs a path without special characters: {folder}")
        self.program = program if isinstance(program, str) else shlex.join(map(str, program))
        self._certificate = [Path(path) for path in (cert_file, key_file) if path]
        self._settings = {"hosts": hosts, "use_cache": use_cache, "pool_size": pool_size,
                          "extra": extra}
        self._environment = dict(environment or {})
        self._account = Account()
        self._reservations = []
        self._keeper = None
        self._keeper_output = b""
        self._ready = None
        self.port = None

    # -- life ---------------------------------------------------------------------------------

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        try:
            self.stop()
        except EjabberdFailed:
            if kind is None:  # what went wrong first is what the test should show
                raise

    def start(self):
        """Return when clients are served and the helpers have been started."""
        try:
            self._check_program()
            self._lay_out()
            self._launch()
            self._wait_until_ready()
        except BaseException:
            self._clean_up()
            raise

    def stop(self):
        """End ejabberd and all that came from it.

        Raises EjabberdFailed if processes had to be killed: a helper that stays after the
        end-of-file on its stdin is faulty. They are gone in this case, too.
        """
        left = self._clean_up()
        if left:
            raise EjabberdFailed("left behind by ejabberd, now killed:\n" + "\n".join(
                f"  {pid} {command_line}" for pid, command_line in left))

    def kill(self):
        """SIGKILL for the Erlang VM, as from a kernel short of memory. stop() must still follow."""
        os.kill(self.pid, signal.SIGKILL)
        self._keeper_line("ended", time.monotonic() + CTL_TIMEOUT)

    # -- use ----------------------------------------------------------------------------------

    @property
    def pid(self):
        """The process id of the Erlang VM."""
        return int((self.folder / "run" / "pid").read_text())

    def ctl(self, *words, timeout=CTL_TIMEOUT):
        """Run `ejabberdctl WORDS`. Returns a CompletedProcess with text stdout and stderr."""
        command = [*self._ejabberdctl(), *map(str, words)]
        process = subprocess.Popen(command, cwd=self.folder, env=self._environment_of_debian(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, start_new_session=True,
                                   **self._account.popen_options())
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        except BaseException:
            # The Erlang VM is a child of the script, so kill the whole session.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)

    def helpers(self):
        """The process ids of the external programs: what erl_child_setup started for extauth."""
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            found = [pid for setup in processes.children(self.pid, "erl_child_setup")
                     for pid in processes.children(setup)]
            kinds = {pid: _kind_of_child(pid) for pid in found}
            if "starting" not in kinds.values() or time.monotonic() > deadline:
                return [pid for pid, kind in kinds.items() if kind == "helper"]
            time.sleep(0.001)  # between fork and exec of another process; no event ends this state

    def log_text(self):
        """ejabberd.log so far."""
        return _text(self.folder / "log" / "ejabberd.log")

    def output_text(self):
        """What ejabberd and its helpers wrote to stdout and stderr of the VM so far."""
        return _text(self.folder / "run" / "output")

    # -- start --------------------------------------------------------------------------------

    def _check_program(self):
        program = shlex.split(self.program)[0]
        # ejabberd would start, and answer every login with "not authorized".
        if "/" in program and not self._account.may("x", program):
            raise PermissionError(f"user {self._account.name} cannot execute {program}")

    def _lay_out(self):
        self._account.open_way_to(self.folder)
        self.folder.mkdir(exist_ok=True)
        self._account.own(self.folder)
        for name in ("conf", "home", "log", "run", "spool"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
            self._account.own(self.folder / name)

        # Kept until _clean_up, so that no other process gets these ports.
        self._reservations = [Reservation() for _ in range(3)]
        self.port, control_port, nobodys_port = [
            reservation.number for reservation in self._reservations]
        name = self.folder / "conf" / "node"
        if not name.exists():  # the database belongs to the node that made it
            self._write("conf/node", f"ejabberd{self.port}@localhost")
            self._write("home/.erlang.cookie", secrets.token_hex(16), 0o400)
        self._write("conf/server.pem",
                    "".join(path.read_text() for path in self._certificate), 0o400)
        self._write("conf/ejabberd.yml", configuration.ejabberd_yml(
            port=self.port, certificate=self.folder / "conf" / "server.pem",
            program=self.program, **self._settings))
        self._write("conf/ejabberdctl.cfg", configuration.CONTROL.format(
            node=name.read_text(), control_port=control_port, nobodys_port=nobodys_port,
            run=self.folder / "run", spool=self.folder / "spool", logs=self.folder / "log"))
        self._write("conf/inetrc", configuration.INETRC)
        self._write("conf/vm.args", configuration.VM_ARGUMENTS)
        if self._account.name != "ejabberd":
            self._copy_of_ejabberdctl()

    def _write(self, name, text, mode=0o600):
        path = self.folder / name
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text)
        self._account.own(path)

    def _copy_of_ejabberdctl(self):
        """Debian's script works for root and the user ejabberd only; this copy works for us."""
        script = Path(EJABBERDCTL).read_text()
        if script.count("\nINSTALLUSER=ejabberd\n") != 1:
            raise EjabberdFailed(f"{EJABBERDCTL} is not the one of ejabberd 23.01")
        self._write("conf/ejabberdctl", script.replace(
            "\nINSTALLUSER=ejabberd\n", f"\nINSTALLUSER={self._account.name}\n"), 0o700)

    def _ejabberdctl(self):
        script = self.folder / "conf" / "ejabberdctl"
        return [str(script) if script.exists() else EJABBERDCTL,
                "--config-dir", str(self.folder / "conf")]

    def _environment_of_debian(self):
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self.folder / "home"),  # of the Erlang cookie
            "USER": self._account.name,
            "LOGNAME": self._account.name,
        }

    def _launch(self):
        # ejabberd tells systemd when it is ready; here we are systemd. Its working folder is
        # spool, so the short relative path fits into a socket's address wherever we are.
        self._ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = self.folder / "run" / "notify"
        path.unlink(missing_ok=True)
        run = os.open(path.parent, os.O_PATH)
        try:
            self._ready.bind(f"/proc/self/fd/{run}/notify")
        finally:
            os.close(run)
        self._account.own(path)
        (self.folder / "run" / "pid").unlink(missing_ok=True)
        output = self.folder / "run" / "output"
        job = {
            "command": [*self._ejabberdctl(), "foreground"],
            "environment": {
                **self._environment_of_debian(),
                "NOTIFY_SOCKET": "../run/notify",
                # An empty folder: reading its texts in thirty languages takes 0.15 s of a start.
                "EJABBERD_MSGS_PATH": str(self.folder / "home"),
                **self._environment,
            },
            "folder": str(self.folder / "spool"),
            "output": str(output),
            "options": self._account.popen_options(),
        }
        with open(output, "ab") as errors:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", Path(__file__).with_name("keeper.py"), json.dumps(job)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                start_new_session=True)  # ^C is for the tests, which then stop ejabberd
        self._keeper_output = b""

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            ready = select.select([self._ready, self._keeper.stdout], [], [],
                                  max(0, deadline - time.monotonic()))[0]
            if self._keeper.stdout in ready:
                raise EjabberdFailed("ejabberd did not start:\n" + self.output_text())
            if not ready:
                raise EjabberdFailed("ejabberd is not ready:\n" + self.output_text())
            if b"READY=1" in self._ready.recv(4096).split(b"\n"):
                return

    # -- end ----------------------------------------------------------------------------------

    def _keeper_line(self, key, deadline):
        """The value of the first line of keeper.py that has this key."""
        while True:
            for line in self._keeper_output.splitlines(keepends=True):
                if line.endswith(b"\n") and key in json.loads(line):
                    return json.loads(line)[key]
            left = max(0, deadline - time.monotonic())
            if not select.select([self._keeper.stdout], [], [], left)[0]:
                raise EjabberdFailed(f"keeper.py did not report '{key}' in time")
            piece = os.read(self._keeper.stdout.fileno(), 4096)
            if not piece:
                raise EjabberdFailed("keeper.py has failed:\n" + self.output_text())
            self._keeper_output += piece

    def _clean_up(self):
        """Returns the processes that keeper.py had to kill."""
        try:
            if self._keeper is None:
                return []
            self._keeper.stdin.close()
            # More than keeper.py ever takes.
            left = self._keeper_line("left", time.monotonic() + START_TIMEOUT)
            self._keeper.wait()
            return left
        finally:
            if self._keeper is not None:
                self._keeper.kill()
                self._keeper.wait()
                self._keeper.stdout.close()
                self._keeper = None
            if self._ready is not None:
                self._ready.close()
                self._ready = None
            for reservation in self._reservations:
                reservation.close()
            self._reservations = []


def _kind_of_child(pid):
    """What a child of erl_child_setup is: "helper", "starting", or "erlang" for OTP's own."""
    command_line = processes.command_line(pid)
    if not command_line or command_line[0].startswith("erl_child_setup"):
        return "starting"
    # erl_child_setup runs a shell that becomes the program.
    if command_line[1:2] == ["-c"] and command_line[2].startswith("exec "):
        return "starting"
    return "erlang" if command_line[0].startswith(ERLANG) else "helper"


def _text(path):
    return path.read_text(errors="replace") if path.exists() else ""
