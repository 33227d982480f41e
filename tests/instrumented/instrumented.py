# SPDX-License-Identifier: ISC
"""A plugin of pytest for runs under sanitizers or valgrind: leaves out, with its reason, what makes
no sense there, and lets a test fail when one of them has something to say.

    pytest -p instrumented
"""
import os
import re
from pathlib import Path

import pytest

COMPLAINT = re.compile(r"^(==\d+==(?!ASan).*|.*runtime error: .*)$", re.MULTILINE)
SILENCE = re.compile(r"could not unlink|WARNING: ASan (is ignoring|doesn't fully)")

REASONS = {
    "test_binary.py": "is about the program that is installed",
    "test_refusal.py": "has variants of the program of its own",
    "test_violation.py": "nothing is forbidden in this build",
    "test_secrets.py": "reads memory, and these tools have gigabytes of their own",
    "test_the_environment_is_dropped": "this build keeps its environment",
    "test_check_names_what_it_dropped": "this build keeps its environment",
    "test_colours_are_for_terminals": "this build keeps its environment",
    "test_the_worker_opens_nothing": "counts system calls, and these tools make some",
    "test_what_a_library_prints": "has a variant of the program of its own",
    "test_the_worker_is_limited[Max open files": "the hard limit is valgrind's",
    "test_a_hundred_thousand_requests": "measures memory",
}

REASONS_OF_VALGRIND = {
    "test_lines_can_be_json": "valgrind's own lines are in the log",
    "test_a_file_that_was_renamed": "valgrind's own lines are in the log",
    "test_ask_shows_what_the_server_would_get": "valgrind's own lines are in the log",
    "test_json_has_no_colours": "valgrind writes to a regular file, and the program may not",
    "test_it_serves_without_a_place_to_log": "valgrind has to have a standard error",
    "test_started_with_an_ambient_capability": "runs a copy of the program in another folder",
    "test_no_request_is_lost_while_reloads_rain": "takes more than five minutes under valgrind",
}


def pytest_collection_modifyitems(items):
    reasons = dict(REASONS)
    if Path(os.environ["EXTAUTH_HTTPS"]).name == "valgrind":
        reasons.update(REASONS_OF_VALGRIND)
    for item in items:
        for name, reason in reasons.items():
            if name in item.nodeid:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def nothing_is_complained_about(monkeypatch):
    from e2e.program import Program  # not before the tests' folder is known
    complaints = []
    end = Program.__exit__

    def watch(self, *arguments):
        end(self, *arguments)
        complaints.extend(line for line in COMPLAINT.findall(self.log.text)
                          if not SILENCE.search(line))

    monkeypatch.setattr(Program, "__exit__", watch)
    yield
    assert not complaints, "\n".join(complaints)
