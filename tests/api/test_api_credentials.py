# SPDX-License-Identifier: ISC
"""The API's credentials: what is accepted, and that nothing is accepted twice."""

import hashlib
import hmac
import threading

import pytest
from credentials import Basic, Bearer, Signature
from http1 import Request
from wire import Wire

KEY = "0123456789abcdef0123456789abcdef"
NOW = 1790000000
NONCE = "00112233445566778899aabbccddeeff"
BODY = b'{"username":"juliet@example.org","password":"r0m30"}'

# the example of extauth-https-api(7)
EXAMPLE = "7a6b787b9770a3697c9f3717d4e8ec48a432addf5e687fd246498c4e1c9a93a7"


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def signature(clock):
    return Signature(KEY, clock=clock)


def asking(*authorization, method="POST", path="/api/login", body=BODY):
    headers = tuple(("Authorization", value) for value in authorization)
    return Request(1, method, path, headers, body, False)


def signed(signature=EXAMPLE, timestamp=NOW, nonce=NONCE):
    return (f"Extauth-HMAC-SHA256 timestamp={timestamp}, nonce={nonce}, signature={signature}")


def newly_signed(timestamp, nonce):
    digest = hashlib.sha256(BODY).hexdigest()
    text = f"POST\n/api/login\n{timestamp}\n{nonce}\n{digest}\n"
    return signed(hmac.new(KEY.encode(), text.encode(), "sha256").hexdigest(), timestamp, nonce)


def test_the_example_of_the_manual_passes(signature):
    assert signature.problem(asking(signed())) is None


@pytest.mark.parametrize("request_", [
    asking(signed(), method="PUT"), asking(signed(), path="/api/exists"),
    asking(signed(), path="/api/login?x"), asking(signed(), body=BODY + b" "),
    asking(signed(), body=b""), asking(signed(timestamp=NOW + 1)),
    asking(signed(nonce="0" * 32)), asking(signed("0" * 64)),
], ids=["method", "path", "query", "body", "no body", "timestamp", "nonce", "signature"])
def test_whatever_is_changed_breaks_the_signature(signature, request_):
    assert signature.problem(request_) == "the signature is wrong"
    # and does not use up the nonce of the genuine request
    assert signature.problem(asking(signed())) is None


def test_another_key_breaks_it_too(clock):
    assert Signature(KEY[::-1], clock=clock).problem(asking(signed())) == "the signature is wrong"


@pytest.mark.parametrize("value", [
    "", "Bearer x", signed().upper(), signed() + " ", signed() + ", x=y", signed(EXAMPLE[:-1]),
    signed(nonce=NONCE[:-1]), signed(timestamp="-1"), signed(timestamp="1e9"),
    signed(timestamp="\N{ARABIC-INDIC DIGIT ONE}")])
def test_what_is_no_signature_is_refused(signature, value):
    assert signature.problem(asking(value)) == "the Authorization header is not a signature"


@pytest.mark.parametrize("values", [(), (signed(), signed())])
def test_there_must_be_one_header(signature, values):
    assert "one Authorization header" in signature.problem(asking(*values))


@pytest.mark.parametrize("seconds,passes", [(-61, False), (-60, True), (60, True), (61, False)])
def test_a_request_is_good_for_a_minute(signature, clock, seconds, passes):
    clock.now += seconds
    problem = signature.problem(asking(signed()))
    assert problem is None if passes else "too old or in the future" in problem


@pytest.mark.parametrize("seconds", [0, 1, 60, 61, 120, 86400])
def test_no_request_passes_twice_whenever_it_comes(signature, clock, seconds):
    assert signature.problem(asking(signed())) is None
    clock.now += seconds
    assert signature.problem(asking(signed())) is not None


def test_a_request_from_the_future_does_not_pass_twice_either(signature, clock):
    clock.now -= 60
    assert signature.problem(asking(signed())) is None
    for seconds in (1, 60, 59):  # in all until its timestamp is a minute old
        clock.now += seconds
        assert signature.problem(asking(signed())) == "this request was here before"


def test_nonces_are_forgotten_when_their_time_is_over(signature, clock):
    for count in range(100):
        clock.now += 10
        assert signature.problem(asking(newly_signed(clock.now, f"{count:032x}"))) is None
        assert len(signature._seen) <= 7


def test_of_the_same_request_twice_at_once_one_passes(signature):
    problems = []
    threads = [threading.Thread(target=lambda: problems.append(signature.problem(asking(signed()))))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems.count(None) == 1


@pytest.mark.parametrize("credential,value,passes", [
    (Bearer("t0ken"), "Bearer t0ken", True), (Bearer("t0ken"), "Bearer t0ken2", False),
    (Bearer("t0ken"), "bearer t0ken", False), (Bearer("t0ken"), "t0ken", False),
    (Basic("api:s:ecret"), "Basic YXBpOnM6ZWNyZXQ=", True),
    (Basic("api:s:ecret"), "Basic YXBpOnM6ZWNyZXQ", False),
    (Basic("api:s:ecret"), "Bearer YXBpOnM6ZWNyZXQ=", False)])
def test_tokens_and_passwords_are_compared_whole(credential, value, passes):
    assert (credential.problem(asking(value)) is None) is passes


def test_a_wrong_credential_is_no_refusal(api):
    # otherwise the XMPP server would take it for a wrong password of the user
    api.credential = Bearer("t0ken")
    with Wire(api) as wire:
        status, head, body = wire.ask(head="Authorization: Bearer wrong\r\n")
        assert (status, b"success" in body, b"t0ken" in head + body) == (401, False, False)
        assert b"WWW-Authenticate: Bearer" in head
        status, _, body = wire.ask(head="Authorization: Bearer t0ken\r\n")
        assert (status, body) == (200, b'{"success": true}')
