# SPDX-License-Identifier: ISC
"""The user an XMPP server runs as, and what that user can reach."""
import os
import pwd
import subprocess
import tempfile
from pathlib import Path


class Account:
    """The user `name` if we are root, as Debian runs its server; otherwise our own user."""

    def __init__(self, name="ejabberd"):
        self.switched = os.geteuid() == 0
        entry = pwd.getpwnam(name) if self.switched else pwd.getpwuid(os.geteuid())
        self.name, self.uid, self.gid = entry.pw_name, entry.pw_uid, entry.pw_gid

    def popen_options(self):
        """What subprocess needs to start a program as this user."""
        if not self.switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path):
        if self.switched:
            os.chown(path, self.uid, self.gid)

    def may(self, access, path):
        """Whether this user has `access` ("r", "w" or "x") to path, as the kernel sees it."""
        return subprocess.run(["test", f"-{access}", path], env={"PATH": "/usr/bin:/bin"},
                              cwd="/", check=False, **self.popen_options()).returncode == 0

    def open_way_to(self, folder):
        """Let this user pass through the folders above `folder`.

        Changes folders below the system's folder for temporary files only: opening /root, for
        example, would outlast the test.
        """
        temporary = Path(tempfile.gettempdir()).resolve()
        for parent in reversed(Path(folder).resolve().parents):
            if self.may("x", parent):
                continue
            if temporary not in parent.parents:
                raise PermissionError(f"user {self.name} cannot enter {parent}; "
                                      f"use a folder below {temporary}")
            parent.chmod(parent.stat().st_mode | 0o001)
