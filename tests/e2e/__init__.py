# SPDX-License-Identifier: ISC
"""extauth-https as a host runs it, against the reference API over TLS."""
