# SPDX-License-Identifier: ISC
"""The manual pages name every option and key, and what they say of them is true."""
import json
import re
import subprocess

import pytest
from e2e.program import ALONE, PATH

from . import mdoc
from .table import SETTINGS, SOURCE, options_of_the_command_line

ELSEWHERE = "https://localhost:1"  # nothing listens there


def keys(section):
    found = mdoc.items("extauth-https.json.5", section)
    return {head.removeprefix("Cm "): body for head, body in found.items()}


def all_keys():
    return {**keys("SETTINGS OF AN API"), **keys("SETTINGS OF THE PROGRAM")}


def check(*arguments):
    """--check as (status, findings); findings are None when the settings are wrong."""
    result = subprocess.run([PATH, "--check", "--json", *ALONE, *map(str, arguments)], text=True,
                            capture_output=True, timeout=60, env={"PATH": "/bin"})
    return result.returncode, json.loads(result.stdout) if result.stdout else None


def test_the_table_is_read_whole():
    assert len(SETTINGS) == (SOURCE / "settings" / "settings.def").read_text().count("\nSETTING(")


@pytest.mark.parametrize("scope,section", [("API", "SETTINGS OF AN API"),
                                           ("ALL", "SETTINGS OF THE PROGRAM")])
def test_every_key_is_in_the_manual_and_no_other(scope, section):
    expected = {setting.key for setting in SETTINGS if setting.scope == scope}
    assert set(keys(section)) - {"hosts"} == expected
    assert "hosts" in all_keys()


def test_every_option_is_in_the_manual_and_no_other():
    documented = set()
    for head in mdoc.items("extauth-https.8", "OPTIONS"):
        for long, name in re.findall(r"\bFl (Fl )?([\w-]+)", head):
            documented.add(("--" if long else "-") + name)
    settings = {"--" + setting.key.replace("_", "-") for setting in SETTINGS}
    assert documented == settings | options_of_the_command_line()


@pytest.mark.parametrize("page", ["extauth-https.8", "extauth-https.json.5", "extauth-https-api.7"])
def test_headings_and_messages_are_shown_as_they_are_written(page):
    """mdoc(7) takes many a short word, such as No, for a macro."""
    shown = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=240"], input=mdoc.source(page),
                           text=True, capture_output=True, check=True).stdout
    shown = " ".join(re.sub(".\x08", "", shown).split())  # without overstrikes
    written = re.findall(r"^\.(?:Ss|It Li) (.+)", mdoc.source(page), re.M)
    assert len(written) > 5 or page.endswith(".5")
    for text in written:
        assert " ".join(mdoc.plain(text).replace(" , Li ", ", ").replace(" ,", ",").split()) in shown, text


def test_help_fits_on_a_screen_and_names_the_options_meant_for_it():
    shown = subprocess.check_output([PATH, "--help"], text=True)
    lines = shown.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    for setting in SETTINGS:
        assert (f"--{setting.key.replace('_', '-')} " in shown) == (setting.place == "HELP")
    for option in options_of_the_command_line() - {"-l", "-d", "--debug"}:
        assert option in shown


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_the_manual_tells_the_kind_of_a_key(setting):
    told = mdoc.sentence(all_keys()[setting.key])
    start = {"url": "String, or list of 1 to 16 strings;", "pin": "String, or list of 1 to 16 strings;",
             "operations": "String, or list of strings;", "path": "Absolute path", "path_name": "Object of strings;", "text": "String;",
             "log": "String: stderr, syslog or an absolute path;", "seconds": "Number of seconds from ",
             "choice": "String, one of " + setting.argument.replace("|", ", ") + ";"}
    assert told.startswith(start[setting.kind])


def told_default(key):
    match = re.search(r"default (\S+?)[,;]?( |$)", mdoc.sentence(all_keys()[key]))
    return match and match[1]


def test_the_defaults_in_the_table_are_the_program_s():
    _, findings = check(ELSEWHERE)
    shown = dict(finding["text"].split(" = ") for finding in findings
                 if finding["subject"] == "setting")
    del shown["url"]
    standard = {setting.key: setting.standard for setting in SETTINGS if setting.standard}
    assert standard.pop("log") == "stderr"  # which is not shown
    assert standard == shown


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_the_default_in_the_manual_is_the_table_s(setting):
    assert told_default(setting.key) == (setting.standard or None)


