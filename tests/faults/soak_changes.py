#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Files, links, directories, certificates and tokens replaced at random under a program that is asked
all the time: soak_changes.py [--seconds 600] [--seed N]

No reply may be wrong, and no question lost: what a program has not answered when it ends, the next
one is asked, as ejabberd does it. "Unavailable" is right only for a moment, while two files that
belong together are on their way; how often it was said is told.
"""
import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [path for path in (str(FOLDER.parent / "api"), str(FOLDER.parent), str(FOLDER))
                if path not in sys.path]

from certificates import Authority  # noqa: E402
from credentials import Credential  # noqa: E402
from e2e.program import NO, UNKNOWN, YES  # noqa: E402
from xmpp_server import RIGHT, WRONG, XmppServer  # noqa: E402
from server import Api, tls_context  # noqa: E402
from trial import CHEAP, cut  # noqa: E402

SETTLED = 12  # seconds after a change in which all must be well again: two looks, a life, a start
PAUSE = 4  # seconds between two changes, at most


class Token(Credential):
    """What the API believes: the tokens of the last changes, for they are seen some seconds later."""

    scheme = "Bearer"

    def __init__(self):
        self.valid = ["token-0"]

    def problem_with(self, value, request):
        return None if value in [f"Bearer {token}" for token in self.valid] else "not this one"


class Changes:
    """The place of the settings, and what happens to it."""

    def __init__(self, seed, root):
        self.draw = random.Random(seed)
        self.root = root
        self.count = 0
        self.authorities = [Authority(root / f"ca-{number}") for number in range(2)]
        self.signer = 0  # who has signed the API's certificate
        self.token = Token()
        self.api = Api(root, authority=self.authorities[0], cost=CHEAP, recording=False,
                       credential=self.token)
        self.api.accounts.register("alice@example.org", "secret")
        self.release = self.fill("release-0")
        self.current = root / "current"
        self.current.symlink_to(self.release.name)
        self.settings = self.current / "settings.json"
        self.done = Counter()

    def fill(self, name):
        """A folder with all that the settings name, links resolved by `current` alone."""
        folder = self.root / name
        folder.mkdir()
        folder.chmod(0o755)
        self.write(folder / "ca.pem", self.trusted())
        self.write(folder / "crl.pem", self.lists())
        self.write(folder / "token", self.token.valid[-1] + "\n", 0o640)
        place = self.root / "current"
        self.write(folder / "settings.json", (
            f'{{"url": "{self.api.url}", "ca_file": "{place}/ca.pem", "deadline": 5,\n'
            f'"crl_file": "{place}/crl.pem", "bearer_file": "{place}/token"}}\n'))
        return folder

    def trusted(self):
        return "".join(authority.ca_file.read_text() for authority in self.authorities)

    def lists(self):
        return "".join(authority.revoke([], name="crl").read_text()
                       for authority in self.authorities)

    @staticmethod
    def write(path, text, mode=0o644):
        """As one does it: a file beside it, renamed over it."""
        beside = path.with_name(path.name + ".new")
        beside.write_text(text)
        beside.chmod(mode)
        if mode == 0o640 and os.getuid() == 0:
            os.chown(beside, 0, 65534)
        beside.rename(path)

    # -- what happens -----------------------------------------------------------------------------

    def settings_touched(self):
        self.write(self.settings, self.settings.read_text() + "\n")

    def link_turned(self):
        self.count += 1
        old, self.release = self.release, self.fill(f"release-{self.count}")
        (self.root / "next").symlink_to(self.release.name)
        (self.root / "next").rename(self.current)
        shutil.rmtree(old)

    def directory_replaced(self):
        """Renamed away, and another one put there under the same name."""
        self.count += 1
        new = self.fill(f"new-{self.count}")
        self.release.rename(self.root / f"old-{self.count}")
        new.rename(self.release)
        shutil.rmtree(self.root / f"old-{self.count}")

    def token_changed(self):
        self.count += 1
        self.token.valid = [*self.token.valid[-9:], f"token-{self.count}"]
        self.write(self.current / "token", self.token.valid[-1] + "\n", 0o640)

    def certificate_changed(self):
        """A new one, each time by the other authority."""
        self.signer = 1 - self.signer
        self.api.context = tls_context(*self.authorities[self.signer].issue())
        cut(self.api)

    def lists_changed(self):
        self.write(self.current / "crl.pem", self.lists())

    def trust_written_again(self):
        self.write(self.current / "ca.pem", self.trusted())

    def happen(self):
        change = self.draw.choice([
            self.settings_touched, self.link_turned, self.directory_replaced, self.token_changed,
            self.certificate_changed, self.lists_changed, self.trust_written_again])
        self.done[change.__name__] += 1
        change()


class Asker(threading.Thread):
    """Asks, and compares, for as long as nothing is wrong."""

    def __init__(self, server, draw):
        super().__init__()
        self.server, self.draw = server, draw
        self.stop = threading.Event()
        self.replies = Counter()
        self.right = 0  # when a login was granted the last time
        self.again = 0
        self.failure = None

    def run(self):
        try:
            while not self.stop.is_set():
                asked, reply = self.draw.choice([(RIGHT, YES), (WRONG, NO)])
                got, again = self.server.ask(asked)
                self.again += again
                self.replies[{YES: "granted", NO: "refused", UNKNOWN: "unavailable"}[got]] += 1
                if got not in (reply, UNKNOWN):
                    raise AssertionError(f"{asked} was answered {got}; log:\n" +
                                         "\n".join(self.server.program.log.lines[-20:]))
                if got == YES:
                    self.right = time.monotonic()
        except BaseException as error:
            self.failure = error


def run(seconds, seed, out=sys.stdout):
    """Returns what there is to complain about; an empty list when all is well."""
    print(f"seed {seed}, {seconds} s", file=out, flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        os.chmod(folder, 0o755)
        changes = Changes(seed, Path(folder))
        with changes.api, XmppServer("-c", changes.settings) as server:
            asker = Asker(server, random.Random(f"{seed}:asker"))
            asker.start()
            end = time.monotonic() + seconds
            found = []
            while time.monotonic() < end and asker.failure is None and not found:
                changes.happen()
                # a signal before main() runs ends it, as any program
                if changes.draw.random() < 0.3 and "message=serving" in server.program.log.text:
                    with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                        server.program.signal(signal.SIGHUP)
                time.sleep(changes.draw.random() * PAUSE)  # what happens next is not waited for
                if asker.right and time.monotonic() - asker.right > SETTLED:
                    found.append(f"seed {seed}: no request was granted for {SETTLED} s; log:\n" +
                                 "\n".join(line for program in server.programs[-3:]
                                           for line in program.log.lines[-12:]))
            asker.stop.set()
            asker.join()
        if asker.failure is not None:
            found.append(f"seed {seed}: {type(asker.failure).__name__}: {asker.failure}")
        print(", ".join(f"{count} {name}" for name, count in sorted(changes.done.items())), file=out)
        print(f"{sum(asker.replies.values())} questions: " + ", ".join(
            f"{count} {name}" for name, count in sorted(asker.replies.items())) +
            f"; {len(server.programs)} programs, {asker.again} questions asked of two; 0 wrong, "
            "0 lost" * (not found), file=out, flush=True)
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=float, default=600)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    options = arguments.parse_args()
    found = run(options.seconds, options.seed)
    sys.exit("\n".join(found) if found else 0)


if __name__ == "__main__":
    main()
