# SPDX-License-Identifier: ISC
"""The JSON Schema says of a settings file what the program says of it."""
import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
from e2e.program import ALONE, PATH

from . import mdoc
from .table import SETTINGS

SCHEMA = json.loads(Path(PATH).with_name("extauth-https.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EXAMPLE = mdoc.FOLDER / "extauth-https.json"

URL = "https://localhost:1"  # nothing listens there
PIN = "sha256//" + "A" * 43 + "="
PAIR = {"client_certificate": "/c", "client_key": "/k"}


def alone(**keys):
    return {"url": URL, **keys}


def hosts(entries, **keys):
    return {"hosts": entries, **keys}


GOOD = [
    alone(), {"url": [URL]}, {"url": [URL] * 16}, {"url": "HTTPS://[::1]:1/a%40b/%20c/"},
    alone(ca_file="/a b"), alone(pinned_keys=PIN), alone(pinned_keys=[PIN] * 16), alone(**PAIR),
    alone(crl_file="/x"), alone(ocsp="required"), alone(tls_min="1.3"), alone(answer_binding="required"),
    alone(bearer_file="/x"),
    alone(basic_file="/x"), alone(hmac_key_file="/x"), alone(paths={}),
    alone(operations="auth"), alone(operations=["auth", "isuser", "removeuser3"]),
    hosts({"a": {"operations": ["auth"]}, "b": {}}, url=URL, operations=["isuser"]),
    alone(paths={"auth": "a/b%20c-._~", "removeuser3": "x" * 1000}), alone(server="mongooseim"),
    alone(server="prosody"),
    alone(deadline=0.1), alone(deadline=28), alone(deadline=1e1), alone(connect_timeout=0.1),
    alone(connect_timeout=28), alone(max_connection_age=1), alone(max_connection_age=86400),
    alone(user="www-data"), alone(landlock="required"), alone(walls="required"),
    alone(log="stderr"), alone(log="syslog"),
    alone(log="/var/log/x"), alone(log_level="debug"), alone(log_format="json"),
    alone(log_users="hash"), alone(stats_interval=0), alone(stats_interval=86400),
    alone(metrics_file="/x.prom"),
    hosts({"a": {}}, url=URL), hosts({"a": {"url": URL}}), hosts({"*.b": {"url": [URL]}}),
    hosts({"[::1]": {}, "bücher.example": {}}, url=URL),
    hosts({"a": dict(PAIR)}, url=URL), hosts({"a": {"client_key": "/k"}}, url=URL,
                                             client_certificate="/c"),
    hosts({"a": {"client_certificate": "/c"}}, url=URL, client_key="/k"),
    hosts({"a": {"client_key": "/k"}}, url=URL, **PAIR), hosts({"a": {}}, url=URL, **PAIR),
    hosts({"a": {"bearer_file": "/x"}, "b": {"basic_file": "/x"}, "c": {}}, url=URL),
    hosts({"a": {"bearer_file": "/x"}}, url=URL, bearer_file="/y"),
]

BAD = [
    {}, [], "x", 1, None, {"url": []}, {"url": [URL] * 17}, {"url": 1}, {"url": [URL, 1]},
    {"url": "http://localhost"}, {"url": "localhost"}, {"url": ""}, {"url": "https://"},
    {"url": "https://u:p@h/"}, {"url": "https:///h"}, {"url": "https:///u:p@h"}, {"url": "https://h/@"},
    {"url": "https://[fe80::1%25lo]"}, {"url": "https://[fe80::1%lo]"}, {"url": "https://h:0"},
    {"url": "https://h/?q"}, {"url": "https://h/#f"},
    {"url": "https://h/ x"}, {"url": "https://é"}, {"url": "ftp://h"},
    alone(bogus=1), alone(deadlin=1), {"ca-file": "/x", "url": URL}, {"$schema": "x", "url": URL},
    alone(ca_file="x"), alone(ca_file=""), alone(ca_file=1), alone(ca_file=["/x"]),
    alone(pinned_keys="x"), alone(pinned_keys=[]), alone(pinned_keys=[PIN] * 17),
    alone(pinned_keys=PIN + "="), alone(pinned_keys=PIN[:-1]), alone(client_certificate="/c"),
    alone(client_key="/k"), alone(ocsp="on"), alone(ocsp=True), alone(tls_min=1.2),
    alone(tls_min="1.1"), alone(bearer_file="/x", basic_file="/x"),
    alone(bearer_file="/x", hmac_key_file="/x"), alone(basic_file="/x", hmac_key_file="/x"),
    alone(paths="auth=x"), alone(paths={"login": "x"}), alone(paths={"auth": ""}),
    alone(paths={"auth": "/x"}), alone(paths={"auth": "a/../b"}), alone(paths={"auth": "a?b"}),
    alone(operations=[]), alone(operations="login"), alone(operations=["auth", "auth"]),
    alone(operations=["auth", 1]), alone(operations={"auth": "x"}), alone(operations=""),
    alone(paths={"auth": 1}), alone(paths={"auth": "x" * 1001}), alone(paths={"auth": "x" * 2000}),
    alone(server="jabberd2"), alone(server=None),
    alone(deadline=0.09), alone(deadline=28.1), alone(deadline="8"), alone(deadline=-1),
    alone(connect_timeout=0), alone(connect_timeout=29), alone(max_connection_age=0.5),
    alone(max_connection_age=86401), alone(user=""), alone(user=5), alone(landlock="off"),
    alone(walls="off"),
    alone(log="x.log"), alone(log=""), alone(log_level="verbose"), alone(log_level=1),
    alone(log_format="xml"), alone(log_users="no"), alone(stats_interval=-1),
    alone(stats_interval=86401), alone(metrics_file="x.prom"),
    alone(hosts={}), alone(hosts=[]), alone(hosts={"a": 1}), alone(hosts={"a@b": {}}),
    alone(hosts={"*": {}}), alone(hosts={"*.": {}}), alone(hosts={"": {}}), alone(hosts={"a b": {}}),
    alone(hosts={"*.*.a": {}}), alone(hosts={"a": {"server": "ejabberd"}}),
    alone(hosts={"a": {"deadline": 1}}), alone(hosts={"a": {"hosts": {}}}),
    alone(hosts={"a": {"bogus": 1}}), alone(hosts={"a": {"url": 7}}),
    alone(hosts={str(number): {} for number in range(1001)}),
    hosts({"a": {}}), hosts({"a": {"url": URL}, "b": {}}),
    hosts({"a": {"client_key": "/k"}}, url=URL), hosts({"a": {}}, url=URL, client_key="/k"),
    hosts({"a": dict(PAIR), "b": {}}, url=URL, client_certificate="/c"),
    hosts({"a": {"bearer_file": "/x"}}, url=URL, basic_file="/y"),
    hosts({"a": {"bearer_file": "/x", "basic_file": "/y"}}, url=URL),
    hosts({"a": {}}, url=URL, basic_file="/y", hmac_key_file="/x"),
]


def program_takes(path):
    """Whether the program finds no fault with the settings, wherever they lead."""
    result = subprocess.run([PATH, "--check", *ALONE, "-c", path], text=True, capture_output=True,
                            timeout=60, env={"PATH": "/bin"})
    assert result.returncode in (0, 1, 2)
    if result.returncode == 2:
        assert result.stderr.count("\n") == 1
    return result.returncode != 2


def verdicts(content, place):
    """What the program says without asking an API, and what the schema says."""
    path = place / "settings.json"
    path.write_text(json.dumps(content))
    return program_takes(path), VALIDATOR.is_valid(content)


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_setting_is_in_the_schema_and_no_other():
    keys = {setting.key for setting in SETTINGS}
    assert set(SCHEMA["properties"]) == keys | {"hosts"}
    in_hosts = SCHEMA["properties"]["hosts"]["additionalProperties"]["properties"]
    assert set(in_hosts) == {setting.key for setting in SETTINGS if setting.scope == "API"}


def test_every_setting_is_tried():
    assert {key for content in GOOD for key in content} == set(SCHEMA["properties"])


@pytest.mark.parametrize("content", GOOD, ids=lambda content: json.dumps(content)[:60])
def test_what_is_right_is_taken_by_both(content, place):
    assert verdicts(content, place) == (True, True)


@pytest.mark.parametrize("content", BAD, ids=lambda content: json.dumps(content)[:60])
def test_what_is_wrong_is_taken_by_neither(content, place):
    assert verdicts(content, place) == (False, False)


def test_the_example_is_the_one_in_the_manual():
    assert EXAMPLE.read_text() in mdoc.displays("extauth-https.json.5")


def test_the_program_takes_the_example(place):
    # copied: the source may lie where the user the program becomes cannot go
    copy = place / "extauth-https.json"
    copy.write_text(EXAMPLE.read_text().replace("example.org", "example.invalid"))
    assert program_takes(copy)
    assert VALIDATOR.is_valid(json.loads(EXAMPLE.read_text()))


@pytest.mark.parametrize("slip,meant", [
    ("deadlin", "deadline"), ("url_", "url"), ("ca-fil", "ca_file"), ("cafile", "ca_file"),
    ("logformat", "log_format"), ("hmac_keyfile", "hmac_key_file"), ("tls_mim", "tls_min"),
    ("pined_keys", "pinned_keys"), ("metrics_fiel", "metrics_file"), ("sever", "server"),
    ("stats_intervall", "stats_interval"), ("connection_timeout", "connect_timeout")])
def test_a_slip_of_the_finger_is_understood(place, slip, meant):
    path = place / "settings.json"
    path.write_text('{\n  "url": "%s",\n  "%s": 1\n}\n' % (URL, slip))
    result = subprocess.run([PATH, "--check", *ALONE, "-c", path], text=True, capture_output=True,
                            timeout=60, env={"PATH": "/bin"})
    assert (result.returncode, result.stdout) == (2, "")
    assert f"{path}:3: " in result.stderr
    if "-" not in slip:
        assert f'did you mean "{meant}"?' in result.stderr
    result = subprocess.run([PATH, "--check", f"--{slip.replace('_', '-')}", "1"], text=True,
                            capture_output=True, timeout=60, env={"PATH": "/bin"})
    assert f'did you mean "{meant}"?' in result.stderr
