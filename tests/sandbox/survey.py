#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Tells which system calls the sealed processes make, and holds the policies against them.

    survey.py TABLE FOLDER    TABLE as policy_table.c prints it; FOLDER with strace's files

It prints what each process calls, which rules none of the runs has used, and which calls
no rule names. Of the latter there must be none: they kill where the sandbox is in force.
"""
import collections
import json
import re
import sys
from pathlib import Path

LINE = re.compile(r"^(\d+) +\[ *(\d+)\] (\w+)\((.*)$")
FORK = re.compile(r"^(\d+) .*\b(?:clone3?|fork)(?:\(| resumed).* = (0x[0-9a-f]+)$", re.M)
# An address says nothing, and is another one each time.
ADDRESS = re.compile(r"\b0x[0-9a-f]{9,16}\b")

NUMBER = re.compile(r"^(0x[0-9a-f]+|\d+)$")

LOAD = "0x1, 0, "  # SECCOMP_SET_MODE_FILTER without flags; others are libseccomp's questions

NAMES = {"extauth-worker": "worker", "extauth-resolve": "resolver"}  # PR_SET_NAME

# A filter stays in force for the children: what each process calls is held against all of these.
RINGS = {"worker": ["worker", "monitor"], "resolver": ["resolver", "monitor"]}

# prctl(2) is the only one whose words are needed, for PR_SET_NAME.
WORDS = {"PR_SET_NAME": 15, "PR_SET_PDEATHSIG": 1, "SIGKILL": 9, "PR_SET_DUMPABLE": 4,
         "SUID_DUMP_DISABLE": 0, "PR_CAPBSET_DROP": 24, "PR_SET_NO_NEW_PRIVS": 38}


class Process:
    """What is known of a process: its name, and which policies are in force."""

    def __init__(self, parent=None):
        self.seal = parent.seal if parent else None
        self.asks = False  # executed with --ask, so it is not the monitor
        self.name = None

    def follow(self, call, words):
        """What a call changes about its identity."""
        if call == "execve":
            self.asks = '"--ask"' in words
        elif call == "prctl" and words.startswith('PR_SET_NAME, "'):
            self.name = words.split('"')[1]
        elif call == "seccomp" and words.startswith(LOAD):
            self.seal = NAMES.get(self.name, "asker" if self.asks else "monitor")


def arguments(text):
    """The first words of a call as numbers; None for what is not known."""
    words = re.split(r", |\)| <", text)
    return [int(word, 0) & 0xffffffff if NUMBER.match(word) else WORDS.get(word)
            for word in words[:6]]


class Survey:
    def __init__(self, rules):
        self.rules = rules
        self.by_call = collections.defaultdict(list)
        for rule in rules:
            rule["used"] = 0
            self.by_call[rule["policy"].split("-", maxsplit=1)[0], rule["number"]].append(rule)
        self.made = collections.Counter()
        self.unnamed = collections.Counter()

    def count(self, seal, number, call, words):
        """One call of a process that is sealed as `seal` says."""
        self.made[seal, call] += 1
        for ring in RINGS.get(seal, [seal]):
            if not self.is_named(ring, number, words):
                shown = ADDRESS.sub("&", words.split(" <")[0].split(")")[0])
                self.unnamed[ring, call, shown] += 1

    def is_named(self, ring, number, words):
        """Is there a rule in the policies of this ring? It is used, then."""
        values = None
        for rule in self.by_call[ring, number]:
            if values is None and rule["tests"]:
                values = arguments(words)
            if all(argument < len(values) and values[argument] is not None
                   and values[argument] & mask == value
                   for argument, mask, value in rule["tests"]):
                rule["used"] += 1
                return True
        return False

    def read(self, path):
        """One file of strace's: a program, and all that it has forked."""
        text = path.read_text(encoding="utf-8", errors="replace")
        born = collections.defaultdict(list)  # the children of each, in their order
        for parent, child in FORK.findall(text):
            born[parent].append(str(int(child, 0)))
        processes = {}
        for line in text.splitlines():
            found = LINE.match(line)
            if not found:
                continue
            pid, number, call, words = found[1], int(found[2]), found[3], found[4]
            process = processes.setdefault(pid, Process())
            if process.seal:
                self.count(process.seal, number, call, words)
            process.follow(call, words)
            if call in ("clone", "clone3", "fork") and born[pid]:  # as it is now, whatever comes first
                processes[born[pid].pop(0)] = Process(process)


def report(survey):
    for seal in sorted({seal for seal, _ in survey.made}):
        calls = sorted((count, call) for (who, call), count in survey.made.items() if who == seal)
        print(f"{seal}: {len(calls)} calls: "
              + ", ".join(f"{call} {count}" for count, call in reversed(calls)))
    print("\nNo run has used these rules:")
    for rule in survey.rules:
        if not rule["used"]:
            when = f", when {rule['when']}" if rule["when"] else ""
            print(f"  {rule['policy']}: {rule['call']}{when}\n      {rule['reason']}")
    print("\nNo rule names these calls:")
    for (seal, call, words), count in survey.unnamed.most_common():
        print(f"  {seal}: {call}({words}), {count} times")
    if not survey.unnamed:
        print("  there is none")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        survey = Survey(json.load(file))
    paths = sorted(Path(sys.argv[2]).iterdir())
    for path in paths:
        survey.read(path)
    if not {"worker", "monitor", "resolver"} <= {seal for seal, _ in survey.made}:
        sys.exit(f"{len(paths)} traces say nothing of a worker, a monitor or a resolver")
    print(f"\n{len(paths)} runs of the program\n")
    report(survey)
    return 1 if survey.unnamed else 0


if __name__ == "__main__":
    sys.exit(main())
