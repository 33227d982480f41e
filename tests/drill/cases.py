# SPDX-License-Identifier: ISC
"""What can be wrong, one thing at a time.

name      the XMPP host of the case, too
command   what ejabberd is told to start: {P} is the program with the CA that is right, {B} without
          one, {url} the API with a path for each thing that it can do wrong
works     whether a user can log in
log       words of the one line that names the cause; "": the program is never started
finding   words of what --check finds, and cure: of what it says to do about it
settings  of ejabberd for this host, instead of those for an external program
since     the ejabberd that knows these settings
"""
from dataclasses import dataclass, field


@dataclass
class Case:
    name: str
    command: str
    finding: str
    cure: str = ""
    log: str = ""
    works: bool = False
    settings: dict = field(default_factory=dict)
    own_node: bool = False  # it can make ejabberd give up for all hosts
    file: str = None  # what is in its settings file, {F}
    since: str = ""


def bad(name, command, log, finding=None, cure="", **options):
    return Case(name, command, finding or log, cure, log, **options)


def api(name, log, cure, *, path=None, options=""):
    """The API answers in a way that is none."""
    return bad(name, f"{{P}} {options} {{url}}/{path or name}", log, cure=cure)


CONTRACT = [
    *[api(f"html{status}", f"HTTP {status} for POST /html{status}/", "check the path")
      for status in (403, 404, 405, 500, 502)],
    api("html200", "it is HTML or XML", "check the path"),
    api("redirect", "the API redirects to https://elsewhere.example/", "true address"),
    api("bom", "byte order mark", "without BOM"),
    api("utf16", "it is in UTF-16", "in UTF-8"),
    api("latin1", "it is not in UTF-8", "in UTF-8"),
    api("notice", "a PHP error message", "display_errors"),
    api("nan", "NaN or Infinity", "leave them out"),
    api("string", "no single boolean", "not as a string"),
    api("missing", "no single boolean", "not as a string"),
    api("gzip", "content coding that was not requested: gzip", "switch off compression"),
    api("empty", "the answer is not one JSON object", "curl"),
    api("status202", "HTTP 202 for POST", "status 200 or 201"),
    api("refusal500", "HTTP 500 for POST", "with status 200, 400"),
    api("large", "length is not a number up to 64 KiB", "check that the URL leads"),
    api("two-lengths", "length more than once", "Content-Length"),
    api("login-lost", "HTTP 404 for POST /login-lost/login", "curl"),
    bad("bad-token", "{P} --log-level info {url}/unauthorized", "the API refuses",
        "the API rejects the program itself", "bearer_file"),
]

NETWORK = [
    bad("refused", "{P} https://localhost:{closed}", "cannot connect: Connection refused",
        cure="check that the API is running"),
    bad("hangs", "{P} --deadline 1 {url}/hangs", "no answer in time", cure="takes longer"),
    bad("silent", "{P} --deadline 1 --connect-timeout 1 https://localhost:{silent}",
        "no TLS connection in time", cure="no TLS server"),
    bad("no-name", "{P} https://nothing.invalid", "cannot connect: ",
        "nothing.invalid cannot be resolved", "spelling of the URL"),
    bad("plain-http", "{P} https://localhost:{plain}", "does not speak TLS on this port",
        cure="the port of HTTPS"),
    bad("closes", "{P} {url}/closes", "closed the connection without an answer",
        cure="see its log"),
    bad("cut", "{P} {url}/cut", "the answer was truncated", cure="see its log"),
]

TRUST = [
    bad("expired", "{P} https://localhost:{expired}", "has expired on", cure="renew"),
    bad("not-yet", "{P} https://localhost:{future}", "is not valid before", cure="clock"),
    bad("wrong-name", "{P} https://localhost:{othername}", "the URL says localhost",
        cure="correct the URL"),
    bad("untrusted", "{B} {url}/good", "which is not in /etc/ssl", cure="ca_file"),
    bad("other-ca", "{B} --ca-file {otherca} {url}/good", "which is not in", cure="ca_file"),
    bad("no-intermediate", "{P} https://localhost:{leafonly}", "which is not in",
        cure="must send its intermediate"),
    bad("wants-client", "{P} https://localhost:{mutual}", "client certificate",
        cure="client_certificate"),
    bad("tls13-only", "{P} --tls-min 1.3 https://localhost:{tls12}", "tls_min",
        cure="enable TLS 1.3"),
    bad("pin", "{P} --pinned-keys sha256//{zeros}= {url}/good", "is pinned",
        cure="the new key's pin"),
    bad("no-staple", "{P} --ocsp required {url}/good", "sent no OCSP response", cure="stapling"),
    bad("ca-missing", "{B} --ca-file /nonexistent/ca.pem {url}/good", "/nonexistent/ca.pem",
        cure="read the file"),
    bad("ca-unreadable", "{B} --ca-file {unreadable} {url}/good", "{unreadable}", cure="read the file"),
    bad("ca-rubbish", "{B} --ca-file {rubbish} {url}/good", "contains no CA certificates (PEM)",
        "did not start to serve", "standard error"),
    bad("token-open", "{P} --bearer-file {open} {url}/good", "others can read it", "chmod o=",
        "do what the line says"),
    bad("token-empty", "{P} --bearer-file {nothing} {url}/good", "first line is empty",
        "did not start to serve", "standard error"),
    bad("crl-missing", "{P} --crl-file /nonexistent/crl.pem {url}/good", "/nonexistent/crl.pem",
        cure="read the file"),
    bad("key-of-another", "{P} --client-certificate {cert} --client-key {otherkey} {url}/good",
        "is not the key of the certificate", "did not start to serve", "standard error"),
]

