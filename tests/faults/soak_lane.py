# SPDX-License-Identifier: ISC
"""A program under random faults, and the replies that it has to give."""
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [path for path in (str(FOLDER.parent / "api"), str(FOLDER.parent), str(FOLDER))
                if path not in sys.path]

import connection_faults as connections  # noqa: E402
import faults  # noqa: E402
from e2e.inject import make_call  # noqa: E402
from e2e.program import (NO, UNKNOWN, YES, Program, children_named, fields,  # noqa: E402
                         frame, status, wait_until_asleep)
from server import Api  # noqa: E402
from trial import CHEAP, cut, until  # noqa: E402

USERS = 50
DEADLINE = 3  # seconds; far more than a request takes, so that a busy machine makes no difference
GETUID = 102  # on x86-64; the worker's sandbox forbids it

# The program replaces five workers a minute, and then makes a pause.
SECONDS_BETWEEN_DEATHS = 15

# Five deaths in an hour that an attacker could have caused, and the program ends: see
# test_workers_die_of_what_an_attack_could_have_led_to.
VIOLATIONS_MAX = 4

GRANT = b'{"success": true}'

# What the API does to a user of this name, and the verdict there has to be; None is the true one.
FAULTS = {
    "fine": (faults.respond, None),
    "status": (faults.answer(503), UNKNOWN),
    "limited": (faults.answer(429, GRANT), UNKNOWN),
    "html": (faults.answer(200, b"<html>", content_type="text/html"), UNKNOWN),
    "empty": (faults.answer(200, b""), UNKNOWN),
    "large": (faults.answer(200, GRANT + b" " * 200_000), UNKNOWN),
    "endless": (faults.endless_body(), UNKNOWN),
    "headers": (faults.endless_head(), UNKNOWN),
    "string": (faults.answer(200, {"success": "true"}), UNKNOWN),
    "two": (faults.answer(200, b'{"success": false, "success": true}'), UNKNOWN),
    "behind": (faults.answer(200, GRANT + GRANT), UNKNOWN),
    "redirect": (faults.redirect("https://localhost:1/login"), UNKNOWN),
    "garbage": (faults.garbage(), UNKNOWN),
    "reset": (faults.reset(), UNKNOWN),
    "close": (faults.close(), UNKNOWN),
    "head": (faults.half_head(), UNKNOWN),
    "body": (faults.half_body(), UNKNOWN),
    "plain": (faults.broken_tls(), UNKNOWN),
    "hang": (faults.hang(), UNKNOWN),
    "twice": (faults.twice(), None),
    "stray": (faults.stray(), None),
    "interim": (faults.interim(3, 103), None),
    "chunks": (faults.chunked(3), None),
    "slow": (faults.slowly(0.0005), None),
    "bye": (faults.unannounced_close(), None),
    "cut": (faults.unannounced_close(notify=False), None),
    "unsized": (faults.until_close(), None),
    "severed": (faults.until_close(notify=False), UNKNOWN),
}

RARE = {"hang"}  # it costs the whole deadline


def dispatch(connection, request):
    """The fault that goes with the user's name."""
    user = request.json()["username"].partition("@")[0]
    kind = user.partition("-")[2]
    FAULTS.get(kind, FAULTS["fine"])[0](connection, request)


class Naming(Api):
    """Says in each answer whom it is about."""

    def respond(self, request):
        response = super().respond(request)
        try:
            answer = json.loads(response.body)
            answer["message"] = "about " + request.json()["username"]
        except (ValueError, KeyError, TypeError):
            return response
        return response._replace(body=json.dumps(answer).encode())


class Wrong(AssertionError):
    """A reply that is not the one there has to be."""


