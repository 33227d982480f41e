# SPDX-License-Identifier: ISC
"""Credentials: accepted by an API that verifies them, read from files that only we can read, and
found nowhere else."""
import base64
import os
import signal
from pathlib import Path

import pytest
from certificates import Authority
from credentials import Basic, Bearer, Signature
from e2e.program import NO, UNKNOWN, YES, Program, children
from e2e.test_secrets import places_of
from wire import Wire

from .pki import hide, openssl

REQUEST = "isuser:alice:example.org"
SECRET = "geheim-0815-und-4711-und-noch-mehr-davon"
OTHER = SECRET[::-1]

KINDS = {
    # setting: the content of the file, and what the API then requires
    "bearer_file": ("{}", Bearer),
    "basic_file": ("api:{}", lambda secret: Basic(f"api:{secret}")),
    "hmac_key_file": ("{}", Signature),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def option(kind):
    return "--" + kind.replace("_", "-")


def content(kind, secret=SECRET):
    return KINDS[kind][0].format(secret) + "\n"


@pytest.fixture
def credential(api):
    """credential(kind, secret) makes the API require it."""
    def want(kind, secret=SECRET):
        api.credential = KINDS[kind][1](secret)

    yield want
    api.credential = None


def complaint(*options, url="https://localhost:1"):
    """What the program says when it is started so and does not serve."""
    with Program(*options, url) as program:
        line = program.log.wait_for("level=error")
        assert program.ask(REQUEST) == UNKNOWN
        assert "message=serving" not in program.log.text
        return line["message"].replace("\\", "")


# -- what the API believes ------------------------------------------------------------------------

@each_kind
def test_the_api_believes_it(kind, start, api, credential, secret_file):
    credential(kind)
    program = start(option(kind), secret_file(content(kind)))
    assert [program.ask(f"isuser:{name}:example.org") for name in ("alice", "nobody")] == [YES, NO]
    assert program.ask("auth:alice:example.org:secret") == YES


@each_kind
def test_another_one_is_no_refusal_of_the_user(kind, start, api, credential, secret_file):
    credential(kind)
    program = start(option(kind), secret_file(content(kind, OTHER)))
    assert program.ask(REQUEST) == UNKNOWN
    assert program.log.wait_for("verdict=unavailable")["status"] == "401"


@each_kind
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\nsecond line\n", "\n\n"])
def test_the_first_line_counts_without_its_end(kind, end, start, credential, secret_file):
    credential(kind)
    program = start(option(kind), secret_file(content(kind).rstrip() + end))
    assert program.ask(REQUEST) == YES


def test_each_request_is_signed_anew(start, api, credential, secret_file):
    credential("hmac_key_file")
    program = start("--hmac-key-file", secret_file(SECRET))
    for _ in range(20):
        assert program.ask(REQUEST) == YES
    values = {request.header("authorization") for request in api.requests}
    assert len(api.requests) == len(values) == 20


def test_a_request_that_was_overheard_is_good_for_nothing(start, api, credential, secret_file):
    credential("hmac_key_file")
    assert start("--hmac-key-file", secret_file(SECRET)).ask(REQUEST) == YES
    seen = api.requests[-1]
    lines = "".join(f"{name}: {value}\r\n" for name, value in seen.headers)
    with Wire(api) as wire:
        wire.send(f"POST {seen.path} HTTP/1.1\r\n{lines}\r\n".encode() + seen.body)
        status, _, body = wire.answer()
    assert (status, body) == (401, b"this request was here before\n")


def test_the_path_of_the_url_is_signed_too(start, api, credential, secret_file):
    credential("hmac_key_file")
    program = start("--hmac-key-file", secret_file(SECRET), url=f"{api.url}/a/b~c/")
    assert program.ask(REQUEST) == YES
    assert api.requests[-1].path == "/a/b~c/exists"


# -- where it must not be found -------------------------------------------------------------------

def shown_by(pid):
    """What any process, or root, could read of this one."""
    names = ("cmdline", "environ") if os.getuid() == 0 else ("cmdline",)
    return b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in names)


