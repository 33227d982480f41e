#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Boots a whole Debian under qemu: its kernel, systemd and AppArmor, and in it runs
debian/tests/whole-machine. No KVM is needed; without it a guest takes minutes to boot.

    machine.py trixie    `make check-machine` runs all of RELEASES

The disk is made by mmdebstrap from the mirrors that this machine's apt knows, kept in
build/machines, and never written to. The guest sees the tree at /src, which it cannot write to,
and installs the package that was built by its own release.
"""
import platform
import shutil
import subprocess
import sys
import time

import guest
from guest import ROOT, releases

MINUTES_MAX = 60
RELEASES = {"bookworm": "12 booted", "trixie": "13 booted"}
PACKAGES = ["linux-image-amd64", "systemd-sysv", "udev", "kmod", "iproute2", "procps",
            "logrotate", "dbus", "ca-certificates", "openssl", "python3", "apparmor",
            "ejabberd", "python3-slixmpp",
            # what the package needs: there is no network in the guest
            "libcurl4", "libseccomp2", "libcap-ng0", "libcjson1", "libyaml-0-2"]

# Started at the end of the boot; afterwards the machine switches off.
TRIAL = """\
#!/bin/sh
mkdir -p /src
mount -t 9p -o trans=virtio,ro src /src
cd /src
{ uname -a; tests/machine/trial; echo "ended with $?"; } 2>&1 | sed -u "s/^/@ /" >/dev/ttyS0
systemctl --force --force poweroff
"""
UNIT = "[Service]\nExecStart=/trial\n[Install]\nWantedBy=multi-user.target\n"
# An initramfs with what the boot needs only: unpacking the usual one takes a minute.
MODULES = "virtio_pci\\nvirtio_blk\\next4\\n"
SMALL = ("--essential-hook=mkdir -p $1/etc/initramfs-tools/conf.d "
         "$1/usr/share/initramfs-tools/modules.d && "
         "echo MODULES=list >$1/etc/initramfs-tools/conf.d/small && "
         f"printf '{MODULES}' >$1/usr/share/initramfs-tools/modules.d/small")


def make_package(name, place):
    """The package as this release builds it: here, or in the root that `make check-releases`
    has for it."""
    print(f"  {name}: the package", flush=True)
    built = ROOT / "build/deb"
    with (place / "package.log").open("w", encoding="utf-8") as out:
        if platform.freedesktop_os_release()["VERSION_CODENAME"] == name:
            made = subprocess.run(["make", "deb"], cwd=ROOT, check=False, stdout=out,
                                  stderr=subprocess.STDOUT)
        else:
            root = releases.prepare(name, releases.RELEASES[name])
            built = root / "src/build/deb"
            made = releases.inside(root, "cd /src && make deb", stdout=out,
                                   stderr=subprocess.STDOUT)
        releases.must(made, f"make deb (see {out.name})")
    for old in place.glob("*.deb"):
        old.unlink()
    [package] = built.glob("extauth-https_*.deb")
    shutil.copy(package, place)


def make_disk(place, root):
    """What the machine boots from; kept, like the root."""
    disk = place / "disk"
    if disk.exists():
        return disk
    (root / "trial").write_text(TRIAL, encoding="utf-8")
    (root / "trial").chmod(0o755)
    (root / "etc/systemd/system/trial.service").write_text(UNIT, encoding="utf-8")
    # what a short-lived machine does not need, and ejabberd, which starts once configured
    releases.inside(root, "systemctl enable trial; for unit in ejabberd epmd.socket "
                    "apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer "
                    "e2scrub_all.timer fstrim.timer getty@tty1; do systemctl disable $unit; done; "
                    # it would hang up the console, and what the trial says there is lost
                    "systemctl mask serial-getty@ttyS0",
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="utf-8")
    releases.must(subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, disk, "4G"],
                                 check=False, stdout=subprocess.DEVNULL), "making the disk")
    return disk


def try_release(name):
    start = time.monotonic()
    place = ROOT / "build/machines" / name
    root = guest.make_root(place / "root", releases.RELEASES[name], "amd64", PACKAGES,
                           "--variant=apt", SMALL)
    disk = make_disk(place, root)
    make_package(name, place)
    [initrd] = (root / "boot").glob("initrd.img-*")
    said = guest.boot(
        ["qemu-system-x86_64", "-cpu", "max",
         "-drive", f"file={disk},if=virtio,format=raw,snapshot=on",
         "-virtfs", f"local,path={ROOT},mount_tag=src,security_model=none,readonly=on"],
        root, initrd, "root=/dev/vda rw console=ttyS0 mitigations=off", place, MINUTES_MAX)
    versions = releases.inside(root, guest.matrix.VERSIONS, stdout=subprocess.PIPE,
                               text=True).stdout
    return guest.conclude("check-machine", place, RELEASES[name], versions, said,
                          time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(guest.try_releases(RELEASES, try_release))
