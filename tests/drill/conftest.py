# SPDX-License-Identifier: ISC
"""Much of it is shared with the tests that have a real ejabberd."""
import pytest
from certificates import Authority
from ejabberd import conftest as ejabberd

new_place = ejabberd.new_place
program = ejabberd.program


@pytest.fixture(scope="session")
def authority(new_place):
    """Where the user ejabberd can read it."""
    return Authority(new_place())
