# SPDX-License-Identifier: ISC
"""Figures stand in one place: what was measured, and is committed."""
import json
import re
import sys
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
    size = json.loads((BENCH / "results.json").read_text())["memory"]["pss_further"] / 1_000_000
    for page in PAGES:
        assert set(re.findall(r"pool x ([\d.]+) MB", page.read_text())) <= {f"{size:.1f}"}, page


def test_pages_and_picture_have_the_figures_that_are_committed():
    sys.path.insert(0, str(BENCH))
    import pages
    results, zoo = pages.load()
    assert pages.stale(results, zoo) == []
    results["latency"]["static"]["candidates"]["extauth-https"]["p50"] += 1
    assert len(pages.stale(results, zoo)) == 3, "README.md, tests/bench/README.md, latency.svg"
