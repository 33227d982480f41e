# SPDX-License-Identifier: ISC
"""A plugin of pytest for runs under sanitizers or valgrind: leaves out, with its reason, what makes
no sense there, and lets a test fail when one of them has something to say.

    pytest -p instrumented
"""
import os
import re
from collections import Counter
from pathlib import Path

import pytest

COMPLAINT = re.compile(r"^(==\d+==(?!ASan).*|.*runtime error: .*)$", re.MULTILINE)
SILENCE = re.compile(r"could not unlink|WARNING: ASan (is ignoring|doesn't fully)")

LOGS = Path(__file__).resolve().parents[2] / "build-valgrind/logs"
KNOWN = Counter()  # characters of each that were read

REASONS = {
    "test_binary.py": "is about the program that is installed",
    "test_refusal.py": "has variants of the program of its own",
    "test_violation.py": "nothing is forbidden in this build",
    "test_secrets.py": "reads memory, and these tools have gigabytes of their own",
    "test_the_environment_is_dropped": "this build keeps its environment",
    "test_the_journal_knows_each_line_s_priority_and_whose_it_is[stderr]":
        "this build keeps its environment",
    "test_check_names_what_it_dropped": "this build keeps its environment",
    "test_colours_are_for_terminals": "this build keeps its environment",
    "test_the_worker_opens_nothing": "counts system calls, and these tools make some",
    "test_what_a_library_prints": "has a variant of the program of its own",
    "test_the_worker_is_limited[Max open files": "the hard limit is valgrind's",
    "test_a_hundred_thousand_requests": "measures memory",
    "test_the_monitor_has_given_back_what_only_its_start_needed": "measures memory",
    "[as it leaves its environment]": "this build keeps its environment",
}

REASONS_OF_VALGRIND = {
    "test_started_with_an_ambient_capability": "runs a copy of the program in another folder",
    "test_no_request_is_lost_while_reloads_rain": "takes more than five minutes under valgrind",
    "test_with_nothing_else_to_say_it_takes": "the program that ejabberd.yml names is valgrind's",
    "test_other_settings_than_those_checked": "the program that ejabberd.yml names is valgrind's",
    "test_a_mongooseim_needs_to_be_told_of": "the program that mongooseim.toml names is valgrind's",
    "test_quietly_it_says_nothing": "the program that ejabberd.yml names is valgrind's",
    "test_a_thousand_hosts_with_one_endpoint": "measures time",
    "test_ask_names_the_phase_that_ate_the_time": "a worker starts behind its deadline",
    "test_ask_waits_for_a_worker_that_comes_behind": "a worker starts behind its deadline",
    "test_check_finds_nothing_wrong_with_what_works": "a resolver is given two seconds",
    "test_a_reply_is_one_write": "counts system calls, and valgrind makes some",
    "[as it is sealed]": "valgrind makes no seccomp(2), where the signal is to come",
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
    texts = []
    end = Program.__exit__

    def watch(self, *arguments):
        end(self, *arguments)
        texts.append(self.log.text)

    monkeypatch.setattr(Program, "__exit__", watch)
    yield
    for log in LOGS.glob("*"):  # what valgrind says, also of the test that runs beside this one
        texts.append(log.read_text(errors="replace")[KNOWN[log]:])
        KNOWN[log] += len(texts[-1])
    complaints = [line for text in texts for line in COMPLAINT.findall(text)
                  if not SILENCE.search(line)]
    assert not complaints, "\n".join(complaints)
