# SPDX-License-Identifier: ISC
"""What every test with a real ejabberd needs."""
import os
import shutil
from pathlib import Path

import pytest
from certificates import Authority
from folders import folders
from server import Api

from .account import Account

PROGRAM = os.environ.get("EXTAUTH_HTTPS", Path(__file__).parents[2] / "build/extauth-https")

CHEAP = 2  # the least that scrypt takes


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Issues the certificates of this run's servers."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificate(authority):
    """{cert_file, key_file} for the hosts of the tests, as arguments for Ejabberd."""
    cert_file, key_file = authority.issue(names=["localhost", "other.example"])
    return {"cert_file": cert_file, "key_file": key_file}


@pytest.fixture(scope="session")
def new_place(nothing_is_left):
    """new_place() makes a folder that the user ejabberd may enter and write to."""
    yield from folders("ejabberd-", Account().own)


@pytest.fixture
def place(new_place):
    return new_place()


@pytest.fixture(scope="session")
def program(new_place):
    """extauth-https where the user ejabberd can execute it."""
    copy = new_place() / "extauth-https"
    shutil.copy(PROGRAM, copy)
    copy.chmod(0o755)
    return copy


@pytest.fixture(scope="session")
def api(new_place):
    """The API that the accounts of all servers are kept in."""
    with Api(new_place(), cost=CHEAP) as api:
        yield api
