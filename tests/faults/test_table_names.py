# SPDX-License-Identifier: ISC
"""Faults of name resolution: the program runs where /etc/resolv.conf names a server of the tests."""
import os
import signal
import threading
from contextlib import ExitStack, contextmanager, suppress

import namespaces
import pytest
from e2e.program import UNKNOWN, YES, children_named
from name_server import NXDOMAIN, REFUSED, SERVFAIL, NameServer
from server import Api, bind
from trial import (CHEAP, GRANTED, SERVERS, UNAVAILABLE, Trial, cut, end, full_queue, in_order,
                   until)

AREA = "names"

pytestmark = namespaces.need("mount")  # and needs root, for port 53

# getaddrinfo() puts those first that have most in common with 127.0.0.1 (RFC 6724, rule 9).
DEAD, ALSO_DEAD, SILENT = "127.0.0.3", "127.0.0.4", "127.0.0.2"
HERE, ALSO_HERE = "127.0.0.64", "127.0.0.65"

NAME = "api.example"

OWN_RESOLVER = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'


@pytest.fixture(scope="module")
def name_server():
    with NameServer() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(authority):
    return authority.issue(names=[NAME], ips=[HERE], name="named")


@pytest.fixture(scope="module")
def named_api(new_place, authority, certificate):
    with Api(new_place(), address=HERE, authority=authority, certificate=certificate,
             cost=CHEAP) as running:
        running.accounts.register("alice@example.org", "secret")
        yield running


@pytest.fixture
def begin(start, place, name_server, named_api):
    """begin(server, *options) starts a program that asks our name server."""
    file = place / "resolv.conf"
    file.write_text(f"nameserver {name_server.address}\noptions timeout:1\n")
    name_server.answer = lambda query: query.addresses(HERE)

    def run(server, *options, name=NAME, **keywords):
        return Trial(start, server, *options, **keywords,
                     url=named_api.url.replace("localhost", name),
                     prefix=["unshare", "-m", "sh", "-c", OWN_RESOLVER, str(file)])

    return run


def fails(code):
    return lambda query: query.failure(code)


def gives(*addresses, **options):
    return lambda query: query.addresses(*addresses, **options)


def silence(query):
    return None


def garbage(query):
    return bytes(range(200))


def cut_short(query):
    return query.addresses(HERE)[:-2]


def more_announced_than_sent(query):
    return query.reply(0, b"", 60000)


def loses_the_first_of_each():
    seen = set()

    def answer(query):
        if query.type in seen:
            return query.addresses(HERE)
        return seen.add(query.type)

    return answer


# name, answer, verdict, words in the log, and where nothing else ends it the deadline
ROWS = [
    ("NXDOMAIN", fails(NXDOMAIN), UNAVAILABLE, "Name or service not known"),
    ("SERVFAIL", fails(SERVFAIL), UNAVAILABLE, "Temporary failure in name resolution"),
    ("REFUSED", fails(REFUSED), UNAVAILABLE, "Temporary failure in name resolution"),
    ("a name without addresses", gives(), UNAVAILABLE, "No address associated"),
    ("a name server that never answers", silence, UNAVAILABLE, "in name resolution", 2),
    ("a name server that sends garbage", garbage, UNAVAILABLE, "in name resolution", 2),
    ("an answer to another question", gives(HERE, id=0), UNAVAILABLE, "in name resolution", 2),
    ("an answer that is cut short", cut_short, UNAVAILABLE, "cannot connect"),
    ("an answer that promises more", more_announced_than_sent, UNAVAILABLE, "cannot connect"),
    ("a query is lost", loses_the_first_of_each(), GRANTED, ""),
    ("a dead address, a living one", gives(DEAD, HERE), GRANTED, ""),
    ("a living address, a dead one", gives(HERE, DEAD), GRANTED, ""),
    ("a silent address, a living one", gives(SILENT, HERE), GRANTED, ""),
    ("silent, dead and living addresses", gives(SILENT, DEAD, ALSO_DEAD, HERE), GRANTED, ""),
    ("silent, six dead, one living",
     gives(SILENT, DEAD, *(f"127.0.0.{i}" for i in range(4, 9)), HERE), GRANTED, "", 2),
    ("IPv6 refuses, IPv4 lives", gives("::1", HERE), GRANTED, ""),
    ("IPv6 has no route, IPv4 lives", gives("2001:db8::1", HERE), GRANTED, ""),
    ("all addresses dead", gives(DEAD, ALSO_DEAD, "::1"), UNAVAILABLE, "Connection refused"),
    ("all addresses silent", gives(SILENT), UNAVAILABLE, "timed out", 2),
    ("fifty dead addresses", gives(*(f"127.0.9.{i}" for i in range(1, 51))), UNAVAILABLE,
     "Connection refused"),
    ("an address where nothing can be", gives("0.0.0.1"), UNAVAILABLE, "cannot connect"),
    ("the broadcast address", gives("255.255.255.255"), UNAVAILABLE, "cannot connect"),
]


