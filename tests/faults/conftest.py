# SPDX-License-Identifier: ISC
"""The fault table: fixtures of its rows, and how it is printed."""
import shutil

import pytest
from e2e.conftest import api, authority, new_place, place, session_api, start
from server import Api
from trial import CHEAP

__all__ = ["api", "authority", "new_place", "place", "session_api", "start"]

WIDTHS = 8, 50, 26

PLAIN = "test_row", "test_status", "test_hang_up", "test_random_frames"  # the parameter says everything


def words(name):
    return name.removeprefix("test_").replace("_", " ")


@pytest.fixture(scope="session")
def other(new_place, authority):
    """Another origin, which also accepts alice. Nothing must ever be sent there."""
    with Api(new_place(), authority=authority, cost=CHEAP) as other:
        other.accounts.register("alice@example.org", "secret")
        yield other


@pytest.fixture
def note(request):
    """note(reply, ms) notes the result of the row; the table shows the last one."""

    def say(reply, ms=None):
        name = request.node.name
        if hasattr(request.node, "callspec"):
            name = request.node.callspec.id
            if request.node.originalname not in PLAIN:
                name = f"{words(request.node.originalname)}: {name}"
        else:
            name = words(name)
        if isinstance(reply, bytes):
            reply = f"{reply[-1]}" if reply else "none"
        area = request.module.AREA
        request.node.user_properties.append(
            ("row", (area, name, reply, "" if ms is None else f"{ms:.0f}")))

    return say


def row_of(report):
    """(area, fault, reply, ms) of a test that said so, or what can be said without it."""
    rows = [value for name, value in report.user_properties if name == "row"]
    if rows:
        return rows[-1]
    file, _, name = report.nodeid.partition("::")
    reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
    return file.rpartition("/")[2], name, reason, ""


def pytest_terminal_summary(terminalreporter):
    rows = []
    for outcome, word in (("passed", "ok"), ("failed", "FAILED"), ("skipped", "skipped"),
                          ("error", "ERROR")):
        for report in terminalreporter.getreports(outcome):
            # of this folder: others may be run with it
            if "faults/" in report.nodeid and (outcome != "passed" or report.when == "call"):
                rows.append((report.nodeid, *row_of(report), word))
    rows = [row[1:] for row in sorted(rows)]
    if not rows:
        return
    columns = shutil.get_terminal_size((120, 24)).columns
    terminalreporter.section(f"{len(rows)} faults")
    area_width, fault_width, reply_width = WIDTHS
    for area, fault, reply, ms, ok in [("area", "fault", "reply", "ms", ""), *rows]:
        line = (f"{area[:area_width]:{area_width}} {fault:{fault_width}.{fault_width}} "
                f"{reply:{reply_width}.{reply_width}} {ms:>6} {ok}")
        terminalreporter.write_line(line[:columns])
