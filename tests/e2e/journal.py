# SPDX-License-Identifier: ISC
"""Runs the program under a real systemd-journald, and prints what the journal has of it, as JSON.

    unshare --mount journal.py stderr|syslog PROGRAM OPTIONS... URL

In a mount namespace: /run and /dev are its own there. Two frames are sent: a user that exists, and
one that does not.
"""
import json
import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

JOURNALD = "/usr/lib/systemd/systemd-journald"


def lay_out():
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    for name in ("run", "dev"):
        subprocess.run(["mount", "-t", "tmpfs", "none", f"/{name}"], check=True)
    for folder in ("/run/systemd/journal", "/run/log/journal"):
        Path(folder).mkdir(parents=True)
    for name, minor in (("null", 3), ("zero", 5), ("urandom", 9)):
        os.mknod(f"/dev/{name}", 0o020666, os.makedev(1, minor))
        os.chmod(f"/dev/{name}", 0o666)
    os.symlink("/run/systemd/journal/dev-log", "/dev/log")


def wait_for(path):
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until, f"no {path}"
        time.sleep(0.01)


def stream():
    """What systemd gives a unit as its standard error."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.connect("/run/systemd/journal/stdout")
    # name, unit, priority, whether lines begin with one, to syslog, kmsg, console
    made.sendall(b"ejabberd\nejabberd.service\n6\n1\n0\n0\n0\n")
    return made


def talk(command, errors, environment):
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                          env=environment) as program:
        for payload in (b"isuser:alice:example.org", b"isuser:nobody:example.org"):
            program.stdin.write(struct.pack(">H", len(payload)) + payload)
            program.stdin.flush()
            program.stdout.read(4)
        program.stdin.close()


def main(kind, command):
    lay_out()
    journald = subprocess.Popen([JOURNALD], stderr=subprocess.DEVNULL)
    try:
        for name in ("stdout", "dev-log", "socket"):
            wait_for(Path("/run/systemd/journal", name))
        environment = {"PATH": "/usr/bin:/bin"}
        if kind == "stderr":
            errors = stream()
            status = os.fstat(errors.fileno())
            environment["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
            environment["LD_ANYTHING"] = "has it execute itself again"
            talk(command, errors, environment)
            errors.close()
        else:
            talk([*command, "--log", "syslog"], subprocess.DEVNULL, environment)
        subprocess.run(["journalctl", "--sync"], check=True, stderr=subprocess.DEVNULL)
        name = "ejabberd" if kind == "stderr" else "extauth-https"
        lines = subprocess.run(["journalctl", "-q", "-o", "json", f"SYSLOG_IDENTIFIER={name}"],
                               check=True, capture_output=True, text=True).stdout.splitlines()
    finally:
        journald.terminate()
        journald.wait()
    print(json.dumps([json.loads(line) for line in lines]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