@contextmanager
def zone(name_server, named_api, answer):
    """The name server answers like this, and there is no connection to the API any more."""
    right = name_server.answer
    with full_queue(SILENT, named_api.port):
        cut(named_api)
        before, name_server.answer = name_server.queries, answer
        try:
            yield
            assert name_server.queries > before
        finally:
            name_server.answer = right


@pytest.mark.parametrize("answer,verdict,reason,deadline", [
    pytest.param(answer, verdict, reason, *deadline or [20], id=name)
    for name, answer, verdict, reason, *deadline in ROWS])
def test_row(begin, name_server, named_api, note, answer, verdict, reason, deadline):
    for server in SERVERS:
        trial = begin(server, "--connect-timeout", str(deadline / 2), deadline=deadline)
        reply, ms = trial.meets(zone(name_server, named_api, answer), verdict, reason)
        if server == SERVERS[0]:
            note(reply, ms)


@pytest.fixture
def second_api(new_place, authority, certificate, named_api):
    with Api(new_place(), address=ALSO_HERE, port=named_api.port, authority=authority,
             certificate=certificate, cost=CHEAP) as running:
        running.accounts.register("alice@example.org", "secret")
        yield running


def test_the_address_changes_and_the_old_one_dies(begin, name_server, named_api, second_api, note):
    trial = begin("ejabberd")
    trial.in_order()
    name_server.answer = gives(ALSO_HERE)
    named_api.stop()
    try:
        reply, ms, _ = trial.ask()
        trial.in_order()
    finally:
        named_api.start()
    assert reply == YES
    assert second_api.request_count == 3
    note(reply, ms)


def test_the_address_changes_and_the_old_one_lives(begin, name_server, named_api, second_api, note):
    """The kept connection becomes too old."""
    trial = begin("ejabberd", "--max-connection-age", "1")
    trial.in_order()
    name_server.answer = gives(ALSO_HERE)
    replies = set()

    def moved():
        reply, ms, _ = trial.ask()
        note(reply, ms)
        replies.add(reply)
        return second_api.request_count

    assert until(moved)
    assert replies == {YES}
    trial.in_order()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV],
                         ids=lambda number: f"the resolver is killed by {number.name}")
def test_the_resolver_is_killed(begin, name_server, named_api, note, number):
    def kill_resolver(query):
        for pid in children_named("extauth-resolve", trial.program.monitor):
            with suppress(ProcessLookupError):  # it was asked twice, and has just ended
                os.kill(pid, number)

    trial = begin("ejabberd")
    note(*trial.meets(zone(name_server, named_api, kill_resolver), UNAVAILABLE, "cannot connect"))
    trial.program.log.wait_for(f"was killed by signal {number}")


def test_the_host_hangs_up_while_a_name_is_looked_up(begin, name_server, named_api, note):
    trial = begin("ejabberd")
    trial.in_order()
    with zone(name_server, named_api, silence):
        before = name_server.queries
        trial.program.send("isuser:alice:example.org")
        assert until(lambda: name_server.queries > before)
        end(trial.program)
    note(b"")


def test_one_endpoint_has_no_name_and_the_next_one_lives(start, place, name_server, named_api,
                                                        note):
    file = place / "resolv.conf"
    file.write_text(f"nameserver {name_server.address}\n")
    name_server.answer = fails(NXDOMAIN)
    urls = "https://gone.example", "https://[::1]:9", named_api.url.replace("localhost", HERE)
    with ExitStack() as stack:
        stack.callback(named_api.requests.clear)
        program = start("--url", urls[0], "--url", urls[1], url=urls[2],
                        prefix=["unshare", "-m", "sh", "-c", OWN_RESOLVER, str(file)])
        in_order(program)
        line = program.log.wait_for("message=request ")
        assert line["endpoint"] == urls[2]
        assert program.ask("no such thing") == UNKNOWN
        note(YES, float(line["ms"]))
        end(program)


@pytest.mark.parametrize("name", [f"{NAME}.", "API.Example."])
def test_a_url_with_the_final_dot(begin, name_server, named_api, note, name):
    """It is looked up unchanged, without a search list, and compared with the certificate, which has
    no dot."""
    trial = begin("ejabberd", name=name)
    asked = []
    name_server.answer = lambda query: (asked.append(query), query.addresses(HERE))[1]
    reply, ms, line = trial.ask()
    assert line["verdict"] == GRANTED, line
    assert line["endpoint"] == f"https://{NAME}:{named_api.port}"
    assert asked
    note(reply, ms)
    end(trial.program)


