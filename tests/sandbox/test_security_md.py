# SPDX-License-Identifier: ISC
"""SECURITY.md claims nothing without a test, and policy/POLICY.md lists what is in force."""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = os.environ.get("EXTAUTH_HTTPS", ROOT / "build/extauth-https")

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
CLAIMS = re.findall(r"^\| .+ \| (.+) \|$", TEXT.split("## Claims")[1], re.M)
TESTS = [claim for claim in CLAIMS if claim not in ("test", "---")]


@pytest.mark.parametrize("test", TESTS)
def test_a_claim_names_a_test_that_exists(test):
    path, name = re.fullmatch(r"`((?:tests|fuzz|debian/tests)/[\w/.-]+)::(\w+)`", test).groups()
    source = (ROOT / path).read_text(encoding="utf-8")
    definition = rf"^{name}\(" if path.endswith(".c") else rf"^def {name}\("
    assert re.search(definition, source, re.M)


def test_the_list_of_policies_is_what_the_program_prints():
    printed = subprocess.check_output([PROGRAM, "--print-policy"], text=True)
    text = (ROOT / "policy/POLICY.md").read_text(encoding="utf-8")
    assert text.split("```\n")[1] == printed
