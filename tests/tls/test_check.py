# SPDX-License-Identifier: ISC
"""--check against real servers: what it prints about a good one, and about a bad one."""
import json
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from certificates import pin
from e2e.program import ALONE, PATH

from .case import Case
from .matrix import BAD, Row
from .servers import Nginx

# One of each kind; the texts are those of the matrix.
SAID = [
    "expired", "not yet valid", "wrong host", "wrong IP address", "common name only",
    "self-signed", "unknown CA", "chain without its intermediate", "CA with CA:FALSE",
    "name constraints, excluded", "EKU of a client", "SHA-1 signature", "RSA 1024",
    "CRL: leaf revoked", "CRL expired", "CRL of the intermediate missing", "staple missing",
    "staple: stale", "pin: another leaf", "TLS 1.1 only", "CBC only", "plain HTTP on the port",
]


def check(case, server, *options):
    """The exit status of --check, and what it found."""
    command = [*case.prefix(), PATH, "--check", "--json", *ALONE, "--connect-timeout", "15", *options,
               *case.arguments(server.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                          env=case.environment())
    return done.returncode, json.loads(done.stdout)


def texts(findings, level=None, subject=None):
    return [finding["text"] for finding in findings
            if level in (None, finding["level"]) and subject in (None, finding["subject"])]


@pytest.mark.parametrize("row", [row for row in BAD if row.name in SAID], ids=lambda row: row.name)
def test_what_is_wrong_is_said_as_in_the_log(row, pki, place):
    case = Case(row, pki, place)
    with Nginx(place, case.setup()) as server:
        status, findings = check(case, server)
        server.finish()
    failed = [finding for finding in findings if finding["level"] == "failed"]
    assert status == 1
    assert any(case.says() in finding["text"] for finding in failed), failed
    assert all(finding["cure"] for finding in failed)
    assert (server.contacted, server.received) == (True, b"")


def test_all_rows_that_are_to_be_said_exist():
    assert set(SAID) <= {row.name for row in BAD}


def test_a_good_server_is_shown_with_all_there_is_to_know(pki, place):
    case = Case(Row("good", by="inter"), pki, place)
    with Nginx(place, case.setup()) as server:
        status, findings = check(case, server)
    assert status == 0 and texts(findings, "failed") == []
    assert texts(findings, "ok", "certificate")[0] == "is for localhost, 127.0.0.1, ::1"
    chain = texts(findings, "ok", "certificate")[1:]
    files = [case.cert_file, *(pki.authority(name).ca_file for name in ("inter", "root"))]
    issuers = ["inter", "root", "root"]
    for number, (text, file, issuer) in enumerate(zip(chain, files, issuers, strict=True)):
        assert text.startswith(f'{number}: "CN=extauth-https test {file.stem}" issued by '
                               f'"CN=extauth-https test {issuer}", valid until 20')
        assert " UTC, " in text and " days left, " in text and text.endswith(f"pin {pin(file)}")
    assert texts(findings, "ok", "tls") == ["TLSv1.3, TLS_AES_256_GCM_SHA384"]
    assert "127.0.0.1" in texts(findings, "ok", "name")[0]
    assert "granted, HTTP status 200" in texts(findings, "ok", "contract")[0]


@pytest.mark.parametrize("days,level", [(13, "warning"), (14, "ok")])
def test_a_certificate_that_ends_soon_is_warned_of(days, level, pki, place):
    end = datetime.now(timezone.utc) + timedelta(days=days, hours=1)
    case = Case(Row("soon", leaf={"not_after": end}), pki, place)
    with Nginx(place, case.setup()) as server:
        status, findings = check(case, server)
    named = [finding for finding in findings if case.cert_file.stem in finding["text"]]
    assert (status, [finding["level"] for finding in named]) == (0, [level])
    assert f"{days} days left" in named[0]["text"]


@pytest.mark.parametrize("options,warnings,pins", [
    ("--pinned-keys @pin:root", ["only one key is pinned: if it is lost, no user can log in"],
     ["@pin:root is in the chain"]),
    ("--pinned-keys @pin:leaf --pinned-keys @pin:other", [],
     ["@pin:leaf is in the chain", "@pin:other is not in the chain"]),
])
def test_pins_are_looked_for_one_by_one(options, warnings, pins, pki, place):
    case = Case(Row("pins", options=options), pki, place)
    with Nginx(place, case.setup()) as server:
        status, findings = check(case, server)
    expected = [" ".join(case.fill(word) for word in text.split()) for text in pins]
    assert (status, texts(findings, "warning", "pin")) == (0, warnings)
    assert texts(findings, "ok", "pin") == expected
