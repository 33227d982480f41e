# SPDX-License-Identifier: ISC
"""From the script, word for word: an API without TLS on the same machine."""
import subprocess

import pytest
from e2e.program import ALONE, NO, PATH, UNKNOWN, YES, Program

from .recipe import KINDS, OldApi, Recipe


@pytest.mark.parametrize("kind", KINDS)
def test_the_recipe_in_the_manual_works(place, kind):
    place.chmod(0o777)  # the log is created by the user that the program becomes
    recipe = Recipe(place)
    recipe.certificate.chmod(0o644)
    place.chmod(0o755)
    logs = place / "extauth.log"
    logs.touch()
    logs.chmod(0o666)
    with OldApi() as api, recipe.server(kind, api.port):
        checked = subprocess.run([PATH, "--check", "-q", *ALONE, *recipe.arguments()], text=True,
                                 capture_output=True, timeout=60, check=False)
        assert (checked.returncode, checked.stdout) == (0, ""), checked
        with Program(*recipe.arguments()) as program:
            assert program.ask("isuser:alice:localhost") == YES
            assert program.ask("isuser:bob:localhost") == NO
            assert program.ask("auth:alice:localhost:secret") == YES
            assert program.ask("auth:alice:localhost:wrong") == NO
            # what the script's API cannot do is refused without asking
            assert program.ask("setpass:alice:localhost:new") == UNKNOWN
            assert program.close() == (0, b"")
    text = logs.read_text()
    assert "verdict=granted" in text and "secret" not in text
    recipe.close()
