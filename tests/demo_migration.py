# SPDX-License-Identifier: ISC
"""make demo-migration: from the Python script of 2014 to this program, as the manual has it.

An API as the script's users have it, without TLS; nginx in front of it with a self-signed
certificate; and the program with the script's own options. Exits non-zero when anything differs
from what it should be, and leaves nothing behind.
"""
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "api")]

from e2e.program import NO, UNKNOWN, YES, Program  # noqa: E402
from migration.recipe import OldApi, Recipe  # noqa: E402

STORY = [("isuser:alice:localhost", YES), ("isuser:bob:localhost", NO),
         ("auth:alice:localhost:secret", YES), ("auth:alice:localhost:wrong", NO),
         ("setpass:alice:localhost:new", UNKNOWN)]


def main(path):
    folder = Path(tempfile.mkdtemp(prefix="extauth-migration-"))
    folder.chmod(0o755)
    wrong = 0
    try:
        recipe = Recipe(folder)
        recipe.certificate.chmod(0o644)
        (folder / "extauth.log").touch()
        (folder / "extauth.log").chmod(0o666)
        with OldApi() as api, recipe.server("nginx", api.port):
            print(f"Before:  python auth.py -d -l {folder} http://localhost:{api.port}/auth/\n")
            print("$", recipe.fill(recipe.command))
            print(recipe.fill(recipe.files["nginx"], api.port))
            print(recipe.fill(recipe.line))
            with Program(*recipe.arguments(), path=shutil.copy(path, folder)) as program:
                for payload, expected in STORY:
                    reply = program.ask(payload)
                    wrong += reply != expected
                    print(f"  {payload:32} {reply.hex(' ')}" +
                          ("" if reply == expected else f"  WRONG: not {expected.hex(' ')}"))
                wrong += program.close() != (0, b"")
        recipe.close()
        print("\nThe log, which never has a password:")
        print("".join(f"  {line}\n" for line in
                      (folder / "extauth.log").read_text().splitlines() if "message=request" in line
                      or "without asking" in line))
    finally:
        shutil.rmtree(folder)
    print("All as it should be." if wrong == 0 else f"{wrong} of these are wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
