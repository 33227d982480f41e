#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Builds the program in other releases of Debian and runs its suites there.

    releases.py trixie sid        these; `make check-releases` runs all of RELEASES
    releases.py --suite check-e2e trixie     one suite only
    releases.py --enter trixie    a shell in there

A release is a root in build/releases/NAME, made by mmdebstrap from the mirrors that
this machine's own apt knows; remove the folder to have it made anew. A suite runs in
namespaces of its own: mounts, processes, and a network that has nothing but a loopback
device. That needs root. matrix.py prints the results.
"""
import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import matrix

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build/releases"
SECONDS_MAX = 1800  # for a suite, on a machine that does other things besides

# What is about the product, and what is about the source. Of the latter once is enough, in the
# release whose tools it was written with; but other compilers may have something to say.
PRODUCT = ["demo", "check-unit", "check-docs", "check-sandbox", "check-install", "check-e2e",
           "check-tls", "check-faults", "check-breach", "check-ejabberd", "check-drill",
           "check-prosody", "check-package", "policy-survey"]
COMPILED = ["lint", "fuzz-check"]
SOURCE = [*COMPILED, "prove", "mutants", "check-instructions", "check-bench", "check-tables"]


class Release:
    def __init__(self, title, *suites, packages=(), source=(), options=()):
        self.title = title
        self.suites = suites  # of the mirror: main ones, and */security
        self.packages = packages  # taken from the last suite
        self.targets = [*PRODUCT, *source]
        self.left_out = [target for target in SOURCE if target not in source]
        self.options = options  # for apt


RELEASES = {
    "bookworm": Release("Debian 12", "bookworm", "bookworm-updates", "bookworm-security",
                        source=SOURCE),
    # the libraries of an installed Debian 12 when an operator wants a newer curl or ejabberd
    "bookworm-backports": Release("12 + backports", "bookworm", "bookworm-updates",
                                  "bookworm-security", "bookworm-backports",
                                  packages=("libcurl4-openssl-dev", "ejabberd")),
    "trixie": Release("Debian 13", "trixie", "trixie-updates", "trixie-security",
                      source=COMPILED),
    # a mirror may be some weeks behind, and this suite says for how long it is to be believed
    "sid": Release("sid", "sid", options=('Acquire::Check-Valid-Until "false"',)),
}

# Run inside of new namespaces, before the root becomes /.
MOUNTS = r"""
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/dev/shm"
mount -t sysfs sysfs "$1/sys"
mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup" 2>/dev/null || :
mount -t tmpfs tmpfs "$1/run"
[ "$2" = online ] || ip link set lo up
cd "$1"
pivot_root . . # in what is only chroot(2)ed to, the kernel makes no user namespaces
umount -l .
shift 2
exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	LANG=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive sh -c "$*"
"""


def mirror(label):
    """Where this machine gets packages with this label from, or None."""
    lines = subprocess.check_output(["apt-get", "indextargets", "--format", "$(REPO_URI)",
                                     "Created-By: Packages", f"Label: {label}"], text=True)
    return lines.split("\n", maxsplit=1)[0].strip() or None


def sources(release):
    """The lines of a sources.list(5)."""
    for suite in release.suites:
        label = "Debian-Security" if suite.endswith("-security") else "Debian"
        address = mirror(label)
        if address is None:
            print(f"  {suite} is left out: this machine's apt has no archive labelled {label}")
        else:
            yield f"deb {address} {suite} main"


def inside(root, command, online=False, **options):
    """Runs a command of the shell in the root; it and all it started have ended afterwards."""
    namespaces = ["--mount", "--pid", "--uts", "--ipc"] + ([] if online else ["--net"])
    return subprocess.run(["unshare", *namespaces, "--fork", "--kill-child", "--", "sh", "-c",
                           MOUNTS, "sh", root, "online" if online else "alone", command],
                          check=False, **options)


def must(run, what):
    if run.returncode != 0:
        sys.exit(f"{what} failed, with {run.returncode}")


def copy_source(root):
    """The tree as it is here, without what was built."""
    shutil.rmtree(root / "src", ignore_errors=True)
    shutil.copytree(ROOT, root / "src", symlinks=True,
                    ignore=shutil.ignore_patterns("build", "build-*", "__pycache__"))


def prepare(name, release):
    """Makes the root unless it is there, and puts what is to be tried into it."""
    root = PLACE / name / "root"
    made = PLACE / name / "made"
    log = PLACE / name / "packages.log"
    PLACE.joinpath(name).mkdir(parents=True, exist_ok=True)
    if not made.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
        print(f"  {name}: a new root", flush=True)
        options = [f"--aptopt={option}" for option in release.options]
        with log.open("w", encoding="utf-8") as out:
            must(subprocess.run(["mmdebstrap", "--variant=apt", "--include=make,mount,ca-certificates,git",
                                 *options, release.suites[0], root, "-"],
                                input="\n".join(sources(release)) + "\n", text=True, check=False,
                                stdout=out, stderr=subprocess.STDOUT), f"mmdebstrap (see {log})")
    copy_source(root)
    with log.open("a", encoding="utf-8") as out:
        must(inside(root, "cd /src && make deps && make build/nss/.unpacked", online=True, stdout=out,
                    stderr=subprocess.STDOUT), f"installing packages (see {log})")
        if release.packages and not made.exists():
            must(inside(root, f"apt-get -q -y -t {release.suites[-1]} install "
                        + " ".join(release.packages), online=True, stdout=out,
                        stderr=subprocess.STDOUT), f"newer packages (see {log})")
    made.touch()
    return root


def try_suite(name, root, target):
    """One target of the Makefile: what matrix.py prints of it."""
    log = PLACE / name / f"{target}.log"
    start = time.monotonic()
    with log.open("w", encoding="utf-8") as out:
        try:
            code = inside(root, f"cd /src && make {target}", stdin=subprocess.DEVNULL, stdout=out,
                          stderr=subprocess.STDOUT, timeout=SECONDS_MAX).returncode
        except subprocess.TimeoutExpired:
            code = "no end"
    result = matrix.read_log(log, code, time.monotonic() - start)
    print(f"  {name}: {target}: {matrix.cell(result)}, {result['seconds']} s", flush=True)
    return result


def try_release(name, release, targets):
    root = prepare(name, release)
    record = matrix.Record(PLACE / f"{name}.json", release.title)
    with (PLACE / name / "build.log").open("w", encoding="utf-8") as out:
        must(inside(root, "cd /src && make -j2 all unit-tests", stdout=out,
                    stderr=subprocess.STDOUT), f"the build (see {out.name})")
    said = inside(root, matrix.VERSIONS, stdout=subprocess.PIPE, text=True).stdout
    record.begin(said, ROOT)
    if not targets and release.left_out:
        print(f"  {name}: {', '.join(release.left_out)}: skipped, they are about the source, and "
              "Debian 12 has their tools")
    for target in targets or release.targets:
        record.add(target, try_suite(name, root, target))
    return record.good()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", choices=[*RELEASES, []], metavar="RELEASE")
    parser.add_argument("--suite", action="append", help="this target of the Makefile only")
    parser.add_argument("--enter", metavar="RELEASE", choices=RELEASES)
    args = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("this needs root, for the roots and their namespaces")
    if args.enter:
        return inside(PLACE / args.enter / "root", "cd /src && exec bash", online=True).returncode
    good = [try_release(name, RELEASES[name], args.suite) for name in args.names or RELEASES]
    matrix.print_all(PLACE)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
