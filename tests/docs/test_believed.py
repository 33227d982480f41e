# SPDX-License-Identifier: ISC
"""Nothing can be assumed in the contracts without `make prove` saying so, wherever it stands."""
import importlib.util
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("prove", ROOT / "tests/prove/prove.py")
prove = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(prove)

PLANTED = {
    "an_axiom_in_a_specification": ("core/request_spec.h", "/*@ axiomatic a {\n  @ axiom b: 0 == 1; } */"),
    "an_axiom_on_a_line_without_its_mark": ("core/frame_spec.h", "/*@ lemma a: 0 == 0;\n axiom b: 0 == 1; */"),
    "an_admit_in_a_source": ("core/frame.c", "//@ admit \\false;"),
    "an_admit_in_a_header_of_no_module": ("base/log.h", "/*@ admit ensures \\false; */"),
}


@pytest.fixture
def tree(tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src")
    return tmp_path


def test_nothing_is_assumed(tree):
    assert not list(prove.believed(tree))


def test_a_plain_comment_assumes_nothing(tree):
    with (tree / "src/core/frame.c").open("a") as file:
        file.write("/* we admit that an axiom would help */\n")
    assert not list(prove.believed(tree))


@pytest.mark.parametrize("name", PLANTED)
def test_it_finds(tree, name):
    path, planted = PLANTED[name]
    with (tree / "src" / path).open("a") as file:
        file.write(planted + "\n")
    found = list(prove.believed(tree))
    assert found and all(f"src/{path}:" in line for line in found)
