# SPDX-License-Identifier: ISC
"""Half a minute of `make soak`."""
import os
import sys
import time

import soak

AREA = "soak"


def test_half_a_minute_of_random_faults(note):
    seed = int(os.environ.get("SOAK_SEED", time.time()))
    assert soak.run(25, 5_000, seed, out=sys.stdout) == [], f"SOAK_SEED={seed}"
    note(f"seed {seed}")
