#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Prints which lines and branches were run, as a table, and fails below a limit.

    coverage.py --counters DIRECTORY [--total LINES] [--each LINES BRANCHES] [--missing]
                [--source FILE...] BINARY...

Lines and branches are percentages: --total of all sources together, --each of every one. The
counters are those of clang (-fprofile-instr-generate -fcoverage-mapping): a process keeps them in
memory that it shares with a file, so they are there however it ends, and a sandbox that
forbids writing files does not matter.
"""
import argparse
import subprocess
import sys
from pathlib import Path


def measure(counters, binaries):
    """{source: ({line: count}, {branch: count})}"""
    merged = counters / "merged.profdata"
    raw = sorted(map(str, counters.glob("*.profraw")))
    if not raw:
        sys.exit(f"there are no counters in {counters}")
    subprocess.run(["llvm-profdata", "merge", "-sparse", "-failure-mode=all",
                    "-f", "/dev/stdin", "-o", merged], input="\n".join(raw), text=True, check=True,
                   stderr=subprocess.DEVNULL)
    objects = [word for binary in binaries[1:] for word in ("-object", binary)]
    text = subprocess.run(["llvm-cov", "export", "-format=lcov", "-instr-profile",
                           merged, binaries[0], *objects], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, check=True).stdout
    found = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            lines, branches = found.setdefault(Path(value).resolve(), ({}, {}))
        elif key == "DA":
            number, count = map(int, value.split(",")[:2])
            lines[number] = lines.get(number, 0) + count
        elif key == "BRDA":
            *place, count = value.split(",")
            number = 0 if count == "-" else int(count)
            branches[tuple(place)] = branches.get(tuple(place), 0) + number
    return found


def percent(counts):
    """Of counts that are not zero."""
    return 100 * sum(map(bool, counts)) / len(counts) if counts else 100


def row(name, lines, branches):
    print(f"  {name:<22}{len(lines):>6}{percent(lines):>8.1f} %"
          f"{len(branches):>8}{percent(branches):>8.1f} %")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--counters", type=Path, required=True)
    parser.add_argument("--total", type=float, default=0)
    parser.add_argument("--each", type=float, nargs=2, default=(0, 0))
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--source", action="append", type=Path)
    parser.add_argument("binaries", nargs="+")
    options = parser.parse_args()
    found = measure(options.counters, options.binaries)
    sources = options.source or sorted(Path("src").rglob("*.c"))
    every, below = [], []
    print(f"  {'':<22}{'lines':>6}{'run':>10}{'branches':>8}{'run':>10}")
    for source in sources:
        lines, branches = found.get(source.resolve(), ({}, {}))
        row(source.name, list(lines.values()), list(branches.values()))
        every += lines.values()
        if not lines or \
           percent(list(lines.values())) < options.each[0] or \
           percent(list(branches.values())) < options.each[1]:
            below.append(source.name)
        if options.missing:
            for number in (number for number, count in lines.items() if not count):
                print(f"    {source}:{number}: {source.read_text().splitlines()[number - 1]}")
            for place in (place for place, count in branches.items() if not count):
                print(f"    {source}:{place[0]}: one way of a condition is never taken")
    print(f"  {percent(every):.1f} % of {len(every)} lines")
    if percent(every) < options.total:
        below.append("all together")
    if below:
        sys.exit(f"below the limit: {', '.join(below)}")


if __name__ == "__main__":
    main()
