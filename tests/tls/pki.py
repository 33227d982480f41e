# SPDX-License-Identifier: ISC
"""All certificates and files of the matrix, made on first use."""
import base64
import functools
import os
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from certificates import Authority, pin

LONG_AGO = datetime.now(timezone.utc) - timedelta(days=60)
PAST = datetime.now(timezone.utc) - timedelta(days=2)
FUTURE = datetime.now(timezone.utc) + timedelta(days=1)

EXPIRED = {"not_before": LONG_AGO, "not_after": PAST}

# Authorities below the root: who signed them, and what else is special.
AUTHORITIES = {
    "root": (None, {}),
    "other": (None, {}),
    "expired-root": (None, EXPIRED),
    "inter": ("root", {}),
    "lower": ("inter", {}),
    "expired-ca": ("root", EXPIRED),
    "no-ca-flag": ("root", {"extensions": {"basicConstraints": "critical,CA:FALSE"}}),
    "no-constraints": ("root", {"extensions": {"basicConstraints": None}}),
    "no-cert-sign": ("root", {"extensions": {"keyUsage": "critical,cRLSign"}}),
    "client-ca": ("root", {"extensions": {"extendedKeyUsage": "clientAuth"}}),
    "no-path": ("root", {"extensions": {"basicConstraints": "critical,CA:TRUE,pathlen:0"}}),
    "below-no-path": ("no-path", {}),
    "only-example": ("root", {"extensions": {
        "nameConstraints": "critical,permitted;DNS:example.org"}}),
    "not-localhost": ("root", {"extensions": {
        "nameConstraints": "critical,excluded;DNS:localhost"}}),
    "sha1-ca": ("root", {"digest": "sha1"}),
    "rsa-ca": ("root", {"key_type": "RSA:2048"}),
    "weak-ca": ("root", {"key_type": "RSA:1024"}),
}


def raw_name(name):
    """A subjectAltName with these bytes as its only DNS name, as openssl.cnf takes it."""
    entry = b"\x82" + bytes([len(name)]) + name
    return "DER:" + (b"\x30" + bytes([len(entry)]) + entry).hex(":")


class Pki:
    """Certificates, lists and staples in a folder that any user may read."""

    def __init__(self, folder):
        self.folder = folder
        self._count = 0

    @functools.cache  # one Pki for a run
    def authority(self, name):
        issuer, options = AUTHORITIES[name]
        return Authority(self.folder, name, issuer and self.authority(issuer), **options)

    def leaf(self, by="root", **options):
        """A server's certificate with its chain, and its key; without `by` it signs itself."""
        self._count += 1
        name = f"leaf{self._count}"
        if by:
            return self.authority(by).issue(name=name, **options)
        itself = Authority(self.folder, name, extensions={
            "basicConstraints": "critical,CA:FALSE", "keyUsage": "critical,digitalSignature",
            "subjectAltName": "DNS:localhost"}, **options)
        return itself.ca_file, itself.key_file

    @functools.cache
    def client(self, key_type="EC:P-256", by="other", name=None, **options):
        """A client's (certificate, key); only the program may read the key."""
        name = name or "client-" + key_type.replace(":", "-").lower() + "-" + by
        files = self.authority(by).issue(
            name=name, names=(), ips=(), key_type=key_type,
            extensions={"extendedKeyUsage": "clientAuth"}, **options)
        hide(files[1])
        return files

    @functools.cache
    def crl(self, kind):
        """A file of revocation lists for chains through `inter`."""
        path = self.folder / f"lists-{kind}.pem"
        root, inter = self.authority("root"), self.authority("inter")
        revoked = {"revokes-inter": [inter.ca_file]}.get(kind, [])
        dates = EXPIRED if kind == "expired" else {}
        if kind == "future":
            dates = {"not_before": FUTURE}
        lists = [root.revoke(revoked, name=f"root-{kind}", **dates)]
        if kind != "root-only":
            lists.append(inter.revoke([], name=f"inter-{kind}"))
        path.write_text("".join(part.read_text() for part in lists))
        return path

    def crl_against(self, cert_file):
        """Revocation lists that name this certificate of `inter`."""
        path = cert_file.with_suffix(".crl")
        root, inter = self.authority("root"), self.authority("inter")
        lists = [root.revoke([], name=f"root-{path.stem}"),
                 inter.revoke([cert_file], name=f"inter-{path.stem}")]
        path.write_text("".join(part.read_text() for part in lists))
        return path

    def staple(self, kind, cert_file, by):
        """An OCSP response about a certificate, in DER. kind: good, revoked, stale, endless;
        forged, which another authority signed; delegate and impostor, signed by another key that
        the authority has certified for that purpose, or for another one."""
        path = cert_file.with_suffix(f".{kind}.der")
        issuer = self.authority(by)
        signer = issuer.ca_file, issuer.key_file
        if kind == "forged":
            signer = self.authority("other").ca_file, self.authority("other").key_file
        if kind in ("delegate", "impostor"):
            use = "OCSPSigning" if kind == "delegate" else "serverAuth"
            signer = self.leaf(by, extensions={"extendedKeyUsage": use})
        serial = openssl("x509", "-noout", "-serial", "-in", cert_file).strip().partition("=")[2]
        status = "R\t491231235959Z\t200101000000Z" if kind == "revoked" else "V\t491231235959Z\t"
        until = {"endless": []}.get(kind, ["-ndays", "1"])
        with tempfile.TemporaryDirectory() as scratch:
            index = Path(scratch, "index.txt")
            index.write_text(f"{status}\t{serial}\tunknown\t/CN=x\n")
            openssl("ocsp", "-index", index, "-CA", issuer.ca_file, "-rsigner", signer[0],
                    "-rkey", signer[1], "-issuer", issuer.ca_file, "-cert", cert_file,
                    "-respout", path, *until, when=PAST if kind == "stale" else None)
        return path

    @functools.cache
    def dh(self, bits):
        """Diffie-Hellman parameters: a named group, or the short one of RFC 2409, 6.2."""
        path = self.folder / f"dh{bits}.pem"
        if bits == 1024:
            prime = bytes.fromhex(OAKLEY_GROUP_2)
            number = b"\x02\x81\x81\0" + prime + b"\x02\x01\x02"
            text = base64.encodebytes(b"\x30\x81" + bytes([len(number)]) + number).decode()
            path.write_text(f"-----BEGIN DH PARAMETERS-----\n{text}-----END DH PARAMETERS-----\n")
        else:
            openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", f"group:ffdhe{bits}",
                    "-out", path)
        return path

    def pin_of(self, who):
        return pin(self.authority(who).ca_file)


OAKLEY_GROUP_2 = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E"
    "3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF"
    "5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF")


def hide(path):
    """Gives a file to the user that the program becomes when it is started as root."""
    path.chmod(0o600)
    if os.getuid() == 0:
        os.chown(path, 65534, 65534)


def openssl(*arguments, when=None):
    """Runs openssl with a clock that shows another time."""
    clock = ["faketime", when.strftime("%F %T UTC")] if when else []
    done = subprocess.run([*clock, "openssl", *map(str, arguments)], capture_output=True, text=True,
                          check=False, env=os.environ | {"OPENSSL_CONF": os.devnull})
    assert done.returncode == 0, done.stderr
    return done.stdout
