# SPDX-License-Identifier: ISC
"""What every test with a real Prosody needs."""
import json
import os
import shutil
from pathlib import Path

import pytest
from certificates import Authority
from ejabberd.account import Account
from folders import folders
from server import Api

from .server import SuperServer
from .systemd import command_line

PROGRAM = os.environ.get("EXTAUTH_HTTPS", Path(__file__).parents[2] / "build/extauth-https")

CHEAP = 2  # the least that scrypt takes


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Issues the certificates of this run's servers."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificate(authority):
    """{cert_file, key_file} for the hosts of the tests, as arguments for Prosody."""
    cert_file, key_file = authority.issue(names=["localhost", "other.example"])
    return {"cert_file": cert_file, "key_file": key_file}


@pytest.fixture(scope="session")
def new_place(nothing_is_left):
    """new_place() makes a folder that the user prosody may enter and write to."""
    yield from folders("prosody-", Account("prosody").own)


@pytest.fixture(scope="session")
def open_place(nothing_is_left):
    """open_place() makes a folder that is ours, like an operator's, and any user may enter."""
    yield from folders("prosody-", lambda folder: folder.chmod(0o755))


@pytest.fixture(scope="session")
def program(open_place):
    """extauth-https where any user can execute it."""
    copy = open_place() / "extauth-https"
    shutil.copy(PROGRAM, copy)
    copy.chmod(0o755)
    return copy


@pytest.fixture(scope="session")
def api(open_place):
    """The API that the accounts of all servers are kept in."""
    with Api(open_place(), cost=CHEAP) as api:
        yield api


@pytest.fixture(scope="module")
def programs(open_place, program, api):
    """extauth-https behind a socket, asking the API."""
    folder = open_place()
    (folder / "settings.json").write_text(json.dumps({"url": api.url, "ca_file": str(api.ca_file)}))
    _, *arguments, _ = command_line()  # of the unit that is shipped, with files of the test
    with SuperServer(folder, [program, *arguments, folder / "settings.json"]) as running:
        yield running
