# SPDX-License-Identifier: ISC
"""Folders that any user may read, as the end-to-end tests have them."""
from e2e import conftest as e2e

new_place = e2e.new_place
place = e2e.place