class Lane:
    """One program with its API, and the thread that has its way with them."""

    def __init__(self, name, seed, folder, authority, actions):
        self.name = name
        self.draw = random.Random(f"{seed}:{name}")
        self.age = 3600 if name == "steady" else 300  # of a worker: then it is renewed
        self.api = Naming(folder, authority=authority, cost=CHEAP, recording=False)
        self.actions = list(actions)
        self.weights = [weight for weight in actions.values()]
        self.requests = 0
        self.done = Counter()
        self.failure = None
        self.samples = []  # (seconds, memory of both processes, descriptors of both)
        self.died_at = 0
        for number in range(USERS):
            self.api.accounts.register(f"u{number}@example.org", f"p{number}")

    # -- asking -----------------------------------------------------------------------------------

    def expect(self, frames, replies):
        """Sends frames at once, and compares the replies with those there have to be."""
        self.program.write(b"".join(map(frame, frames)))
        got = self.program.read(4 * len(frames), seconds=60 + DEADLINE * len(frames))
        self.requests += len(frames)
        for asked, reply, place in zip(frames, replies, range(0, len(got), 4)):
            if not self.fits(got[place:place + 4], reply):
                time.sleep(0.5)  # for the log
                raise Wrong(f"{asked} was answered {got[place:place + 4]}, not {reply}, as the "
                            f"{place // 4 + 1}. of {len(frames)}; log:\n" +
                            "\n".join(self.program.log.lines[-20 - len(frames):]))
        self.look_at_log()

    def fits(self, got, reply):
        """Whether what was answered is right where `reply` is."""
        return got == reply

    def look_at_log(self):
        """An answer is believed for the user it is about, and for no other."""
        for line in self.program.log.take():
            told = fields(line)
            if told.get("api_message", "").startswith("about "):
                self.done["named"] += 1
                if told["api_message"] != f"about {told['user']}@{told['host']}":
                    raise Wrong(f"an answer about another user: {line}")

    def question(self):
        """A request that is met by no fault, and its reply."""
        number = self.draw.randrange(USERS)
        return self.draw.choice([
            (f"auth:u{number}:example.org:p{number}", YES),
            (f"auth:u{number}:example.org:p{number}x", NO),
            (f"auth:u{number}:example.org:{'x' * self.draw.randrange(1, 3000)}", NO),
            (f"isuser:u{number}:example.org", YES),
            (f"isuser:v{number}:example.org", NO),
            (f"setpass:u{number}:example.org:p{number}", YES),
            (f"setpass:v{number}:example.org:p", UNKNOWN),
            (f"tryregister:u{number}:example.org:p{number}", YES),
            (f"tryregister:u{number}:example.org:other", UNKNOWN),
            (f"removeuser:v{number}:example.org", NO),
            (f"auth:u {number}:example.org:x", NO),
            (f"nonsense:{number}", UNKNOWN),
        ])

    def answered(self):
        """One question that is answered by the API, which closes the breaker."""
        number = self.draw.randrange(USERS)
        self.expect([f"isuser:u{number}:example.org"], [YES])

    # -- actions ----------------------------------------------------------------------------------

    def batch(self):
        questions = [self.question() for _ in range(self.draw.randrange(1, 65))]
        self.expect(*zip(*questions))

    def fault(self):
        kind = self.draw.choice(list(FAULTS))
        if kind in RARE and self.draw.random() > 0.05:
            kind = "status"
        self.meet(kind)

    def meet(self, kind):
        self.done[kind] += 1
        # an account of that name does not exist
        self.expect([f"isuser:fault-{kind}:example.org"], [FAULTS[kind][1] or NO])
        if kind == "stray":
            self.after_a_stray()
        self.answered()

    def after_a_stray(self):
        """The unexpected answer may be here before the next request, or behind it, where
        it is told by its missing number. It never counts."""
        reply = self.program.ask("isuser:v1:example.org")
        self.requests += 1
        if reply not in (NO, UNKNOWN):
            raise Wrong(f"{reply} behind a stray answer")
        self.look_at_log()

    def handshake(self):
        """A new connection on which no client gets as far as a request."""
        make = self.draw.choice([connections.close_at_once, connections.close_in_handshake,
                                 connections.reset_in_handshake, connections.half_handshake,
                                 connections.plain_http])
        cut(self.api)
        self.api.faults.add_for_connections(make())
        self.expect(["isuser:u1:example.org"], [UNKNOWN])
        self.answered()

    def outage(self):
        self.api.stop()
        try:
            for _ in range(self.draw.randrange(1, 5)):  # fewer than open the breaker
                self.expect(["isuser:u1:example.org"], [UNKNOWN])
        finally:
            self.api.start()
        self.answered()

    def long_outage(self):
        """Until the breaker opens; then "unavailable" is right until it lets a probe through."""
        self.api.stop()
        try:
            for _ in range(8):
                self.expect(["isuser:u1:example.org"], [UNKNOWN])
        finally:
            self.api.start()
        end = time.monotonic() + 60
        while True:
            reply = self.program.ask("isuser:v1:example.org")
            self.requests += 1
            if reply == NO:
                break
            if reply != UNKNOWN or time.monotonic() > end:
                raise Wrong(f"{reply} after an outage")
            time.sleep(0.01)
        self.answered()

    def cut(self):
        cut(self.api)
        self.batch()

    def slow_host(self):
        """Byte by byte in, byte by byte out."""
        questions = [self.question() for _ in range(3)]
        for byte in b"".join(frame(asked) for asked, _ in questions)[:600]:
            self.program.write(bytes([byte]))
        rest = b"".join(frame(asked) for asked, _ in questions)[600:]
        self.program.write(rest)
        for _, reply in questions:
            for byte in reply:
                got = self.program.read(1)
                if got != bytes([byte]):
                    raise Wrong(f"{got} instead of the byte {byte} of {reply}")
        self.requests += 3

    def random_frames(self):
        frames = [self.draw.randbytes(self.draw.randrange(200)) for _ in range(10)]
        self.expect(frames, [UNKNOWN] * 10)

    def reload(self):
        self.program.signal(signal.SIGHUP)
        self.batch()
        self.one_worker()

    def suspend(self):
        worker = self.one_worker()
        who = self.draw.choice([[worker], [self.program.monitor], [worker, self.program.monitor]])
        for pid in who:
            os.kill(pid, signal.SIGSTOP)
        timer = threading.Timer(0.05, lambda: [os.kill(pid, signal.SIGCONT) for pid in who])
        timer.start()
        self.batch()
        timer.join()

    def death(self):
        """Of a worker: idle or at work, killed or for a forbidden call."""
        idle, violates = self.draw.random() < 0.5, self.draw.random() < 0.5
        if time.monotonic() - self.died_at < SECONDS_BETWEEN_DEATHS:
            return
        self.died_at = time.monotonic()
        self.done["died"] += 1
        worker = self.one_worker()
        if not idle:
            before = self.api.request_count
            self.program.send("isuser:fault-hang:example.org")
            assert self.api.wait_for(lambda: self.api.request_count > before)
        wait_until_asleep(worker)
        if violates and os.getuid() == 0 and self.done["violated"] < VIOLATIONS_MAX:
            self.done["violated"] += 1
            make_call(worker, GETUID)
            assert until(lambda: worker not in self.workers())
        else:
            os.kill(worker, signal.SIGKILL)
            # the kernel hands a dying process what it waits for, and then no other one gets it
            assert until(lambda: worker not in self.workers())
        if not idle:
            reply = self.program.read()
            self.requests += 1
            if reply != UNKNOWN:
                raise Wrong(f"{reply} for a request whose worker was killed")
        self.batch()

    # -- looking ----------------------------------------------------------------------------------

    def workers(self):
        return children_named("extauth-worker", self.program.monitor)

    def one_worker(self):
        """The worker, when no other is on its way."""
        self.answered()
        assert until(lambda: len(self.workers()) == 1), self.workers()
        return self.workers()[0]

    def look(self, seconds):
        """Notes what the processes hold while nothing is under way."""
        pids = [self.program.monitor, self.one_worker()]
        self.samples.append((seconds, [memory(pid) for pid in pids], self.settled(pids)))

    def settled(self, pids):
        """Descriptors of both; waits for those that are on their way out."""
        if os.getuid() != 0:
            return ["not known", "not known"]  # others may not look
        usual = self.samples[0][2] if self.samples else None
        counts = [len(os.listdir(f"/proc/{pid}/fd")) for pid in pids]
        end = time.monotonic() + 5
        while usual not in (None, counts) and time.monotonic() < end:
            time.sleep(0.01)
            counts = [len(os.listdir(f"/proc/{pid}/fd")) for pid in pids]
        return counts

    # -- running ----------------------------------------------------------------------------------

    def run(self, seconds, requests, stop):
        self.api.start()
        self.api.faults.add(dispatch, times=None)
        try:
            with Program("--ca-file", self.api.ca_file, "--deadline", str(DEADLINE),
                         "--max-connection-age", str(self.age), "--log-level", "info",
                         self.api.url) as self.program:
                self.first_worker = self.program.serving()
                self.work(seconds, requests, stop)
                self.last_worker = self.one_worker()
                if self.program.close() != (0, b""):
                    raise Wrong("it did not end as it should")
        except BaseException as error:
            self.failure = error
            stop.set()
        finally:
            self.api.close()

    def work(self, seconds, requests, stop):
        begin = time.monotonic()
        next_look = 0
        for kind in FAULTS:  # so that the most there is to hold has been held
            self.meet(kind)
        while not stop.is_set():
            passed = time.monotonic() - begin
            if passed >= next_look:
                self.look(passed)
                next_look += seconds / 60
            if passed >= seconds and self.requests >= requests:
                break
            action, = self.draw.choices(self.actions, self.weights)
            self.done[action] += 1
            getattr(self, action)()
        self.look(time.monotonic() - begin)

    def growth(self):
        """KiB by which each process has grown since the first fifth, and descriptors then and now.

        The least of several samples on each side: what is in use for a moment is no growth."""
        part = max(1, len(self.samples) // 5)
        early, late = self.samples[part:2 * part] or self.samples[:1], self.samples[-part:]
        grown = [min(sample[1][i] for sample in late) - min(sample[1][i] for sample in early)
                 for i in (0, 1)]
        return grown, early[0][2], late[-1][2]


def memory(pid):
    """KiB in RAM that come from no file. Not PSS, which grows when others stop sharing."""
    return int(status(pid)["RssAnon"].split()[0])
