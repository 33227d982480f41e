# SPDX-License-Identifier: ISC
"""One lookup in a room of its own: run by test_names.py in a network and a mount namespace.

    room.py FOLDER PROGRAM, with a description of what to do as JSON on standard input

There the name server has the port for DNS, /etc has our resolv.conf, nsswitch.conf and hosts, and
modules of packages that are not installed are where they would be.
"""
import contextlib
import ctypes
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "api")]

from certificates import Authority  # noqa: E402
from e2e.program import Program  # noqa: E402
from server import Api  # noqa: E402
from sandbox.name_server import NameServer  # noqa: E402

MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000

LIBRARIES = f"/usr/lib/{os.uname().machine}-linux-gnu"

libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind=None, flags=0, options=None):
    words = [str(word).encode() if word is not None else None
             for word in (source, target, kind)]
    if libc.mount(*words, ctypes.c_ulong(flags), options and options.encode()) < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"mounting {target}: {os.strerror(error)}")


def put(folder, name, text):
    """Lays a file over one in /etc."""
    file = folder / name
    file.write_text(text)
    file.chmod(0o644)
    mount(file, os.path.realpath(f"/etc/{name}"), flags=MS_BIND)


def start_network():
    """The loopback, and a link that leads nowhere: systemd-resolved sends no query without one."""
    for command in ("link set lo up", "link add one type veth peer name other",
                    "address add 192.0.2.7/24 dev one", "link set one up", "link set other up"):
        subprocess.run(["ip", *command.split()], check=True)


def furnish(folder, task):
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    start_network()
    put(folder, "resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:2\n")
    put(folder, "nsswitch.conf", f"passwd: files\ngroup: files\nhosts: {task['hosts']}\n")
    put(folder, "hosts", "127.0.0.1 localhost\n" +
        "".join(f"127.0.0.1 {name}\n" for name in task["files"]))
    if task["packages"]:
        extra = [str(path) for path in (Path(task["packages"], "usr/lib", Path(LIBRARIES).name),
                                        Path(task["packages"], "lib", Path(LIBRARIES).name))
                 if path.exists()]
        mount("overlay", LIBRARIES, "overlay", 0, f"lowerdir={':'.join([*extra, LIBRARIES])}")


@contextlib.contextmanager
def daemon(folder, task):
    """The daemon that the module under test talks to."""
    kind, packages = task["daemon"], Path(task["packages"] or "/")
    if kind is None:
        yield
        return
    mount("none", "/run", "tmpfs")
    log = (folder / "daemon.log").open("w")
    if kind == "resolved":
        users = Path("/etc/passwd").read_text()
        if "systemd-resolve:" not in users:
            put(folder, "passwd", users + "systemd-resolve:x:992:65534::/:/usr/sbin/nologin\n")
        (folder / "resolved.conf").write_text("[Resolve]\nDNS=127.0.0.1\nDNSStubListener=no\n"
                                              "LLMNR=no\nMulticastDNS=no\nDomains=~.\n")
        Path("/run/systemd").mkdir()
        mount("none", "/etc/systemd", "tmpfs")
        Path("/etc/systemd/resolved.conf").write_text((folder / "resolved.conf").read_text())
        program = packages / "usr/lib/systemd/systemd-resolved"
        if not program.exists():  # before Debian 13
            program = packages / "lib/systemd/systemd-resolved"
        command, ready = [program], Path("/run/systemd/resolve/io.systemd.Resolve")
    else:
        (folder / "nscd.conf").write_text("enable-cache hosts yes\nshared hosts yes\n"
                                          "persistent hosts no\n")
        Path("/run/nscd").mkdir()
        command, ready = [packages / "usr/sbin/nscd", "-F", "-f", folder / "nscd.conf"], \
            Path("/run/nscd/socket")
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 20
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "daemon.log").read_text())
            time.sleep(0.02)  # there is no event when it is ready
        yield
    finally:
        process.kill()
        process.wait()
        log.close()


def look_up(folder, program, task, server):
    """Lets the program ask the API, whose name has to be looked up for that."""
    name = task["name"]
    authority = Authority(folder)
    with Api(folder, authority=authority, cost=2,
             certificate=authority.issue(names=[name])) as api:
        api.accounts.register("alice@example.org", "secret")
        api.ca_file.chmod(0o644)
        with Program("--ca-file", api.ca_file, "--log-level", "info",
                     f"https://{name}:{api.port}", path=program,
                     prefix=task.get("prefix", ())) as running:
            replies = [running.ask("auth:alice:example.org:secret", 60).hex()]
            ended = running.close()
            return {"replies": replies, "status": ended[0], "requests": len(api.requests),
                    "questions": server.questions, "tcp": server.tcp_count,
                    "log": running.log.text}


def main(folder, program):
    task = json.load(sys.stdin)
    furnish(folder, task)
    with NameServer(task["names"], truncated=task["truncated"]) as server, daemon(folder, task):
        print(json.dumps(look_up(folder, program, task, server)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
