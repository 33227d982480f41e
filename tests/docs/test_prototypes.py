# SPDX-License-Identifier: ISC
"""What looks at the functions that headers declare finds each way to break their rules."""
import shutil
import subprocess
from pathlib import Path

import prototypes
import pytest

ROOT = Path(__file__).parents[2]

# header, what is planted in it, what is planted in its source, what is complained of
BAD = {
    "a_function_that_nothing_calls": (
        "base/clock", "int64_t clock_later(int64_t a, int64_t b);\n",
        "int64_t\nclock_later(int64_t a, int64_t b)\n{\n\treturn a > b ? a : b;\n}\n",
        "src/base/clock.h: clock_later: nothing calls it"),
    "a_function_that_only_its_file_calls": (
        "base/clock", "int64_t clock_later(int64_t a, int64_t b);\n",
        "int64_t\nclock_later(int64_t a, int64_t b)\n{\n\treturn a > b ? a : clock_later(b, a);\n}\n",
        "src/base/clock.h: clock_later: nothing calls it but its own file"),
    "a_failure_that_can_be_overlooked": (
        "core/frame", "struct fault;\nint frame_check(struct fault *fault);\n",
        "int\nframe_check(struct fault *fault)\n{\n\treturn frame_check(fault);\n}\n",
        "src/core/frame.h: frame_check: tells its failure, and is not MUST_USE"),
}


@pytest.fixture
def tree(tmp_path):
    for folder in ("src", "fuzz", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder,
                        ignore=lambda where, names: [name for name in names if name[-2:] not in (".c", ".h")
                                                     and not (Path(where) / name).is_dir()])
    return tmp_path


def test_the_tree_keeps_its_rules(tree):
    assert not list(prototypes.complaints(tree))


@pytest.mark.parametrize("name", BAD)
def test_it_finds(tree, name):
    module, header, source, complaint = BAD[name]
    for suffix, planted in ((".h", header), (".c", source)):
        with (tree / "src" / (module + suffix)).open("a") as file:
            file.write(planted)
    found = list(prototypes.complaints(tree))
    assert any(line.startswith(complaint) for line in found), found


def test_a_result_that_must_be_used_is_one_for_the_compiler(tmp_path):
    (tmp_path / "a.c").write_text('#include "base/fault.h"\n#include "base/file.h"\n#include "base/view.h"\n'
                                  "void a(struct view *view, struct fault *fault);\nvoid\n"
                                  "a(struct view *view, struct fault *fault)\n{\n"
                                  '\tfile_read("/x", 1, view, fault);\n}\n')
    run = subprocess.run(["gcc", "-std=c17", "-Wall", "-Werror", "-iquote", ROOT / "src", "-c",
                          tmp_path / "a.c", "-o", "/dev/null"], stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode != 0 and "unused-result" in run.stderr
