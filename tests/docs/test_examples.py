# SPDX-License-Identifier: ISC
"""The examples for the second day do what they say."""
import json
import os
import pwd
import re
import subprocess
import time
from pathlib import Path

import pytest
from e2e.conftest import CHEAP
from e2e.program import NO, Program
from server import Api

from . import mdoc

EXAMPLES = mdoc.FOLDER / "examples"
METRICS = Path(__file__).parents[2] / "src" / "monitor" / "metrics.c"


def known_metrics():
    names = re.findall(r'append_(?:value|head)\(\s*&?\w+, "(\w+)"', METRICS.read_text())
    return {f"extauth_https_{name}" for name in names}


def test_rules_and_their_tests_pass():
    done = subprocess.run(["promtool", "test", "rules", EXAMPLES / "prometheus-rules-test.yml"],
                          text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["prometheus-rules.yml", "grafana-dashboard.json"])
def test_examples_ask_for_metrics_that_there_are(name):
    text = (EXAMPLES / name).read_text()
    asked = set(re.findall(r"extauth_https_\w+", text))
    assert len(asked) > 5
    assert {re.sub("_bucket$", "", metric) for metric in asked} <= known_metrics()


def test_the_dashboard_is_whole():
    board = json.loads((EXAMPLES / "grafana-dashboard.json").read_text())
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(set(places)) == len(places) >= 8
    assert all(target["expr"].count("(") == target["expr"].count(")")
               for panel in board["panels"] for target in panel["targets"])


def rotate(place, *files):
    return subprocess.run(["logrotate", "--force", "--state", place / "state", *files], text=True,
                          capture_output=True, timeout=60, check=False)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, as logrotate does")
def test_the_log_goes_on_after_a_real_rotation(place):
    user = pwd.getpwnam("nobody")
    logs = place / "logs"
    logs.mkdir()
    os.chown(logs, user.pw_uid, user.pw_gid)
    snippet = place / "snippet"
    snippet.write_text((EXAMPLES / "logrotate").read_text()
                       .replace("/var/log/extauth-https", str(logs))
                       .replace("su ejabberd adm", "su nobody nogroup"))
    snippet.chmod(0o644)
    (place / "api").mkdir(mode=0o755)
    with Api(place / "api", cost=CHEAP) as api, \
            Program("--ca-file", api.ca_file, "--log", logs, "--log-level", "info",
                    api.url) as program:
        assert program.ask("isuser:before:example.org") == NO
        done = rotate(place, snippet)
        assert (done.returncode, done.stderr) == (0, "")
        assert "user=before" in (logs / "extauth.log.1").read_text()
        until = time.monotonic() + 30
        while not (logs / "extauth.log").exists() or \
                "user=after" not in (logs / "extauth.log").read_text():
            assert time.monotonic() < until, "the log is not opened anew"
            assert program.ask("isuser:after:example.org") == NO
            time.sleep(0.1)
        assert program.close() == (0, b"")


def test_the_snippet_does_not_clash_with_the_ejabberd_package_s():
    theirs = Path("/etc/logrotate.d/ejabberd-common")
    candidates = [theirs, Path("/etc/logrotate.d/ejabberd")]
    found = [path for path in candidates if path.exists()]
    assert found, "the ejabberd package has no logrotate snippet any more"
    done = subprocess.run(["logrotate", "--debug", "--state", "/dev/null", found[0],
                           EXAMPLES / "logrotate"], text=True, capture_output=True, timeout=60,
                          check=False)
    assert "duplicate log entry" not in done.stderr
    assert "error:" not in done.stderr.replace("error: could not", "")
