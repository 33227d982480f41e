# SPDX-License-Identifier: ISC
"""Names are looked up under the seal, with every module for that which Debian has, and a name
server that really answers. See room.py."""
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import namespaces
import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = os.environ.get("EXTAUTH_HTTPS", str(ROOT / "build/extauth-https"))
PACKAGES = ROOT / "build/nss"  # unpacked there by make check-sandbox

YES, UNKNOWN = "00020001", "00020002"
A, AAAA = 1, 28

LIBRARIES = f"{os.uname().machine}-linux-gnu"

pytestmark = namespaces.need("mount", "net")


def look_up(folder, hosts="files dns", name="api.example.test", *, files=(), daemon=None,
            truncated=False, module=None):
    """What one request came to, whose API has to be found by `name` with the "hosts:" line."""
    packages = None
    if module is not None:
        places = [PACKAGES / part / LIBRARIES / f"libnss_{module}.so.2"
                  for part in ("lib", "usr/lib")]
        if any(place.exists() for place in places):
            packages = str(PACKAGES)
        elif not Path("/usr/lib", LIBRARIES, f"libnss_{module}.so.2").exists():
            pytest.skip(f"libnss_{module} is neither installed nor could it be downloaded")
    folder.chmod(0o755)
    task = {"hosts": hosts, "name": name, "files": list(files), "daemon": daemon,
            "packages": packages or (str(PACKAGES) if daemon and PACKAGES.exists() else None),
            "names": {"api.example.test": ["127.0.0.1"]}, "truncated": truncated}
    result = subprocess.run(
        ["unshare", "--mount", "--net", "/usr/bin/python3", "-B", ROOT / "tests/sandbox/room.py",
         folder, PROGRAM], input=json.dumps(task), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["status"] == 0
    assert "was killed" not in answer["log"]
    assert "sealed" not in answer["log"]
    return answer


@pytest.fixture
def folder():
    """Below the folder for temporary files, which any user may read."""
    made = Path(tempfile.mkdtemp(prefix="extauth-room-"))
    yield made
    shutil.rmtree(made)


def asked(answer):
    return {kind for name, kind in answer["questions"] if name == "api.example.test"}


def test_a_name_server_is_asked(folder):
    answer = look_up(folder)
    assert (answer["replies"], answer["tcp"]) == ([YES], 0)
    assert asked(answer) == {A, AAAA}


def test_a_name_server_that_cuts_answers_short_is_asked_by_tcp(folder):
    answer = look_up(folder, truncated=True)
    assert answer["replies"] == [YES]
    assert answer["tcp"] > 0


def test_a_name_that_does_not_exist_is_unavailable(folder):
    answer = look_up(folder, name="nobody.example.test")
    assert (answer["replies"], answer["requests"]) == ([UNKNOWN], 0)
    assert answer["questions"]


def test_a_name_in_the_hosts_file_needs_no_name_server(folder):
    answer = look_up(folder, name="files.example.test", files=["files.example.test"])
    assert (answer["replies"], answer["questions"]) == ([YES], [])


@pytest.mark.parametrize("hosts,module", [
    ("files myhostname dns", "myhostname"),
    ("mymachines files dns", "mymachines"),
    ("files mdns4_minimal [NOTFOUND=return] dns", "mdns4_minimal"),
    ("files mdns4 dns", "mdns4"),
    ("files mdns dns", "mdns"),
    ("files ldap dns", "ldap"),
    ("files resolve [!UNAVAIL=return] dns", "resolve"),
    ("mymachines resolve [!UNAVAIL=return] files myhostname dns", "resolve"),
])
def test_a_module_that_does_not_know_hands_on_to_the_next(hosts, module, folder):
    answer = look_up(folder, hosts, module=module)
    assert answer["replies"] == [YES]
    assert asked(answer) == {A, AAAA}


def test_libnss_myhostname_knows_what_is_local(folder):
    answer = look_up(folder, "files myhostname", "api.localhost", module="myhostname")
    assert (answer["replies"], answer["questions"]) == ([YES], [])


def test_libnss_myhostname_does_without_the_list_of_interfaces(folder):
    answer = look_up(folder, "myhostname", os.uname().nodename, module="myhostname")
    # it is told that there are no addresses but 127.0.0.2 and ::1, where nothing listens
    assert answer["replies"] == [UNKNOWN]
    assert "Connection refused" in answer["log"]


def test_systemd_resolved_is_asked(folder):
    answer = look_up(folder, "resolve [!UNAVAIL=return]", module="resolve", daemon="resolved")
    assert answer["replies"] == [YES]
    assert asked(answer) == {A, AAAA}  # by the daemon


def test_nscd_is_asked(folder):
    if not (PACKAGES / "usr/sbin/nscd").exists() and not Path("/usr/sbin/nscd").exists():
        pytest.skip("nscd is neither installed nor could it be downloaded")
    answer = look_up(folder, daemon="nscd")
    assert answer["replies"] == [YES]