def test_the_defaults_that_depend_on_the_server_are_the_program_s():
    _, findings = check("--server", "mongooseim", ELSEWHERE)
    assert "deadline = 8" in [finding["text"] for finding in findings]
    assert mdoc.sentence(keys("SETTINGS OF THE PROGRAM")["deadline"]).endswith(
        "default 20, with server mongooseim 8")


def test_the_help_tells_the_defaults():
    shown = subprocess.check_output([PATH, "--help"], text=True)
    for setting in SETTINGS:
        if setting.place == "HELP" and setting.standard:
            assert f"{setting.help} ({setting.standard})\n" in shown


@pytest.mark.parametrize("key", [setting.key for setting in SETTINGS if setting.kind == "seconds"])
def test_the_limits_of_times_are_the_program_s(key):
    least, most = map(float, re.search(r"from ([\d.]+) to ([\d.]+);",
                                       mdoc.sentence(all_keys()[key])).groups())
    option = "--" + key.replace("_", "-")
    for value, right in [(least, True), (most, True), (most + 0.1, False), (least - 0.01, False)]:
        status, _ = check(f"{option}={value:g}", ELSEWHERE)
        assert (status != 2) == right, value


def literals():
    """All string literals of the source, those that continue each other joined."""
    found = ""
    for path in sorted(SOURCE.rglob("*.c")):
        text = re.sub(r"/\*.*?\*/|'\"'", "", path.read_text(), flags=re.S)
        text = re.sub(r'"\s*\n\s*"', "", text)
        found += "\n".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)) + "\n"
    return found.replace('\\"', '"')


PLACEHOLDER = r"\b(?:REASON|URL|PID|N|NAMES?|SUBJECT|ISSUER|FILE|DATE|PIN|TIME)\b|\b[56]4?\b"


def test_the_messages_in_the_manual_are_the_program_s():
    source = literals()
    heads = [head for head in mdoc.items("extauth-https.8", "DIAGNOSTICS") if
             head.startswith("Li ")]
    assert len(heads) > 25
    for head in heads:
        for message in head.removeprefix("Li ").split(" , "):
            # what comes from the C library is not in our source
            message = re.sub("^cannot connect: [A-Z].*", "cannot connect: REASON", message)
            for piece in re.split(PLACEHOLDER, message):
                assert piece.strip(' ()"') in source, message


def test_each_cause_has_its_cure_in_the_manual_and_is_found_by_its_words():
    table = re.findall(r'^CAUSE\((?:CONTRACT|TLS|NETWORK), ("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*"), '
                       r'("(?:[^"\\]|\\.)*")\)$',
                       (SOURCE / "operator" / "cause.def").read_text(), re.M)
    assert len(table) > 40
    page = " ".join(mdoc.plain(mdoc.source("extauth-https.8")).split())
    earlier = []
    for shown, words, cure in [map(json.loads, row) for row in table]:
        assert words in shown and " ".join((cure[0].upper() + cure[1:]).split()) in page
        assert not any(other in shown for other in earlier), shown
        earlier.append(words)


def commands_of_servers():
    """What servers are told to run in the manual, the script's own line aside."""
    text = "".join(mdoc.displays("extauth-https.8"))
    found = re.findall(r'(?:extauth_program: |program = )"(.*)"', text)
    # the script's own, and the one that tests/migration carries out
    return [command for command in found if "auth.py" not in command and ":8443" not in command]


def test_the_lines_for_servers_are_taken_by_the_program(place):
    commands = commands_of_servers()
    assert len(commands) == 3
    for command in commands:
        words = command.replace("https://auth.example.org", ELSEWHERE) \
            .replace("/var/log/ejabberd", str(place)).split()
        assert words[0] == "/usr/libexec/extauth-https"
        status, findings = check(*words[1:])
        assert status != 2
        assert f"url = {ELSEWHERE}/api" in [finding["text"] for finding in findings]


def test_the_script_s_line_needs_nothing_but_another_program(place):
    line, = re.findall('extauth_program: "/path/to/auth.py (.*)"',
                       "".join(mdoc.displays("extauth-https.8")))
    words = line.replace("/var/log/ejabberd", str(place)).split()
    for spelling in (words, ["-l" if word == "--log" else word for word in words], ["-d", *words],
                     ["--debug", *words], [*words[:-1], "--url", words[-1]]):
        status, findings = check(*[word.replace("https://auth.example.org", ELSEWHERE)
                                   for word in spelling])
        assert status != 2, spelling
        assert f"log = {place}" in [finding["text"] for finding in findings]
