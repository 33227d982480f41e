# SPDX-License-Identifier: ISC
"""DAY TWO of the manual, with a real ejabberd."""
import os
import re
import signal
import threading
import time

from docs import mdoc

from .client import Client
from .server import Ejabberd


def test_programs_that_are_ended_one_by_one_lose_no_login(new_place, certificate, authority,
                                                          program, api):
    command = [program, "--ca-file", api.ca_file, api.url]
    api.accounts.register("upgrade@localhost", "secret")
    with Ejabberd(new_place() / "server", command, use_cache=False, pool_size=2,
                  **certificate) as server:
        client = Client(server.port, authority.ca_file)
        results, over = [], threading.Event()

        def log_in():
            while not over.is_set():
                results.append((client.login("upgrade@localhost", "secret"),
                                client.login("upgrade@localhost", "wrong")))

        thread = threading.Thread(target=log_in)
        thread.start()
        try:
            before = server.helpers()
            for helper in before:
                os.kill(helper, signal.SIGTERM)
                time.sleep(2)  # as the manual says: ejabberd gives up when programs end too often
        finally:
            over.set()
            thread.join()
        assert len(results) > 3 and set(results) == {(True, False)}
        after = server.helpers()
        assert len(after) == 2 and not set(after) & set(before)


def wait_for(server, pattern):
    """ejabberd writes its log with a delay."""
    until = time.monotonic() + 20
    while not (match := re.search(pattern, server.log_text())):
        assert time.monotonic() < until, server.log_text()
        time.sleep(0.05)
    return match


def test_ejabberd_says_what_the_manual_says_it_does(new_place, certificate, authority, program, api):
    page = mdoc.source("extauth-https.8")
    api.accounts.register("words@localhost", "secret")
    with Ejabberd(new_place() / "server", [program, "--ca-file", api.ca_file, api.url],
                  pool_size=1, **certificate) as server:
        client = Client(server.port, authority.ca_file)
        assert client.login("words@localhost", "wrong") is False
        failregex, = re.findall(r"^failregex = (.*)$", mdoc.plain(page), re.M)
        pattern = failregex.replace("<HOST>", r"(?P<host>\S+?)")
        assert wait_for(server, pattern)["host"] == "127.0.0.1"
        unexpected = "Received unexpected response from external authentication program"
        assert unexpected in page and unexpected not in server.log_text()
        api.stop()
        try:
            assert client.login("words@localhost", "secret") is False
        finally:
            api.start()
        assert wait_for(server, unexpected)