@each_kind
@pytest.mark.parametrize("what", ["answered", "not believed", "not trusted", "no connection"])
def test_it_is_sent_to_no_other_server(kind, what, start, api, credential, secret_file, pki):
    credential(kind, OTHER if what == "not believed" else SECRET)
    file = secret_file(content(kind))
    options = ["--pinned-keys", pki.pin_of("other")] if what == "not trusted" else []
    url = "https://localhost:1" if what == "no connection" else None
    program = start(option(kind), file, *options, url=url, log_level="debug",
                    env={"PATH": "/usr/bin:/bin"})
    worker = program.serving()
    reply = program.ask(REQUEST)
    assert reply == (YES if what == "answered" else UNKNOWN)
    program.log.wait_for("message=request")
    shown = shown_by(program.monitor) + shown_by(worker) + program.log.text.encode()
    for trace in traces(kind):
        assert trace not in shown
    assert os.fsencode(file) in shown  # otherwise the wrong places were searched


def traces(kind):
    """Pieces of a credential, in the forms in which it is processed."""
    text = content(kind).strip().encode()
    return [SECRET.encode(), SECRET[:10].encode(), base64.b64encode(text)[:12], text.hex().encode()]


@each_kind
@pytest.mark.parametrize("text", ["{}\x01", "{}\N{EURO SIGN} \x7f", "{}" * 300])
def test_no_error_repeats_it(kind, text, secret_file):
    text = content(kind).replace(SECRET, text.format(*[SECRET] * 300))
    path = secret_file(text)
    said = complaint(option(kind), path)
    assert str(path) in said and "geheim" not in said


# -- files ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", [*KINDS, "client_key"])
@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o601])
def test_a_file_that_is_open_to_others_is_refused_by_name(kind, mode, secret_file, pki):
    path = secret_file(content("bearer_file"))
    path.chmod(mode)
    options = [option(kind), path]
    if kind == "client_key":
        options += ["--client-certificate", pki.client()[0]]
    said = complaint(*options)
    assert f"{path}: others can" in said and f"chmod o= {path}" in said


@each_kind
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o660])
def test_a_file_that_is_closed_to_others_is_read(kind, mode, start, credential, secret_file):
    credential(kind)
    path = secret_file(content(kind))
    path.chmod(mode)
    assert start(option(kind), path).ask(REQUEST) == YES


@each_kind
@pytest.mark.parametrize("text,said", [
    ("", "empty"), ("\n", "empty"), ("\r\n", "empty"), (f"\n{SECRET}\n", "empty"),
    (SECRET + "\0", "control character"), ("a:" + "x" * 9000, "smaller than")])
def test_what_cannot_be_a_credential_is_refused_by_name(kind, text, said, secret_file):
    path = secret_file(text)
    heard = complaint(option(kind), path)
    assert said in heard and str(path) in heard


@pytest.mark.parametrize("kind,text,said", [
    ("bearer_file", "two words", "without spaces"), ("bearer_file", "\xfc", "printable ASCII"),
    ("basic_file", "no colon", "not user:password"),
    ("hmac_key_file", "x" * 31, "shorter than 32 characters; make one with: openssl rand")])
def test_each_kind_has_its_own_rules(kind, text, said, secret_file):
    assert said in complaint(option(kind), secret_file(text))


@pytest.mark.parametrize("kind", [*KINDS, "client_key"])
def test_a_file_that_is_not_there_is_named(kind, place, pki):
    more = ["--client-certificate", pki.client()[0]] if kind == "client_key" else []
    assert f"{place}/none: cannot be opened: No such file" in complaint(
        option(kind), place / "none", *more)
    assert f"{place}: " in complaint(option(kind), place, *more)


@pytest.mark.parametrize("kinds", [("bearer_file", "basic_file"), ("basic_file", "hmac_key_file"),
                                   ("bearer_file", "hmac_key_file"), tuple(KINDS)])
def test_only_one_kind_can_be_used(kinds, secret_file):
    options = [word for kind in kinds
               for word in (option(kind), secret_file(content(kind), name=kind))]
    assert "exclude each other" in complaint(*options)


# -- files that are replaced ----------------------------------------------------------------------

@each_kind
def test_a_replaced_file_is_read_on_a_hangup_signal(kind, start, credential, secret_file):
    credential(kind)
    program = start(option(kind), secret_file(content(kind)))
    assert program.ask(REQUEST) == YES
    credential(kind, OTHER)
    assert program.ask(REQUEST) == UNKNOWN
    secret_file(content(kind, OTHER))
    program.signal(signal.SIGHUP)
    program.serving(2)
    assert program.ask(REQUEST) == YES


