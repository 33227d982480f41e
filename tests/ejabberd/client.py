# SPDX-License-Identifier: ISC
"""What a user's XMPP program does: log in, register, change the password, leave.

Each action is one connection of its own: STARTTLS with the certificate checked, then SASL PLAIN
(RFC 6120), or SCRAM where that is offered, or in-band registration (XEP-0077). They may run at the
same time, as coroutines in one event loop (the names that end in _async) or in threads.
"""
import asyncio
import inspect
import ssl
from contextlib import suppress

from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.features.feature_mechanisms.stanza import Auth
from slixmpp.util.sasl.mechanisms import PLAIN, SCRAM


class XmppError(Exception):
    """What the server, or the way to it, said instead of "yes"."""

    def __init__(self, condition, text=""):
        super().__init__(f"{condition}: {text}" if text else condition)
        #: the name RFC 6120 has for it ("not-allowed", "conflict"…), or "timeout",
        #: "no-connection", "certificate", "disconnected"
        self.condition = condition
        self.text = text


class Client:
    """Clients of the server at 127.0.0.1:port, whose certificate must be issued by ca_file.

    timeout is in seconds, for a whole action.
    """

    def __init__(self, port, ca_file, timeout=45):
        self.port = port
        self.ca_file = ca_file
        self.timeout = timeout

    def login(self, jid, password, username=None):
        """True, or False when the server says "not-authorized"; XmppError for anything else.

        password is sent unchanged: str, or bytes to send what is not UTF-8. So is username, by
        default the part of the JID before the @.
        """
        return asyncio.run(self.login_async(jid, password, username))

    def register(self, jid, password):
        """Make an account. XmppError("conflict"), ("not-allowed")… when the server refuses."""
        return asyncio.run(self.register_async(jid, password))

    def change_password(self, jid, old, new):
        """XmppError("not-authorized") when `old` is wrong, else with the answer to the change."""
        return asyncio.run(self.change_password_async(jid, old, new))

    def unregister(self, jid, password):
        """Remove the account; returns when the server has done so."""
        return asyncio.run(self.unregister_async(jid, password))

    async def login_async(self, jid, password, username=None):
        try:
            async with self._session(jid, password, username):
                return True
        except XmppError as error:
            if error.condition != "not-authorized":
                raise
            return False

    async def register_async(self, jid, password):
        async with _Stream(jid, self, registration=password):
            pass

    async def change_password_async(self, jid, old, new):
        async with self._session(jid, old) as stream:
            await stream.answer(stream["xep_0077"].change_password(new))

    async def unregister_async(self, jid, password):
        async with self._session(jid, password) as stream:
            # ejabberd answers before it asks its external program, and from an address from which
            # slixmpp does not accept the answer. That it then ends the account's sessions is
            # the sign that the account is gone.
            try:
                await stream.answer(stream["xep_0077"].cancel_registration())
                await stream.ended()
            except XmppError as error:
                if error.text not in ("User removed", "Account deleted"):  # ejabberd, Prosody
                    raise

    def _session(self, jid, password, username=None):
        return _Stream(jid, self, credentials=(username, password))


# Seconds the server has to close its side. ejabberd takes 0.1.
CLOSE_TIMEOUT = 2