# -- addresses at which TCP answers, and TLS does not come ------------------------------------------

@contextmanager
def no_tls(port):
    """TCP connects at once, because the kernel accepts connections; no server answers."""
    with bind(DEAD, port) as listener:
        listener.listen(16)
        yield


@contextmanager
def hangs_up(port, address=DEAD):
    """What listens there closes each connection."""
    with bind(address, port) as listener:
        listener.listen(16)
        over = threading.Event()

        def close_all():
            listener.settimeout(0.05)
            while not over.is_set():
                with suppress(TimeoutError):
                    listener.accept()[0].close()

        thread = threading.Thread(target=close_all)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@pytest.fixture
def stranger(new_place, named_api):
    """A server with a certificate without a trusted issuer."""
    @contextmanager
    def running(port):
        with Api(new_place(), address=DEAD, port=port, cost=CHEAP) as api:
            yield
            assert api.request_count == 0

    return running


@pytest.fixture(params=["speaks no TLS", "hangs up", "has another's certificate"])
def bad(request, stranger):
    return {"speaks no TLS": no_tls, "hangs up": hangs_up}.get(request.param, stranger)


def test_another_address_is_tried_inside_the_deadline(begin, name_server, named_api, note, bad):
    trial = begin("ejabberd", "--connect-timeout", "1", deadline=8)
    trial.in_order()
    name_server.answer = gives(DEAD, HERE)
    with bad(named_api.port):
        cut(named_api)
        reply, ms, line = trial.ask()
        assert (reply, line["verdict"]) == (YES, GRANTED), line
        assert ms < 2000
        for _ in range(3):  # and it is remembered
            cut(named_api)
            reply, again, line = trial.ask()
            assert (reply, line["verdict"]) == (YES, GRANTED), line
            assert again < 900
    note(reply, ms)
    end(trial.program)


def test_what_changes_something_is_asked_once(begin, name_server, named_api, note, bad):
    trial = begin("ejabberd", "--connect-timeout", "1", deadline=8)
    trial.in_order()
    name_server.answer = gives(DEAD, HERE)
    with bad(named_api.port):
        cut(named_api)
        before = named_api.request_count
        reply, ms, line = trial.ask("setpass")
        assert (reply, line["verdict"]) == (YES, GRANTED), line
        assert named_api.request_count == before + 1
    note(reply, ms)
    end(trial.program)


def test_no_address_speaks_tls(begin, name_server, named_api, note):
    """The reason is that of the first, and no time is spent twice."""
    trial = begin("ejabberd", "--connect-timeout", "1", deadline=8)
    trial.in_order()
    name_server.answer = gives(DEAD)
    with no_tls(named_api.port):
        cut(named_api)
        reply, ms, line = trial.ask()
    assert (reply, line["verdict"]) == (UNKNOWN, UNAVAILABLE)
    assert line["reason"] == "no TLS connection in time"
    assert ms < 1900
    note(reply, ms)
    end(trial.program)


def test_no_address_of_any_endpoint_speaks_tls(begin, name_server, named_api, note):
    """A worker that requests as many connections as there can be is no attacker."""
    url = named_api.url.replace("localhost", NAME)
    trial = begin("ejabberd", *(word for i in range(15) for word in ("--url", f"{url}/{i}")))
    trial.program.serving()
    worker = children_named("extauth-worker", trial.program.monitor)
    addresses = [f"127.0.0.{i}" for i in range(10, 18)]
    name_server.answer = gives(*addresses)
    with ExitStack() as listeners:
        for address in addresses:
            listeners.enter_context(hangs_up(named_api.port, address))
        reply, ms, line = trial.ask()
    assert (reply, line["verdict"]) == (UNKNOWN, UNAVAILABLE), line
    assert children_named("extauth-worker", trial.program.monitor) == worker, trial.program.log.text
    note(reply, ms)
    end(trial.program)


def test_a_bad_address_is_better_than_none(begin, name_server, named_api, note):
    """It works again, and the other one is gone."""
    trial = begin("ejabberd", "--connect-timeout", "1", deadline=8)
    trial.in_order()
    name_server.answer = gives(DEAD, HERE)
    with no_tls(named_api.port):
        cut(named_api)
        assert trial.ask()[0] == YES
    name_server.answer = gives(HERE)
    cut(named_api)
    reply, ms, _ = trial.ask()
    assert reply == YES
    note(reply, ms)
    end(trial.program)
