# SPDX-License-Identifier: ISC
"""The log as a real journald and a real rsyslogd record it."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from namespaces import need

from .program import PATH


@need("mount")
@pytest.mark.parametrize("kind", ["stderr", "syslog"])
def test_the_journal_knows_each_line_s_priority_and_whose_it_is(api, kind):
    found = json.loads(subprocess.check_output(
        ["unshare", "--mount", sys.executable, Path(__file__).with_name("journal.py"), kind, PATH,
         "--log-level", "info", "--ca-file", api.ca_file, api.url], text=True, timeout=60))
    lines = {entry["MESSAGE"].split("message=")[1].split()[0] +
             entry["MESSAGE"].partition("verdict=")[2].partition(" ")[0]: entry for entry in found}
    assert set(lines) >= {"serving", "requestgranted", "requestrefused"}, found
    assert lines["serving"]["PRIORITY"] == "5"
    assert lines["requestgranted"]["PRIORITY"] == lines["requestrefused"]["PRIORITY"] == "6"
    assert not any(entry["MESSAGE"].startswith("<") for entry in found)
    if kind == "syslog":
        assert {entry["SYSLOG_FACILITY"] for entry in found} == {"10"}
        assert lines["serving"]["SYSLOG_PID"] == lines["serving"]["_PID"]


@need("mount")
def test_rsyslog_knows_the_same_of_each_line(api):
    found = json.loads(subprocess.check_output(
        ["unshare", "--mount", sys.executable, Path(__file__).with_name("rsyslog.py"), PATH,
         "--log-level", "info", "--ca-file", api.ca_file, api.url], text=True, timeout=60))
    ours = [line for line in found if line["program"] == "extauth-https"]
    severities = {line["message"].split("message=")[1].split()[0] +
                  line["message"].partition("verdict=")[2].partition(" ")[0]: line["severity"]
                  for line in ours}
    assert severities.items() >= {"serving": "notice", "requestgranted": "info",
                                  "requestrefused": "info"}.items(), found
    assert {line["facility"] for line in ours} == {"authpriv"}
    assert len({line["pid"] for line in ours}) == 1 and ours[0]["pid"].isdigit()
    assert all(line["message"].lstrip().startswith("level=") for line in ours)


def test_priorities_are_for_the_journal_alone(start):
    """Many processes inherit the variable but write elsewhere."""
    status = os.stat("/dev/null")
    program = start(env={"PATH": "/bin", "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
    program.serving()
    assert program.log.lines[0].startswith("time=")
