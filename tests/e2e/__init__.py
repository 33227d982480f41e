# SPDX-License-Identifier: ISC
"""extauth-https as a server runs it, against the reference API over TLS."""
