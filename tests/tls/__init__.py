# SPDX-License-Identifier: ISC
"""TLS and credentials: the program against real servers, good ones and bad ones."""
