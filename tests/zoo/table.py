# SPDX-License-Identifier: ISC
"""How long a login takes behind each server of the zoo, and how long it takes the script of 2014.

    table.py BUILD-FOLDER [--note]

Prints a table; with --note it goes to results.json, from which pages are made (see
../bench/pages.py). Both clients take turns in short rounds, as in bench.py.
"""
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import servers

sys.path.append(str(Path(__file__).parents[1] / "bench"))

import candidates  # noqa: E402
import measure  # noqa: E402
import pages  # noqa: E402

SCRIPT = "Python, new"


def version(package):
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], check=True,
                           capture_output=True, text=True).stdout
    return shown.split(":")[-1].split("-")[0].split("+")[0].split("~")[0]


def compare(build, server, rounds=8, requests=50):
    """The median p50 of ours and of the script, in milliseconds, and their ratio."""
    commands = candidates.commands(build, server.ca_file, server.url)
    taken = {candidates.PROGRAM: [], SCRIPT: []}
    with ExitStack() as running:
        clients = [running.enter_context(candidates.Candidate(name, commands[name]))
                   for name in taken]
        for client in clients:
            client.run(3)
        for turn in range(rounds):
            for client in clients[turn % 2:] + clients[:turn % 2]:
                count = max(1, requests // 5) if client.name == SCRIPT else requests
                times = sorted(client.run(count))
                taken[client.name].append(measure.quantile(times, 500) / 1000)
    ratio = median(theirs / ours for ours, theirs in zip(*taken.values()))
    return *(median(times) for times in taken.values()), ratio


def measured(build):
    """{name: …} of the servers that are installed."""
    found = {}
    for name, (packages, _) in servers.SERVERS.items():
        lacking = servers.missing(name)
        if lacking:
            print(f"  {name} is not installed: {' '.join(lacking)}")
            continue
        with servers.start(name) as server:
            ours, script, ratio = compare(build, server)
        print(f"  {name:20}{ours:10.2f} ms{script:10.2f} ms{ratio:8.1f} x", flush=True)
        found[name] = {"versions": ", ".join(version(package) for package in packages),
                       "ours": ours, "script": script, "ratio": ratio}
    return found


def main():
    build = candidates.Build(Path(sys.argv[1]).resolve())
    load = os.getloadavg()[0]
    print(f"  {'p50':20}{candidates.PROGRAM:>13}{SCRIPT:>13}")
    results = {"servers": measured(build), "machine": {"load_before": load}}
    if "--note" in sys.argv:
        pages.note(pages.ZOO_RESULTS, results)


if __name__ == "__main__":
    main()
