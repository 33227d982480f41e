# SPDX-License-Identifier: ISC
"""The matrix: one line for each way in which a server can be good or bad.

Words that begin with @ stand for files and pins made on the spot: see fill() in case.py.
"""
import ssl
from dataclasses import dataclass, field

from .pki import EXPIRED, FUTURE, raw_name

BOTH = ("s_server", "nginx")
S_SERVER = ("s_server",)
NGINX = ("nginx",)


@dataclass(frozen=True)
class Row:
    """A server, a set-up of the program, and the result that is required.

    says     words of the reason in the log; none: the request is answered
    leaf     how the server's certificate differs from a good one: see Authority.issue()
    by       who issued it: see AUTHORITIES in pki.py; None: itself
    server   how the server differs from a good one: see Setup in servers.py
    options  of the program
    trust    the authority in ca_file; "leaf": the server's own certificate; None: no ca_file, so
             the system's store counts
    system   the authority in the system's store
    host     what the URL says
    conf     the machine's openssl.cnf: see CONFIGURATIONS in case.py
    on       which servers are asked
    env      what the environment holds besides
    """

    name: str
    says: str = ""
    leaf: dict = field(default_factory=dict)
    by: str = "root"
    server: dict = field(default_factory=dict)
    options: str = ""
    trust: str = "root"
    system: str = None
    host: str = "localhost"
    on: tuple = BOTH
    env: str = ""
    conf: str = ""


def key(key_type):
    return {"key_type": key_type}


def named(*names, ips=()):
    return {"names": names, "ips": ips}


def extension(**extensions):
    return {"extensions": extensions}


CN_ONLY = {"names": (), "ips": (), "subject": "/CN=localhost"}
TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3, WITHOUT_TLS = (
    {"versions": versions} for versions in ("1.0", "1.1", "1.2", "1.3", ""))
WEAK = {"weak": True}
ASKS = {"client_ca": "@other"}
INSISTS = ASKS | {"required": True}
SHOWS = "--client-certificate @client:{0}:crt --client-key @client:{0}:key"


def suite(name, **more):
    """A server with this one cipher suite of TLS 1.2."""
    return TLS_1_2 | {"ciphers": name} | more


GOOD = [
    Row("RSA 2048", leaf=key("RSA:2048")),
    Row("RSA 4096", leaf=key("RSA:4096")),
    Row("P-256", leaf=key("EC:P-256")),
    Row("P-384", leaf=key("EC:P-384")),
    Row("Ed25519", leaf=key("ED25519")),
    Row("one intermediate", by="inter"),
    Row("two intermediates", by="lower"),
    Row("wildcard", leaf=named("*.example.org"), host="auth.example.org"),
    Row("second of two names", leaf=named("www.example.org", "auth.example.org"),
        host="auth.example.org"),
    Row("name in capitals", leaf=named("auth.example.org"), host="AUTH.Example.ORG"),
    Row("IP address", leaf=named(ips=("127.0.0.1",)), host="127.0.0.1"),
    Row("name constraints kept", by="only-example", leaf=named("auth.example.org"),
        host="auth.example.org"),
    Row("TLS 1.2 only", server=TLS_1_2),
    Row("TLS 1.3 only", server=TLS_1_3),
    Row("tls_min 1.3", options="--tls-min 1.3"),
    Row("TLS 1.2, ECDHE, ChaCha20", server=suite("ECDHE-ECDSA-CHACHA20-POLY1305")),
    Row("TLS 1.2, DHE 2048, AES-GCM", leaf=key("RSA:2048"),
        server=suite("DHE-RSA-AES256-GCM-SHA384", dh="@dh:2048")),
    Row("client certificate asked, not shown", server=ASKS),
    Row("client certificate asked, shown", server=ASKS, options=SHOWS.format("EC:P-256")),
    Row("client certificate required, P-256", server=INSISTS, options=SHOWS.format("EC:P-256")),
    Row("client certificate required, RSA", server=INSISTS, options=SHOWS.format("RSA:2048")),
    Row("client certificate required, Ed25519", server=INSISTS, options=SHOWS.format("ED25519")),
    Row("client certificate required, TLS 1.2", server=INSISTS | TLS_1_2,
        options=SHOWS.format("EC:P-256")),
    Row("client certificate with chain", server={"client_ca": "@root", "required": True},
        options="--client-certificate @client:EC:P-256:crt:inter "
                "--client-key @client:EC:P-256:key:inter"),
    Row("client key in PKCS#1", server=INSISTS,
        options="--client-certificate @client:RSA:2048:crt --client-key @client:RSA:2048:old"),
    Row("client key in SEC1", server=INSISTS,
        options="--client-certificate @client:EC:P-256:crt --client-key @client:EC:P-256:old"),
    Row("pin on the leaf", by="inter", options="--pinned-keys @pin:leaf"),
    Row("pin on the intermediate", by="inter", options="--pinned-keys @pin:inter"),
    Row("pin on the root", by="inter", options="--pinned-keys @pin:root"),
    Row("backup pin", options="--pinned-keys @pin:other --pinned-keys @pin:root"),
    Row("CRL", by="inter", options="--crl-file @crl:good"),
    Row("staple", by="inter", server={"staple": "good"}, options="--ocsp required"),
    Row("staple, TLS 1.2", by="inter", server={"staple": "good"} | TLS_1_2,
        options="--ocsp required"),
    Row("staple about a leaf of the root", server={"staple": "good"}, options="--ocsp required"),
    Row("staple by a delegate of the CA", by="inter", server={"staple": "delegate"},
        options="--ocsp required"),
    Row("staple and CRL", by="inter", server={"staple": "good"},
        options="--ocsp required --crl-file @crl:good"),
    Row("a bad staple that was not requested", server={"staple": "revoked"}),
    Row("self-signed, and trusted as such", by=None, trust="leaf"),
    Row("system store", trust=None, system="root"),
]

