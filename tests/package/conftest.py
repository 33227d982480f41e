# SPDX-License-Identifier: ISC
"""Fixtures of the tests of packages; all come from the tests with a real server."""
from ejabberd import conftest as ejabberd
from prosody import conftest as prosody

new_place = ejabberd.new_place
authority = ejabberd.authority
certificate = ejabberd.certificate
api = ejabberd.api

open_place = prosody.open_place
prosody_place = prosody.new_place
