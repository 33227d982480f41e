# SPDX-License-Identifier: ISC
"""What looks for references that lead nowhere finds each kind of them, and nothing else."""
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).parents[1] / "references.py"

GOOD = "src/base/view.c, doc/notes.md section 1.2, and doc/notes.md,\n * section 1\n"
BAD = {
    "a_file": ("see src/base/gone.c\n", "src/base/gone.c: there is no such file"),
    "a_document": ("see NOWHERE.md\n", "NOWHERE.md: there is no such document"),
    "a_section": ("doc/notes.md section 3.1\n", "doc/notes.md has no section 3.1"),
    "a_section_across_lines": ("doc/notes.md\n * section 3\n", "doc/notes.md has no section 3"),
    "a_paper_of_others": ("DESIGN section 3\n", "that is not in this repository"),
}


def look(root):
    return subprocess.run([sys.executable, CHECK, root], stdout=subprocess.PIPE, text=True,
                          check=False)


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "src/base").mkdir(parents=True)
    (tmp_path / "src/base/view.c").write_text(GOOD)
    (tmp_path / "doc").mkdir()
    (tmp_path / "doc/notes.md").write_text("## 1. One\n\n### 1.2 Two\n")
    return tmp_path


def test_what_exists_is_no_complaint(tree):
    assert look(tree).stdout == ""


@pytest.mark.parametrize("name", BAD)
def test_it_finds(tree, name):
    text, complaint = BAD[name]
    (tree / "src/base/view.c").write_text(GOOD + text)
    run = look(tree)
    assert complaint in run.stdout and run.returncode == 1
