#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Runs what container/Containerfile makes as a cluster would, without a container engine: a user
other than root, no capability, no_new_privs, a root file system that cannot be written to, a
minimal /dev, secrets behind symbolic links that Kubernetes replaces, and a seccomp profile that
allows no namespaces. The program then asks the reference API, and a user logs in to ejabberd there.
"""
import contextlib
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("", "api", "faults", "releases")]

import deny  # noqa: E402
import matrix  # noqa: E402
import releases  # noqa: E402
from certificates import Authority  # noqa: E402
from e2e.program import YES, Program  # noqa: E402
from ejabberd.client import Client  # noqa: E402
from server import Api  # noqa: E402

PLACE = ROOT / "build/container"
LINES = re.sub(r"\\\n", "", (ROOT / "container/Containerfile").read_text(encoding="utf-8"))
STAGE = LINES.rsplit("\nFROM ", maxsplit=1)[1]  # the one that is shipped

PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 38, 24
UNSHARE, CLONE3, MOUNT = 272, 435, 165  # x86-64
EPERM, ENOSYS = 1, 38
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT = 1, 2, 4, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
CLONE_NEWNS = 0x20000
PIVOT_ROOT = 155

libc = ctypes.CDLL(None, use_errno=True)


def must(result, what):
    if result < 0:
        raise OSError(ctypes.get_errno(), what)


def mount(source, target, kind=None, flags=0, options=None):
    must(libc.mount(str(source).encode(), str(target).encode(), kind, ctypes.c_ulong(flags),
                    options), f"mounting {target}")


def instruction(word):
    """The rest of a line of the shipped stage."""
    return re.search(rf"^{word} (.*)$", STAGE, re.M)[1]


def build():
    """Runs the commands of the shipped stage in a root that mmdebstrap makes for its FROM."""
    root = PLACE / "root"
    subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
    PLACE.mkdir(parents=True, exist_ok=True)
    release = releases.RELEASES[re.match(r"debian:(\w+)-slim", STAGE)[1]]
    with (PLACE / "build.log").open("w", encoding="utf-8") as out:
        releases.must(subprocess.run(
            ["mmdebstrap", "--variant=minbase", "--include=mount", release.suites[0], root, "-"],
            input="\n".join(releases.sources(release)) + "\n", text=True, check=False, stdout=out,
            stderr=subprocess.STDOUT), f"mmdebstrap (see {out.name})")
        for package in (ROOT / "build/deb").glob("extauth-https_*.deb"):
            shutil.copy(package, root / "tmp")
        for command in re.findall(r"^RUN (.*)$", STAGE, re.M):
            releases.must(releases.inside(root, command, online=True, stdout=out,
                                          stderr=subprocess.STDOUT), f"{command} (see {out.name})")
    return root


def furnish(root, files, secrets):
    """Mounts what a pod has; `files` and `secrets` are texts by name."""
    uid, gid = map(int, instruction("USER").split(":"))
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount(root, root, None, MS_BIND)
    owned = f"uid={uid},gid={gid},mode=0750".encode()
    for volume in instruction("VOLUME").split():
        (root / volume[1:]).mkdir(parents=True, exist_ok=True)
        mount("tmpfs", root / volume[1:], b"tmpfs", MS_NOSUID, owned)
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
        os.chown(root / name, uid, gid)
    mount("tmpfs", root / "mnt", b"tmpfs", MS_NOSUID | MS_NODEV, b"mode=0755")
    (root / "mnt/..now").mkdir()
    (root / "mnt/..data").symlink_to("..now")
    for name, text in secrets.items():
        path = root / "mnt/..now" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o440)  # defaultMode, with fsGroup
        os.chown(path, 0, gid)
        (root / "mnt" / name).symlink_to(f"..data/{name}")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n", encoding="utf-8")  # as engines do
    mount("proc", root / "proc", b"proc")
    mount("tmpfs", root / "dev", b"tmpfs", MS_NOSUID, b"mode=0755")
    for number, name in [(3, "null"), (5, "zero"), (8, "random"), (9, "urandom")]:
        os.mknod(root / "dev" / name, 0o020666, os.makedev(1, number))
        os.chmod(root / "dev" / name, 0o666)
    must(libc.mount(None, str(root).encode(), None,
                    ctypes.c_ulong(MS_REMOUNT | MS_BIND | MS_RDONLY), None), "read-only")
    os.chdir(root)
    must(libc.syscall(PIVOT_ROOT, b".", b"."), "pivot_root")
    must(libc.umount2(b".", 2), "umount")
    os.chdir("/")


def confine():
    """Gives up what `runAsNonRoot`, `drop: [ALL]` and the engine's profile remove."""
    uid, gid = map(int, instruction("USER").split(":"))
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    for number, error in [(UNSHARE, EPERM), (MOUNT, EPERM), (CLONE3, ENOSYS)]:
        deny.deny(number, error)


