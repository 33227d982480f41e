# SPDX-License-Identifier: ISC
"""A slow network: our own relay in front of the server, which delays what it passes on. The
kernel's netem would do the same, but not every kernel has it."""
import subprocess


class Relay:
    """In front of 127.0.0.1:`target`; `port` is where it listens."""

    def __init__(self, build, target, microseconds_each_way):
        self._process = subprocess.Popen(
            [build.relay, str(target), str(microseconds_each_way)], bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self._process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
