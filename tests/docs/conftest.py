# SPDX-License-Identifier: ISC
"""What the tests of the documentation share, most of it with the end-to-end tests."""
from e2e import conftest as e2e

new_place = e2e.new_place
place = e2e.place
authority = e2e.authority
session_api = e2e.session_api
api = e2e.api
