# SPDX-License-Identifier: ISC
"""A running systemd with our units, apart from the machine's own."""
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from ejabberd import processes

from .server import until

UNITS = Path(__file__).parents[2] / "prosody" / "systemd"
SERVICE = "extauth-https@.service"
TARGET = """\
[Unit]
Wants=systemd-journald.service extauth-https.socket
"""


def command_line(unit=UNITS / SERVICE):
    """The words of ExecStart= in the unit of the service."""
    return re.search(r"^ExecStart=(.*)$", unit.read_text(), re.M)[1].split()


class CannotBoot(Exception):
    """boot.sh could not prepare what systemd needs; the text is its output."""


class Systemd:
    """Serves folder/run/extauth-https.sock by `program` with `settings`, a JSON text."""

    def __init__(self, folder, program, settings, ca_file):
        self._folder = folder
        for name in ("upper/etc/systemd/system", "upper/usr/libexec", "root", "work", "run"):
            (folder / name).mkdir(parents=True)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
        system = folder / "upper/etc/systemd/system"
        for unit in UNITS.iterdir():
            shutil.copy(unit, system)
        (system / "test.target").write_text(TARGET)
        (system.parent / "journald.conf").write_text("[Journal]\nStorage=volatile\n")
        executable, *_, file = command_line()
        shutil.copy(program, f"{folder}/upper{executable}")
        Path(f"{folder}/upper{file}").write_text(settings)
        shutil.copy(ca_file, folder / "upper/etc/extauth-https-ca.pem")
        self.socket = folder / "run/extauth-https.sock"
        self._process = None

    def __enter__(self):
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--cgroup",
             Path(__file__).with_name("boot.sh"), self._folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        until(lambda: self.socket.exists() or self._process.poll() is not None, "no socket")
        if self._process.poll() is not None:
            raise CannotBoot(self._process.stdout.read())
        return self

    def __exit__(self, *_):
        for pid in processes.children(self._process.pid):
            os.kill(pid, signal.SIGKILL)  # and with it all processes of its namespace
        self._process.wait()
        self._process.stdout.close()

    def journal(self):
        return subprocess.run(["journalctl", "--output=cat", "--directory",
                               self._folder / "run/log/journal"], text=True, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
