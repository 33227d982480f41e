# SPDX-License-Identifier: ISC
"""How an API knows that a request comes from the XMPP server: the header Authorization.

    Api(folder, credential=Bearer("token"))
    Api(folder, credential=Basic("user:password"))
    Api(folder, credential=Signature("0123456789abcdef0123456789abcdef"))

extauth-https-api(7) says what a Signature signs. All compare in constant time, and none tells what
would have been right.
"""

import base64
import hashlib
import hmac
import re
import threading
import time

WINDOW = 60  # seconds for which a signature is valid: clocks may differ by as much

SIGNED = re.compile(
    r"Extauth-HMAC-SHA256 timestamp=([0-9]{1,12}), nonce=([0-9a-f]{32}), signature=([0-9a-f]{64})"
)


class Credential:
    """What each request must present."""

    scheme = ""

    def problem(self, request):
        """Why an http1.Request is rejected, or None."""
        values = request.all("authorization")
        if len(values) != 1:
            return "there must be one Authorization header"
        return self.problem_with(values[0], request)

    def problem_with(self, value, request):
        raise NotImplementedError


class Bearer(Credential):
    scheme = "Bearer"

    def __init__(self, token):
        self._expected = f"Bearer {token}".encode()

    def problem_with(self, value, request):
        if not hmac.compare_digest(value.encode("latin-1"), self._expected):
            return "this is not the credential"
        return None


class Basic(Bearer):
    scheme = "Basic"

    def __init__(self, user_and_password):
        text = base64.b64encode(user_and_password.encode()).decode()
        self._expected = f"Basic {text}".encode()


class Signature(Credential):
    """Signed requests, each valid once and for a short time.

    key      as it stands in hmac_key_file
    window   seconds that a request may be old, or in the future
    clock    returns the time in seconds since 1970
    """

    scheme = "Extauth-HMAC-SHA256"

    def __init__(self, key, window=WINDOW, clock=time.time):
        self._key = key.encode()
        self._window = window
        self._clock = clock
        self._seen = {}  # nonces, and until when they are remembered
        self._lock = threading.Lock()

    def problem_with(self, value, request):
        parts = SIGNED.fullmatch(value)
        if not parts:
            return "the Authorization header is not a signature"
        timestamp, nonce, signature = parts.groups()
        if not hmac.compare_digest(signature, self.sign(request, timestamp, nonce)):
            return "the signature is wrong"
        # The signature is right; the request may still be a recorded one.
        if abs(self._clock() - int(timestamp)) > self._window:
            return "the timestamp is too old or in the future; are both clocks right?"
        if not self._is_new(nonce, int(timestamp) + self._window):
            return "this request was here before"
        return None

    def sign(self, request, timestamp, nonce):
        """The signature that the request should have."""
        lines = [request.method, request.path, timestamp, nonce,
                 hashlib.sha256(request.body).hexdigest()]
        text = "".join(f"{line}\n" for line in lines)
        return hmac.new(self._key, text.encode("latin-1"), hashlib.sha256).hexdigest()

    def _is_new(self, nonce, until):
        """Remembers a nonce for as long as its timestamp is accepted, and no longer."""
        with self._lock:
            now = self._clock()
            self._seen = {old: end for old, end in self._seen.items() if end >= now}
            if nonce in self._seen:
                return False
            self._seen[nonce] = until
            return True
