# SPDX-License-Identifier: ISC
"""A policy with a bad rule does not build, and the message says what is wrong with it."""
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("Makefile", "src/sandbox/policy.c", "src/sandbox/policy.h", "tests/sandbox/policy_check.c",
         "tests/sandbox/powers.def",
         *(str(part.relative_to(ROOT)) for folder in ("container", "fuzz", "tests")
           for part in ROOT.joinpath(folder).rglob("*.mk")))

# what is broken: the policy, the line added to it (or what is replaced in it, and by what), and
# the message
BAD = {
    "no_reason": ("worker", "ALLOW(getuid, ANY)", 'requires 3 arguments, but only 2 given'),
    "an_empty_reason": ("worker", 'ALLOW(getuid, ANY, "")', "reason for getuid is too short"),
    "a_reason_that_is_none": ("monitor", 'ALLOW(getuid, ANY, "needed")',
                              "reason for getuid is too short"),
    "an_answer_without_reason": ("worker", 'ANSWER(getuid, ANY, 0)', "requires 4 arguments"),
    "an_unknown_call": ("worker", 'ALLOW(getuuid, ANY, "the user has a uuid")', "getuuid"),
    "an_unknown_condition": ("worker", 'ALLOW(getuid, SOMETIMES, "sometimes it is needed")',
                             "CONDITION_SOMETIMES"),
    "a_comparison_for_greater": ("worker", 'ALLOW(lseek, WHEN(GREATER(2, 1)), "the end is near")',
                                 "GREATER"),
    "a_64_bit_value": ("worker", 'ALLOW(lseek, WHEN(IS(1, 0x100000000)), "far behind the end")',
                       "does not fit into 32 bits: 0x100000000"),
    "a_64_bit_mask": ("worker",
                      'ALLOW(lseek, WHEN(MASKED(1, 0xF00000000, 0)), "far behind the end")',
                      "does not fit into 32 bits: 0xF00000000"),
    "an_empty_mask": ("worker", 'ALLOW(lseek, WHEN(MASKED(1, 0, 0)), "whatever there may come")',
                      "a mask is empty"),
    "a_value_outside_its_mask": ("worker", 'ALLOW(lseek, WHEN(MASKED(1, 6, 1)), "never does")',
                                 "outside its mask"),
    "a_seventh_argument": ("worker", 'ALLOW(lseek, WHEN(IS(6, 0)), "one argument too many")',
                           "no argument 6"),
    "four_tests": ("worker", 'ALLOW(lseek, WHEN(IS(0, 0), IS(1, 0), IS(2, 0), IS(3, 0)), '
                             '"more tests than there is room for")', "no room for so many tests"),
    "a_duplicate": ("worker", 'ALLOW(getpid, ANY, "the rule is there twice")',
                    "getpid: two rules have the same condition"),
    "a_duplicate_with_condition": ("monitor", 'ALLOW(kill, WHEN(MASKED(1, 0xFFFFFFFF, 9)), '
                                              '"the same in other words")',
                                   "kill: two rules have the same condition"),
    "a_condition_made_void": ("worker", 'ALLOW(getpid, WHEN(IS(0, 0)), "less than what is there")',
                              "getpid: a condition is void"),
    "a_condition_made_void_by_less": ("monitor", 'ALLOW(kill, WHEN(IS(0, 5), IS(1, SIGKILL)), '
                                                 '"one whom we know")',
                                      "kill: a condition is void"),
    "a_contradiction": ("monitor", 'ANSWER(socket, WHEN(IS(1, SOCK_STREAM)), EACCES, '
                                   '"streams are answered")',
                        "socket: two rules with different results"),
    "an_argument_tested_twice": ("worker", 'ALLOW(lseek, WHEN(MASKED(1, 1, 1), MASKED(1, 2, 2)), '
                                           '"both bits must be set")', "tested twice"),
    "what_aarch64_has_not": ("monitor", 'ALLOW(time, ANY, "looks at the clock on the wall")',
                             "time: not every architecture has it"),
    "what_the_monitor_forbids": ("worker", 'ALLOW(getegid, ANY, "looks at its own group")',
                                 "getegid: is void"),

    "a_worker_that_opens": ("worker", 'ALLOW(openat, WHEN(MASKED(2, O_ACCMODE | O_CREAT | O_TRUNC,'
                                      ' O_RDONLY)), "opens its certificates")', "open files"),
    "a_worker_that_creates": ("worker", 'ALLOW(memfd_create, ANY, "a file that has no name")',
                              "create or change files"),
    "a_worker_that_executes": ("worker", 'ALLOW(execve, ANY, "starts a small program")',
                               "execute programs"),
    "a_worker_that_forks": ("worker", 'ALLOW(clone, WHEN(IS(0, SIGCHLD)), "has a child of its own")',
                            "must not be able to fork"),
    "a_worker_that_forks_anew": ("worker", 'ALLOW(clone3, ANY, "has a child of its own")',
                                 "must not be able to fork"),
    "a_worker_that_traces": ("worker", 'ALLOW(ptrace, ANY, "is curious about others")',
                             "trace other processes"),
    "a_worker_that_reads_others": ("worker", 'ALLOW(process_vm_readv, ANY, "reads what others know")',
                                   "trace other processes"),
    "a_worker_that_signals": ("worker", 'ALLOW(kill, WHEN(IS(1, SIGKILL)), "ends another process")',
                              "signal other processes"),
    "a_worker_that_signals_threads": ("worker", 'ALLOW(tgkill, ANY, "abort(3) is done with it")',
                                      "signal other processes"),
    "a_worker_with_other_ids": ("worker", 'ALLOW(setresuid, ANY, "becomes another user")',
                                "change its ids"),
    "a_worker_that_makes_code": ("worker", 'ALLOW(mprotect, ANY, "the heap of another thread")',
                                 "mprotect: without a test of the argument"),
    "a_worker_that_maps_code": ("worker", 'ALLOW(mmap, WHEN(MASKED(3, MAP_SHARED, MAP_SHARED)), '
                                          '"memory to be shared")',
                                "mmap: without a test of the argument"),
    "a_worker_that_wants_code": ("worker", 'ALLOW(mmap, WHEN(IS(2, PROT_READ | PROT_EXEC)), '
                                           '"a library that comes late")',
                                 "mmap: the test lets through"),
    "a_worker_with_all_of_fcntl": ("worker", 'ALLOW(fcntl, WHEN(IS(0, 3)), "whatever it may be")',
                                   "fcntl: without a test of the argument"),
    "a_worker_that_connects": ("worker", 'ALLOW(socket, WHEN(IS(0, AF_INET)), "another connection")',
                               "make connections"),
    "a_monitor_that_writes": ("monitor", 'ALLOW(openat, WHEN(MASKED(2, O_ACCMODE, O_RDWR)), '
                                         '"updates what it reads")',
                              "openat: without a test of the argument"),
    "a_monitor_that_executes": ("monitor", 'ALLOW(execveat, ANY, "starts a small program")',
                                "execute programs"),
    "a_monitor_that_takes_a_port": ("monitor", 'ALLOW(bind, ANY, "gives a socket an address")',
                                    "take a port"),
    "a_monitor_that_listens": ("monitor", 'ALLOW(listen, ANY, "waits for other programs")',
                               "take connections"),
    "a_monitor_with_io_uring": ("monitor", 'ALLOW(io_uring_setup, ANY, "is faster than others")',
                                "get round the filter"),
    "a_monitor_with_namespaces": ("monitor", 'ALLOW(clone, WHEN(IS(0, CLONE_NEWUSER | SIGCHLD)), '
                                             '"a place of its own")',
                                  "clone: the test lets through"),
}

