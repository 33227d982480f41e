# SPDX-License-Identifier: ISC
"""Each row of the matrix, against each of its servers: a good one gets the request; a bad one does
not get one byte of it, and the log says what is wrong."""
import dataclasses
import json

import pytest
from e2e.program import UNKNOWN, YES, Program

from .case import OPTIONS, Case, configured, mounting
from .handmade import HANDMADE
from .matrix import BAD, GOOD
from .servers import Handmade, Nginx, OpensslServer

SERVERS = {kind.name: kind for kind in (OpensslServer, Nginx)}

REQUEST = "isuser:alice:example.org"


def runs(rows):
    return [pytest.param(row, server, id=f"{row.name} - {server}")
            for row in rows for server in row.on]


def outcome(program):
    """The reply to one request, and the line of the log about it."""
    reply = program.ask(REQUEST)
    program.log.wait_for('"message":"request"')
    lines = map(json.loads, program.log.lines)
    return reply, next(line for line in lines if line["message"] == "request")


def enter(record_property, number, name, server, expected, seen):
    record_property("row", [number, name, server, expected, seen])


@pytest.mark.parametrize("row,server", runs(GOOD))
def test_a_good_server_is_asked(row, server, pki, place, record_property):
    case = Case(row, pki, place)
    with SERVERS[server](place, case.setup()) as running, case.program(running.port) as program:
        reply, line = outcome(program)
        program.close()
        running.finish()
    enter(record_property, GOOD.index(row), row.name, server, "granted",
          line["verdict"] + (f": {line['reason']}" if "reason" in line else ""))
    assert (reply, line["verdict"]) == (YES, "granted"), line
    assert running.contacted and len(running.received) > 100


@pytest.mark.parametrize("row,server", runs(BAD))
def test_a_bad_server_gets_no_byte_of_the_request(row, server, pki, place, record_property):
    case = Case(row, pki, place)
    with SERVERS[server](place, case.setup()) as running, case.program(running.port) as program:
        reply, line = outcome(program)
        program.close()
        running.finish()
    enter(record_property, 1000 + BAD.index(row), row.name, server, "unavailable",
          line.get("reason", line["verdict"]))
    assert (reply, line["verdict"]) == (UNKNOWN, "unavailable")
    assert case.says() in line["reason"]
    assert (running.contacted, running.received) == (True, b"")


@pytest.mark.parametrize("row", HANDMADE, ids=lambda row: row.name)
def test_a_server_made_by_hand_gets_no_byte_of_the_request(row, pki, place, record_property):
    with Handmade(place, row.answer) as running:
        with Program(*OPTIONS, "--ca-file", pki.authority("root").ca_file,
                     f"https://localhost:{running.port}",
                     prefix=mounting(configured(row.conf, place))) as program:
            reply, line = outcome(program)
            program.close()
        running.finish()
    enter(record_property, 2000 + HANDMADE.index(row), row.name, "handmade", "unavailable",
          line["reason"])
    assert (reply, line["verdict"]) == (UNKNOWN, "unavailable")
    assert row.says in line["reason"]
    assert (running.contacted, running.received) == (True, b"")


def test_the_matrix_names_each_row_once():
    names = [row.name for row in GOOD + BAD + HANDMADE]
    assert len(set(names)) == len(names) >= 40
    assert all(dataclasses.is_dataclass(row) for row in GOOD + BAD)
