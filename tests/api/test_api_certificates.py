# SPDX-License-Identifier: ISC
"""Certificates, judged by a client that connects to an API which presents them."""

import re
import socket
import ssl
import stat
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from certificates import Authority, CertificateError, pin
from server import Api
from wire import SECONDS, trusting

NOW = datetime.now(timezone.utc)


def text(cert_file):
    """A certificate as `openssl x509 -text` shows it."""
    command = ["openssl", "x509", "-noout", "-text", "-in", cert_file]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def verdict(folder, authority, certificate, context=None, name="localhost"):
    """A client's verdict on a certificate: "fine", or the reason in OpenSSL's words."""
    context = context or trusting(authority.ca_file)
    with Api(folder, authority=authority, certificate=certificate, cost=2) as api:
        with socket.create_connection(("127.0.0.1", api.port), SECONDS) as tcp:
            try:
                context.wrap_socket(tcp, server_hostname=name).close()
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return "fine"


def test_a_plain_certificate_fits_the_names_and_addresses_of_this_machine(tmp_path):
    authority = Authority(tmp_path)
    certificate = authority.issue()
    for name in ("localhost", "127.0.0.1", "::1"):
        assert verdict(tmp_path, authority, certificate, name=name) == "fine"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"not_before": NOW - timedelta(9), "not_after": NOW - timedelta(8)}, "has expired"),
        ({"not_before": NOW + timedelta(8), "not_after": NOW + timedelta(9)}, "not yet valid"),
        ({"names": ["example.org"], "ips": []}, "Hostname mismatch"),
        ({"names": [], "ips": []}, "Hostname mismatch"),
        ({"extensions": {"subjectAltName": "DNS:*.localhost"}}, "Hostname mismatch"),
        ({"extensions": {"extendedKeyUsage": "clientAuth"}}, "certificate purpose"),
        ({"extensions": {"1.2.3.4": "critical,ASN1:NULL"}}, "unhandled critical extension"),
        ({"key_type": "RSA:2048"}, "fine"),
        ({"key_type": "ED25519"}, "fine"),
        ({"key_type": "EC:P-384", "digest": "sha384"}, "fine"),
        ({"not_after": datetime(2099, 1, 1, tzinfo=timezone.utc)}, "fine"),
    ],
)
def test_a_client_judges_a_certificate_by_what_was_asked_for(tmp_path, options, complaint):
    authority = Authority(tmp_path)
    assert complaint in verdict(tmp_path, authority, authority.issue(**options))


def test_a_certificate_of_another_authority_is_not_trusted(tmp_path):
    stranger = Authority(tmp_path / "stranger")
    authority = Authority(tmp_path)
    complaint = verdict(tmp_path, authority, stranger.issue())
    assert "unable to get local issuer certificate" in complaint


def test_an_intermediate_authority_is_trusted_only_when_it_is_sent_along(tmp_path):
    root = Authority(tmp_path)
    intermediate = Authority(tmp_path, "intermediate", issuer=root)
    certificate = intermediate.issue()
    assert verdict(tmp_path, root, certificate) == "fine"
    certificate = intermediate.issue(chain=False)
    assert "unable to get local issuer" in verdict(tmp_path, root, certificate)


def test_an_authority_can_be_as_bad_as_a_certificate(tmp_path):
    root = Authority(tmp_path)
    no_authority = {"basicConstraints": "critical,CA:FALSE"}
    impostor = Authority(tmp_path, "impostor", issuer=root, extensions=no_authority)
    assert "invalid CA certificate" in verdict(tmp_path, root, impostor.issue())
    past = {"not_before": NOW - timedelta(9), "not_after": NOW - timedelta(8)}
    expired = Authority(tmp_path, "expired", issuer=root, **past)
    assert "has expired" in verdict(tmp_path, root, expired.issue())


def test_a_revoked_certificate_is_on_the_list(tmp_path):
    authority = Authority(tmp_path)
    revoked, kept = authority.issue(name="revoked"), authority.issue(name="kept")
    context = trusting(authority.ca_file)
    context.load_verify_locations(authority.revoke([revoked[0]]))
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    assert verdict(tmp_path, authority, revoked, context) == "certificate revoked"
    assert verdict(tmp_path, authority, kept, context) == "fine"


def test_weak_keys_and_digests_can_be_had(tmp_path):
    certificate = text(Authority(tmp_path).issue(key_type="RSA:1024", digest="sha1")[0])
    assert "(1024 bit)" in certificate and "ecdsa-with-SHA1" in certificate


def test_an_extension_can_be_left_out(tmp_path):
    certificate = text(Authority(tmp_path).issue(extensions={"keyUsage": None})[0])
    assert "Key Usage: critical" not in certificate and "Extended Key Usage" in certificate


def test_a_pin_belongs_to_the_key_and_not_to_the_certificate(tmp_path):
    authority = Authority(tmp_path)
    first, key_file = authority.issue(name="first")
    again, _ = authority.issue(name="again", key_file=key_file)
    other, _ = authority.issue(name="other")
    assert pin(first) == pin(again) != pin(other)
    assert re.fullmatch(r"sha256//[A-Za-z0-9+/]{43}=", pin(first))


def test_what_is_there_is_used_again(tmp_path):
    first = Authority(tmp_path)
    assert first.issued() is None
    certificate = first.issue()
    before = first.ca_file.read_bytes()
    second = Authority(tmp_path)
    assert second.ca_file.read_bytes() == before
    assert second.issued() == certificate
    assert verdict(tmp_path, second, certificate) == "fine"


def test_keys_are_for_their_owner_only(tmp_path):
    authority = Authority(tmp_path)
    authority.issue()
    for key_file in (tmp_path / "ca.key", tmp_path / "server.key"):
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_the_settings_of_the_machine_do_not_matter(tmp_path, monkeypatch):
    settings = tmp_path / "openssl.cnf"
    # All algorithms off.
    settings.write_text(
        "openssl_conf = a\n[a]\nproviders = b\n[b]\nnull = c\n[c]\nactivate = 1\n"
    )
    monkeypatch.setenv("OPENSSL_CONF", str(settings))
    assert all(file.exists() for file in Authority(tmp_path / "folder").issue())


def test_a_request_openssl_cannot_serve_shows_what_it_said(tmp_path):
    with pytest.raises(CertificateError, match="genpkey -algorithm NONSENSE.*NONSENSE"):
        Authority(tmp_path, key_type="NONSENSE")


def test_a_missing_openssl_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CertificateError, match="install the package openssl"):
        Authority(tmp_path / "folder")
