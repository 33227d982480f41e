# SPDX-License-Identifier: ISC
"""A real ejabberd for tests: server.Ejabberd runs it, client.Client talks to it.

A package, so that its module names cannot collide with those of another folder of tests.
"""
