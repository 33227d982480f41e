# SPDX-License-Identifier: ISC
"""Certificates for tests, made when needed with the openssl command line (3.0 or newer).

    authority = Authority(folder)
    cert_file, key_file = authority.issue(names=["localhost"], ips=["127.0.0.1"])

Everything in a certificate can be chosen, also what no sane authority would sign: a client under
test must refuse it.
"""

import base64
import hashlib
import os
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

KEY_TYPE = "EC:P-256"
CA_DAYS = 3650
SERVER_DAYS = 825
# Validity starts a little in the past, for clients whose clock is a little behind.
HEAD_START = timedelta(hours=1)

# OpenSSL's words for x509v3_config(5).
SERVER_EXTENSIONS = {
    "basicConstraints": "critical,CA:FALSE",
    "keyUsage": "critical,digitalSignature",
    "extendedKeyUsage": "serverAuth",
    "subjectKeyIdentifier": "hash",
    "authorityKeyIdentifier": "keyid",
}
AUTHORITY_EXTENSIONS = {
    "basicConstraints": "critical,CA:TRUE",
    "keyUsage": "critical,keyCertSign,cRLSign",
    "subjectKeyIdentifier": "hash",
}

# For `openssl ca`, and not `openssl x509`, which cannot set both ends of the validity before 3.4.
# `openssl req` does not start without [req]; -subj answers what it would ask.
CONFIGURATION = """
[req]
distinguished_name = anything
[ca]
default_ca = authority
[authority]
database = {scratch}/index.txt
new_certs_dir = {scratch}
policy = anything
unique_subject = no
rand_serial = yes
default_md = sha256
crl_extensions = list
[anything]
commonName = optional
organizationName = optional
countryName = optional
[list]
authorityKeyIdentifier = keyid
[extensions]
"""


class CertificateError(Exception):
    """openssl failed; the text is its output."""


class Authority:
    """A certificate authority in `folder`: `name`.pem and `name`.key, made when not there.

    With an `issuer`, another Authority, it is an intermediate one; without, it signs itself.
    The other options are those of issue(): an authority may be expired, weak, or lack CA:TRUE.
    """

    def __init__(
        self, folder, name="ca", issuer=None, days=CA_DAYS,
        *, key_type=KEY_TYPE, extensions=None, **options,
    ):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca_file = self.folder / f"{name}.pem"
        self.key_file = self.folder / f"{name}.key"
        self.issuer = issuer
        if not self.issued(name):
            extensions = AUTHORITY_EXTENSIONS | (extensions or {})
            _make_key(self.key_file, key_type)
            _make_certificate(self.ca_file, self.key_file, issuer, extensions, days, **options)

    def issue(
        self, names=("localhost",), ips=("127.0.0.1", "::1"), days=SERVER_DAYS, name="server",
        *, key_type=KEY_TYPE, key_file=None, chain=True, extensions=None, **options,
    ):
        """Makes `name`.pem and `name`.key in the folder; returns their (cert_file, key_file).

        names, ips   for which the certificate is valid; both empty: no subjectAltName
        days         how long it is valid
        key_type     "EC:P-256", "RSA:1024", "ED25519" …
        key_file     take this key instead of making one
        chain        append the intermediate authorities, which a server must send
        extensions   added to SERVER_EXTENSIONS, or instead of them; None drops one:
                     {"subjectAltName": "DNS:*.test", "extendedKeyUsage": "clientAuth"}
        subject      "/CN=…"; has no host name by default, as only subjectAltName may count
        digest       "sha256", "sha1" …
        not_before, not_after   datetime with a time zone; not_after goes before days
        """
        alternatives = [f"DNS:{host}" for host in names] + [f"IP:{ip}" for ip in ips]
        vouching = {"subjectAltName": ",".join(alternatives) or None}
        extensions = SERVER_EXTENSIONS | vouching | (extensions or {})
        cert_file = self.folder / f"{name}.pem"
        if key_file is None:
            key_file = self.folder / f"{name}.key"
            _make_key(key_file, key_type)
        _make_certificate(cert_file, key_file, self, extensions, days, **options)
        if chain:
            with cert_file.open("a") as file:
                file.writelines(step.ca_file.read_text() for step in self._intermediates())
        return cert_file, key_file

    def issued(self, name="server"):
        """The (cert_file, key_file) that were made earlier under this name, or None."""
        files = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        return files if all(file.exists() for file in files) else None

    def revoke(self, cert_files, name="crl", days=30, *, not_before=None, not_after=None):
        """Makes `name`.pem, a list of revoked certificates, and returns its path."""
        crl_file = self.folder / f"{name}.pem"
        not_before, not_after = _validity(days, not_before, not_after)
        with tempfile.TemporaryDirectory() as scratch:
            ca = ["ca", *_configure(scratch), "-cert", self.ca_file, "-keyfile", self.key_file]
            for cert_file in cert_files:
                _openssl(*ca, "-revoke", cert_file)
            validity = ["-crl_lastupdate", not_before, "-crl_nextupdate", not_after]
            _openssl(*ca, "-gencrl", *validity, "-out", crl_file)
        return crl_file

    def _intermediates(self):
        step = self
        while step.issuer:
            yield step
            step = step.issuer


