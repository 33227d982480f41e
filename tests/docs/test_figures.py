# SPDX-License-Identifier: ISC
"""Figures stand in one place: what was measured, and is committed."""
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "tests" / "bench"
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "doc").glob("*.[578]"), BENCH / "README.md"]


def test_no_page_has_a_count_of_instructions_of_our_own():
    counted = json.loads((BENCH / "instructions.json").read_text())["own code"]
    assert counted > 1000
    for page in PAGES:
        assert not re.search(r"[\d,]+ instructions of our own", page.read_text()), page


def test_a_program_has_one_size():
    text = (BENCH / "README.md").read_text()
    size, = re.findall(r"^\| PSS of each further one .* \| ([\d.]+) MB", text, re.M)
    for page in PAGES:
        assert set(re.findall(r"pool x ([\d.]+) MB", page.read_text())) <= {size}, page
