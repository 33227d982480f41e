# SPDX-License-Identifier: ISC
"""Half a minute of `make soak`, and a quarter of one of `make soak CHANGES=1`."""
import os
import sys
import time

import soak
import soak_changes

AREA = "soak"


def test_half_a_minute_of_random_faults(note):
    seed = int(os.environ.get("SOAK_SEED", time.time()))
    assert soak.run(25, 5_000, seed, out=sys.stdout) == [], f"SOAK_SEED={seed}"
    note(f"seed {seed}")


def test_a_quarter_of_a_minute_of_files_that_are_replaced(note):
    seed = int(os.environ.get("SOAK_SEED", time.time()))
    assert soak_changes.run(14, seed, out=sys.stdout) == [], f"SOAK_SEED={seed}"
    note(f"seed {seed}")
