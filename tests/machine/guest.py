# SPDX-License-Identifier: ISC
"""What the scripts for whole machines share: booting one, and keeping the result."""
import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/releases"))

import matrix  # noqa: E402
import releases  # noqa: E402


def make_root(place, release, architectures, packages, *options):
    """A root at `place` with these packages, made by mmdebstrap; kept until it is removed."""
    made = place.with_name(f"{place.name}.made")
    if made.exists():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["rm", "-rf", "--one-file-system", place], check=True)
    print(f"  a new root, {place.relative_to(ROOT)}", flush=True)
    with place.with_name(f"{place.name}.log").open("w", encoding="utf-8") as out:
        releases.must(subprocess.run(
            ["mmdebstrap", f"--architectures={architectures}", "--include=" + ",".join(packages),
             *options, release.suites[0], place, "-"],
            input="\n".join(releases.sources(release)) + "\n", text=True, check=False, stdout=out,
            stderr=subprocess.STDOUT), f"mmdebstrap (see {out.name})")
    made.touch()
    return place


def boot(qemu, root, initrd, command_line, place, minutes):
    """Runs a machine until it is off; returns what follows an "@" in the lines of its output."""
    [kernel] = (root / "boot").glob("vmlinuz-*")
    command = ["timeout", str(minutes * 60), "nice", "-n", "5", *qemu, "-smp", "2", "-m", "2048",
               "-nographic", "-no-reboot", "-net", "none", "-kernel", kernel, "-initrd", initrd,
               "-append", f"{command_line} quiet"]
    said = []
    with (place / "console.log").open("w", encoding="utf-8") as log, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace") as running:
        for line in running.stdout:
            log.write(line)
            log.flush()
            # at the start, what sets the terminal up may stand before it
            found = re.search(r"^(?:\x1b.*?)?@ (.*?)\r*$", line.rstrip("\n"))
            if found:
                said.append(found[1])
                print(f"  {place.name}: {found[1]}", flush=True)
    if not said or not said[-1].startswith("ended with"):
        print(f"it was off before the end, or took {minutes} minutes: see {place}/console.log")
    return said


def by_suite(target, said):
    """The lines of each suite: those after "suite NAME" are its own, those before it `target`'s."""
    suites = {target: []}
    lines = suites[target]
    for line in said:
        if line.startswith("suite "):
            lines = suites.setdefault(line.split()[1], [])
        lines.append(line)
    return suites


def conclude(target, place, title, versions, said, seconds):
    """Stores the results where `make matrix` finds them; returns the exit status."""
    ended = said[-1:] == ["ended with 0"]
    releases.PLACE.mkdir(parents=True, exist_ok=True)
    record = matrix.Record(releases.PLACE / f"machine-{place.name}.json", title)
    kernel = next((line.split()[2] for line in said if line.startswith("Linux ")), "unknown")
    record.begin(versions.replace(os.uname().release, kernel), ROOT)
    good = ended
    for suite, lines in by_suite(target, said).items():
        passed = sum(line.startswith("ok ") for line in lines)
        failed = sum(line.startswith("FAILED ") for line in lines)
        fine = failed == 0 < passed and (ended or suite != target)
        record.add(suite, {"code": 0 if fine else 1, "passed": passed, "failed": failed,
                           "skipped": sum(line.startswith("skipped: ") for line in lines),
                           "seconds": round(seconds)})
        good = good and fine
    return 0 if good else 1


def try_releases(known, try_release):
    """The releases that the command line names, or all; returns the worst exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", choices=[*known, []], metavar="RELEASE")
    args = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("this needs root, for the roots, their namespaces and disks")
    return max(try_release(name) for name in args.names or known)
