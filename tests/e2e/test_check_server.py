# SPDX-License-Identifier: ISC
"""--check and the configuration of the server, as far as no running server is needed.

What a real ejabberd does with each is in tests/drill.
"""
import json
import os
import subprocess
import time

import faults
import pytest
from terminal import shown_on_terminal

from .program import ALONE, PATH


def run(*arguments, **options):
    return subprocess.run([PATH, *map(str, arguments)], text=True, capture_output=True, timeout=60,
                          check=False, env={"PATH": "/usr/bin:/bin"}, **options)


def check(*arguments, **options):
    result = run("--check", "--json", *arguments, **options)
    return result.returncode, json.loads(result.stdout)


def found(findings, words):
    """The only finding with this text."""
    matches = [finding for finding in findings if words in finding["text"]]
    assert len(matches) == 1, (words, findings)
    return matches[0]


@pytest.fixture
def command(api):
    return f"{PATH} --ca-file {api.ca_file} {api.url}"


@pytest.fixture
def configure(place, command):
    """configure(**options) writes an ejabberd.yml that is correct except for these, and returns its path."""
    def write(**options):
        path = place / "ejabberd.yml"
        path.write_text(json.dumps({"hosts": ["a.example"], "auth_method": ["external"],
                                    "extauth_program": command, "auth_use_cache": False,
                                    "auth_external_user_exists_check": False,
                                    "extauth_pool_size": 2, **options}))
        return path

    return write


def test_with_nothing_else_to_say_it_takes_the_server_s_own_settings(configure, api):
    status, findings = check("--server-config", configure())
    assert status == 0, findings
    assert f"url = {api.url}" in [finding["text"] for finding in findings]
    assert {finding["level"] for finding in findings} == {"ok"}


@pytest.mark.parametrize("options,words,cure,red", [
    ({"auth_stored_password_types": ["scram_sha256"]}, "SCRAM is offered", "disable_sasl", True),
    ({"auth_password_types_hidden_in_sasl1": ["plain"]}, "clients without SASL2", "remove plain",
     False),
    ({"modules": {"mod_auth_fast": {}}}, "for 30 days", "remove mod_auth_fast", False),
    ({"modules": {"mod_fail2ban": {}}}, "bans addresses", "c2s_max_auth_failures", False),
    ({"auth_external_user_exists_check": True}, "users who have logged in once",
     "auth_external_user_exists_check: false", False),
    ({"auth_use_cache": True}, "its own cache is on", "auth_use_cache: false", False),
    ({"hosts": [f"h{i}.example" for i in range(99)], "extauth_pool_size": None}, "programs: one for",
     "extauth_pool_name", False),
])
def test_what_newest_ejabberd_can_do_against_us(configure, options, words, cure, red):
    path = configure(**options)
    path.write_text(path.read_text().replace('"extauth_pool_size": null', '"loglevel": 4'))
    status, findings = check("--server-config", path)
    finding = found(findings, words)
    assert (finding["level"], status) == (("failed", 1) if red else ("warning", 0)), findings
    assert cure in finding["cure"]


def test_a_finding_names_the_host_that_it_is_about(configure):
    path = configure(hosts=["a.example", "b.example"], auth_method=["internal"], host_config={
        "b.example": {"auth_method": ["external"], "extauth_program": "/nonexistent/program"}})
    status, findings = check("--server-config", path)
    assert (status, found(findings, "cannot be found")["host"]) == (1, "b.example")
    assert found(findings, "host a.example does not use this program")["level"] == "ok"


def test_other_settings_than_those_checked_are_told_and_checked(configure, api, place):
    log = place / "elsewhere"
    log.touch()
    log.chmod(0o666)
    status, findings = check("--server-config", configure(), "--ca-file", api.ca_file, "--log", log,
                             api.url)
    finding = found(findings, "the server starts it with other settings")
    assert (status, finding["level"]) == (0, "warning")
    assert "(log)" in finding["text"]
    assert sum("exists: refused" in finding["text"] for finding in findings) == 2, "both are asked"


