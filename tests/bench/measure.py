# SPDX-License-Identifier: ISC
"""The measurements. Each returns plain dictionaries and lists, ready for JSON; times in
microseconds, sizes in bytes.

The figures of a candidate vary with the machine's other load. Those of two candidates, taken within
the same fraction of a second, vary together: so candidates take turns in short rounds, a ratio is
taken within a round, and the median of the rounds' ratios counts.
"""
import os
import subprocess
import time
from contextlib import ExitStack
from statistics import median

import candidates
from candidates import PROGRAM, Candidate

SLOW_CANDIDATES = ("Python, kept", "Python, new")  # make fewer requests in the same time


def quantile(times, per_mille):
    """times: sorted."""
    return times[min(len(times) - 1, len(times) * per_mille // 1000)] / 1000


def on_cpu(*cpus):
    """For a child: runs it on these CPUs only. If the server has a CPU of its own and the
    candidates another, each exchange crosses between them, like one over a network."""
    wanted = set(cpus) & os.sched_getaffinity(0)
    return (lambda: os.sched_setaffinity(0, wanted)) if len(wanted) == len(cpus) else None


def latencies(build, ca_file, url, rounds, count, seconds):
    """Paired rounds of all candidates: {"candidates": {name: …}, "ratios": {name: {other: …}}}.
    Fewer rounds when the time runs out."""
    until = time.monotonic() + seconds
    commands = candidates.commands(build, ca_file, url)
    taken = {name: [] for name in commands}
    pooled = {name: [] for name in commands}
    with ExitStack() as running:
        started = [running.enter_context(Candidate(name, command, on_cpu(1)))
                   for name, command in commands.items()]
        for candidate in started:
            candidate.run(3)
        for turn in range(rounds):
            # no candidate always runs after the same one
            for candidate in started[turn % len(started):] + started[:turn % len(started)]:
                few = candidate.name in SLOW_CANDIDATES and count > 20
                times, figures = one_round(candidate, count // 4 if few else count)
                taken[candidate.name].append(figures)
                pooled[candidate.name].extend(times)
            if time.monotonic() > until:
                break
    return {
        "rounds": turn + 1,
        "candidates": {name: summary(taken[name], sorted(pooled[name])) for name in commands},
        "ratios": {name: {other: ratios(taken[name], taken[other])
                          for other in ("floor", "floor, served", "floor, gated", "libcurl",
                                       "libcurl, served", PROGRAM)}
                   for name in commands},
    }


def one_round(candidate, count):
    before, begun = candidate.cpu(), time.monotonic()
    times = sorted(candidate.run(count))
    seconds = time.monotonic() - begun
    return times, {
        "p50": quantile(times, 500), "p99": quantile(times, 990), "rate": count / seconds,
        "cpu": (candidate.cpu() - before) / count / 1000,
    }


def summary(rounds, pooled):
    figures = {key: median(figures[key] for figures in rounds) for key in rounds[0]}
    return figures | {"p999": quantile(pooled, 999), "requests": len(pooled)}


def ratios(rounds, others):
    return {key: median(mine[key] / theirs[key] for mine, theirs in zip(rounds, others))
            for key in ("p50", "p99", "rate", "cpu")}


def starts(build, ca_file, url, rounds, seconds):
    """From the start of a program to its first reply, and until it says that it serves."""
    commands = candidates.commands(build, ca_file, url)
    bare = {name: command[2:] for name, command in commands.items()
            if name in (PROGRAM, "floor, served", "libcurl, served")}
    # on its own log, at the level that says so
    ready = [build.drive, "ready", "message=serving", *bare[PROGRAM]]
    taken = {name: [] for name in (*bare, "ready")}
    until = time.monotonic() + seconds
    for _ in range(rounds):
        for name, command in bare.items():
            taken[name].append(printed([build.drive, "first", *command]))
        taken["ready"].append(printed(ready))
        if time.monotonic() > until:
            break
    return {
        "first": {name: median(taken[name]) for name in bare},
        "ratio": median(mine / floor
                        for mine, floor in zip(taken[PROGRAM], taken["floor, served"])),
        "ready": median(taken["ready"]),
    }


def printed(command):
    """What `drive` prints: nanoseconds."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"}, check=True,
                          preexec_fn=on_cpu(1))
    return int(done.stdout) / 1000


def several(command, count, running):
    """`count` instances that have answered some requests each."""
    instances = [running.enter_context(Candidate(PROGRAM, command)) for _ in range(count)]
    for instance in instances:
        instance.run(20)
    return instances


def memory(build, ca_file, url, count):
    """Of one instance alone, and of each further one when there are `count`."""
    command = candidates.commands(build, ca_file, url)[PROGRAM]
    with ExitStack() as running:
        alone = several(command, 1, running)[0].memory()
        more = several(command, count - 1, running)
        total = sum(instance.memory()["Pss"] for instance in more)
        dirty = max(instance.memory()["Private_Dirty"] for instance in more)
    return {
        "instances": count, "pss": alone["Pss"], "rss_peak": alone["Peak"],
        "private_dirty": alone["Private_Dirty"],
        "pss_further": total / (count - 1), "private_dirty_further": dirty,
    }


def throughput(build, ca_file, url, numbers, requests, rounds):
    """Requests per second of several instances together, each busy all the time; and the same for
    as many floors, which shows the machine's own limit."""
    commands = candidates.commands(build, ca_file, url)
    taken = {name: {number: [] for number in numbers} for name in (PROGRAM, "floor, served")}
    with ExitStack() as running:
        instances = {name: several(commands[name], max(numbers), running) for name in taken}
        for _ in range(rounds):
            for number in numbers:
                for name, rates in taken.items():
                    rates[number].append(rate(instances[name][:number], requests // number))
    return {name: {str(number): median(values) for number, values in rates.items()}
            for name, rates in taken.items()}


def rate(instances, requests):
    begun = time.monotonic()
    for instance in instances:
        instance.begin(requests)
    for instance in instances:
        instance.end(requests)
    return len(instances) * requests / (time.monotonic() - begun)


def growth(build, ca_file, url, requests, seconds, warm=20000, step=10000):
    """By how much an instance grows between its first requests and many later ones. Fewer requests
    when the time runs out."""
    command = candidates.commands(build, ca_file, url)[PROGRAM]
    with Candidate(PROGRAM, command, on_cpu(1)) as candidate:
        candidate.run(warm)
        before, done, until = candidate.memory(), 0, time.monotonic() + seconds
        while done < requests and time.monotonic() < until:
            done += len(candidate.run(step))
        after = candidate.memory()
    # not private memory: that of files is private or shared depending on what else runs
    return {"requests": done, "bytes": after["Anonymous"] - before["Anonymous"]}
