# SPDX-License-Identifier: ISC
"""Hosts with an API each: credentials and trust of one are not used for another, and what they have
in common is loaded once."""
import json
import shutil
from pathlib import Path

import pytest
from certificates import pin
from e2e.program import NO, PATH, UNKNOWN, YES, Program, status
from server import Api

SCHEMA = json.loads(Path(PATH).with_name("extauth-https.schema.json").read_text())
SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
KEY = "0123456789abcdef" * 4


@pytest.fixture
def with_hosts(api, place):
    """with_hosts({"a.example": {…}}, ca_file=…) is the program with these hosts."""
    def program(hosts, **settings):
        file = place / "settings.json"
        file.write_text(json.dumps({"url": api.url, "ca_file": str(api.ca_file), "hosts": hosts} |
                                   settings))
        return Program("-c", file)

    return program


def register(api, hosts):
    for host in hosts:
        api.accounts.register(f"alice@{host}", "secret")


def ask(program, host):
    return program.ask(f"isuser:alice:{host}")


def test_each_host_shows_its_own_credential(with_hosts, api, secret_file):
    one, two = (secret_file(f"token-{name}\n", name) for name in ("one", "two"))
    hosts = {
        "a.example": ({"bearer_file": str(one)}, "Bearer token-one"),
        "b.example": ({}, None),
        "c.example": ({"bearer_file": str(two)}, "Bearer token-two"),
        "d.example": ({"bearer_file": str(one)}, "Bearer token-one"),
    }
    register(api, hosts)
    before = api.connections
    with with_hosts({host: settings for host, (settings, _) in hosts.items()}) as program:
        for host, (_, shown) in list(hosts.items()) * 3:
            assert ask(program, host) == YES
            assert api.requests[-1].all("authorization") == ([shown] if shown else [])
    assert api.connections - before == 1  # the credentials do not matter for that


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
    register(api, hosts)
    register(other_api, hosts)
    for order in (list(hosts), list(reversed(hosts))):
        with with_hosts({host: settings for host, (settings, _) in hosts.items()}) as program:
            for host in order * 3:
                assert ask(program, host) == hosts[host][1], (host, program.log.lines[-1])


# What a host's settings add to those of all, and whether it has connections of its own then.
DIFFERENCES = {
    "url": (lambda api, pki, secret_file: {"url": api.url + "/elsewhere"}, True),
    "ca_file": (lambda api, pki, secret_file: {
        "ca_file": str(shutil.copy(api.ca_file, pki.folder / "copy.pem"))}, True),
    "pinned_keys": (lambda api, pki, secret_file: {"pinned_keys": pin(api.ca_file)}, True),
    "client_certificate": (lambda api, pki, secret_file: client(pki), True),
    "client_key": (lambda api, pki, secret_file: client(pki), True),
    "crl_file": (lambda api, pki, secret_file: {"crl_file": str(pki.crl("root-only"))}, True),
    "ocsp": (lambda api, pki, secret_file: {"ocsp": "required"}, True),
    "tls_min": (lambda api, pki, secret_file: {"tls_min": "1.3"}, True),
    "bearer_file": (lambda api, pki, secret_file: {
        "bearer_file": str(secret_file("token"))}, False),
    "basic_file": (lambda api, pki, secret_file: {
        "basic_file": str(secret_file("user:password"))}, False),
    "hmac_key_file": (lambda api, pki, secret_file: {
        "hmac_key_file": str(secret_file(KEY))}, False),
    "paths": (lambda api, pki, secret_file: {"paths": {"isuser": "a/exists"}}, False),
    "answer_binding": (lambda api, pki, secret_file: {"answer_binding": "required"}, False),
    "operations": (lambda api, pki, secret_file: {"operations": ["isuser"]}, False),
}


def client(pki):
    certificate, key = pki.client()
    return {"client_certificate": str(certificate), "client_key": str(key)}


@pytest.mark.parametrize("setting", SCHEMA["properties"]["hosts"]["additionalProperties"][
    "properties"])
def test_connections_are_shared_by_hosts_that_check_them_alike(
        with_hosts, api, pki, secret_file, setting):
    make, own = DIFFERENCES[setting]  # a new setting needs a decision
    api.binding = True
    before = api.connections
    with with_hosts({"a.example": {}, "b.example": make(api, pki, secret_file),
                     "c.example": {}}) as program:
        for host in ("a", "b", "c", "a", "c"):
            ask(program, f"{host}.example")
    assert api.connections - before == (2 if own else 1)


@pytest.mark.parametrize("count,rounds", [(64, 3), (70, 2)])
def test_connections_of_many_apis_are_kept(with_hosts, api, count, rounds):
    hosts = {f"h{number}.example": {"url": f"{api.url}/{number}"} for number in range(count)}
    before = api.connections
    with with_hosts(hosts) as program:
        for _ in range(rounds):
            for host in hosts:
                assert ask(program, host) == NO
    # the most recently used one is closed last
    assert api.connections - before == (count if count <= 64 else count * rounds)


def test_what_hosts_have_in_common_is_loaded_once(with_hosts, api, pki, place, secret_file):
    bundle = place / "bundle.pem"
    bundle.write_text(SYSTEM_BUNDLE.read_text() + api.ca_file.read_text())
    certificate, key = pki.client()
    memory = []
    for count in (1, 1000):
        with with_hosts({f"h{number}.example": {} for number in range(count)},
                        ca_file=str(bundle), client_certificate=str(certificate),
                        client_key=str(key), hmac_key_file=str(secret_file(KEY))) as program:
            assert ask(program, f"h{count - 1}.example") == NO
            now = status(program.serving())
            memory.append((int(now["VmRSS"].split()[0]), int(now["VmLck"].split()[0])))
            assert program.close() == (0, b"")
    assert memory[1][0] < memory[0][0] + 16 * 1024, "KiB in use, and locked: %s" % memory
    assert memory[1][1] == memory[0][1], "KiB in use, and locked: %s" % memory


@pytest.mark.parametrize("entry", ["xn--bcher-kva.example", "XN--Bcher-KVA.Example.",
                                   "b\u00fccher.example", "b\u00fccher.example."])
@pytest.mark.parametrize("asked", ["xn--bcher-kva.example", "b\u00fccher.example",
                                   "B\u00fccher.EXAMPLE."])
def test_a_host_is_found_in_whatever_form_it_is_written(with_hosts, api, entry, asked):
    register(api, [asked])
    with with_hosts({entry: {}}) as program:
        assert ask(program, asked) == YES
        assert ask(program, "Other.Example.") == NO
        line = program.log.wait_for("is not listed in")
        assert line["host"] == "other.example"


@pytest.mark.parametrize("host", ["LocalHost", "LOCALHOST"])
def test_a_url_is_compared_with_the_certificate_in_one_form(api, host):
    api.accounts.register("alice@example.org", "secret")
    with Program("--ca-file", api.ca_file, f"https://{host}:{api.port}") as program:
        assert ask(program, "example.org") == YES
        assert api.requests[-1].header("host") == f"localhost:{api.port}"


def test_a_name_that_does_not_fit_is_shown_as_it_was_compared(api):
    with Program("--ca-file", api.ca_file, f"https://IP6-Localhost:{api.port}",
                 "--log-level", "info") as program:
        assert ask(program, "example.org") == UNKNOWN
        reason = program.log.wait_for("message=request ")["reason"]
        assert "says ip6-localhost" in reason or "cannot connect" in reason, reason
