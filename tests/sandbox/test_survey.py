# SPDX-License-Identifier: ISC
"""`make policy-survey` lists the calls of each process, and does not overlook one that no rule names."""
import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent

RULES = [
    {"policy": "worker", "number": 7, "call": "poll", "when": "", "reason": "waits", "tests": []},
    {"policy": "worker", "number": 72, "call": "fcntl", "when": "argument 1 is F_GETFL",
     "reason": "reads flags", "tests": [[1, 0xffffffff, 3]]},
    {"policy": "worker", "number": 219, "call": "restart_syscall", "when": "",
     "reason": "resumes a poll", "tests": []},
    {"policy": "worker", "number": 55, "call": "getsockopt", "when": "", "reason": "asks",
     "tests": []},
    {"policy": "monitor", "number": 7, "call": "poll", "when": "", "reason": "waits", "tests": []},
    {"policy": "monitor", "number": 72, "call": "fcntl", "when": "", "reason": "of a worker",
     "tests": []},
    {"policy": "monitor", "number": 41, "call": "socket", "when": "", "reason": "of a resolver",
     "tests": []},
    {"policy": "monitor", "number": 56, "call": "clone", "when": "", "reason": "fork", "tests": []},
    {"policy": "monitor", "number": 61, "call": "wait4", "when": "", "reason": "reaps",
     "tests": []},
    {"policy": "monitor", "number": 157, "call": "prctl", "when": "", "reason": "names itself",
     "tests": [[0, 0xffffffff, 15]]},
    {"policy": "monitor", "number": 317, "call": "seccomp", "when": "", "reason": "seals itself",
     "tests": []},
    {"policy": "monitor-log", "number": 257, "call": "openat", "when": "", "reason": "opens a log",
     "tests": [[2, 0xffffffff, 0x441]]},
    {"policy": "resolver", "number": 41, "call": "socket", "when": "", "reason": "asks",
     "tests": []},
    {"policy": "asker", "number": 0, "call": "read", "when": "", "reason": "hears", "tests": []},
]

# What is not sealed may call what it likes; a child is what its parent is until it seals itself.
TRACE = """\
100 [  59] execve("/x/extauth-https", ["extauth-https", "https://api.example"], 0x7f /* 1 var */) = 0
100 [ 102] getuid() = 0
100 [ 157] prctl(PR_SET_NAME, "extauth-https") = 0
100 [ 317] seccomp(0x1, 0x1, 0) = -1 EFAULT (Bad address)
100 [ 317] seccomp(0x1, 0, 0x55) = 0
100 [ 257] openat(0xffffff9c, 0x7f, 0x441) = 0x4
100 [  56] clone(0x1200011, 0, 0, 0x7f, 0 <unfinished ...>
101 [ 157] prctl(PR_SET_NAME, "extauth-worker") = 0
100 [  56] <... clone resumed>) = 0x65
101 [ 317] seccomp(0x1, 0, 0x55) = 0
101 [   7] poll(0x7f, 0x1, 0xfa0 <unfinished ...>
100 [  56] clone(0x1200011, 0, 0, 0x7f, 0) = 0x66
101 [   7] <... poll resumed>) = 0x1
101 [  72] fcntl(0x4, 0x3, 0) = 0x802
102 [ 157] prctl(PR_SET_NAME, "extauth-resolve"...) = 0
102 [ 317] seccomp(0x1, 0, 0x55) = 0
102 [  41] socket(0x2, 0x1, 0) = 0x3
"""

ASKING = """\
200 [  59] execve("/x/extauth-https", ["extauth-https", "--ask", "auth"], 0x7f /* 1 var */) = 0
200 [  56] clone(0x1200011, 0, 0, 0x7f, 0) = 0xc9
201 [ 317] seccomp(0x1, 0, 0x55) = 0
201 [  61] wait4(0xffffffff, 0x7f, 0x1, 0) = 0
200 [ 317] seccomp(0x1, 0, 0x55) = 0
200 [   0] read(0x3, 0x7f, 0x4) = 0x4
"""


def survey(folder, *traces):
    """Its exit status, and what it says under "No run has used" and "No rule names"."""
    (folder / "table").write_text(json.dumps(RULES))
    (folder / "traces").mkdir()
    for count, trace in enumerate(traces):
        (folder / "traces" / str(count)).write_text(trace)
    run = subprocess.run([HERE / "survey.py", folder / "table", folder / "traces"],
                         capture_output=True, text=True, check=False)
    return run.returncode, *(part.split(":\n", maxsplit=1)[1] for part in
                             run.stdout.split("\nNo r")[1:])


def test_all_is_named(tmp_path):
    code, unused, unnamed = survey(tmp_path, TRACE, ASKING)
    assert (code, unnamed) == (0, "  there is none\n")
    assert "restart_syscall" in unused and "clone" not in unused and "read" not in unused
    assert "of a worker" not in unused and "of a resolver" not in unused


def test_a_call_that_no_rule_names_is_found(tmp_path):
    code, _, unnamed = survey(tmp_path, TRACE + "101 [ 290] eventfd2(0, 0x80000) = 0x5\n", ASKING)
    assert (code, unnamed) == (1, "  worker: eventfd2(0, 0x80000), 1 times\n"
                                  "  monitor: eventfd2(0, 0x80000), 1 times\n")


def test_a_call_that_only_the_inner_ring_names_is_found(tmp_path):
    code, _, unnamed = survey(tmp_path, TRACE + "101 [  55] getsockopt(0x4, 0x1, 0x4) = 0\n")
    assert (code, unnamed) == (1, "  monitor: getsockopt(0x4, 0x1, 0x4), 1 times\n")


def test_a_call_with_other_arguments_is_found(tmp_path):
    code, _, unnamed = survey(tmp_path, TRACE + "101 [  72] fcntl(0x4, 0x4, 0x800 <unfinished ...>\n")
    assert (code, unnamed) == (1, "  worker: fcntl(0x4, 0x4, 0x800), 1 times\n")


def test_what_one_process_may_another_may_not(tmp_path):
    code, _, unnamed = survey(tmp_path, TRACE + "101 [  61] wait4(0xffffffff, 0x7f, 0x1, 0) = 0\n",
                              ASKING + "200 [  61] wait4(0xffffffff, 0x7f, 0x1, 0) = 0\n")
    assert code == 1 and "worker: wait4" in unnamed and "asker: wait4" in unnamed


def test_a_child_is_what_its_parent_was_at_the_fork(tmp_path):
    """Not what it is when the child is seen first."""
    seal = "200 [ 317] seccomp(0x1, 0, 0x55) = 0\n"
    late = ASKING.replace(seal, "").replace("201 [ 317]", f"{seal}201 [  39] getpid() = 0xc9\n201 [ 317]")
    assert survey(tmp_path, TRACE, late)[2] == "  there is none\n"


def test_traces_without_sealed_processes_are_no_survey(tmp_path):
    assert survey(tmp_path, '100 [ 157] prctl(PR_SET_NAME, "extauth-worker") = 0\n')[0] == 1
