# SPDX-License-Identifier: ISC
"""A program with an attacker in it, and everything that must stay out of reach."""
import os
import select
import socket
import time
from pathlib import Path

from e2e.program import (NO, PATH, UNKNOWN, YES, ProgramGone, Program, children, children_named,
                         is_alive, until, wait_until_gone)

BREACHED = Path(PATH).parent / "breach/extauth-https"

DEADLINE = 1  # seconds that a request has
GRACE = 1  # that an attacker may live after it
SLACK = 1.5  # that a loaded machine may add

WORDS = {NO: "no", YES: "yes", UNKNOWN: "unavailable"}


class Bystanders:
    """Sockets and files of others, which no process should touch; except one that the kernel
    cannot keep a resolver from."""

    open_to_resolvers = None

    def __init__(self, folder):
        folder.chmod(0o777)  # any user could
        self.datagrams = self._bind(socket.AF_UNIX, socket.SOCK_DGRAM, str(folder / "datagrams"))
        self.stream = self._bind(socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "stream"))
        self.tcp = self._bind(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self.udp = self._bind(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        self.secret = folder / "secret"
        self.secret.write_text("a file that the program's user can read\n")
        self.secret.chmod(0o644)

    @staticmethod
    def _bind(family, kind, address):
        bound = socket.socket(family, kind)
        bound.bind(address)
        if kind == socket.SOCK_STREAM:
            bound.listen()
        if family == socket.AF_UNIX:
            os.chmod(address, 0o666)
        return bound

    @property
    def sockets(self):
        return {"a daemon's datagram socket": self.datagrams, "a daemon's socket": self.stream,
                "a TCP server that is no endpoint": self.tcp, "a UDP port that is not 53": self.udp}

    def reached(self):
        """The names of those that were connected to or received something."""
        ready = select.select(set(self.sockets.values()) - {self.open_to_resolvers}, [], [], 0)[0]
        return [name for name, bound in self.sockets.items() if bound in ready]

    def close(self):
        for bound in self.sockets.values():
            bound.close()


class Scene:
    """One program, under attack.

    reached     the result, for the table
    """

    def __init__(self, api, bystanders, order="", *, options=(), url=None, **keywords):
        self.api, self.bystanders = api, bystanders
        self.begun = time.monotonic()
        self.program = Program("--ca-file", api.ca_file, "--deadline", DEADLINE,
                               "--connect-timeout", "0.5", *options, url or api.url,
                               path=str(BREACHED),
                               env={"PATH": "/usr/bin:/bin", "BREACH": order or "none:none:1:none"},
                               **keywords)
        self.monitor = self.program.process.pid
        self.frames = self.replies = 0
        self.reached = ""
        self.seen = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.__exit__()

    # -- what the server sees -------------------------------------------------------------------

    def send(self, payload):
        self.program.send(payload)
        self.frames += 1

    def reply(self, seconds=DEADLINE + GRACE + SLACK + 5):
        reply = self.program.read(seconds=seconds)
        self.replies += 1
        assert reply in WORDS, reply
        return reply

    def ask(self, payload):
        self.send(payload)
        return self.reply()

    def attack(self, name, argument=""):
        """One request that is an attack, and its reply."""
        return self.ask(f"auth:attack-{name}:example.org:{argument or 'none'}")

    def serves(self):
        """The worker that serves, once a request was granted."""
        self.program.serving()
        self.granted()
        self.note_processes()
        return self.workers()[0]

    def granted(self, seconds=15):
        """The right user is granted, if not at once: a new worker may be starting, or the machine
        slower than the deadline."""
        end = time.monotonic() + seconds
        while (reply := self.ask("auth:alice:example.org:secret")) != YES:
            assert reply == UNKNOWN and time.monotonic() < end, self.log
            time.sleep(0.05)  # there is no event to wait for

    def in_step(self):
        """No user that the API refuses is granted; and the right one is, again, soon."""
        for _ in range(5):  # as many yeses as an attacker could have prepared
            assert self.ask("auth:mallory:example.org:x") in (NO, UNKNOWN)
        self.granted()
        assert self.ask("auth:mallory:example.org:x") in (NO, UNKNOWN)
        assert self.program.says_nothing(0.05), "more replies than frames"

    # -- what the operator sees ---------------------------------------------------------------

    @property
    def log(self):
        return self.program.log.text

    def workers(self):
        return children_named("extauth-worker", self.monitor)

    def resolvers(self):
        return children_named("extauth-resolve", self.monitor)

    def note_processes(self):
        try:
            self.seen |= {self.monitor, *children(self.monitor)}
        except FileNotFoundError:
            pass

    def gone(self, pid, seconds=DEADLINE + GRACE):
        """Waits for the end of a process, and returns how long it took."""
        begin = time.monotonic()
        assert wait_until_gone(pid, seconds + SLACK), f"process {pid} lives on:\n{self.log}"
        return time.monotonic() - begin

    def untouched(self):
        """No other process was reached, and the log is made of lines that can be shown."""
        assert self.bystanders.reached() == []
        assert "status 77" not in self.log, "the kernel let it:\n" + self.log
        assert "status 99" not in self.log, "there is no such attack:\n" + self.log
        for line in self.program.log.lines:
            assert line.startswith("time=") and line.isprintable(), line

    def end(self):
        """The server hangs up: no process remains, and no byte is left in the pipe."""
        self.note_processes()
        status, rest = self.program.close(DEADLINE + GRACE + SLACK)
        assert (status, rest) == (0, b"")
        assert until(lambda: not any(map(is_alive, self.seen)), DEADLINE + GRACE), self.seen
        self.untouched()

    def how_it_ended(self, pid):
        """What the log says of a process, in short."""
        for line in self.program.log.lines:
            if str(pid) not in line:
                continue
            for words, short in ENDS:
                if words in line:
                    call = line.partition("the system call ")[2].partition(",")[0]
                    return f"{short} {call}".strip()
        return "ended by the monitor"


ENDS = (("was killed for", "killed by seccomp"), ("and is killed; it may be compromised", "breach: killed"),
        ("was killed by signal 11", "crashed"), ("was killed by signal", "killed by a signal"),
        ("refused to serve", "refused"), ("ended with status", "ended"))

__all__ = ["NO", "UNKNOWN", "YES", "Bystanders", "ProgramGone", "Scene", "until", "wait_until_gone"]
