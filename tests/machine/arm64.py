#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Builds the program for arm64 and runs it under Debian 13's kernel in an emulated machine, where
tests/machine/small does the main job. What it says is printed; `make matrix` has the result.

Three things are kept in build/machines/arm64: a root with the cross compiler, one with arm64's
packages, unpacked and not configured (nothing of another architecture can run here), and the
latter as an archive that the kernel takes for its first root.
"""
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/releases"))

import matrix  # noqa: E402
import releases  # noqa: E402

RELEASE = releases.RELEASES["trixie"]
PLACE = ROOT / "build/machines/arm64"
MINUTES_MAX = 20
LIBRARIES = ["libcurl4-openssl-dev", "libssl-dev", "libseccomp-dev", "libcap-ng-dev",
             "libcjson-dev", "libyaml-dev"]
BUILDING = ["make", "gcc", "libc6-dev", "gcc-aarch64-linux-gnu", "python3",
            "libseccomp-dev:amd64", *(f"{name}:arm64" for name in LIBRARIES)]
RUNNING = ["linux-image-arm64", "dash", "coreutils", "mount", "iproute2", "python3", "openssl",
           "libcurl4t64", "libssl3t64", "libseccomp2", "libcap-ng0", "libcjson1", "libyaml-0-2"]

# Packages that are only unpacked have made no users and no names of this machine.
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "init": r"""#!/bin/sh
export PATH=/usr/sbin:/usr/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
ip link set lo up
{ uname -a; /src/tests/machine/small /extauth-https; echo "ended with $?"; } 2>&1 |
	while read -r line; do echo "@ $line"; done
echo o >/proc/sysrq-trigger
sleep 60
""",
}
# What a small machine in memory has no use for.
LEFT_OUT = ("./boot", "./usr/lib/modules", "./usr/share/doc", "./usr/share/locale",
            "./usr/share/man")


def make_root(name, architectures, packages, variant):
    root = PLACE / name
    if (PLACE / f"{name}.made").exists():
        return root
    PLACE.mkdir(parents=True, exist_ok=True)
    subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
    print(f"  arm64: a new root, {name}", flush=True)
    with (PLACE / f"{name}.log").open("w", encoding="utf-8") as out:
        releases.must(subprocess.run(
            ["mmdebstrap", f"--variant={variant}", f"--architectures={architectures}",
             "--include=" + ",".join(packages), RELEASE.suites[0], root, "-"],
            input="\n".join(releases.sources(RELEASE)) + "\n", text=True, check=False, stdout=out,
            stderr=subprocess.STDOUT), f"mmdebstrap (see {out.name})")
    (PLACE / f"{name}.made").touch()
    return root


def build():
    """The program for arm64; and what it was built with, for the matrix."""
    root = make_root("building", "amd64,arm64", BUILDING, "apt")
    releases.copy_source(root)
    with (PLACE / "build.log").open("w", encoding="utf-8") as out:
        releases.must(releases.inside(
            root, "cd /src && make -j2 CC=aarch64-linux-gnu-gcc CC_FOR_BUILD=gcc "
            "build/extauth-https", stdout=out, stderr=subprocess.STDOUT),
            f"the build (see {out.name})")
    said = releases.inside(root, matrix.VERSIONS,
                           stdout=subprocess.PIPE, text=True).stdout
    return root / "src/build/extauth-https", said


def make_archive(root, program):
    releases.copy_source(root)
    (root / "extauth-https").write_bytes(program.read_bytes())
    for name, content in FILES.items():
        (root / name).write_text(content, encoding="utf-8")
    for name in ("init", "extauth-https"):
        (root / name).chmod(0o755)
    left_out = " ".join(f"-path {path} -prune -o" for path in LEFT_OUT)
    archive = PLACE / "root.cpio"
    with archive.open("wb") as out:
        subprocess.run(["sh", "-c", f"find . {left_out} -print | cpio -o -H newc --quiet"],
                       cwd=root, stdout=out, check=True)
    return archive


def boot(root, archive):
    """Runs the machine until it is off; returns what was said there."""
    [kernel] = (root / "boot").glob("vmlinuz-*")
    command = ["timeout", str(MINUTES_MAX * 60), "qemu-system-aarch64", "-M", "virt", "-cpu",
               "cortex-a72", "-m", "2048", "-smp", "2", "-nographic", "-no-reboot", "-net", "none",
               "-kernel", kernel, "-initrd", archive, "-append",
               "console=ttyAMA0 quiet rdinit=/init"]
    said = []
    with (PLACE / "console.log").open("w", encoding="utf-8") as log, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace") as qemu:
        for line in qemu.stdout:
            log.write(line)
            found = re.match(r"@ (.*?)\r*$", line.rstrip("\n"))
            if found:
                said.append(found[1])
                print(f"  arm64: {found[1]}", flush=True)
    return said


def main():
    if os.getuid() != 0:
        sys.exit("this needs root, for the roots and their namespaces")
    start = time.monotonic()
    program, versions = build()
    root = make_root("running", "arm64", RUNNING, "extract")
    said = boot(root, make_archive(root, program))
    passed = sum(line.startswith("ok ") for line in said)
    failed = sum(line.startswith("FAILED ") for line in said)
    good = said[-1:] == ["ended with 0"] and failed == 0 < passed
    if not said or not said[-1].startswith("ended with"):
        print(f"it has not come to its end in {MINUTES_MAX} minutes; see {PLACE}/console.log")
    record = matrix.Record(releases.PLACE / "arm64.json", "13 arm64")
    kernel = said[0].split()[2] if said else "none"
    record.begin(versions.replace(f"machine: {os.uname().machine}", "machine: aarch64")
                 .replace(os.uname().release, kernel), ROOT)
    record.add("check-arm64", {"code": 0 if good else 1, "passed": passed, "failed": failed,
                               "skipped": 0, "seconds": round(time.monotonic() - start)})
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
