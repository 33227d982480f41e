# SPDX-License-Identifier: ISC
"""How many instances, connections and requests a number of users means, as a table.

    sizing.py                 prints the table
    sizing.py --write         puts it into README.md
    sizing.py --check HERD    fails when README.md has another one, or another of HERD's

The assumptions are here and in README.md; to try other numbers, change both.
"""
import json
import subprocess
import sys
from math import ceil
from pathlib import Path

README = Path(__file__).with_name("README.md")

ONLINE = 0.25  # of all users
PER_NODE = 100_000  # users online on a node of ejabberd
LOGINS = 3 / 3600  # per second and user online: one an hour, three at the busiest time
RETURN = 300  # seconds in which the users of a node that was restarted log in again
MESSAGES = 0.2 / 60  # per second and user online, to a user who is offline or a bare JID
API_TIME = 0.005  # seconds that the API takes for an answer
OWN_TIME = 0.0001  # seconds that are added on the way
BUSY = 0.5  # share of the time an instance may be busy: round robin does not avoid busy ones
AGE = 300  # seconds, max_connection_age
CACHE_LIFE = 3600  # seconds, auth_cache_life_time
CACHE_DEFAULT = 1000  # entries, auth_cache_size


# MB of each further instance, from the last run of make bench.
RESULTS = Path(__file__).with_name("results.json")
MEMORY = json.loads(RESULTS.read_text())["memory"]["pss_further"] / 1_000_000


def asked(messages, recipients, entries):
    """isuser per second that a cache lets through: all for recipients that it has no room for, and
    one per life time for each that it holds. All recipients are equally likely."""
    kept = min(entries, recipients)
    return messages * (1 - kept / recipients) + kept / CACHE_LIFE


def row(users):
    online = users * ONLINE
    nodes = ceil(online / PER_NODE)
    here = online / nodes
    messages = here * MESSAGES
    after_restart = here / RETURN
    pool = max(2, ceil((after_restart + messages) * (API_TIME + OWN_TIME) / BUSY))
    figures = (
        users, nodes, nodes * here * LOGINS, after_restart,
        nodes * messages, nodes * asked(messages, here, CACHE_DEFAULT),
        nodes * asked(messages, here, here), pool, nodes * pool, nodes * pool / AGE,
        pool * MEMORY,
    )
    return "| " + " | ".join(f"{figure:,.0f}" if figure >= 10 or figure == int(figure)
                             else f"{figure:.2g}" for figure in figures) + " |"


HEAD = """\
| users | nodes | logins/s, all | logins/s of a node that comes back | isuser/s, no cache \
| isuser/s, cache of 1,000 | isuser/s, cache for all | pool | connections, all \
| new connections/s, all | MB per node |
|---|---|---|---|---|---|---|---|---|---|---|"""


def table():
    return "\n".join([HEAD, *(row(users) for users in (10_000, 1_000_000, 100_000_000))])


def main():
    if sys.argv[1:2] == ["--write"]:
        start, end = HEAD.splitlines()[0], "\n\n"
        before, _, rest = README.read_text().partition(start)
        README.write_text(before + table() + end + rest.partition(end)[2])
        return 0
    if sys.argv[1:2] != ["--check"]:
        print(table())
        return 0
    herd = subprocess.check_output(sys.argv[2], text=True).strip()
    text = README.read_text()
    missing = [name for name, block in (("sizing.py", table()), ("herd", herd))
               if block not in text]
    for name in missing:
        print(f"  {README.name} does not have the table that {name} prints")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
