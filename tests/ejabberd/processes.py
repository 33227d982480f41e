# SPDX-License-Identifier: ISC
"""What /proc says about processes that are not our children."""
import os
import select
import time
from pathlib import Path


def table():
    """{pid: (parent's pid, command name)} of every process."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(errors="replace")
            except OSError:  # it ended since the folder was listed
                continue
            # The name is in parentheses and may hold any character, also ")" and spaces.
            name = stat[stat.index("(") + 1:stat.rindex(")")]
            state, parent = stat[stat.rindex(")") + 2:].split()[:2]
            if state not in "ZX":
                found[int(entry.name)] = (int(parent), name)
    return found


def children(pid, name=None):
    return sorted(child for child, (parent, its_name) in table().items()
                  if parent == pid and name in (None, its_name))


def descendants(pid, name=None):
    processes = table()
    found, fresh = [], [pid]
    while fresh:
        fresh = [child for child, (parent, _) in processes.items() if parent in fresh]
        found += fresh
    return sorted(child for child in found if name in (None, processes[child][1]))


def command_line(pid):
    """The words of its command line; none for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def state(pid):
    """Its state, as the letter in /proc: "S" for sleeping, "T" for stopped."""
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(") ")[2][0]


def wait_until_gone(pids, timeout):
    """Wait for the end of processes. Returns those still alive after `timeout` seconds."""
    poll, waiting = select.poll(), {}
    try:
        for pid in pids:
            try:
                handle = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            waiting[handle] = pid
            poll.register(handle, select.POLLIN)
        deadline = time.monotonic() + timeout
        while waiting:
            ready = poll.poll(max(0, deadline - time.monotonic()) * 1000)
            if not ready:
                break
            for handle, _ in ready:
                poll.unregister(handle)
                os.close(handle)
                del waiting[handle]
        return sorted(waiting.values())
    finally:
        for handle in waiting:
            os.close(handle)
