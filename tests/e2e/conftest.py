# SPDX-License-Identifier: ISC
"""Fixtures of the end-to-end tests."""
import pytest
from certificates import Authority
from folders import folders
from server import Api

from .program import Program

CHEAP = 2  # the least that scrypt takes


@pytest.fixture(scope="session")
def new_place(nothing_is_left):
    """new_place() makes a folder that any user may read: started as root, the program reads its
    files as another one. `nothing_is_left` is named so that it comes after the end of this one, also
    when the last test of a run asks for none.
    """
    yield from folders("extauth-", lambda folder: folder.chmod(0o755))


@pytest.fixture
def place(new_place):
    return new_place()


@pytest.fixture(scope="session")
def authority(new_place):
    """The CA of all servers of this run, because creating one takes openssl a while."""
    return Authority(new_place())


@pytest.fixture(scope="session")
def session_api(new_place, authority):
    with Api(new_place(), authority=authority, cost=CHEAP) as api:
        yield api


@pytest.fixture
def api(session_api):
    """A running API with the account alice@example.org, password `secret`."""
    session_api.accounts.register("alice@example.org", "secret")
    session_api.accounts.set_password("alice@example.org", "secret")
    session_api.requests.clear()
    session_api.faults.clear()
    session_api.binding = False  # otherwise most faults could be recognised by that alone
    yield session_api
    session_api.faults.clear()
    session_api.recording = True


@pytest.fixture
def start(api):
    """start(*options) runs the program with the API; programs still running at the end are ended."""
    running = []

    def run(*options, url=None, log_level="info", **keywords):
        level = ["--log-level", log_level] if log_level else []
        running.append(Program("--ca-file", api.ca_file, *level, *options, url or api.url,
                               **keywords))
        return running[-1]

    yield run
    for program in running:
        program.__exit__()


@pytest.fixture
def program(start):
    """The program with only a URL and a CA."""
    return start()
