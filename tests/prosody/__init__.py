# SPDX-License-Identifier: ISC
"""A real Prosody for tests, with our module in it; the client is ejabberd.client.Client."""
