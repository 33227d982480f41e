# SPDX-License-Identifier: ISC
"""Retired words are found wherever they stand, and the account nobody is not one of them."""
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("words", ROOT / "tests/words.py")
words = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(words)


@pytest.mark.parametrize("line", [
    "until somebody acts", " * Whoever asks again", "the file is looked at", "test_nobody_is_asked",
    'log_counter(&line, "left_alone", 0);', "it is left alone", "An API that is ill", "a log-in",
    "protected against whom", "what came of it", "it is heeded", 'it answers "unavailable"',
    'printf("answered \\"unavailable\\"");'])
def test_a_retired_word_is_found(line):
    assert len(list(words.complaints("fine\n" + line))) == 1, line


@pytest.mark.parametrize("line", [
    'SETTING(user, "nobody")', "isuser:nobody:example.org", "su nobody nogroup", "nobody@example.org",
    "String; default nobody.", "will, skill, still", "recommended", "a message is sent",
    "the API answers again", "it replies \"unavailable\""])
def test_other_words_are_not(line):
    assert not list(words.complaints(line)), line
