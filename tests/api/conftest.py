# SPDX-License-Identifier: ISC
"""What the tests of the reference API share."""

import pytest
from certificates import Authority
from server import Api

CHEAP = 2  # the least that scrypt takes


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """One for all tests: openssl is the slow part of making an Api."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def api(tmp_path, authority):
    """A running API with the account juliet@example.org, password `secret`."""
    with Api(tmp_path, authority=authority, cost=CHEAP) as api:
        api.accounts.register("juliet@example.org", "secret")
        yield api
