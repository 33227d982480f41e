# SPDX-License-Identifier: ISC
"""A plugin of pytest for runs under sanitizers or valgrind: leaves out, with its reason, what makes
no sense there, and lets a test fail when one of them has something to say.

    pytest -p instrumented
"""
import re

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


def pytest_collection_modifyitems(items):
    for item in items:
        for name, reason in REASONS.items():
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
