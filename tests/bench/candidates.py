# SPDX-License-Identifier: ISC
"""The candidates that are compared: how each is told to make requests, and is watched meanwhile."""
import os
import struct
import subprocess
import sys
import tempfile
from array import array
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = "extauth-https"
UNGATED = "worker alone"


class Build:
    """Where the compiled candidates are."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def __getattr__(self, name):
        return str(self.folder / name)


class Candidate:
    """A running candidate that makes exchanges when it is told to (see meter.h).

    command   of the process that measures: the candidate itself, or `drive` in front of it
    """

    def __init__(self, name, command, pin=None):
        self.name = name
        self._driven = Path(command[0]).name == "drive"
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, bufsize=0,
            env={"PATH": "/usr/bin:/bin"}, preexec_fn=pin)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def begin(self, count):
        self._process.stdin.write(struct.pack("I", count))

    def end(self, count):
        """The times of `count` exchanges in nanoseconds."""
        data = bytearray()
        size = 4 * count
        while len(data) < size:
            more = os.read(self._process.stdout.fileno(), size - len(data))
            if not more:
                raise RuntimeError(f"{self.name} has ended:\n{self.log()}")
            data += more
        return array("I", bytes(data))

    def log(self):
        """The end of its output."""
        self._log.seek(0)
        return self._log.read()[-3000:].decode(errors="replace")

    def run(self, count):
        self.begin(count)
        return self.end(count)

    def processes(self):
        """The pids of the candidate, without `drive`."""
        found = list(descendants(self._process.pid))
        return found[1:] if self._driven else found

    def cpu(self):
        """Nanoseconds on a CPU so far, in the kernel's own resolution, which is finer than that of
        getrusage(2)."""
        return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
                   for pid in self.processes())

    def memory(self):
        """{"Pss": bytes, "Private_Dirty": bytes, …} of all its processes together, and the peaks
        of their resident sets as "Peak"."""
        total = {"Peak": 0}
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
                key, value = line.split()[:2]
                total[key[:-1]] = total.get(key[:-1], 0) + 1024 * int(value)
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    total["Peak"] += 1024 * int(line.split()[1])
        return total


def descendants(pid):
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from descendants(int(child))


def served(command, build):
    """The command that drives a program which takes frames."""
    return [build.drive, "meter", *command]


def commands(build, ca_file, url):
    """{name: command} of all candidates for one URL."""
    port, _, place = url.removeprefix("https://127.0.0.1:").partition("/")
    target = [port, ca_file, f"/{place}/login"]
    return {
        "floor": [build.floor, "loop", *target],
        "floor, served": served([build.floor, "serve", *target], build),
        "floor, gated": served([build.floor, "gate", *target], build),
        "libcurl": [build.libcurl, "loop", *target],
        "libcurl, served": served([build.libcurl, "serve", *target], build),
        PROGRAM: served([build.program, "--ca-file", ca_file, url], build),
        UNGATED: served([build.ungated, "--ca-file", ca_file, url], build),
        "Python, kept": served(
            [sys.executable, "-B", str(HERE / "script_kept.py"), url, ca_file], build),
        "Python, new": served(
            [sys.executable, "-B", str(HERE / "script_new.py"), url, ca_file], build),
    }
