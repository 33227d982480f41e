# SPDX-License-Identifier: ISC
"""What every test with a real Prosody needs."""
import os
import shutil
from pathlib import Path

import pytest
from certificates import Authority
from ejabberd.account import Account
from folders import folders
from server import Api

from .server import SuperServer

PROGRAM = os.environ.get("EXTAUTH_HTTPS", Path(__file__).parents[2] / "build/extauth-https")

CHEAP = 2  # the least that scrypt takes


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Vouches for the servers of this run."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificate(authority):
    """{cert_file, key_file} for the hosts the tests use, to be passed on to Prosody."""
    cert_file, key_file = authority.issue(names=["localhost", "other.example"])
    return {"cert_file": cert_file, "key_file": key_file}


@pytest.fixture(scope="session")
def new_place(nothing_is_left):
    """new_place() makes a folder that the user prosody may enter and write to."""
    yield from folders("prosody-", Account("prosody").own)


@pytest.fixture
def place(new_place):
    return new_place()


@pytest.fixture(scope="session")
def program(new_place):
    """extauth-https where any user can execute it."""
    folder = new_place()
    folder.chmod(0o755)
    copy = folder / "extauth-https"
    shutil.copy(PROGRAM, copy)
    copy.chmod(0o755)
    return copy


@pytest.fixture(scope="session")
def api(new_place):
    """The API that the accounts of all servers are kept in."""
    folder = new_place()
    folder.chmod(0o755)
    with Api(folder, cost=CHEAP) as api:
        yield api


@pytest.fixture(scope="module")
def programs(new_place, program, api):
    """extauth-https behind a socket, asking the API."""
    folder = new_place()
    folder.chmod(0o755)
    with SuperServer(folder, [program, "--server", "prosody", "--ca-file", api.ca_file,
                              "--log-level", "info", api.url]) as running:
        yield running
