# SPDX-License-Identifier: ISC
"""What gets to a machine: make install, the Debian package, and what is in them."""
