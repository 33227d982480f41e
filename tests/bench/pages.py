# SPDX-License-Identifier: ISC
"""The figures that pages quote, from the results that are committed.

    pages.py             writes them into the pages, and draws the picture
    pages.py --check     fails when a page, or the picture, has others

A page has each between <!-- NAME --> and <!-- end -->. Results come from the last run of
`make bench NOTE=1` (results.json) and of `make zoo NOTE=1` (../zoo/results.json).
"""
import json
import re
import sys
from pathlib import Path

import goals
import report
from candidates import PROGRAM

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results.json"
ZOO_RESULTS = HERE.parent / "zoo" / "results.json"
PICTURE = HERE / "latency.svg"
PAGES = [HERE / "README.md", ROOT / "README.md"]
BLOCK = re.compile(r"<!-- ([a-z]+) -->\n(.*?)<!-- end -->", re.S)
MEGABYTE = goals.MEGABYTE


def load():
    return json.loads(RESULTS.read_text()), json.loads(ZOO_RESULTS.read_text())


def note(file, results):
    """Writes results to be committed, rounded to the digits that mean something."""
    def rounded(value):
        if isinstance(value, float):
            return float(f"{value:.5g}")
        if isinstance(value, dict):
            return {key: rounded(part) for key, part in value.items()}
        return [rounded(part) for part in value] if isinstance(value, list) else value

    file.write_text(json.dumps(rounded(results), indent=1) + "\n")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def goals_table(results, zoo):
    return table(("goal", "measured", ""), ((goal, figure, "met" if met else "missed")
                                            for goal, figure, met in goals.judge(results, zoo)))


def latency_table(results, _):
    part = results["latency"]["static"]
    rows = []
    for name, figures in part["candidates"].items():
        ratios = part["ratios"][name]["floor, served"]
        rows.append((name, f"{figures['p50']:,.1f}", f"{figures['p99']:,.0f}",
                     f"{figures['cpu']:,.1f}", f"{ratios['p50']:.2f} x", f"{ratios['cpu']:.2f} x"))
    return table(("µs a request", "p50", "p99", "CPU", "p50 to floor, served",
                  "CPU to floor, served"), rows)


def network_table(results, _):
    parts = {"a server that takes 2 ms": "slow", "a network that takes 20 ms": "far"}
    rows = []
    for title, key in parts.items():
        if key in results["latency"]:
            part = results["latency"][key]
            own, ratio = part["candidates"][PROGRAM], part["ratios"][PROGRAM]["floor, served"]
            new = part["ratios"]["Python, new"][PROGRAM]
            rows.append((title, f"{own['p50'] / 1000:.2f} ms", f"{ratio['p50']:.2f} x",
                         f"{new['p50']:.1f} x"))
    return table(("", "p50", "to floor, served", "Python, new, to it"), rows)


def others_table(results, _):
    first, memory = results["starts"]["first"], results["memory"]
    numbers = list(results["throughput"][PROGRAM])
    rows = [("first answer after the start", ", ".join(
        f"{name} {time / 1000:.1f} ms" for name, time in first.items()))]
    rows += [("instructions per request, in all", ", ".join(
        f"{name} {sum(objects.values()):,.0f}"
        for name, objects in results["instructions"].items()))]
    rows += [(f"requests a second of {name}, {', '.join(numbers)} instances", ", ".join(
        f"{rate:,.0f}" for rate in rates.values())) for name, rates in results["throughput"].items()]
    rows += [("memory of one instance", f"PSS {memory['pss'] / MEGABYTE:.2f} MB, of which "
              f"{memory['private_dirty'] / MEGABYTE:.2f} MB it has written itself"),
             ("memory of each further one", f"PSS {memory['pss_further'] / MEGABYTE:.2f} MB, of "
              f"which {memory['private_dirty_further'] / MEGABYTE:.2f} MB it has written itself")]
    return table(("", ""), rows)


def zoo_table(_, zoo):
    rows = [(name, server["versions"], f"{server['ours']:.2f} ms", f"{server['script']:.2f} ms",
             f"{server['ratio']:.1f} x") for name, server in zoo["servers"].items()]
    return table(("server", "version", PROGRAM, "a new connection each time", ""), rows)


def run_sentence(results, zoo):
    machine = results["machine"]
    return (f"Linux {machine['kernel']} on {machine['processors']} processors, at a load of "
            f"{machine['load_before']:.1f}; {machine['seconds']:.0f} s. The zoo was measured at a "
            f"load of {zoo['machine']['load_before']:.1f}.")


def speed_sentence(results, zoo):
    static = results["latency"]["static"]
    own = static["candidates"][PROGRAM]
    judged = goals.judge(results, zoo)
    return (f"A request takes {own['p50']:.0f} µs behind a server that answers at once, "
            f"{static['ratios'][PROGRAM]['floor, served']['p50']:.2f} x what bare OpenSSL takes "
            f"behind the same two pipes; "
            f"a Python script with a new connection each time takes "
            f"{static['ratios']['Python, new'][PROGRAM]['p50']:.0f} x as long. An instance has "
            f"{results['memory']['pss'] / MEGABYTE:.1f} MB of memory, each further one "
            f"{results['memory']['pss_further'] / MEGABYTE:.1f} MB. "
            f"{sum(met for _, _, met in judged)} of {len(judged)} goals are met.")


BLOCKS = {
    "goals": goals_table, "latency": latency_table, "networks": network_table,
    "others": others_table, "zoo": zoo_table, "run": run_sentence, "speed": speed_sentence,
}


def rendered(text, results, zoo):
    return BLOCK.sub(lambda block: f"<!-- {block[1]} -->\n{BLOCKS[block[1]](results, zoo)}\n"
                                   "<!-- end -->", text)


def stale(results, zoo):
    """The pages, or the picture, that differ from the results."""
    found = [str(page.relative_to(ROOT)) for page in PAGES
             if page.read_text() != rendered(page.read_text(), results, zoo)]
    drawn = re.findall(r">(\d+)</tspan>", PICTURE.read_text())
    if drawn != report.labels(results["latency"]["static"]):
        found.append(str(PICTURE.relative_to(ROOT)))
    return found


def write(results, zoo):
    for page in PAGES:
        page.write_text(rendered(page.read_text(), results, zoo))
    report.draw(results["latency"]["static"], PICTURE)


def main():
    results, zoo = load()
    if "--check" not in sys.argv:
        write(results, zoo)
        return 0
    wrong = stale(results, zoo)
    for file in wrong:
        print(f"  {file} does not have the figures of the committed results; make pages writes them")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
