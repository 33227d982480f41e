# SPDX-License-Identifier: ISC
"""extauth-https under a server: two pipes and a log, as ejabberd would start it."""
import os
import re
import select
import shlex
import signal
import struct
import subprocess
import threading
import time
from pathlib import Path

PATH = os.environ.get("EXTAUTH_HTTPS", str(Path(__file__).parents[2] / "build/extauth-https"))

# For --check: tests must not depend on the XMPP server of this machine.
ALONE = ("--server-config", "none")

NO, YES, UNKNOWN = b"\0\2\0\0", b"\0\2\0\1", b"\0\2\0\2"

FIELD = re.compile(r'([a-z_0-9]+)=("(?:[^"\\]|\\.)*"|\S*)')


class ProgramGone(Exception):
    """The program has closed its side."""


def frame(payload):
    """The bytes of a frame; payload as bytes or text."""
    if isinstance(payload, str):
        payload = payload.encode()
    return struct.pack(">H", len(payload)) + payload


def fields(line):
    """A line of the log as a dictionary."""
    return {key: value.strip('"') for key, value in FIELD.findall(line)}


class Log:
    """Standard error of the program, read by a thread so that it can be waited for."""

    def __init__(self, stream):
        self._stream = stream
        self._lines = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._stream:
            with self._changed:
                self._lines.append(line.decode(errors="surrogateescape").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._lines.append(None)  # the end
            self._changed.notify_all()

    @property
    def lines(self):
        with self._changed:
            return [line for line in self._lines if line is not None]

    @property
    def text(self):
        return "\n".join(self.lines)

    def take(self):
        """Returns the lines so far, and forgets them."""
        with self._changed:
            taken = [line for line in self._lines if line is not None]
            self._lines = [line for line in self._lines if line is None]
        return taken

    def wait_for(self, text, seconds=10, count=1):
        """The `count`th line that holds `text`, as a dictionary; waits for it to be written."""
        def found():
            matches = [line for line in self._lines if line is not None and text in line]
            return len(matches) >= count and matches[count - 1] or None in self._lines

        with self._changed:
            line = self._changed.wait_for(found, seconds)
        assert isinstance(line, str), f"no line with {text!r} (x{count}) in:\n{self.text}"
        return fields(line)

    def wait_until(self, predicate, seconds=10):
        """Waits until predicate(lines) is true."""
        def true():
            return predicate([line for line in self._lines if line is not None])

        with self._changed:
            assert self._changed.wait_for(true, seconds), self.text

    def wait_for_end(self, seconds):
        """Waits until everything has been read from a program that has ended."""
        self._reader.join(seconds)

    def join(self):
        self._reader.join()
        self._stream.close()


class Program:
    """A running extauth-https.

    arguments   options and URL
    prefix      a command that runs it, such as ["strace", "-f"]
    stdout      another file than a pipe, which is then not read here
    env         the environment; by default a small and harmless one
    """

    def __init__(self, *arguments, prefix=(), env=None, path=PATH, **popen):
        command = [*prefix, path, *map(str, arguments)]
        self.process = subprocess.Popen(
            command, bufsize=0, stdin=popen.pop("stdin", subprocess.PIPE),
            stdout=popen.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin"} if env is None else env, **popen)
        self.command = shlex.join(command)
        self.log = Log(self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        self.log.join()

    # -- what a server does ---------------------------------------------------------------------

    def write(self, data):
        """Sends raw bytes."""
        self.process.stdin.write(data)

    def send(self, payload):
        """Sends one frame."""
        self.write(frame(payload))

    def read(self, size=4, seconds=30):
        """Exactly `size` bytes of replies."""
        data = b""
        until = time.monotonic() + seconds
        while len(data) < size:
            left = max(0, until - time.monotonic())
            if not select.select([self.process.stdout], [], [], left)[0]:
                raise TimeoutError(f"{data!r} after {seconds} s; log:\n{self.log.text}")
            more = os.read(self.process.stdout.fileno(), size - len(data))
            if not more:
                raise ProgramGone(f"{data!r}; log:\n{self.log.text}")
            data += more
        return data

    def ask(self, payload, seconds=30):
        """One frame and its reply."""
        self.send(payload)
        return self.read(seconds=seconds)

    def says_nothing(self, seconds):
        """True when no byte comes for that long."""
        return not select.select([self.process.stdout], [], [], seconds)[0]

    def close(self, seconds=10):
        """Hangs up, and returns the exit status and what was left in the pipe. The log is then
        complete."""
        self.process.stdin.close()
        status = self.process.wait(seconds)
        self.log.wait_for_end(seconds)
        rest = self.process.stdout.read() if self.process.stdout else b""
        return status, rest

    # -- what an operator sees ----------------------------------------------------------------

    @property
    def monitor(self):
        """The pid of the monitor (behind a prefix: of the last process in the chain)."""
        pid = self.process.pid
        while process_name(pid) != "extauth-https":
            pid = (children(pid) or [pid])[0]  # it may not have that name yet
        return pid

    def serving(self, count=1, seconds=10):
        """Waits until it serves for the `count`th time, and returns the worker's pid."""
        return int(self.log.wait_for("message=serving", seconds, count)["worker"])

    def signal(self, number=signal.SIGHUP):
        os.kill(self.monitor, number)


def until(predicate, seconds=10):
    """Polls something that has no event; returns its last value."""
    end = time.monotonic() + seconds
    while not (value := predicate()) and time.monotonic() < end:
        time.sleep(0.005)
    return value


def process_name(pid):
    return Path(f"/proc/{pid}/comm").read_text().strip()


def children(pid):
    return [int(child) for child in
            Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def children_named(name, pid):
    """The children of a process that have this name, but for those that have just ended."""
    found = []
    for child in children(pid):
        try:
            if process_name(child) == name:
                found.append(child)
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def status(pid):
    """/proc/PID/status as a dictionary."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def is_alive(pid):
    try:
        return status(pid)["State"][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_asleep(pid, seconds=10):
    """Waits until a process sleeps: a worker whose reply was read then waits for a frame."""
    until = time.monotonic() + seconds
    while status(pid)["State"][0] != "S":
        assert time.monotonic() < until, f"process {pid} does not come to rest"


def wait_until_gone(pid, seconds):
    """Waits for a process that is not our child; False when it is still there."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], seconds)[0])
    finally:
        os.close(fd)
