# SPDX-License-Identifier: ISC
"""The table of attacks: fixtures of its rows, and how it is printed."""
import shutil
from contextlib import ExitStack

import pytest
from e2e.conftest import api, authority, new_place, place, session_api
from scene import Bystanders, Scene

__all__ = ["api", "authority", "new_place", "place", "session_api"]

WIDTHS = 24, 54


@pytest.fixture
def bystanders(place):
    found = Bystanders(place)
    yield found
    found.close()


@pytest.fixture
def scene(api, bystanders):
    """scene(order) starts a program with an attacker in it; all are ended with the test."""
    with ExitStack() as stack:
        yield lambda *order, **keywords: stack.enter_context(
            Scene(api, bystanders, *order, **keywords))


@pytest.fixture
def row(request):
    """row(tried, reached) puts a line into the table."""

    def say(tried, reached):
        request.node.user_properties.append(("row", (request.module.WHERE, tried, reached)))

    return say


def pytest_terminal_summary(terminalreporter):
    rows = []
    for outcome, word in (("passed", ""), ("failed", "FAILED"), ("error", "ERROR"),
                          ("skipped", "skipped")):
        for report in terminalreporter.getreports(outcome):
            if "breach/" not in report.nodeid:  # run with this folder
                continue
            said = [value for name, value in report.user_properties if name == "row"]
            if outcome != "passed":
                said = [(report.nodeid.rpartition("::")[2], "", word)]
            if outcome != "passed" or report.when == "call":
                rows += [(report.nodeid, *row) for row in said]
    if not rows:
        return
    columns = shutil.get_terminal_size((140, 24)).columns
    terminalreporter.section(f"{len(rows)} attacks")
    for where, tried, reached in [("where", "tried", "reached"),
                                  *(row[1:] for row in sorted(rows))]:
        line = f"{where:{WIDTHS[0]}} {tried:{WIDTHS[1]}.{WIDTHS[1]}} {reached}"
        terminalreporter.write_line(line[:columns])