def enter(root, files, secrets, command):
    """Becomes the command in the container."""
    must(libc.unshare(CLONE_NEWNS), "unshare")
    furnish(root, files, secrets)
    confine()
    os.execve(command[0], command, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                                    "HOME": "/var/lib/ejabberd"})


@contextlib.contextmanager
def contained(task, command, **options):
    """Starts the command in a container of its own, as a subprocess."""
    words = [sys.executable, "-B", __file__, "--enter", json.dumps({**task, "command": command})]
    with subprocess.Popen(words, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def tell(text, good):
    print(f"  {'ok' if good else 'FAILED'}: {text}", flush=True)
    return good


def try_all(root):
    """Runs in a network of its own: the API and the clients are outside of the containers."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    good = []
    with tempfile.TemporaryDirectory(prefix="extauth-container-") as folder:
        authority = Authority(Path(folder))
        with Api(Path(folder), authority=authority, cost=2) as api:
            api.accounts.register("alice@localhost", "secret")
            certificate = "".join(path.read_text() for path in authority.issue(name="xmpp"))
            settings = {"url": api.url, "ca_file": "/mnt/ca.pem", "log_level": "info"}
            server = {
                "hosts": ["localhost"], "certfiles": ["/mnt/xmpp.pem"], "acme": {"auto": False},
                "listen": [{"port": 5222, "ip": "127.0.0.1", "module": "ejabberd_c2s",
                            "starttls": True, "starttls_required": True}],
                "auth_method": ["external"], "auth_use_cache": False, "extauth_pool_size": 1,
                "extauth_program": "/usr/libexec/extauth-https -c /mnt/settings.json"}
            task = {"root": str(root),
                    "files": {"etc/ejabberd/ejabberd.yml": json.dumps(server),
                              "etc/ejabberd/ejabberdctl.cfg": "ERL_DIST_PORT=5210\n",
                              "etc/ejabberd/inetrc": "{lookup,[\"file\",\"native\"]}.\n"},
                    "secrets": {"settings.json": json.dumps(settings), "xmpp.pem": certificate,
                                "ca.pem": Path(api.ca_file).read_text(encoding="utf-8")}}
            words = json.dumps({**task, "command": ["/usr/libexec/extauth-https", "-c",
                                                    "/mnt/settings.json"]})
            with Program("--enter", words, path=__file__, prefix=[sys.executable, "-B"]) as program:
                answer = program.ask("auth:alice:localhost:secret")
                line = program.log.wait_for("message=serving")
                good.append(tell("the program grants", answer == YES))
                if not good[-1]:
                    print(program.log.text)
                good.append(tell(f"as uid {line['uid']}, landlock={line['landlock']}, "
                                 f"walls_absent={line['walls_absent']}", line["uid"] == "9000"
                                 and "namespaces" in line["walls_absent"]))
                good.append(tell("and ends", program.close() == (0, b"")))
            with contained(task, ["/usr/sbin/ejabberdctl", "foreground"],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True) as process:
                client = Client(5222, authority.ca_file)
                good.append(tell("a user logs in to ejabberd", logs_in(client, process)))
    return 0 if all(good) else 1


def logs_in(client, process):
    said = []
    for line in process.stdout:
        said.append(line)
        if "Start accepting TCP connections at 127.0.0.1:5222" in line:
            return client.login("alice@localhost", "secret") is True
    print("".join(said))
    return False


def main():
    if os.getuid() != 0:
        sys.exit("this needs root, for the root and its namespaces")
    if sys.argv[1:2] == ["--enter"]:
        task = json.loads(sys.argv[2])
        enter(Path(task["root"]), task["files"], task["secrets"], task["command"])
    if sys.argv[1:2] == ["--inside"]:
        return try_all(Path(sys.argv[2]))
    start = time.monotonic()
    root = build()
    run = subprocess.run(["unshare", "--net", "--pid", "--mount", "--mount-proc", "--fork",
                          "--kill-child", sys.executable, "-B", __file__, "--inside", root],
                         check=False)
    record = matrix.Record(releases.PLACE / "container.json", "container")
    releases.PLACE.mkdir(parents=True, exist_ok=True)
    record.begin(releases.inside(root, matrix.VERSIONS, stdout=subprocess.PIPE, text=True).stdout,
                 ROOT)
    record.add("check-container", {"code": run.returncode, "passed": 0, "failed": 0, "skipped": 0,
                                   "seconds": round(time.monotonic() - start)})
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
