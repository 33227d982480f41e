# SPDX-License-Identifier: ISC
"""Folders for programs that run as another user."""
import shutil
import tempfile
from pathlib import Path


def folders(prefix, open_to):
    """For a fixture: a function that makes a folder and calls open_to() with it. All are removed at
    the end.

    Not below pytest's tmp_path: pytest closes that to other users, also whenever another run starts.
    """
    made = []

    def make():
        made.append(Path(tempfile.mkdtemp(prefix=prefix)))
        open_to(made[-1])
        return made[-1]

    yield make
    for folder in made:
        shutil.rmtree(folder)