def test_a_replaced_file_is_noticed_without_a_signal(start, credential, secret_file):
    credential("bearer_file")
    program = start("--bearer-file", secret_file(content("bearer_file")))
    program.serving()
    credential("bearer_file", OTHER)
    secret_file(content("bearer_file", OTHER))
    program.log.wait_for("has changed", 30)
    program.serving(2)
    assert program.ask(REQUEST) == YES


@each_kind
@pytest.mark.parametrize("wrong", ["empty", "open to others", "gone"])
def test_a_wrong_new_file_leaves_the_old_credential_in_force(kind, wrong, start, credential,
                                                             secret_file):
    credential(kind)
    path = secret_file(content(kind))
    program = start(option(kind), path)
    program.serving()
    if wrong == "empty":
        secret_file("")
    elif wrong == "gone":
        path.unlink()
    else:
        path.chmod(0o644)
    program.signal(signal.SIGHUP)
    assert str(path) in program.log.wait_for("level=error")["message"]
    program.log.wait_for("keeping the current settings")
    assert program.ask(REQUEST) == YES


# -- client certificates --------------------------------------------------------------------------

def test_a_key_of_another_certificate_is_refused_at_the_start(pki):
    certificate, _ = pki.client()
    _, key = pki.client(by="other", name="stranger")
    said = complaint("--client-certificate", certificate, "--client-key", key)
    assert f"{key}: is not the key of the certificate in {certificate}" in said


def test_a_key_of_another_kind_is_refused_at_the_start(pki):
    certificate, _ = pki.client()
    _, key = pki.client("RSA:2048")
    said = complaint("--client-certificate", certificate, "--client-key", key)
    assert f"{key}: is not the key of the certificate in {certificate}" in said


@pytest.mark.parametrize("given", ["client_certificate", "client_key"])
def test_a_certificate_and_its_key_need_each_other(given, pki):
    path = pki.client()[given == "client_key"]
    assert "need each other" in complaint(option(given), path)


def test_a_key_with_a_passphrase_is_refused_by_name(pki, secret_file):
    certificate, key = pki.client()
    locked = key.with_suffix(".locked")
    openssl("pkey", "-in", key, "-aes256", "-passout", "pass:x", "-out", locked)
    hide(locked)
    said = complaint("--client-certificate", certificate, "--client-key", locked)
    assert f"{locked}: cannot read a private key (PEM, without passphrase)" in said


def test_a_certificate_that_is_too_weak_is_refused_by_name(place):
    certificate, key = Authority(place).issue(name="weak", key_type="RSA:1024")
    hide(key)
    said = complaint("--client-certificate", certificate, "--client-key", key)
    assert str(certificate) in said


@pytest.mark.parametrize("setting", ["ca_file", "crl_file", "client_certificate"])
@pytest.mark.parametrize("text", ["", "no certificate\n", "-----BEGIN CERTIFICATE-----\nAAAA\n"
                                  "-----END CERTIFICATE-----\n"])
def test_a_file_without_what_it_should_hold_is_named(setting, text, place, pki):
    path = place / "file.pem"
    path.write_text(text)
    more = ["--client-key", pki.client()[1]] if setting == "client_certificate" else []
    assert f"{path}: " in complaint(option(setting), path, *more)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to read the memory of other processes")
def test_the_monitor_does_not_hold_the_client_key(start, pki):
    certificate, key = pki.client()
    program = start("--client-certificate", certificate, "--client-key", key)
    worker = program.serving()
    assert program.ask(REQUEST) == YES
    text = openssl("pkey", "-in", key, "-noout", "-text").split("priv:")[1].split("pub:")[0]
    number = bytes.fromhex("".join(text.split()).replace(":", ""))[-32:]
    pem = key.read_bytes().splitlines()[1]
    for needle in (number, number[::-1], pem):  # OpenSSL keeps numbers lowest digit first
        assert places_of(needle, program.monitor) == []
    assert places_of(number[::-1], worker)  # it must be somewhere
    assert places_of(pem, worker) == []


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to look at descriptors of others")
def test_workers_have_no_files_open(start, secret_file, credential):
    credential("bearer_file")
    program = start("--bearer-file", secret_file(content("bearer_file")))
    program.serving()
    assert program.ask(REQUEST) == YES
    for pid in [program.monitor, *children(program.monitor)]:
        names = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
        assert not any("extauth-" in name for name in names)