BAD = [
    # who it is
    Row("expired", "has expired on", leaf=EXPIRED),
    Row("not yet valid", "is not valid before", leaf={"not_before": FUTURE}),
    Row("expired intermediate", 'test expired-ca" has expired on', by="expired-ca"),
    Row("wrong host", "is for www.example.org, the URL says auth.example.org",
        leaf=named("www.example.org"), host="auth.example.org"),
    Row("wrong host, several names", "is for a.example.org, b.example.org, the URL says localhost",
        leaf=named("a.example.org", "b.example.org")),
    Row("wrong IP address", "is for 127.0.0.2, the URL says 127.0.0.1",
        leaf=named(ips=("127.0.0.2",)), host="127.0.0.1"),
    Row("IP address as a DNS name", "127.0.0.1 (as a DNS name), the URL says 127.0.0.1",
        leaf=named("127.0.0.1"), host="127.0.0.1"),
    Row("common name only", "names no server", leaf=CN_ONLY),
    Row("wildcard two labels deep", "is for *.example.org, the URL says api.auth.example.org",
        leaf=named("*.example.org"), host="api.auth.example.org"),
    Row("wildcard for the bare domain", "is for *.example.org, the URL says example.org",
        leaf=named("*.example.org"), host="example.org"),
    Row("wildcard within a label", "is for a*.example.org, the URL says auth.example.org",
        leaf=named("a*.example.org"), host="auth.example.org"),
    Row("wildcard for a top-level domain", "is for *.org, the URL says example.org",
        leaf=named("*.org"), host="example.org"),
    Row("NUL in the name", "is for localhost?.example.org, the URL says localhost",
        leaf=extension(subjectAltName=raw_name(b"localhost\0.example.org"))),

    # which CA issued it
    Row("self-signed", "which is not in", by=None),
    Row("unknown CA", 'issued by "CN=extauth-https test other", which is not in', by="other"),
    Row("chain without its intermediate", 'issued by "CN=extauth-https test inter", which is not '
        "in", by="inter", leaf={"chain": False}),
    Row("only the intermediate is trusted", 'issued by "CN=extauth-https test root", which is not '
        "in", by="inter", trust="inter"),
    Row("only the server's own is trusted", 'issued by "CN=extauth-https test root", which is not '
        "in", trust="leaf"),
    Row("expired root", 'test expired-root" has expired on', by="expired-root",
        trust="expired-root"),
    Row("CA with CA:FALSE", "may not issue certificates", by="no-ca-flag"),
    Row("CA without basicConstraints", "may not issue certificates", by="no-constraints"),
    Row("CA without keyCertSign", "may not issue certificates", by="no-cert-sign"),
    Row("path length", "path length", by="below-no-path"),
    Row("name constraints, not permitted", "nameConstraints", by="only-example"),
    Row("name constraints, excluded", "nameConstraints", by="not-localhost"),
    Row("EKU of a client", "is not for servers",
        leaf=extension(extendedKeyUsage="clientAuth")),
    Row("EKU of a client at the CA", "is not for servers", by="client-ca"),
    Row("key usage without digitalSignature", "key usage",
        leaf=key("RSA:2048") | extension(keyUsage="critical,keyEncipherment")),
    Row("key usage keyCertSign", "key usage", leaf=extension(keyUsage="critical,keyCertSign")),
    Row("MD5 signature", "weak", by="rsa-ca", leaf={"digest": "md5"}, server=WEAK),
    Row("SHA-1 signature", "weak", leaf={"digest": "sha1"}, server=WEAK),
    Row("SHA-1 signature on the intermediate", "weak", by="sha1-ca", server=WEAK),
    Row("RSA 1024", "weak", leaf=key("RSA:1024"), server=WEAK),
    Row("RSA 1024 intermediate", "weak", by="weak-ca", server=WEAK),
    Row("unknown critical extension", "critical extension",
        leaf=extension(**{"1.2.3.4": "critical,DER:0500"})),
    Row("other ca_file, system store would do", "which is not in", trust="other", system="root"),
    Row("SSL_CERT_FILE", "which is not in /etc/ssl", trust=None, env="SSL_CERT_FILE=@ca:root"),
    Row("SSL_CERT_DIR", "which is not in /etc/ssl", trust=None, env="SSL_CERT_DIR=@hashed:root"),

    # whether it is still valid
    Row("CRL: leaf revoked", "is revoked", by="inter", options="--crl-file @crl-against:leaf"),
    Row("CRL: intermediate revoked", 'test inter" is revoked', by="inter",
        options="--crl-file @crl:revokes-inter"),
    Row("CRL expired", 'list of "CN=extauth-https test root" in', by="inter",
        options="--crl-file @crl:expired"),
    Row("CRL not yet valid", "not yet valid", by="inter", options="--crl-file @crl:future"),
    Row("CRL of the intermediate missing", 'no revocation list of "CN=extauth-https test inter"',
        by="inter", options="--crl-file @crl:root-only"),
    Row("staple missing", "sent no OCSP response", by="inter", options="--ocsp required"),
    Row("staple: revoked", "is revoked", by="inter", server={"staple": "revoked"},
        options="--ocsp required"),
    Row("staple: stale", "OCSP response has expired", by="inter", server={"staple": "stale"},
        options="--ocsp required"),
    Row("staple without an end", "has no expiry time", by="inter",
        server={"staple": "endless"}, options="--ocsp required"),
    Row("staple: signed by another CA", "not signed by the issuer", by="inter", server={"staple": "forged"},
        options="--ocsp required"),
    Row("staple: signed by another server", "not signed by the issuer", by="inter",
        server={"staple": "impostor"}, options="--ocsp required"),
    # from OpenSSL 3.6 on a server does not send it
    Row("staple about another certificate",
        "is for another" if ssl.OPENSSL_VERSION_INFO < (3, 6) else "no OCSP response", by="inter",
        server={"staple": "another"}, options="--ocsp required"),

    # whether it has the right name
    Row("pin: another leaf", "no key in the certificate chain is pinned; the API server's own key is "
        "@pin:leaf", by="inter", options="--pinned-keys @pin:other"),
    Row("pin: right key, unknown CA", "which is not in", by="other",
        options="--pinned-keys @pin:leaf"),
    Row("pin: CA sent but not in the chain", "no key in the certificate chain is pinned",
        leaf={"stray": "other"}, options="--pinned-keys @pin:other"),

    # protocol versions and suites
    Row("TLS 1.0 only", "neither TLS 1.2 nor 1.3", leaf=key("RSA:2048"), server=TLS_1_0 | WEAK),
    Row("TLS 1.1 only", "neither TLS 1.2 nor 1.3", leaf=key("RSA:2048"), server=TLS_1_1 | WEAK),
    Row("TLS 1.2 only, tls_min 1.3", "TLS 1.3", server=TLS_1_2, options="--tls-min 1.3"),
    Row("CBC only", "no cipher suite", server=suite("ECDHE-ECDSA-AES128-SHA256")),
    Row("RSA key exchange only", "no cipher suite", leaf=key("RSA:2048"),
        server=suite("AES128-GCM-SHA256")),
    Row("NULL only", "no cipher suite", leaf=key("RSA:2048"),
        server=suite("ECDHE-RSA-NULL-SHA", **WEAK)),
    Row("anonymous only", "no cipher suite", server=suite("AECDH-AES128-SHA", **WEAK)),
    Row("DHE with 1024 bits", "fewer than 2048 bits", leaf=key("RSA:2048"),
        server=suite("DHE-RSA-AES128-GCM-SHA256", dh="@dh:1024", **WEAK)),
    Row("client certificate required, none shown", "wants a client certificate", server=INSISTS,
        on=S_SERVER),
    Row("client certificate required, none, TLS 1.2", "client certificate",
        server=INSISTS | TLS_1_2, on=S_SERVER),
    Row("client certificate of another CA", "rejects the client certificate",
        server={"client_ca": "@root", "required": True}, options=SHOWS.format("EC:P-256"),
        on=S_SERVER),
    Row("plain HTTP on the port", "does not speak TLS", server=WITHOUT_TLS, on=NGINX),

    # what the machine's settings of OpenSSL cannot weaken
    Row("lax openssl.cnf: RSA 1024", "weak", leaf=key("RSA:1024"), server=WEAK, conf="lax"),
    Row("lax openssl.cnf: SHA-1", "weak", leaf={"digest": "sha1"}, server=WEAK, conf="lax"),
    Row("lax openssl.cnf: TLS 1.1", "neither TLS 1.2 nor 1.3", leaf=key("RSA:2048"),
        server=TLS_1_1 | WEAK, conf="lax"),
    Row("lax openssl.cnf: CBC", "no cipher suite", conf="lax",
        server=suite("ECDHE-ECDSA-AES128-SHA256", **WEAK)),
    Row("strict openssl.cnf: RSA 2048", "weak", leaf=key("RSA:2048"), conf="strict"),
]
