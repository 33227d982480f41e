# SPDX-License-Identifier: ISC
"""make demo: the main job, shown on the reference API.

Starts the reference API with a certificate authority of its own, starts extauth-https on it, sends
frames as ejabberd does, and shows what came back and what both processes may still do. Exits
non-zero when anything differs from what it should be, and leaves nothing behind.
"""
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "api")]

from e2e.program import NO, UNKNOWN, YES, Program, status  # noqa: E402
from server import Api  # noqa: E402

# What is asked of one account, and what must come back.
STORY = [
    ("isuser", None, NO, "not registered yet"),
    ("tryregister", "wonder", YES, ""),
    ("isuser", None, YES, ""),
    ("auth", "wonder", YES, "the right password"),
    ("auth", "wunder", NO, "a wrong one"),
    ("setpass", "pass:w€rd", YES, "with a colon and a euro sign"),
    ("auth", "pass:w€rd", YES, "the new password"),
    ("auth", "pass", NO, "only the part before the colon"),
    ("auth", "wonder", NO, "the old password"),
    ("removeuser", None, YES, ""),
    ("isuser", None, NO, "gone again"),
    ("setpass", "again", UNKNOWN, "refused; ejabberd would take a 0 for success"),
]

OPEN = "\033[1m" if sys.stdout.isatty() else ""
CLOSE = "\033[0m" if sys.stdout.isatty() else ""


def headline(text):
    print(f"\n{OPEN}{text}{CLOSE}")


def tell_story(program):
    """Returns the number of replies that were wrong."""
    headline("Frames as ejabberd sends them")
    print(f"  {'operation':12} {'verdict':12} {'reply':12} {'ms':>7}")
    wrong = 0
    for count, (operation, password, expected, remark) in enumerate(STORY, 1):
        payload = f"{operation}:alice:example.org" + (f":{password}" if password else "")
        began = time.monotonic()
        reply = program.ask(payload)
        ms = (time.monotonic() - began) * 1000
        if reply != expected:
            wrong += 1
            remark = f"WRONG: {expected.hex(' ')} was expected"
        verdict = program.log.wait_for("message=request", count=count)["verdict"]
        print(f"  {operation:12} {verdict:12} {reply.hex(' '):12} {ms:7.1f}  {remark}")
    return wrong


def show_process(name, pid, calls):
    """Returns the number of facts that are not as they should be."""
    facts = status(pid)
    wanted = {"Seccomp": "2", "NoNewPrivs": "1", "CapEff": "0" * 16}
    wrong = sum(facts[key] != value for key, value in wanted.items())
    print(f"  {name:8} pid {pid}, uid {facts['Uid'].split()[0]}, CapEff {facts['CapEff']}, "
          f"Seccomp {facts['Seccomp']}, NoNewPrivs {facts['NoNewPrivs']}, "
          f"{calls} system calls allowed")
    return wrong


def main(path):
    folder = Path(tempfile.mkdtemp(prefix="extauth-demo-"))
    folder.chmod(0o755)  # started as root, the program reads the CA as another user
    try:
        program_copy = shutil.copy(path, folder)
        with Api(folder) as api:
            print(f"The reference API serves {api.url}, with a certificate of its own authority.")
            with Program("--ca-file", api.ca_file, "--log-level", "info", api.url,
                         path=program_copy) as program:
                print(f"$ {program.command}")
                line = program.log.wait_for("message=serving")
                wrong = tell_story(program)
                headline("What both processes are still allowed to do")
                policy = subprocess.check_output([program_copy, "--print-policy"], text=True)
                calls = dict(re.findall(r"^The (\w+) may make (\d+) system calls", policy, re.M))
                wrong += show_process("monitor", program.monitor, calls["monitor"])
                wrong += show_process("worker", int(line["worker"]), calls["worker"])
                print(f"  Landlock ABI {line['landlock']}" +
                      (" (this kernel has none)" if line["landlock"] == "0" else ""))
                ended = program.close()
        if ended != (0, b""):
            print(f"The program ended with {ended} instead of status 0 and no output.")
            wrong += 1
    finally:
        shutil.rmtree(folder)
    headline("All as it should be." if wrong == 0 else f"{wrong} of these are wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
