# SPDX-License-Identifier: ISC
"""Measures extauth-https next to other clients of the same API, in one run.

    bench.py BUILD-FOLDER [--growth REQUESTS] [--note]

Prints tables; with --note the results go to results.json, from which pages and picture are made
(see pages.py).
"""
import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "api"))

import goals  # noqa: E402
import instructions  # noqa: E402
import measure  # noqa: E402
import pages  # noqa: E402
import report  # noqa: E402
from candidates import Build  # noqa: E402
from nginx import ECHO_MODULE, Nginx  # noqa: E402
from relay import Relay  # noqa: E402

DELAY = 10000  # microseconds in each direction
GROWTH_TIME = 120  # seconds at most


def has_netem():
    """Whether the kernel can delay packets: then no relay is needed."""
    attempt = ["unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem",
               "delay", "10ms"]
    return subprocess.run(attempt, stderr=subprocess.DEVNULL, check=False).returncode == 0


def measured(build, folder, growth):
    """All results, in the order in which they are taken."""
    results = {"latency": {}}

    def step(title):
        print(f"  {title} …", file=sys.stderr, flush=True)

    with Nginx(folder, pin=measure.on_cpu(0)) as nginx:
        static = nginx.url("static")

        step("latency against a static answer")
        results["latency"]["static"] = measure.latencies(build, nginx.ca_file, static, 40, 400, 40)
        if ECHO_MODULE.exists():
            step("against a server that takes 2 ms")
            results["latency"]["slow"] = measure.latencies(
                build, nginx.ca_file, nginx.url("slow"), 10, 40, 20)
        step("over a network that takes 20 ms there and back")
        with Relay(build, nginx.port, DELAY) as relay:
            results["latency"]["far"] = measure.latencies(
                build, nginx.ca_file, nginx.url("static", relay.port), 5, 16, 20)
        step("starts")
        results["starts"] = measure.starts(build, nginx.ca_file, static, 25, 15)
        step("instructions")
        results["instructions"] = {
            name: {Path(path).name: number for path, number in objects.items()}
            for name, objects in instructions.count(build, nginx).items()}
        step("memory")
        results["memory"] = measure.memory(build, nginx.ca_file, static, 8)
        step(f"growth over {growth:,} requests")
        results["growth"] = measure.growth(build, nginx.ca_file, static, growth,
                                           GROWTH_TIME)
    with Nginx(folder) as nginx:
        step("throughput")
        results["throughput"] = measure.throughput(
            build, nginx.ca_file, nginx.url("static"), (1, 2, 4, 8), 2000, 5)
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--growth", type=int, default=1_000_000)
    parser.add_argument("--note", action="store_true")
    arguments = parser.parse_args()
    build = Build(Path(arguments.build).resolve())

    begun = time.monotonic()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="extauth-bench-") as folder:
        os.chmod(folder, 0o755)  # the program becomes another user
        results = measured(build, folder, arguments.growth)
    results["machine"] = {"processors": os.cpu_count(), "load_before": load,
                          "kernel": platform.release(), "seconds": time.monotonic() - begun}
    zoo = json.loads(pages.ZOO_RESULTS.read_text())

    parts = results["latency"]
    report.print_latencies("static answer, microseconds", parts["static"])
    if "slow" in parts:
        report.print_latencies("a server that takes 2 ms, microseconds", parts["slow"])
    report.print_latencies("a network that takes 20 ms there and back, microseconds",
                           parts["far"])
    print("  (delayed by a relay of ours, " + ("" if has_netem() else "as this kernel has no netem; ")
          + "setting up TCP is not delayed)")
    report.print_others(results)
    report.print_goals(goals.judge(results, zoo))
    print(f"\n{results['machine']['seconds']:.0f} s on {os.cpu_count()} processors; "
          f"the load was {load:.1f} when it began")

    if arguments.note:
        pages.note(pages.RESULTS, results)


if __name__ == "__main__":
    main()
