# SPDX-License-Identifier: ISC
"""What `make bench` and `make zoo` set up works: each candidate gets its "yes", and one that cannot
says why. The measurements themselves need a quiet machine and minutes."""
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "zoo")]

import candidates  # noqa: E402
import servers  # noqa: E402
import table  # noqa: E402
from nginx import Nginx  # noqa: E402

BUILD = candidates.Build(os.environ["BENCH"])


@pytest.fixture(scope="module")
def nginx():
    with servers.new_folder() as folder, Nginx(folder) as running:
        yield running


@pytest.mark.parametrize("name", candidates.commands(BUILD, "", "https://127.0.0.1:1/"))
def test_a_candidate_gets_its_yes(nginx, name):
    command = candidates.commands(BUILD, nginx.ca_file, nginx.url("static"))[name]
    with candidates.Candidate(name, command) as candidate:
        assert len(candidate.run(3)) == 3
        assert candidate.cpu() > 0
        assert candidate.memory()["Pss"] > 0


def test_a_candidate_that_ends_says_why(nginx):
    command = candidates.commands(BUILD, "/no/such.pem", nginx.url("static"))[candidates.PROGRAM]
    with candidates.Candidate(candidates.PROGRAM, command) as candidate:
        with pytest.raises(RuntimeError, match="/no/such.pem"):
            candidate.run(1)


def test_the_zoo_compares():
    with servers.start("Python http.server") as server:
        assert min(table.compare(BUILD, server, rounds=2, requests=4)) > 0
