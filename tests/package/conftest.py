# SPDX-License-Identifier: ISC
"""What the tests of packages share, all of it with the tests that have a real server."""
from ejabberd import conftest as ejabberd
from prosody import conftest as prosody

new_place = ejabberd.new_place
authority = ejabberd.authority
certificate = ejabberd.certificate
api = ejabberd.api

open_place = prosody.open_place
prosody_place = prosody.new_place
