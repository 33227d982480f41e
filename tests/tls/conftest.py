# SPDX-License-Identifier: ISC
"""Fixtures of the TLS tests, and the matrix that is printed at the end."""
import pytest
from e2e.conftest import api, authority, new_place, place, session_api, start

from .pki import Pki, hide

__all__ = ["api", "authority", "new_place", "place", "session_api", "start"]


# For every test: pytest ends session fixtures in the reverse order of their last use, and
# nothing_is_left must come after this one.
@pytest.fixture(scope="session", autouse=True)
def pki(new_place):
    """What servers show and clients trust, shared by all tests of a run."""
    return Pki(new_place())


@pytest.fixture
def secret_file(place):
    """secret_file(text) writes a file that only the program may read."""
    def write(text, name="secret"):
        new = place / "new"
        new.write_bytes(text if isinstance(text, bytes) else text.encode())
        hide(new)
        new.rename(place / name)
        return place / name

    return write


def pytest_terminal_summary(terminalreporter):
    """The matrix: what each row expected and what was seen."""
    rows = [dict(report.user_properties)["row"]
            for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())
            if "tls/" in report.nodeid and report.when == "call"
            and "row" in dict(report.user_properties)]
    if not rows:
        return
    rows.sort(key=lambda row: row[0])
    terminalreporter.section("TLS matrix")
    for _, name, server, expected, seen in [(0, "row", "server", "expected", "seen"), *rows]:
        terminalreporter.write_line(f"{name:46} {server:9} {expected:12} {seen}")
    count = len({row[1] for row in rows})
    terminalreporter.write_line(f"{count} rows, {len(rows)} runs")
