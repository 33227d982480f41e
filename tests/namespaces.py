# SPDX-License-Identifier: ISC
"""Whether tests may have mounts and a network of their own."""
import functools
import os
import subprocess

import pytest


@functools.cache
def can_have(*kinds):
    """True for root, where namespaces of these kinds ("mount", "net") can be made: not in a plain
    chroot, nor in most containers."""
    return os.getuid() == 0 and subprocess.run(
        ["unshare", *(f"--{kind}" for kind in kinds), "true"],
        stderr=subprocess.DEVNULL, check=False).returncode == 0


def need(*kinds):
    """A mark that skips a test without them."""
    return pytest.mark.skipif(not can_have(*kinds), reason=(
        "needs root, and namespaces of its own: " + ", ".join(kinds)))
