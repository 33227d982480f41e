# SPDX-License-Identifier: ISC
"""A system in which nothing is installed but the static program and busybox."""
import os
import random
import shutil
from pathlib import Path

import namespaces
import pytest
from certificates import Authority
from e2e.conftest import new_place
from e2e.program import PATH, Program
from sandbox.name_server import NameServer
from server import Api

__all__ = ["new_place"]

# Makes $1 the root, with what every container has mounted, and runs the rest there.
ENTER = r"""
set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
cd "$1"
shift
pivot_root . .
exec /bin/busybox sh -c 'umount -l . && exec "$@"' sh "$@"
"""

NAME = "api.example.test"


class Bare:
    """The system, and an API and a name server outside of it."""

    def __init__(self, root, api, names, address):
        self.root = root
        self.api = api
        self.names = names
        self.address = address

    def prefix(self):
        return ["unshare", "--mount", "sh", "-c", ENTER, "sh", str(self.root)]

    def ask_name_server(self, address):
        """Which one resolv.conf names from now on."""
        (self.root / "etc/resolv.conf").write_text(f"nameserver {address}\n", encoding="ascii")

    def start(self, *options):
        return Program(*options, "--log-level", "info", f"https://{NAME}:{self.api.port}",
                       path="/extauth-https", prefix=self.prefix())


def furnish(root, ca_file):
    for folder in ("bin", "dev", "proc", "tmp", "etc/ssl/certs"):
        (root / folder).mkdir(parents=True)
    for name, target in [("extauth-https", PATH), ("bin/busybox", "/bin/busybox")]:
        shutil.copy(target, root / name)
        (root / name).chmod(0o755)
    files = {"etc/passwd": "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
             "etc/group": "root:x:0:\nnogroup:x:65534:\n",
             "etc/hosts": "127.0.0.1 localhost\n",
             "etc/resolv.conf": "",
             "etc/ssl/certs/ca-certificates.crt": Path(ca_file).read_text(encoding="ascii")}
    for name, text in files.items():
        (root / name).write_text(text, encoding="ascii")
        (root / name).chmod(0o644)


@pytest.fixture
def bare(new_place):
    if not namespaces.can_have("mount") or os.getuid() != 0:
        pytest.skip("needs root, and a mount namespace of its own")
    place = new_place()
    authority = Authority(place)
    root = place / "root"
    address = f"127.53.{random.randrange(256)}.{random.randrange(1, 255)}"
    certificate = authority.issue(names=[NAME])
    with NameServer({NAME: ["127.0.0.1"]}, address) as names, \
            Api(place, authority=authority, cost=2, certificate=certificate) as api:
        api.accounts.register("alice@example.org", "secret")
        furnish(root, api.ca_file)
        for folder in (root, *root.rglob("*")):
            if folder.is_dir():
                folder.chmod(0o755)
        system = Bare(root, api, names, address)
        system.ask_name_server(address)
        yield system
