#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Proves the contracts in the headers of the pure modules.

    prove.py                    every module of MODULES, as `make prove` does
    prove.py frame request      these only
    prove.py --show request     with all that Frama-C says

Frama-C turns each contract, and each read, write, index and addition that the C
standard leaves undefined when it goes wrong, into goals; cvc4 and z3 prove them
for all inputs. A goal that is not proved is a failure.

Nothing is written outside the build folder, the provers' list included.
"""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

# What is asked of each module besides the whole of it:
#   -rte-initialized  no byte is read before it is set. WP takes a struct that is passed
#                     by value for not set, so it cannot be asked where views are passed.
# The one that takes longest is the first, so that nothing waits for it alone at the end.
OPTIONS_OF = {
    "contract": [],
    "json": [],
    "json_string": [],
    "request": [],
    "writer": [],
    "view": [],
    "answer": [],
    "http_head": [],
    "http": [],
    "http_chunk": [],
    "frame": ["-rte-initialized", "@all"],
    "operation": [],
    "verdict_answer": ["-rte-initialized", "@all"],
    "verdict_reply": ["-rte-initialized", "@all"],
    "verdict": ["-rte-initialized", "@all"],
    "xmpp_server": ["-rte-initialized", "@all"],
    "breaker": [],
    "pack": [],
    "outcome": [],
    "message": [],
}
MODULES = list(OPTIONS_OF)

# cvc4 proves nearly everything, and two provers for each goal take twice the time.
PROVERS = "cvc4"
PROVERS_OF = {"view": "cvc4,z3", "frame": "cvc4,z3"}
SECONDS_OF = {"contract": 300}  # for a goal and a prover, where most of them are not enough
GOALS_MIN = 1500  # fewer than this in all, and contracts have been lost

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

OPTIONS = [
    "-machdep", "gcc_x86_64",
    "-cpp-extra-args=-std=c17 -iquote src",
    "-wp",
    "-wp-rte",  # nothing that the C standard leaves undefined
    "-wp-model", "Typed",
    "-wp-literals",
    "-wp-par", "2",
]

SUM = re.compile(r"^\[wp\] Proved goals: +(\d+) / (\d+)$", re.M)
UNPROVED = re.compile(r"^\[wp\] \[(?:Failed|Timeout|Unknown)\] Goal (\S+)", re.M)

# What would be believed without proof, in the comments that Frama-C reads. "admit" of something
# false makes every goal after it true.
CONTRACT = re.compile(r"/\*@.*?\*/|//@[^\n]*", re.S)
BELIEVED = re.compile(r"\b(?:axiom|axiomatic|admit)\b[^\n]*")


def prepare(build):
    """Finds the provers, and gives the environment in which Frama-C sees them."""
    folder = os.path.join(os.path.abspath(build), "prove")
    os.makedirs(folder, exist_ok=True)
    config = os.path.join(folder, "why3.conf")
    # Frama-C believes $PWD when it looks for files, whatever the folder it runs in
    env = dict(os.environ, PWD=ROOT, WHY3CONFIG=config, HOME=folder,
               FRAMAC_SESSION=os.path.join(folder, "session"))
    if not os.path.exists(config):
        subprocess.run(["why3", "config", "detect"], env=env, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return env


def release_has(package):
    """Whether the package could be installed; a release of Debian may lack it."""
    return subprocess.run(["apt-get", "-q", "-s", "install", package], check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def sources_of(name):
    """Where files of this name are below src: one, or none of a module that needs none."""
    return glob.glob(os.path.join("src", "**", name), root_dir=ROOT, recursive=True)


def believed(root):
    """Where a file below src assumes what should be proved: any of them may come with a module,
    and what contracts are written in is in files of its own (*_spec.h)."""
    for path in sorted(glob.glob(os.path.join(root, "src", "**", "*.[ch]"), recursive=True)):
        with open(path, encoding="utf-8") as source:
            text = source.read()
        for contract in CONTRACT.finditer(text):
            for found in BELIEVED.finditer(contract[0]):
                line = text.count("\n", 0, contract.start() + found.start()) + 1
                yield f"{os.path.relpath(path, root)}:{line}: believed, not proved: {found[0].strip()}"


def prove(module, env, timeout):
    """Proves one module: its name, goals proved, goals in all, complaints, what Frama-C said, and
    seconds."""
    start = time.monotonic()
    command = ["frama-c", *OPTIONS, *OPTIONS_OF[module], "-wp-prover",
               PROVERS_OF.get(module, PROVERS), "-wp-timeout", str(SECONDS_OF.get(module, timeout)),
               *sources_of(module + ".c")]
    run = subprocess.run(command,
                         cwd=ROOT, env=env, text=True, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = SUM.search(run.stdout)
    complaints = [f"not proved: {name}" for name in UNPROVED.findall(run.stdout)]
    complaints += [line for line in run.stdout.splitlines() if "Warning" in line]
    if run.returncode != 0 or found is None:
        complaints.append(f"frama-c ended with {run.returncode}; see --show {module}")
    proved, total = (int(n) for n in found.groups()) if found else (0, 0)
    return module, proved, total, complaints, run.stdout, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", default=MODULES)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), help="where to write")
    parser.add_argument("--timeout", type=int, default=120, help="seconds for a goal and a prover")
    parser.add_argument("--show", action="store_true", help="print all that Frama-C says")
    args = parser.parse_args()
    if shutil.which("frama-c") is None and not release_has("frama-c-base"):
        print("skipped: nothing is proved here, because this release has no frama-c-base that installs; "
              "Debian 12 has it (make check-releases RELEASE=bookworm)")
        return 0

    env = prepare(args.build)
    sums = [0, 0]
    assumed = list(believed(ROOT))
    print("\n".join(assumed), end="\n" if assumed else "")
    failed = bool(assumed)
    pool = ThreadPoolExecutor(os.cpu_count())
    for run in as_completed(pool.submit(prove, module, env, args.timeout)
                            for module in args.modules):
        module, proved, total, complaints, said, seconds = run.result()
        if args.show:
            print(said)
        print(f"  PROVE {module:14} {proved:4} / {total:<4} {seconds:5.0f} s", flush=True)
        for line in complaints:
            print(f"        {line}")
        failed = failed or bool(complaints) or proved != total
        sums[0] += proved
        sums[1] += total
    print(f"proved {sums[0]} / {sums[1]} goals")
    if args.modules == MODULES and sums[1] < GOALS_MIN:
        print(f"there were at least {GOALS_MIN}: contracts have been lost")
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
