# SPDX-License-Identifier: ISC
"""The manual's way to upgrade: each running program is ended by SIGTERM, and nobody notices."""
import os
import signal
import threading
import time

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
                time.sleep(2)  # as the manual has it: ejabberd gives up on ends that are too many
        finally:
            over.set()
            thread.join()
        assert len(results) > 10 and set(results) == {(True, False)}
        after = server.helpers()
        assert len(after) == 2 and not set(after) & set(before)
