# SPDX-License-Identifier: ISC
"""A row of the matrix with the certificates and files that it names."""

import namespaces
import pytest
from certificates import pin
from e2e.program import Program

from .pki import hide, openssl
from .servers import Setup

BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
HOSTS = "127.0.0.1 localhost auth.example.org api.auth.example.org example.org\n"

# What /etc/ssl/openssl.cnf may configure for all programs of a machine.
CONFIGURATIONS = {
    "lax": """
MinProtocol = None
CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0
SignatureAlgorithms = ECDSA+SHA1:RSA+SHA1:ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256
Options = UnsafeLegacyServerConnect,UnsafeLegacyRenegotiation,SessionTicket,Compression
""",
    "strict": "CipherString = DEFAULT:@SECLEVEL=3\n",
}
CONFIGURATION = "openssl_conf=all\n[all]\nssl_conf=tls\n[tls]\nsystem_default=rules\n[rules]\n"

OPTIONS = ("--log-level", "info", "--log-format", "json", "--connect-timeout", "15")
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


class Case:
    """A row with its certificates and files."""

    def __init__(self, row, pki, place):
        self.row, self.pki, self.place = row, pki, place
        leaf = dict(row.leaf)
        stray = leaf.pop("stray", None)
        self.cert_file, self.key_file = pki.leaf(row.by, **leaf)
        if stray:
            with self.cert_file.open("a") as file:
                file.write(pki.authority(stray).ca_file.read_text())

    def setup(self):
        server = {key: self.fill(value) for key, value in self.row.server.items()}
        if kind := server.get("staple"):
            about = self.pki.leaf(self.row.by)[0] if kind == "another" else self.cert_file
            kind = kind.replace("another", "good")
            server["staple"] = self.pki.staple(kind, about, self.row.by)
        return Setup(self.cert_file, self.key_file, **server)

    def fill(self, word):
        """@WHAT:WHO[:…] as the path or pin that it stands for."""
        if not isinstance(word, str) or not word.startswith("@"):
            return word
        what, _, who = word[1:].partition(":")
        if what == "pin":
            return pin(self.cert_file) if who == "leaf" else self.pki.pin_of(who)
        if what == "crl":
            return self.pki.crl(who)
        if what == "crl-against":
            return self.pki.crl_against(self.cert_file)
        if what == "dh":
            return self.pki.dh(int(who))
        if what == "ca":
            return self.pki.authority(who).ca_file
        if what == "hashed":
            return self.hashed(who)
        if what == "client":
            return self.client(who)
        return self.pki.authority(what).ca_file

    def client(self, who):
        """KEY-TYPE:crt, :key, or :old for the key in the format of its algorithm."""
        algorithm, _, rest = who.partition(":")
        parts = rest.split(":") if algorithm != "ED25519" else ["", *rest.split(":")]
        key_type = ":".join(filter(None, [algorithm, parts[0]]))
        files = self.pki.client(key_type, *parts[2:])
        if parts[1] == "crt":
            return files[0]
        if parts[1] == "key":
            return files[1]
        old = self.place / "old.key"
        command = "rsa" if algorithm == "RSA" else "ec"
        traditional = ["-traditional"] if algorithm == "RSA" else []
        openssl(command, *traditional, "-in", files[1], "-out", old)
        assert "BEGIN " + command.upper() in old.read_text()
        hide(old)
        return old

    def hashed(self, who):
        """A folder in the form that SSL_CERT_DIR requires."""
        folder = self.place / "hashed"
        folder.mkdir()
        (folder / "ca.pem").write_bytes(self.pki.authority(who).ca_file.read_bytes())
        openssl("rehash", folder)
        return folder

    def arguments(self, port):
        """The options of the row, and the URL."""
        options = [self.fill(word) for word in self.row.options.split()]
        if self.row.trust:
            itself = self.row.trust == "leaf"
            options += ["--ca-file", self.cert_file if itself else
                        self.pki.authority(self.row.trust).ca_file]
        return [*map(str, options), f"https://{self.row.host}:{port}"]

    def environment(self):
        name, _, value = self.row.env.partition("=")
        return ENVIRONMENT | ({name: str(self.fill(value))} if name else {})

    def program(self, port):
        return Program(*OPTIONS, *self.arguments(port), env=self.environment(),
                       prefix=self.prefix())

    def says(self):
        """The words of the row's reason."""
        return " ".join(str(self.fill(word)) for word in self.row.says.split())

    def prefix(self):
        """A mount namespace in which other names are known, or another system store."""
        mounts = {}
        if self.row.host.lower() not in ("localhost", "127.0.0.1"):
            mounts["/etc/hosts"] = self.place / "hosts"
            mounts["/etc/hosts"].write_text(HOSTS)
        if self.row.system:
            mounts[BUNDLE] = self.pki.authority(self.row.system).ca_file
        return mounting(mounts | configured(self.row.conf, self.place))


def configured(conf, place):
    """Mounts one of CONFIGURATIONS where the machine's is."""
    if not conf:
        return {}
    file = place / "openssl.cnf"
    file.write_text(CONFIGURATION + CONFIGURATIONS[conf])
    return {"/etc/ssl/openssl.cnf": file}


def mounting(mounts):
    """The words that run a command with files in place of others."""
    if not mounts:
        return ()
    if not namespaces.can_have("mount"):
        pytest.skip("needs root and mount namespaces, to change /etc for the program alone")
    script = "".join(f"mount --bind '{source}' '{target}' && "
                     for target, source in mounts.items())
    return ("unshare", "--mount", "sh", "-c", script + 'exec "$@"', "sh")
