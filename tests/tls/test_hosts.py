# SPDX-License-Identifier: ISC
"""Hosts with an API each: what one shows and whom it trusts is no other's."""
import json

import pytest
from certificates import pin
from e2e.program import UNKNOWN, YES, Program
from server import Api


@pytest.fixture
def with_hosts(api, place):
    """with_hosts({"a.example": {…}}, ca_file=…) is the program with these hosts; alice is a user of
    each."""
    def program(hosts, **settings):
        for host in hosts:
            api.accounts.register(f"alice@{host}", "secret")
        file = place / "settings.json"
        file.write_text(json.dumps({"url": api.url, "ca_file": str(api.ca_file), "hosts": hosts} |
                                   settings))
        return Program("-c", file)

    return program


def ask(program, host):
    return program.ask(f"isuser:alice:{host}")


def test_each_host_shows_its_own_credential(with_hosts, api, secret_file):
    one, two = (secret_file(f"token-{name}\n", name) for name in ("one", "two"))
    before = api.connections
    with with_hosts({"a.example": {"bearer_file": str(one)}, "b.example": {},
                     "c.example": {"bearer_file": str(two)},
                     "d.example": {"bearer_file": str(one)}}) as program:
        for host, shown in [("a", "Bearer token-one"), ("b", None), ("c", "Bearer token-two"),
                            ("d", "Bearer token-one")] * 3:
            assert ask(program, f"{host}.example") == YES
            assert api.requests[-1].all("authorization") == ([shown] if shown else [])
    # not even hosts that show the same share a connection
    assert api.connections - before == 4


@pytest.fixture
def other_api(pki):
    """An API with a certificate of another authority."""
    other = pki.authority("other")
    with Api(pki.folder, authority=other, certificate=pki.leaf("other")) as api:
        yield api


def test_each_host_has_its_own_trust(with_hosts, api, other_api, pki):
    other = str(pki.authority("other").ca_file)
    right, wrong = pin(api.ca_file), pin(other)
    hosts = {
        "a.example": ({}, YES),
        "b.example": ({"ca_file": other}, UNKNOWN),
        "c.example": ({"pinned_keys": [wrong]}, UNKNOWN),
        "d.example": ({"pinned_keys": [right]}, YES),
        "e.example": ({"ca_file": other, "pinned_keys": [right]}, UNKNOWN),
        "f.example": ({"url": other_api.url}, UNKNOWN),
        "g.example": ({"url": other_api.url, "ca_file": other}, YES),
    }
    for host in hosts:
        other_api.accounts.register(f"alice@{host}", "secret")
    for order in (list(hosts), list(reversed(hosts))):
        with with_hosts({host: settings for host, (settings, _) in hosts.items()}) as program:
            for host in order * 3:
                assert ask(program, host) == hosts[host][1], (host, program.log.lines[-1])