@pytest.mark.parametrize("options,red", [("", True), ("--server mongooseim", False)])
def test_a_mongooseim_needs_to_be_told_of(place, api, options, red):
    path = place / "mongooseim.toml"
    program = f"{PATH} {options} --ca-file {api.ca_file} {api.url}"
    path.write_text(f'[general]\nhosts = ["a.example"]\n[auth.external]\nprogram = "{program}"\n')
    status, findings = check("--server-config", path)
    assert status == (1 if red else 0), findings
    if red:
        assert "add --server mongooseim" in found(findings, "hangs in an outage")["cure"]


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become another user")
def test_another_user_s_check_is_no_check(configure):
    path = configure()
    result = subprocess.run(
        ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", PATH, "--check",
         "--json", "--server-config", path], text=True, capture_output=True, timeout=60, check=False,
        env={"PATH": "/usr/bin:/bin"})
    finding = found(json.loads(result.stdout), "this check does not")
    assert (result.returncode, finding["cure"]) == (1, "sudo -u ejabberd extauth-https --check ...")


def test_one_endpoint_of_two_is_only_a_warning(api):
    nowhere = "https://localhost:1"
    status, findings = check(*ALONE, "--ca-file", api.ca_file, nowhere, api.url)
    finding = found(findings, "Connection refused")
    assert (status, finding["level"], finding["endpoint"]) == (0, "warning", nowhere)
    assert not any("no user can log in" in finding["text"] for finding in findings)
    status, findings = check(*ALONE, "--ca-file", api.ca_file, nowhere)
    assert (status, found(findings, "no user can log in")["level"]) == (1, "failed")


def test_an_api_that_grants_every_login_is_red(api):
    api.faults.add(faults.answer(200, b'{"success": true}'), operation="login", times=None)
    status, findings = check(*ALONE, "--ca-file", api.ca_file, api.url)
    assert (status, found(findings, "made-up name and password")["level"]) == (1, "failed")


def test_quietly_it_says_nothing_or_the_one_thing(api, configure):
    good = run("--check", "-q", "--server-config", configure())
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    bad = run("--check", "-q", *ALONE, "--ca-file", api.ca_file, "https://localhost:1")
    assert bad.returncode == 1
    assert bad.stdout.splitlines() == [
        "cannot connect: Connection refused (https://localhost:1)",
        "nothing listens there: check that the API is running, and the host and port of the URL"]
    status, findings = check("-q", "--server-config", configure(auth_use_cache=True))
    assert (status, [finding["level"] for finding in findings]) == (0, ["warning"])


def test_syntax_is_offline_and_quick_and_reads_what_only_root_may(place):
    path = place / "settings.json"
    path.write_text('{"url": "https://nothing.invalid/api"}')
    path.chmod(0o600)
    began = time.monotonic()
    good = run("--syntax", "-c", path)
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    assert time.monotonic() - began < 2
    path.write_text('{"ulr": "https://nothing.invalid/api"}')
    bad = run("--syntax", "-c", path)
    assert (bad.returncode, bad.stdout, bad.stderr.count("\n")) == (2, "", 1)
    assert f"{path}:1: " in bad.stderr and "ulr" in bad.stderr


def test_a_thousand_hosts_with_one_endpoint_are_one_thing(api, place):
    path = place / "settings.json"
    path.write_text(json.dumps({"url": api.url, "ca_file": str(api.ca_file),
                                "hosts": {f"h{i}.example": {} for i in range(1000)}}))
    began = time.monotonic()
    result = run("--check", "-c", path, *ALONE)
    assert result.returncode == 0, result.stdout
    assert len(result.stdout.splitlines()) <= 50
    # two seconds on an idle machine; five on a busy one
    assert time.monotonic() - began < 5
    assert "h0.example, h1.example, h2.example and 997 more" in result.stdout


def test_progress_is_for_terminals(api, place):
    path = place / "settings.json"
    path.write_text(json.dumps({"ca_file": str(api.ca_file), "hosts": {
        f"h{i}.example": {"url": f"{api.url}/{i}"} for i in range(3)}}))
    arguments = ["--check", "-c", str(path), *ALONE]
    _, shown = shown_on_terminal([PATH, *arguments], env={"PATH": "/bin"}, errors=True)
    assert b"API 2 of 3 ..." in shown
    assert "of 3 ..." not in run(*arguments).stderr
