# SPDX-License-Identifier: ISC
"""Instructions per request, counted by callgrind: the same number on a busy machine as on a quiet
one.

    instructions.py BUILD-FOLDER          compares with instructions.json; exit status 1 if more
    instructions.py BUILD-FOLDER --note   writes instructions.json

Each program is run twice under valgrind, and the difference of the two runs is divided by the
difference in requests: so start, handshake and end do not count.

A relay delays each answer by two milliseconds. Otherwise it would sometimes arrive before the
client first checks for it, and sometimes after, which are two different paths through the code.
"""
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import candidates
from candidates import Build, Candidate

sys.path.insert(0, str(Path(__file__).parents[1] / "api"))

from nginx import Nginx  # noqa: E402
from relay import Relay  # noqa: E402

COMMITTED = Path(__file__).with_name("instructions.json")
TOLERANCE = 1.03
FEW, MANY = 50, 350
DELAY = 1000  # microseconds, in each direction
OWN = "own code"  # of extauth-https, without the libraries
COMPILER = "compiler"  # another compiler makes other code of the same source
LIBRARIES = "libcurl and OpenSSL, relative to the plain libcurl loop"

FORMAT_LINE = re.compile(r"(ob|cob|calls)=(?:\((\d+)\))?\s*(.*)")


def by_object(text):
    """{name of an executable or library: instructions spent in it} from a callgrind file."""
    names, counts, current, is_call = {}, {}, None, False
    for line in text.splitlines():
        match = FORMAT_LINE.match(line)
        if match and match[1] in ("ob", "cob"):
            if match[3]:
                names[match[2]] = match[3]  # later lines have its number alone
            if match[1] == "ob":
                current = names[match[2]]
        elif match and match[1] == "calls":
            is_call = True  # the next line has the cost of the callee
        elif line[:1] in "+-*0123456789" and line:
            if not is_call:
                counts[current] = counts.get(current, 0) + int(line.split()[1])
            is_call = False
    return counts


def wait_for_counts(folder, processes):
    """The worker writes its count when it notices that the monitor is gone."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        texts = [file.read_text() for file in Path(folder).iterdir()]
        if len(texts) >= processes and all("totals:" in text for text in texts):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{len(texts)} processes of {processes} have noted their count")


def run(command, build, requests):
    with tempfile.TemporaryDirectory() as folder:
        valgrind = ["/usr/bin/valgrind", "--tool=callgrind",
                    f"--callgrind-out-file={folder}/%p", "--", *command]
        with Candidate(command[0], candidates.served(valgrind, build)) as candidate:
            candidate.run(requests)
        wait_for_counts(folder, 2 if command[0] == build.unsealed else 1)
        total = {}
        for file in Path(folder).iterdir():
            for name, count in by_object(file.read_text()).items():
                total[name] = total.get(name, 0) + count
    return total


def per_request(command, build):
    """{name of an object: instructions per request}"""
    few, many = (run(command, build, requests) for requests in (FEW, MANY))
    return {name: (many[name] - few.get(name, 0)) / (MANY - FEW) for name in many}


def count(build, nginx, others=("floor", "libcurl")):
    """{name of a candidate: {name of an object: instructions per request}}"""
    with Relay(build, nginx.port, DELAY) as relay:
        commands = candidates.commands(build, nginx.ca_file, nginx.url("static", relay.port))
        # drive itself is not counted
        counted = {name: commands[f"{name}, served"][2:] for name in others}
        counted[candidates.PROGRAM] = [build.unsealed, *commands[candidates.PROGRAM][3:]]
        return {name: per_request(command, build) for name, command in counted.items()}


def spent_in(counts, *names):
    """The sum for the objects whose file names begin with one of `names`."""
    return sum(count for path, count in counts.items() if Path(path).name.startswith(names))


def guarded(counts):
    """The two figures that are committed.

    How many instructions a library needs depends on its version and on the processor, because
    OpenSSL and the C library choose among implementations by its features. The first figure
    leaves all libraries out. The second is a ratio of two programs that use the same ones, but
    without the C library, whose memset() is one counted instruction per byte on processors with
    "enhanced rep stosb" and one per 32 bytes on others: only extauth-https wipes what it frees.
    """
    ours, plain = counts[candidates.PROGRAM], counts["libcurl"]
    libraries = ("libcurl.so", "libssl.so", "libcrypto.so")
    return {OWN: spent_in(ours, "unsealed"),
            LIBRARIES: spent_in(ours, *libraries) / spent_in(plain, *libraries)}


def compiler():
    options = ("-dumpmachine", "-dumpfullversion")
    return " ".join(subprocess.check_output(["gcc", option], text=True).strip()
                    for option in options)


def compare(figures, committed):
    """Prints a line for each figure; True when none exceeds its limit."""
    good = True
    for name, figure in figures.items():
        limit = committed[name] * TOLERANCE
        word = "ok" if figure <= limit else "TOO MANY"
        print(f"  instructions per request, {name}: {figure:.6g}, "
              f"committed {committed[name]:.6g}, limit {limit:.6g}: {word}")
        good = good and figure <= limit
    return good


def main():
    build = Build(Path(sys.argv[1]).resolve())
    committed = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    if "--note" not in sys.argv and committed[COMPILER] != compiler():
        print(f"  instructions per request: skipped, the committed figures are for "
              f"{committed[COMPILER]}, not {compiler()}")
        return 0
    with tempfile.TemporaryDirectory(prefix="extauth-bench-") as folder:
        with Nginx(folder) as nginx:
            figures = guarded(count(build, nginx, others=["libcurl"]))
    if "--note" in sys.argv:
        rounded = {COMPILER: compiler(), OWN: round(figures[OWN]),
                   LIBRARIES: round(figures[LIBRARIES], 3)}
        COMMITTED.write_text(json.dumps(rounded, indent=2) + "\n")
        return 0
    return 0 if compare(figures, committed) else 1


if __name__ == "__main__":
    sys.exit(main())
