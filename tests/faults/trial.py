# SPDX-License-Identifier: ISC
"""What every fault is measured by: the reply is the one extauth-https-api(7) has for this host, it
comes within the deadline, the next requests are answered right, and nothing is left behind."""
import os
import socket
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import connection_faults
from e2e.program import NO, UNKNOWN, YES, children, is_alive, until
from server import bind

CHEAP = 2  # the least that scrypt takes

GRANTED, REFUSED, UNAVAILABLE = "granted", "refused", "unavailable"
SERVERS = "ejabberd", "mongooseim"

FRAMES = {
    "auth": "auth:alice:example.org:secret",
    "isuser": "isuser:alice:example.org",
    "setpass": "setpass:alice:example.org:secret",
    "tryregister": "tryregister:alice:example.org:secret",
}

SLACK = 3  # seconds that a loaded machine may add to a deadline


def reply_for(server, verdict, operation):
    """The reply that a server must get."""
    if verdict == GRANTED:
        return YES
    if server == "mongooseim":
        return NO  # it would hang for ever on a 2
    if verdict == REFUSED and operation not in ("setpass", "tryregister"):
        return NO
    return UNKNOWN


def in_order(program):
    """Asks two things that have different answers: a stream out of step could not tell both."""
    assert program.ask("isuser:nobody:example.org") == NO
    assert program.ask("isuser:alice:example.org") == YES


def footprint(program):
    """The descriptors of the monitor and of each of its children."""
    pids = [program.monitor, *children(program.monitor)]
    if os.getuid() != 0:  # other users may not read descriptors
        return [0 for _ in pids]
    try:
        return [len(os.listdir(f"/proc/{pid}/fd")) for pid in pids]
    except FileNotFoundError:  # a resolver has just ended
        return footprint(program)


def footprint_at_rest(program):
    """The same, once the last resolver is reaped."""
    assert until(lambda: len(footprint(program)) == 2), footprint(program)
    return footprint(program)


def attempts(port):
    """How many connections to a local port wait for an answer to their SYN."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[2].endswith(f":{port:04X}") and line.split()[3] == "02"
               for line in lines)


def end(program):
    """Hangs up. The program must end quietly, and so must all its processes."""
    pids = [program.monitor, *children(program.monitor)]
    assert program.close() == (0, b"")
    assert until(lambda: not any(map(is_alive, pids))), pids


class Trial:
    """One program under one kind of server, on which faults are tried.

    asked   how many requests it has had, so that the log's line for the next one is known
    """

    def __init__(self, start, server, *options, deadline=20, **keywords):
        self.server = server
        self.deadline = deadline
        self.asked = 0
        self.program = start("--server", server, "--deadline", str(deadline), *options, **keywords)

    def ask(self, operation="auth"):
        """Returns (reply, milliseconds, the line of the log)."""
        begin = time.monotonic()
        reply = self.program.ask(FRAMES[operation])
        ms = (time.monotonic() - begin) * 1000
        self.asked += 1
        return reply, ms, self.program.log.wait_for("message=request ", count=self.asked)

    def in_order(self):
        in_order(self.program)
        self.asked += 2

    def meets(self, fault, verdict, reason, operation="auth"):
        """One request while `fault`, a context manager, is in force; then two without it."""
        self.in_order()
        before = footprint_at_rest(self.program)
        with fault:
            reply, ms, line = self.ask(operation)
        assert (reply, line["verdict"]) == (reply_for(self.server, verdict, operation), verdict), \
            line
        assert reason in line.get("reason", ""), line
        assert ms < (self.deadline + SLACK) * 1000
        self.in_order()
        assert until(lambda: footprint(self.program) == before), (before, footprint(self.program))
        return reply, ms


# -- how faults come into force -------------------------------------------------------------------

def cut(api):
    """Ends all connections, so that the next request needs a new one."""
    api.stop()
    api.start()


def on_request(fault, fresh=False, **plan):
    """The next request meets one of faults.py; on a new connection if `fresh`."""

    @contextmanager
    def make(api):
        if fresh:
            cut(api)
        api.faults.add(fault, **plan)
        try:
            yield
            assert api.faults.pending == 0, "the fault was not met"
        finally:
            api.faults.clear()

    return make


def on_fresh(fault, **plan):
    return on_request(fault, fresh=True, **plan)


def on_connection(fault):
    """The next connection meets one of connection_faults.py."""

    @contextmanager
    def make(api):
        cut(api)
        api.faults.add_for_connections(fault)
        try:
            yield
            assert api.faults.pending == 0, "the fault was not met"
        finally:
            api.faults.clear()

    return make


@contextmanager
def full_queue(address, port):
    """A process listens there, but the kernel drops every SYN: the queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(bind(address, port))
        listener.listen(0)
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield


@contextmanager
def down(api):
    """Nothing listens."""
    api.stop()
    try:
        yield
    finally:
        api.start()


@contextmanager
def unreachable(api):
    """Packets to it are lost."""
    with down(api), full_queue("127.0.0.1", api.port):
        yield


@contextmanager
def certified(api, context):
    """A server that shows another certificate."""
    kept, api.context = api.context, context
    cut(api)
    try:
        yield
    finally:
        api.context = kept
        cut(api)


def in_the_handshake(program, api):
    """Brings the program to where it waits for the server's part of a TLS handshake."""
    cut(api)
    before = api.connections
    api.faults.add_for_connections(connection_faults.silence())
    program.send(FRAMES["isuser"])
    assert api.wait_for(lambda: api.connections > before)
