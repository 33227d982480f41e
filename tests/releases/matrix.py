#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Prints where the program was tried, and the results: a column for each system, a row
for each suite, from what releases.py and the machines' scripts wrote to build/releases.
A number is how many tests passed; "-N" how many did not, "~N" how many were skipped.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

# What differs from release to release, printed inside of one. The program's own word would be
# better, but a program that does not start says nothing.
VERSIONS = r"""
echo machine: "$(uname -m)"
echo kernel: "$(uname -r)"
dpkg-query -W -f '${source:Package}: ${source:Upstream-Version}\n' \
	libc6 libcurl4 libcurl4t64 libssl3 libssl3t64 libssl1.1 libseccomp2 ejabberd gcc-defaults \
	2>/dev/null | sort -u
echo gcc: "$(gcc -dumpfullversion 2>/dev/null)"
"""
SHOWN = ["machine", "kernel", "glibc", "curl", "openssl", "libseccomp", "ejabberd", "gcc"]

PYTEST = re.compile(r"^=*\s*((?:\d+ \w+(?:, )?)+) in [0-9.]+s", re.M)
CMOCKA = re.compile(r"^\[ *(PASSED|FAILED) *\] (?:\w+: )?(\d+) test", re.M)


def read_log(path, code, seconds):
    """What a log of `make TARGET` tells, as numbers."""
    text = path.read_text(encoding="utf-8", errors="replace")
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for summary in PYTEST.findall(text):
        for number, word in re.findall(r"(\d+) (\w+)", summary):
            key = {"error": "failed", "errors": "failed"}.get(word, word)
            if key in count:
                count[key] += int(number)
    for word, number in CMOCKA.findall(text):
        count[word.lower()] += int(number)
    count["skipped"] += len(re.findall(r"^ *(?:[a-z ]+: )?skipped[:,] ", text, re.M))
    return {"code": code, "seconds": round(seconds), **count}


def cell(result):
    """One suite of one system in a few characters."""
    if result is None:
        return ""
    words = [str(result["passed"]) if result["passed"] else "ok" if result["code"] == 0 else ""]
    if result["failed"]:
        words.append(f"-{result['failed']}")
    elif result["code"] != 0:
        words.append("FAILED")
    if result["skipped"]:
        words.append(f"~{result['skipped']}")
    return " ".join(word for word in words if word)


class Record:
    """What is known of one system; written after each suite, so that nothing gets lost."""

    def __init__(self, path, title):
        self.path = path
        old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.content = {"title": title, "suites": old.get("suites", {})}

    def begin(self, said, tree):
        """What VERSIONS said, and of which commit this is."""
        self.content["versions"] = dict(re.findall(r"^(\w+): (\S+)$", said, re.M))
        git = ["git", "-C", tree, "describe", "--always", "--dirty", "--exclude", "*"]
        self.content["commit"] = subprocess.run(git, stdout=subprocess.PIPE, text=True,
                                                check=False).stdout.strip()
        if "glibc" not in self.content["versions"]:
            raise ValueError(f"no versions in {said!r}")

    def add(self, suite, result):
        self.content["suites"][suite] = {"commit": self.content["commit"], **result}
        self.path.write_text(json.dumps(self.content, indent=1) + "\n", encoding="utf-8")

    def good(self):
        return all(result["code"] == 0 for result in self.content["suites"].values())


def rows(records):
    """Lists of words, one for each line; the first word is what the line is about."""
    yield ["", *(record["title"] for record in records)]
    for name in SHOWN:
        yield [name, *(record["versions"].get(name, "").split("+")[0] for record in records)]
    suites = dict.fromkeys(suite for record in records for suite in record["suites"])
    for suite in suites:
        yield [suite, *(cell(record["suites"].get(suite)) for record in records)]
    for record in records:
        commits = {result["commit"] for result in record["suites"].values()}
        record["tried"] = commits.pop() if len(commits) == 1 else f"{len(commits)} commits"
    yield ["commit", *(record["tried"] for record in records)]
    yield ["", *("green" if all(result["code"] == 0 for result in record["suites"].values())
                 else "RED" for record in records)]


def print_all(place):
    records = [json.loads(path.read_text(encoding="utf-8"))
               for path in sorted(place.glob("*.json"))]
    if not records:
        sys.exit(f"nothing was tried yet: there is no result in {place}")
    lines = list(rows(records))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        print("  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip())


if __name__ == "__main__":
    print_all(Path(__file__).parents[2] / "build/releases")
