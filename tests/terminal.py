# SPDX-License-Identifier: ISC
"""What a program shows on a terminal."""
import os
import pty
import subprocess


def shown_on_terminal(command, *, env, errors=False):
    """(exit status, bytes): its standard output is a terminal, with `errors` standard error too."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs,
                          stderr=theirs if errors else None, env=env) as program:
        os.close(theirs)
        shown = b""
        try:
            while more := os.read(ours, 1000):
                shown += more
        except OSError:  # the other side is closed
            pass
    os.close(ours)
    return program.returncode, shown
