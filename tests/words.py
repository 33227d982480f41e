#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
Retired words: what the field has a word for is not said in others (the glossary is in
src/README.md). Prints the places that use one, and the field's words; part of `make lint`.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# What is retired, and what is said instead.
RETIRED = {
    r"(?:some|any)(?:body|one)": "operator, user, attacker, client, caller, process",
    r"every(?:body|one)": "every user, all processes",
    r"nobody": "no user, no process, nothing",
    r"whoever|whomever": "a user who, a process that",
    r"people": "operators, users",
    r"mend(?:s|ed|ing)?": "fix",
    r"bur(?:y|ied|ies)": "reap",
    r"unasked": "refused_locally, unexpected",
    r"left[ _]alone": "circuit breaker open, short_circuited, unchanged",
    r"not[ _]understood": "malformed, invalid",
    r"that there is not": "missing, unset, that does not exist",
    r"(?:is|are|be|was|were) looked at": "is checked, is read",
    r"what(?:ever)? (?:has )?came of (?:it|that)": "the result",
    r"cannot be had": "is not available, cannot be created",
    r"good for nothing": "useless",
    r"is said to be": "is reported as",
    r"an ill|is ill|ill API": "unhealthy",
    r"log-ins?": "login",
    r"(?:against|by|for|to) whom": "which attacker, which user",
    r"whom (?:to (?:believe|trust)|the program|the worker)": "which certificates to accept, that the program",
    r"what (?:came|comes|had come) of": "the result of",
    r"heed(?:s|ed|ing)?": "honour, ignore",
    r"answer(?:s|ed|ing)? (?:\\*[\"&]+)unavailable": "reply (the API answers, the monitor replies)",
}
PATTERN = re.compile(r"(?<![A-Za-z])(?:" +
                     "|".join(f"(?P<r{i}>{word})" for i, word in enumerate(RETIRED)) + r")(?![A-Za-z])", re.I)

# The account nobody: its name in quotes, in an address, a path, an option or a setting; and NOBODY.
ACCOUNT = re.compile(r"""NOBODY|["'`=@:/]nobody|nobody["'`@:]|as-nobody|to_nobody|user_?\ (?:nobody|=\ nobody)|User\ nobody|(?:su|--reuid)\ nobody|
                         \.Cm\ nobody|^or\ nobody\.|default\ nobody\.""", re.X)
# Where the name of what was renamed is news.
NEWS = re.compile(r"^(?:NEWS\.md|tests/words\.py|tests/docs/test_words\.py)$")

SEARCHED = re.compile(r"^(?:src|doc|policy|tests|fuzz(?!/corpus)|prosody|debian)/|^(?:README|SECURITY|"
                      r"CONTRIBUTING)\.md$|^Makefile$")


def complaints(text):
    """(line, word, words of the field) of each retired word in a text."""
    for number, line in enumerate(text.split("\n"), 1):
        kept = ACCOUNT.sub("", line)
        for match in PATTERN.finditer(kept):
            yield number, match[0], list(RETIRED.values())[int(match.lastgroup[1:])]


def main():
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, text=True,
                           capture_output=True).stdout.split()
    found = 0
    for name in names:
        if not SEARCHED.match(name) or NEWS.match(name) or not (ROOT / name).exists():
            continue
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, word, instead in complaints(text):
            print(f"{name}:{number}: \"{word}\" is retired; say: {instead}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