HARMLESS = ("getuid", "getgid", "gettid", "sched_yield")


def build(folder, goal="build/policy.checked", defines=""):
    # checking for the hardening flags one by one takes longer than everything else
    return subprocess.run(["make", "-C", folder, "HARDENING=", "LINKING=",
                           f"DEFINES={defines}", goal],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)


@pytest.fixture
def source(tmp_path):
    """A copy of what it takes to build and check a policy."""
    for part in PARTS:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, tmp_path / part)
    shutil.copytree(ROOT / "policy", tmp_path / "policy")
    return tmp_path


def add(folder, policy, line):
    with (folder / f"policy/{policy}.def").open("a") as file:
        file.write(line + "\n")


@pytest.mark.parametrize("defines", ["", "-DFOR_MUSL"])
def test_the_policies_as_they_are_build(defines, source):
    result = build(source, defines=defines)
    assert (result.returncode, "warning" in result.stdout) == (0, False), result.stdout


@pytest.mark.parametrize("bad", BAD)
def test_it_does_not_build_with(bad, source):
    policy, line, message = BAD[bad]
    add(source, policy, line)
    result = build(source)
    assert result.returncode != 0, result.stdout
    assert message in result.stdout
    assert not (source / "build/policy.checked").exists()


def test_a_worker_with_more_than_16_calls_does_not_build(source):
    for call in HARMLESS:
        for policy in ("worker", "monitor"):
            if f"ALLOW({call}," not in (source / f"policy/{policy}.def").read_text():
                add(source, policy, f'ALLOW({call}, ANY, "nothing can be done with it")')
    result = build(source)
    assert result.returncode != 0
    assert re.search(r"worker.def: (1[7-9]|2[0-9]) calls, but 16 are the most", result.stdout)


def test_every_call_with_a_power_is_one(source):
    """A misspelt name in the table of powers would restrict nothing."""
    names = (source / "tests/sandbox/powers.def").read_text()
    program = source / "names.c"
    program.write_text("#include <seccomp.h>\nstatic const int numbers[] = {\n" + "".join(
        f"SCMP_SYS({line.split('(')[1].split(',')[0]}),\n" for line in names.splitlines()
        if line.startswith(("POWER(", "BOUND("))) + "};\nint main(void) { return numbers[0] < 0; }\n")
    subprocess.run(["gcc", "-fsyntax-only", program], check=True)
