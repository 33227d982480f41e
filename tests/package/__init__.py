# SPDX-License-Identifier: ISC
"""What is installed: by make install and by the Debian package, and what is in them."""
