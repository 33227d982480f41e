# SPDX-License-Identifier: ISC
"""The outer rings as they are shipped: AppArmor and systemd understand them. Whether they hold is
shown by debian/tests/whole-machine, as it takes a machine that has booted."""
import fnmatch
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

POLICY = Path(__file__).parents[2] / "policy"
DROP_IN = "ejabberd.service.d/extauth-https.conf"


def run(*command, **environment):
    return subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, **environment})


# -- AppArmor -------------------------------------------------------------------------------------

@pytest.fixture
def apparmor(tmp_path):
    """A copy of /etc/apparmor.d with our files where an administrator puts them."""
    base = tmp_path / "apparmor.d"
    shutil.copytree("/etc/apparmor.d", base)
    shutil.copytree(POLICY / "apparmor", base, dirs_exist_ok=True)
    return base


def parse(base, profile):
    if not (base / profile).exists():
        pytest.skip(f"this release's ejabberd comes without a profile {profile}")
    return run("/sbin/apparmor_parser", "--skip-kernel-load", "--skip-cache", "--base", base,
               base / profile)


@pytest.mark.parametrize("profile", ["extauth-https", "usr.sbin.ejabberdctl"])
def test_apparmor_takes_the_profile(apparmor, profile):
    parsed = parse(apparmor, profile)
    assert parsed.returncode == 0, parsed.stdout


@pytest.mark.parametrize("profile,file", [("extauth-https", "extauth-https"),
                                          ("usr.sbin.ejabberdctl", "local/usr.sbin.ejabberdctl")])
def test_apparmor_would_find_a_mistake(apparmor, profile, file):
    with open(apparmor / file, "a", encoding="ascii") as text:
        text.write("capability everything,\n")
    assert parse(apparmor, profile).returncode != 0


def expanded(rule):
    """The patterns that a rule with {alternatives} stands for."""
    inner = re.search(r"\{([^{}]*)\}", rule)
    if inner is None:
        return [rule]
    return [pattern for word in inner[1].split(",")
            for pattern in expanded(rule.replace(inner[0], word, 1))]


def test_apparmor_lets_check_look_where_it_looks():
    source = (POLICY.parent / "src/operator/server_find.c").read_text(encoding="ascii")
    places = re.findall(r'"(/\S+\.(?:yml|toml))"', source)
    folders = [place.rsplit("/", 1)[0] + "/" for place in re.findall(r'"(/\S+)-\[0-9\]\*"', source)]
    profile = (POLICY / "apparmor/extauth-https").read_text(encoding="ascii")
    patterns = [pattern for rule in re.findall(r"^  (/\S+) r,$", profile, re.M)
                for pattern in expanded(rule)]
    assert len(places) > 5 and len(folders) > 4
    for place in places + folders:
        assert any(fnmatch.fnmatchcase(place, pattern) for pattern in patterns), place


# -- systemd --------------------------------------------------------------------------------------

@pytest.fixture
def units(tmp_path):
    """Debian's units of ejabberd, with our drop-in."""
    for unit in Path("/lib/systemd/system").glob("e*d.service"):
        shutil.copy(unit, tmp_path)
    shutil.copytree(POLICY / "systemd", tmp_path, dirs_exist_ok=True)
    return tmp_path


def analyze(units, *verb):
    return run("systemd-analyze", *verb, units / "ejabberd.service",
               SYSTEMD_UNIT_PATH=f"{units}:/lib/systemd/system")


def exposure(units):
    """systemd's own figure, from 0.0 to 10.0."""
    report = analyze(units, "security", "--offline=yes").stdout
    return float(report.split("Overall exposure level for ejabberd.service:")[1].split()[0])


def test_systemd_takes_the_drop_in(units):
    verified = analyze(units, "verify")
    assert (verified.returncode, verified.stdout) == (0, "")
    with open(units / DROP_IN, "a", encoding="ascii") as text:
        text.write("NoSuchSetting=yes\n")
    assert "NoSuchSetting" in analyze(units, "verify").stdout


def test_the_drop_in_lowers_the_exposure(units):
    tightened = exposure(units)
    (units / DROP_IN).unlink()
    assert tightened < exposure(units) - 2
