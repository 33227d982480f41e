# SPDX-License-Identifier: ISC
"""make install and make uninstall, into a folder."""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = re.search(r'VERSION "(.*)"', (ROOT / "src/base/version.h").read_text())[1]


def make(*words):
    result = subprocess.run(["make", "-s", *words], cwd=ROOT, text=True, capture_output=True,
                            timeout=110, env={"PATH": "/usr/bin:/bin"})
    assert result.returncode == 0, result.stderr
    return result.stdout


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def expected(prefix):
    policies = {f"share/extauth-https/{path.relative_to(ROOT)}" for kind in ("apparmor", "systemd")
                for path in (ROOT / "policy" / kind).rglob("*") if path.is_file()}
    examples = {f"share/doc/extauth-https/examples/{path.name}"
                for path in (ROOT / "doc" / "examples").iterdir()}
    return {f"{prefix}/{name}" for name in policies | examples | {
        "libexec/extauth-https", "sbin/extauth-https",
        "share/extauth-https/extauth-https.schema.json",
        "share/doc/extauth-https/examples/conformance",
        "share/bash-completion/completions/extauth-https",
        "share/doc/extauth-https/examples/extauth-https.json",
        "share/man/man8/extauth-https.8", "share/man/man5/extauth-https.json.5",
        "share/man/man7/extauth-https-api.7", "share/extauth-https/prosody/mod_auth_extauth_https.lua",
        f"share/extauth-https/prosody/mod_auth_extauth_https-{VERSION}-1.rockspec",
        "lib/systemd/system/extauth-https.socket", "lib/systemd/system/extauth-https@.service"}}


@pytest.mark.parametrize("prefix", ["usr/local", "opt/e"])
def test_everything_is_installed_and_goes_again(tmp_path, prefix):
    where = [f"DESTDIR={tmp_path}", f"prefix=/{prefix}"]
    make("install", *where)
    assert files_below(tmp_path) == expected(prefix)
    program = tmp_path / prefix / "libexec/extauth-https"
    assert os.access(program, os.X_OK)
    assert os.readlink(tmp_path / prefix / "sbin/extauth-https") == f"/{prefix}/libexec/extauth-https"
    shown = subprocess.check_output([program, "--version"], text=True)
    assert shown.startswith("extauth-https ")

    page = (tmp_path / prefix / "share/man/man8/extauth-https.8").read_text()
    assert f"/{prefix}/libexec/extauth-https" in page
    assert f"/{prefix}/share/extauth-https/extauth-https.schema.json" in page
    assert "/usr/libexec" not in page and "/usr/share" not in page
    unit = (tmp_path / prefix / "lib/systemd/system/extauth-https@.service").read_text()
    assert f"\nExecStart=/{prefix}/libexec/extauth-https " in unit

    make("uninstall", *where)
    assert files_below(tmp_path) == set()
    left = {str(path.relative_to(tmp_path / prefix)) for path in (tmp_path / prefix).rglob("*")}
    assert not [path for path in left if "extauth" in path]


def test_make_install_changes_nothing_outside_of_destdir(tmp_path):
    make("install", f"DESTDIR={tmp_path}", "prefix=/nonexistent/extauth")
    assert not Path("/nonexistent").exists()
