# SPDX-License-Identifier: ISC
"""A server that asks without a pause and, like ejabberd, starts a program that has ended again and asks
it what the one before has not answered (doc/protocol.md section 2.1)."""
import time

from e2e.program import NO, YES, ProgramGone, Program

RIGHT, WRONG = "auth:alice:example.org:secret", "auth:alice:example.org:wrong"


class XmppServer:
    """Sends requests without a pause, and restarts the program when it has ended."""

    def __init__(self, *arguments, **keywords):
        self.arguments, self.keywords = arguments, keywords
        self.programs = []
        self.replies = []
        self.lives = []
        self.lost = 0
        self._begin()

    def _begin(self):
        self.programs.append(Program(*self.arguments, **self.keywords))
        self.born = time.monotonic()

    @property
    def program(self):
        return self.programs[-1]

    def ask(self, payload):
        """The reply, and whether another program had to be asked."""
        for attempt in range(3):
            try:
                return self.program.ask(payload, seconds=10), attempt > 0
            except (ProgramGone, BrokenPipeError):
                self.lives.append(time.monotonic() - self.born)
                assert self.program.process.wait(5) == 0
                self._begin()
        raise AssertionError("programs end without a reply")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in self.programs:
            program.__exit__()

    def asks_until(self, predicate, seconds=15):
        """Sends requests, each of which must get the right reply, until predicate() is true."""
        end = time.monotonic() + seconds
        while not predicate():
            assert time.monotonic() < end, self.program.log.text
            for payload, reply in ((RIGHT, YES), (WRONG, NO)):
                got, again = self.ask(payload)
                self.replies.append(got)
                self.lost += again
                assert got == reply, self.program.log.text
