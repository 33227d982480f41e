# SPDX-License-Identifier: ISC
"""What the tests of packages share, most of it with the tests that have a real ejabberd."""
from ejabberd import conftest as ejabberd

new_place = ejabberd.new_place
authority = ejabberd.authority
certificate = ejabberd.certificate
api = ejabberd.api