def pin(cert_file):
    """The pin of a certificate's public key, as for curl: sha256//base64."""
    pem = _openssl("x509", "-noout", "-pubkey", "-in", cert_file).splitlines()
    der = base64.b64decode("".join(line for line in pem if not line.startswith("-")))
    return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()


def _make_key(key_file, key_type):
    algorithm, _, parameter = key_type.partition(":")
    arguments = ["-algorithm", algorithm]
    if parameter:
        option = "ec_paramgen_curve" if algorithm == "EC" else "rsa_keygen_bits"
        arguments += ["-pkeyopt", f"{option}:{parameter}"]
    _openssl("genpkey", *arguments, "-out", key_file)


def _make_certificate(
    cert_file, key_file, issuer, extensions, days,
    *, subject=None, digest="sha256", not_before=None, not_after=None,
):
    """Signs a certificate for a key, with the key itself when there is no issuer."""
    subject = subject or f"/CN=extauth-https test {cert_file.stem}"
    not_before, not_after = _validity(days, not_before, not_after)
    if issuer:
        signer = ["-cert", issuer.ca_file, "-keyfile", issuer.key_file]
    else:
        signer = ["-selfsign", "-keyfile", key_file]
    with tempfile.TemporaryDirectory() as scratch:
        request = Path(scratch, "request.pem")
        configuration = _configure(scratch, extensions)
        _openssl(
            "req", "-new", *configuration, "-key", key_file, "-subj", subject, "-out", request
        )
        _openssl(
            "ca", *configuration, *signer, "-batch", "-notext", "-preserveDN",
            "-md", digest, "-startdate", not_before, "-enddate", not_after,
            "-extensions", "extensions", "-in", request, "-out", cert_file,
        )


def _configure(scratch, extensions=None):
    """Writes openssl's configuration into a temporary folder; returns the option that names it."""
    file = Path(scratch, "openssl.cnf")
    lines = [f"{name} = {value}\n" for name, value in (extensions or {}).items() if value]
    file.write_text(CONFIGURATION.format(scratch=scratch) + "".join(lines))
    Path(scratch, "index.txt").touch()
    return ["-config", file]


def _validity(days, not_before, not_after):
    now = datetime.now(timezone.utc)
    ends = not_before or now - HEAD_START, not_after or now + timedelta(days=days)
    return [end.astimezone(timezone.utc).strftime("%Y%m%d%H%M%SZ") for end in ends]


def _openssl(*arguments):
    command = ["openssl", *map(str, arguments)]
    # The machine's own openssl.cnf may forbid the weak keys and digests that a test needs.
    environment = os.environ | {"OPENSSL_CONF": os.devnull}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
    except OSError as error:
        raise CertificateError(
            f"cannot run openssl: {error.strerror}; install the package openssl, or put the"
            " program's folder into PATH"
        ) from error
    if done.returncode:
        raise CertificateError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
