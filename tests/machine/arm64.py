#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Builds the program, the unit tests and the sandbox's tests for arm64, and runs them under a
release's kernel in an emulated machine: tests/machine/small is the script that runs there. Its
output is printed; `make matrix` has the result.

    arm64.py trixie    `make check-arm64` runs all of RELEASES

Three things are kept in build/machines/arm64-NAME: a root with the cross compiler, one with
arm64's packages, unpacked but not configured (programs of another architecture cannot run here),
and the latter as an archive that the kernel unpacks as its initial root.
"""
import os
import shutil
import subprocess
import sys
import time

import guest
from guest import ROOT, matrix, releases

RELEASES = {"bookworm": "12 arm64", "trixie": "13 arm64"}
MINUTES_MAX = 40
LIBRARIES = ["libc6-dev", "libcurl4-openssl-dev", "libssl-dev", "libseccomp-dev", "libcap-ng-dev",
             "libcjson-dev", "libyaml-dev", "libcmocka-dev"]
BUILDING = ["make", "mount", "gcc", "libc6-dev", "gcc-aarch64-linux-gnu", "python3",
            "libseccomp-dev:amd64", *(f"{name}:arm64" for name in LIBRARIES)]
RUNNING = ["linux-image-arm64", "dash", "coreutils", "mount", "iproute2", "python3", "openssl",
           "libcurl4", "libseccomp2", "libcap-ng0", "libcjson1", "libyaml-0-2", "libcmocka0",
           "python3-pytest", "python3-pytest-timeout"]
MERGED = "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"  # as an installed Debian 12 has it
BUILT = ["extauth-https",
         *(f"sandbox/{test}" for test in ("test_bpf", "test_filter", "test_walls", "test_deaths")),
         *(f"unit/{path.stem}" for path in sorted((ROOT / "tests/unit").glob("test_*.c")))]

# Packages that are only unpacked have created no users, and no names of this machine.
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "init": r"""#!/bin/sh
export PATH=/usr/sbin:/usr/bin HOME=/root
mkdir -p /proc /sys /dev /tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
ip link set lo up
{ uname -a; /src/tests/machine/small /built; echo "ended with $?"; } 2>&1 |
	while read -r line; do printf '@ %s\n' "$line"; done
echo o >/proc/sysrq-trigger
sleep 60
""",
}
# What a small machine whose disk is memory does not need.
LEFT_OUT = ("./boot", "./usr/lib/modules", "./usr/share/doc", "./usr/share/locale",
            "./usr/share/man", "./src/.git", "./src/build")


def build(place, release):
    """Builds the program and its tests for arm64; returns where, and the versions of the tools."""
    root = guest.make_root(place / "building", release, "amd64,arm64", BUILDING, "--variant=apt")
    releases.copy_source(root)
    targets = " ".join(f"build/{name}" for name in BUILT)
    with (place / "build.log").open("w", encoding="utf-8") as out:
        releases.must(releases.inside(
            root, "cd /src && make -j2 CC=aarch64-linux-gnu-gcc CC_FOR_BUILD=gcc "
            f"{targets}", stdout=out, stderr=subprocess.STDOUT),
            f"the build (see {out.name})")
    said = releases.inside(root, matrix.VERSIONS, stdout=subprocess.PIPE, text=True).stdout
    return root / "src/build", said


def make_archive(place, root, built):
    """The root that the kernel unpacks into memory, with the program and its tests."""
    releases.copy_source(root)
    for name in BUILT:
        (root / "built" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(built / name, root / "built" / name)
    for name, content in FILES.items():
        (root / name).write_text(content, encoding="utf-8")
    (root / "init").chmod(0o755)
    left_out = " ".join(f"-path {path} -prune -o" for path in LEFT_OUT)
    archive = place / "root.cpio"
    with archive.open("wb") as out:
        subprocess.run(["sh", "-c", f"find . {left_out} -print | cpio -o -H newc --quiet"],
                       cwd=root, stdout=out, check=True)
    return archive


def try_release(name):
    start = time.monotonic()
    place = ROOT / f"build/machines/arm64-{name}"
    release = releases.RELEASES[name]
    built, versions = build(place, release)
    root = guest.make_root(place / "running", release, "arm64", RUNNING, "--variant=extract",
                           MERGED)
    said = guest.boot(["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72"], root,
                      make_archive(place, root, built), "console=ttyAMA0 rdinit=/init", place,
                      MINUTES_MAX)
    return guest.conclude(
        "check-arm64", place, RELEASES[name],
        versions.replace(f"machine: {os.uname().machine}", "machine: aarch64"), said,
        time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(guest.try_releases(RELEASES, try_release))
