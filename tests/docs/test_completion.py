# SPDX-License-Identifier: ISC
"""The completion for bash offers what the program takes."""
import re
import subprocess
from pathlib import Path

import pytest
from e2e.program import PATH

from .table import SETTINGS, options_of_the_command_line

COMPLETION = Path(PATH).with_name("extauth-https.bash")

# As readline calls it: the words, of which the last one is being typed.
SCRIPT = """
set -u
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
[[ $(complete -p "$1") == "complete -F _extauth_https extauth-https" ]] || exit 1
_extauth_https "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"}
"""


def complete(*words, cwd="/"):
    result = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", SCRIPT, "bash", COMPLETION, "extauth-https", *words],
        text=True, capture_output=True, timeout=60, cwd=cwd, env={"PATH": "/usr/bin:/bin"})
    assert (result.returncode, result.stderr) == (0, "")
    return set(result.stdout.split())


def test_all_options_are_offered_and_no_other():
    settings = {"--" + setting.key.replace("_", "-") for setting in SETTINGS}
    assert complete("") == settings | options_of_the_command_line()


def test_what_the_help_names_is_offered():
    shown = subprocess.check_output([PATH, "--help"], text=True)
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", shown)) <= complete("")


def test_what_is_typed_already_is_completed():
    assert complete("--max") == {"--max-connection-age"}
    assert complete("https://example.org", "--log-l") == {"--log-level"}


@pytest.mark.parametrize("setting", [setting for setting in SETTINGS if setting.kind == "choice"],
                         ids=lambda setting: setting.key)
def test_the_words_of_a_choice_are_offered(setting):
    option, words = "--" + setting.key.replace("_", "-"), set(setting.argument.split("|"))
    assert complete(option, "") == words
    assert complete(option, "=", "") == words  # readline splits at =
    assert complete(option, "=") == words
    word = sorted(words)[0]
    assert complete(option, word) == {word}


def test_operations_are_offered_where_one_is_wanted():
    operations = {"auth", "isuser", "setpass", "tryregister", "removeuser", "removeuser3"}
    assert complete("--ask", "") == operations
    assert complete("--paths", "") == {f"{operation}=" for operation in operations}


@pytest.mark.parametrize("option", ["-c", "--ca-file", "--metrics-file", "--log", "-l"])
def test_files_are_offered_where_one_is_wanted(option, place):
    (place / "some.json").touch()
    assert complete(option, "so", cwd=place) == {"some.json"}
    assert complete(option, f"{place}/so") == {f"{place}/some.json"}


def test_users_are_offered_for_user():
    assert "nobody" in complete("--user", "nob")


def test_nothing_is_offered_where_nothing_is_known():
    assert complete("--url", "") == set()
    assert complete("--deadline", "") == set()
