# SPDX-License-Identifier: ISC
"""A real Prosody, as Debian installs it, and the socket behind which extauth-https is started."""
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from ejabberd import processes
from ejabberd.account import Account
from ejabberd.ports import Reservation

MODULE = Path(__file__).parents[2] / "prosody" / "mod_auth_extauth_https.lua"
# Seconds. A start takes about half of one; a machine that compiles beside it needs more.
START_TIMEOUT = 60
STOP_TIMEOUT = 15
CTL_TIMEOUT = 60

CONFIGURATION = """\
daemonize = false
pidfile = "{folder}/run/pid"
data_path = "{folder}/data"
plugin_paths = {{ "{folder}/modules" }}
installer_plugin_path = "{folder}/installed"
log = {{ {{ levels = {{ min = "info" }}, to = "file", filename = "{folder}/log" }} }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
s2s_ports = {{ }}
http_ports = {{ }}
https_ports = {{ }}
modules_enabled = {{ "roster", "saslauth", "tls", "register", "offline", "admin_shell" }}
modules_disabled = {{ "s2s" }}
admin_socket = "{folder}/run/admin.sock"
allow_registration = true
c2s_require_encryption = true
certificates = "{folder}/certs"
ssl = {{ certificate = "{folder}/certificate.pem", key = "{folder}/key.pem" }}
authentication = "extauth_https"
extauth_https_socket = "{socket}"
{extra}
{hosts}
"""


class ProsodyFailed(Exception):
    """It did not start, or did not end as it should. The text is what it wrote."""


class Process:
    """A command that ends when these tests end, however they end."""

    def __init__(self, command, output, account=None):
        dropped = []
        if account is not None and account.switched:
            dropped = [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
        self._output = open(output, "ab")
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *dropped, *map(str, command)], cwd="/",
            env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._output)
        self.pid = self._process.pid

    def ended(self):
        return self._process.poll() is not None

    def signal(self, number):
        self._process.send_signal(number)

    def stop(self):
        """Ends it by a signal; the exit status, or None when it had to be killed."""
        self.signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        finally:
            self._output.close()

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._output.close()


def until(predicate, what, seconds=START_TIMEOUT):
    """Polls a condition that has no event; returns its value."""
    end = time.monotonic() + seconds
    while not (value := predicate()):
        if time.monotonic() > end:
            raise ProsodyFailed(what)
        time.sleep(0.005)
    return value


class SuperServer:
    """systemd-socket-activate, which starts `command` for each connection to folder/socket, as the
    units in prosody/systemd do."""

    def __init__(self, folder, command):
        self._command = command
        self.path = folder / "socket"
        self.output = folder / "output"
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self._process is not None:
            self.stop()

    def start(self):
        self.path.unlink(missing_ok=True)
        self._process = Process(["systemd-socket-activate", "--accept", "--inetd", "--listen",
                                 self.path, *self._command], self.output)
        until(self.path.exists, "no socket")
        Account("prosody").own(self.path)
        self.path.chmod(0o660)

    def stop(self):
        self._process.stop()
        self._process = None
        self.path.unlink()

    def programs(self):
        """The process ids of what it has started for connections."""
        pid = self._process.pid
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def text(self):
        """The log of the programs."""
        return self.output.read_text(errors="replace")


class Prosody:
    """One Prosody on a loopback port of its own, whose accounts are behind the socket `path`.

    folder     an empty folder; everything is written below it
    options    {name: value} of mod_auth_extauth_https, without "extauth_https_"
    module     the file of the module, copied to where Prosody looks; or None
    """

    def __init__(self, folder, path, *, cert_file, key_file, hosts=("localhost",), options=None,
                 module=MODULE):
        self.folder = folder
        self._path = path
        self._certificate = {"certificate.pem": cert_file, "key.pem": key_file}
        self._hosts, self._module = hosts, module
        self._options = dict(options or {})
        self._account = Account("prosody")
        self._reservation = None
        self._process = None
        self.port = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        if self._process is None:
            return
        try:
            self.stop()
        except ProsodyFailed:
            if kind is None:  # what went wrong first is what the test should show
                raise

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        """Returns when clients are served."""
        self._lay_out()
        self._process = Process(["/usr/bin/prosody", "-F", "--config",
                                 self.folder / "prosody.cfg.lua"],
                                self.folder / "output", self._account)
        until(lambda: self._process.ended() or self._is_listening(), "Prosody is not ready")
        if self._process.ended():
            self.stop()

    def stop(self):
        """Ends it; raises ProsodyFailed when it must be killed, or has failed before."""
        status = self._process.stop()
        self._process = None
        self._reservation.close()
        if status != 0:
            raise ProsodyFailed(f"Prosody ended with {status}:\n{self.log_text()}"
                                + (self.folder / "output").read_text())

    def kill(self):
        """SIGKILL, as from a kernel that is short of memory."""
        self._process.kill()
        self._process = None
        self._reservation.close()

    def signal(self, number):
        self._process.signal(number)

    @contextmanager
    def paused(self):
        """Inside, it does nothing; what arrives stays in its sockets."""
        self.signal(signal.SIGSTOP)
        try:
            until(lambda: processes.state(self.pid) == "T", "Prosody does not stop")
            yield
        finally:
            self.signal(signal.SIGCONT)

    def ctl(self, *words, stdin=""):
        """Runs `prosodyctl WORDS` as Prosody's user. Returns a CompletedProcess with text."""
        return subprocess.run(["/usr/bin/prosodyctl", "--config", self.folder / "prosody.cfg.lua",
                               *words], text=True, input=stdin, cwd="/", timeout=CTL_TIMEOUT,
                              env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
                                   "HOME": str(self.folder / "data")},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              **self._account.popen_options())

    def shell(self, line):
        """The running Prosody's answer to a line of `prosodyctl shell`."""
        return self.ctl("shell", line).stdout

    def log_text(self):
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def _lay_out(self):
        for name in ("certs", "data", "installed", "modules", "run"):
            (self.folder / name).mkdir(exist_ok=True)
            self._account.own(self.folder / name)
        if self._module is not None:
            shutil.copy(self._module, self.folder / "modules")
        for name, file in self._certificate.items():
            shutil.copy(file, self.folder / name)
            (self.folder / name).chmod(0o400)
            self._account.own(self.folder / name)
        self._reservation = Reservation()
        self.port = self._reservation.number
        (self.folder / "prosody.cfg.lua").write_text(CONFIGURATION.format(
            folder=self.folder, port=self.port, socket=self._path,
            extra="\n".join(f"extauth_https_{name} = {value}"
                            for name, value in self._options.items()),
            hosts="\n".join(f'VirtualHost "{host}"' for host in self._hosts)))

    def _is_listening(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