SETTINGS = [
    bad("bogus", "{P} --bogus 1 {url}/good", "refused to serve: ", "bogus", "extauth_program"),
    bad("http", "{P} http://localhost/good", "refused to serve: ", "http://", "extauth_program"),
    bad("no-url", "{P}", "refused to serve: ", "no URL is given", "extauth_program"),
    bad("no-value", "{P} {url}/good --deadline", "refused to serve: ", "needs a value",
        "extauth_program"),
    bad("twice", "{P} --deadline 3 --deadline 4 {url}/good", "refused to serve: ",
        "second time", "extauth_program"),
    bad("half-a-pair", "{P} --client-certificate {cert} {url}/good", "refused to serve: ",
        "client_key", "extauth_program"),
    bad("bad-pin", "{P} --pinned-keys sha256//short {url}/good", "refused to serve: ",
        "sha256//short", "extauth_program"),
    bad("relative", "{P} -c settings.json", "refused to serve: ", "absolute path",
        "extauth_program"),
    bad("no-file", "{B} -c /nonexistent/settings.json", "refused to serve: ",
        "/nonexistent/settings.json", "settings file"),
    bad("unreadable", "{B} -c {unreadable}", "refused to serve: ", "Permission denied",
        "settings file"),
    bad("not-json", "{B} -c {F}", "refused to serve: ", ":1:", "settings file", file="{{,"),
    bad("unknown-key", "{B} -c {F}", "refused to serve: ", "ulr", "settings file",
        file='{{"ulr": "{url}/good"}}'),
    bad("wrong-type", "{B} -c {F}", "refused to serve: ", "deadline", "settings file",
        file='{{"url": "{url}/good", "deadline": "soon"}}'),
    bad("key-twice", "{B} -c {F}", "refused to serve: ", "url", "settings file",
        file='{{"url": "{url}/good", "url": "{url}/good"}}'),
    bad("not-listed", "{B} -c {F}", "is not listed in", "not-listed.example", "add it to",
        file='{{"url": "{url}/good", "ca_file": "{ca}", "hosts": {{"other.example": {{}}}}}}'),
]

SERVER = [
    bad("internal", "{P} {url}/good", "", "auth_method is internal", "three lines",
        settings={"auth_method": ["internal"]}),
    bad("no-method", "{P} {url}/good", "", "auth_method is not set", "three lines",
        settings={"auth_method": None}),
    bad("no-program", "", "", "names no extauth_program", "extauth_program: "),
    bad("no-such-path", "/usr/local/libexec/no-extauth-https --ca-file {ca} {url}/good", "",
        "cannot be found", "restart the server", own_node=True),
    bad("not-executable", "{rubbish} {url}/good", "", "cannot execute it", "restart the server",
        own_node=True),
    bad("variable", "X=y {P} {url}/good", "", "extauth_program is X=y", "restart the server",
        own_node=True),
    bad("ends-at-once", "/bin/true {url}/good", "", "ended without a reply", "restart",
        own_node=True),
    bad("says-hello", "/bin/echo hello", "", "it sends an invalid reply", "restart",
        own_node=True),
]

GOOD = [
    Case("good", "{P} {url}/good", "it replies", works=True),
    Case("one-of-two", "{P} https://localhost:{closed} {url}/good", "Connection refused",
         "check that the API is running", works=True),
    Case("log-closed", "{P} --log /nonexistent/log {url}/good", "cannot be written",
         "make it writable", "cannot open the log", works=True),
    Case("metrics-closed", "{P} --metrics-file /nonexistent/metrics {url}/good",
         "cannot be written", "make that directory writable", works=True),
    Case("disk-full", "{P} --log {full}/log {url}/good", "the disk that holds", "free some space", works=True),
    Case("cache-on", "{P} {url}/good", "its own cache is on", "auth_use_cache: false", works=True,
         settings={"auth_use_cache": True}),
    Case("as-mongooseim", "{P} --server mongooseim {url}/good", "reported as a refusal",
         "remove --server", works=True),
    Case("wrapper", "{wrapper}", "is not this program", "extauth_program: ", works=True),
    Case("redirected", "{P} {url}/good 2>>{folder}/redirected", "cannot be compared",
         "without shell features", works=True),
]

# What a new ejabberd can be told.
NEW = [
    Case("user-exists", "{P} {url}/good", "users who have logged in once",
         "auth_external_user_exists_check: false", works=True, since="23.10"),
    Case("fast-tokens", "{P} {url}/good", "logs users in for 30 days without asking",
         "remove mod_auth_fast", works=True, settings={"modules": {"mod_auth_fast": {}}},
         since="24.12"),
    Case("stored-types", "{P} {url}/good", "SCRAM is offered, and refused",
         "remove auth_stored_password_types",
         settings={"auth_stored_password_types": ["scram_sha256"]}, since="25.03"),
    Case("hidden-plain", "{P} {url}/good", "the only way for clients without SASL2", "remove plain",
         works=True, settings={"auth_password_types_hidden_in_sasl1": ["plain"]}, since="25.07"),
]

CASES = CONTRACT + NETWORK + TRUST + SETTINGS + SERVER + NEW + GOOD