class _Stream(ClientXMPP):
    """One connection, open inside `async with`: logged in, or just registered.

    slixmpp reports by events, and connects again by itself after an error. Here the first event
    that decides is the result, and later ones are ignored.
    """

    def __init__(self, jid, client, credentials=None, registration=None):
        super().__init__(jid, "")
        self.domain = self.boundjid.domain
        self.enable_direct_tls = False  # which slixmpp tries first in Debian 13
        self._client = client
        self._credentials = credentials
        self._registration = registration
        self._deadline = None
        self._decided = self.loop.create_future()
        self._ended = self.loop.create_future()
        self._reason = None

        # slixmpp's own handler cannot send what SASLprep forbids, which real clients do send.
        self.unregister_feature("mechanisms", self["feature_mechanisms"].order)
        self.register_feature("mechanisms", self._authenticate, restart=True, order=100)
        # After a failure it would try the next mechanism, or complain that there is none.
        self["feature_mechanisms"]._send_auth = lambda: None
        self.register_plugin("xep_0077")
        self["xep_0077"].create_account = False
        if registration is not None:
            self.register_feature("register", self._register, restart=True, order=50)
            # 1.8.3 holds back every stanza before the session but those for binding.
            self._always_send_everything = True

        for event, condition in (("connection_failed", "no-connection"),
                                 ("ssl_invalid_chain", "certificate")):
            self.add_event_handler(
                event, lambda why, condition=condition: self._fail(condition, str(why)))
        self.add_event_handler("failed_auth", lambda failure: self._fail(failure["condition"]))
        self.add_event_handler(
            "stream_error", lambda error: self._fail(error["condition"], error["text"]))
        self.add_event_handler("disconnected", self._on_disconnected)
        self.add_event_handler("session_start", lambda _: self._succeed())

    # -- for `async with` ---------------------------------------------------------------------

    async def __aenter__(self):
        self._deadline = self.loop.time() + self._client.timeout
        try:
            address = ("127.0.0.1", self._client.port)
            # slixmpp takes a pair until 1.8, and two arguments from 1.10 on
            two = "host" in inspect.signature(ClientXMPP.connect).parameters
            _ = self.connect(*address) if two else self.connect(address)
            # The name the certificate must have; connect() knows none for an address.
            self.default_domain = self.domain
            await self._in_time(self._decided)
        except BaseException:
            # asyncio's TLS transport cannot be aborted when the server has closed it first.
            with suppress(AttributeError):
                self.abort()
            self._end()
            raise
        return self

    async def __aexit__(self, *_):
        if self.is_connected():
            await self.disconnect(wait=CLOSE_TIMEOUT)
        self._end()

    async def answer(self, request):
        """Wait for the server's "result" to an <iq/> that was sent; its error is an XmppError."""
        try:
            await self._in_time(asyncio.wait({request, self._ended},
                                             return_when=asyncio.FIRST_COMPLETED))
            if not request.done():
                await self.ended()
            request.result()
        except IqError as error:
            raise XmppError(error.condition, error.text) from None
        except IqTimeout:
            raise XmppError("timeout") from None

    async def ended(self):
        """Wait for the end of the connection, and raise the server's reason for it."""
        await self._in_time(self._ended)
        raise self._reason

    async def _in_time(self, awaitable):
        try:
            return await asyncio.wait_for(awaitable, self._deadline - self.loop.time())
        except asyncio.TimeoutError:
            raise XmppError("timeout", f"{self._client.timeout} s") from None

    def _end(self):
        """Stop what slixmpp would otherwise do by itself from now on."""
        self.cancel_connection_attempt()
        if self._run_out_filters:
            self._run_out_filters.cancel()

    # -- steps of the stream ------------------------------------------------------------------

    def get_ssl_context(self):
        # slixmpp's own context trusts the system's authorities as well.
        return ssl.create_default_context(cafile=self._client.ca_file)

    async def _pick_dns_answer(self, *_):
        return None  # the name is for the certificate only, the address is known

    def _authenticate(self, features):
        if self._credentials is None:
            self._fail("feature-not-implemented", "no in-band registration is offered")
            return True
        if "PLAIN" not in features["mechanisms"]:
            self._fail("invalid-mechanism", f"offered: {features['mechanisms']}")
            return True
        username, password = self._credentials
        plugin = self["feature_mechanisms"]
        scram = [name for name in ("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1")
                 if name in features["mechanisms"]]  # what every client takes first
        name, kind = (scram[0], SCRAM) if scram else ("PLAIN", PLAIN)
        plugin.mech = kind(name, {
            "authzid": b"",
            "username": _as_bytes(self.boundjid.user if username is None else username),
            "password": _as_bytes(password),
        }, {"encrypted": "starttls" in self.features, "encrypted_plain": True,
            "unencrypted_plain": False, "unencrypted_scram": False})
        request = Auth(self)
        request["mechanism"] = name
        request["value"] = plugin.mech.process()
        request.send()
        return True

    async def _register(self, _features):
        request = self.Iq(stype="set", sto=self.domain)
        request["register"]["username"] = self.boundjid.user
        request["register"]["password"] = self._registration
        try:
            await self.answer(request.send())
            self._succeed()
        except XmppError as error:
            self._fail(error.condition, error.text)
        return True

    # -- results ------------------------------------------------------------------------------

    def _succeed(self):
        if not self._decided.done():
            self._decided.set_result(None)

    def _fail(self, condition, text=""):
        if self._reason is None:
            self._reason = XmppError(condition, text)
        if not self._decided.done():
            self._decided.set_exception(self._reason)

    def _on_disconnected(self, why):
        self._fail("disconnected", str(why or ""))
        if not self._ended.done():
            self._ended.set_result(None)


def _as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()
