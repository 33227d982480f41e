# SPDX-License-Identifier: ISC
"""What an API has received, for tests to inspect and to wait for."""

import threading


class Record:
    """Counts and requests of an API since it was made; stopping it does not reset them.

    connections       TCP connections accepted
    handshakes        TLS handshakes completed
    open_connections  connections that have not ended yet
    request_count     requests read completely
    requests          these requests (http1.Request), while `recording` is true
    """

    def __init__(self, recording=True):
        self.recording = recording
        self.connections = 0
        self.handshakes = 0
        self.open_connections = 0
        self.request_count = 0
        self.requests = []
        self._changed = threading.Condition()

    def wait_for(self, predicate, seconds=5):
        """Waits until predicate() is true and returns its value; a false one after `seconds`.

        It is evaluated again after every event of the API, so that a test need not sleep:
        assert api.wait_for(lambda: api.handshakes == 2)
        """
        with self._changed:
            return self._changed.wait_for(predicate, seconds)

    def _note_connection(self):
        """Counts a connection and returns its number."""
        with self._changed:
            self.connections += 1
            self.open_connections += 1
            self._changed.notify_all()
            return self.connections

    def _note_handshake(self):
        with self._changed:
            self.handshakes += 1
            self._changed.notify_all()

    def _note_request(self, request):
        with self._changed:
            self.request_count += 1
            if self.recording:
                self.requests.append(request)
            self._changed.notify_all()

    def _note_end(self):
        with self._changed:
            self.open_connections -= 1
            self._changed.notify_all()
