#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Random faults for as long as one likes: soak.py [--seconds 600] [--requests 200000] [--seed N]

Three programs run side by side, each with an API of its own. What is asked and what goes wrong is
drawn from the seed, so that a run can be had again; only deaths of workers are held back when they
come faster than the program replaces workers. Every reply is compared with the one there has to be:
a wrong one and one out of step are the same failure, and end the run.

steady   faults of the API and of the host; both processes live from the first request to the last,
         so their memory and their descriptors must not grow
rough    faults of the processes besides: workers are killed, stopped, replaced
killed   its worker is killed each second, whatever it does
"""
import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from soak_lane import UNKNOWN, YES, Lane, Wrong, until

from certificates import Authority  # on the path since

# How much memory may grow between the first fifth of a run and its end. At the end of its heap the
# C library keeps up to M_TRIM_THRESHOLD and M_TOP_PAD, 128 KiB each, or gives them back (mallopt(3)).
GROWTH_MAX = 256  # KiB

STEADY = {"batch": 100, "fault": 60, "cut": 2, "handshake": 3, "outage": 1, "long_outage": 0.1,
          "slow_host": 3, "random_frames": 3}
ROUGH = STEADY | {"reload": 2, "suspend": 2, "death": 3}
KILLED = {"batch": 1}


class Killed(Lane):
    """Kills the worker each second. "Unavailable" is right meanwhile; a wrong answer, an answer to
    another request, and none at all are not."""

    def fits(self, got, reply):
        self.done["unavailable" if got == UNKNOWN else "yes or no"] += 1
        return got in (reply, UNKNOWN)

    def work(self, seconds, requests, stop):
        done = threading.Event()
        killer = threading.Thread(target=self.kill, args=(done,))
        killer.start()
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end and not stop.is_set():
                until(self.workers)  # what is asked in a pause is answered too quickly to be of use
                self.batch()
        finally:
            done.set()
            killer.join()
        if not until(lambda: self.program.ask("isuser:u1:example.org") == YES, seconds=30):
            raise Wrong("no request is granted when no worker is killed any more")
        if self.done["yes or no"] == 0 or self.done["killed"] < seconds / 20:
            raise Wrong(f"there was nothing to see: {self.done}")

    def kill(self, done):
        while not done.wait(1):
            for worker in self.workers():
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
                    self.done["killed"] += 1


def show(lanes, begin, out):
    requests = sum(lane.requests for lane in lanes)
    parts = [f"{time.monotonic() - begin:6.0f} s {requests:8d} requests"]
    for lane in lanes:
        if lane.samples:
            _, (monitor, worker), files = lane.samples[-1]
            parts.append(f"{lane.name}: {monitor} + {worker} KiB, {files[0]} + {files[1]} fds")
    print(" | ".join(parts), file=out, flush=True)


def run(seconds, requests, seed, out=sys.stdout, pace=10):
    """Returns what there is to complain about; an empty list when all is well."""
    print(f"seed {seed}, {seconds} s, {requests} requests", file=out, flush=True)
    stop = threading.Event()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        os.chmod(folder, 0o755)
        authority = Authority(folder)
        lanes = []
        for kind, name, actions in ((Lane, "steady", STEADY), (Lane, "rough", ROUGH),
                                    (Killed, "killed", KILLED)):
            place = Path(folder, name)
            place.mkdir()
            lanes.append(kind(name, seed, place, authority, actions))
        threads = [threading.Thread(target=lane.run, args=(seconds, requests // 2, stop))
                   for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(pace)
                show(lanes, begin, out)
    return complaints(lanes, seed, out)


def complaints(lanes, seed, out):
    found = []
    for lane in lanes:
        print(f"{lane.name}: {lane.requests} requests; " +
              ", ".join(f"{count} {name}" for name, count in sorted(lane.done.items())), file=out)
        if lane.failure is not None:
            found.append(f"seed {seed}, {lane.name}: {type(lane.failure).__name__}: {lane.failure}")
            continue
        if not lane.samples:
            continue
        grown, early, late = lane.growth()
        print(f"{lane.name}: grown by {grown[0]} + {grown[1]} KiB; descriptors {early} then, "
              f"{late} now", file=out, flush=True)
        if early != late:
            found.append(f"seed {seed}, {lane.name}: descriptors {early} became {late}")
        # a worker that took another one's place has a memory of its own
        lasting = grown if lane.first_worker == lane.last_worker else grown[:1]
        if max(lasting) > GROWTH_MAX:
            found.append(f"seed {seed}, {lane.name}: grown by {grown} KiB")
        if lane.name == "steady" and lane.first_worker != lane.last_worker:
            found.append(f"seed {seed}, steady: a worker died")
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=float, default=600)
    arguments.add_argument("--requests", type=int, default=200_000)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    options = arguments.parse_args()
    found = run(options.seconds, options.requests, options.seed)
    sys.exit("\n".join(found) if found else 0)


if __name__ == "__main__":
    main()
