"""What leaves this process, judged where every way passes: Python's own sockets, TLS and HTTP.

Not by which of pip's functions asked for it, but by what is in effect: the scheme of the request,
and whether the connection that carries it was verified. pip's names may change; these don't.
"""

import sys

from spip.bridge import import_hooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from spip.bridge.context import Context
    from spip.bridge.patches import Patches
    from spip.bridge.relaxations import Relaxations

# There truststore switches a context's own verification off while it shakes hands.
_OS_VERIFIES = ("darwin", "win32")


class ConnectionGuard:
    """Judges each connection and request of this process by what is in effect."""

    def __init__(self, context: "Context", patches: "Patches", relaxations: "Relaxations") -> None:
        self.context = context
        self.patches = patches
        self.relaxations = relaxations

    def watch(self) -> None:
        """Extend these modules, once they have been imported."""
        import_hooks.after("socket", self._watch_sockets)
        import_hooks.after("ssl", self._watch_handshakes)
        import_hooks.after("http.client", self._watch_requests)

    def _watch_sockets(self, module: "Any") -> None:
        """The first connection, and no other: by then every guard has to be there."""
        inherited = module.socket.connect

        def connect(sock: "Any", *args: "Any") -> "Any":
            if sock.family in (module.AF_INET, module.AF_INET6):
                self.patches.hold()
                self.patches.must_have_run("session", ran=bool(self.context.options))
                module.socket.connect = inherited
            return inherited(sock, *args)

        module.socket.connect = connect

    def _watch_handshakes(self, module: "Any") -> None:
        """Where nothing may go without verification, not even a handshake does."""
        self._watch_certifi(module)
        if sys.platform in _OS_VERIFIES:
            return
        original = module.SSLContext.wrap_socket

        def wrap_socket(tls: "Any", *args: "Any", **options: "Any") -> "Any":
            if tls.verify_mode == module.CERT_NONE and not self._pin(tls):
                self._refuse_where_forbidden(options.get("server_hostname") or "a host")
            return original(tls, *args, **options)

        module.SSLContext.wrap_socket = wrap_socket

    def _watch_certifi(self, module: "Any") -> None:
        """Whoever loads it: a policy may forbid it."""
        original = module.SSLContext.load_verify_locations

        def load_verify_locations(
            context: "Any", cafile: "Any" = None, *args: "Any", **options: "Any"
        ) -> None:
            if self.context.options and _is_certifi(cafile) and not self._takes_certifi():
                cafile = None
                if not any((*args, *options.values())):  # urllib3 names what it doesn't give
                    return
            original(context, cafile, *args, **options)

        module.SSLContext.load_verify_locations = load_verify_locations

    def _takes_certifi(self) -> bool:
        return not self.context.watches_connections() or bool(
            self.context.plan["consent"]["certifi"]
        )

    def _refuse_where_forbidden(self, host: str) -> None:
        context = self.context
        if context.watches_connections() and (
            self.patches.is_strict() or not context.plan["consent"]["own_ways"]
        ):
            self.relaxations.unverified().native.unforeseen(host)

    def _watch_requests(self, module: "Any") -> None:
        original = module.HTTPConnection.putrequest

        def putrequest(
            connection: "Any", method: str, url: str, *args: "Any", **options: "Any"
        ) -> "Any":
            if self.context.watches_connections() and self._is_pips(connection):
                self._judge(module, connection, url)
            return original(connection, method, url, *args, **options)

        module.HTTPConnection.putrequest = putrequest

    def _is_pips(self, connection: "Any") -> bool:
        """Whether pip sends this, and not something that runs beside it, as a keyring does."""
        return self.context.requests_under_way > 0 or type(connection).__module__.startswith("pip.")

    def _judge(self, http: "Any", connection: "Any", url: str) -> None:
        """Raises pip's CommandError where it may not leave."""
        self.patches.must_have_run("send", ran=self.context.requests_under_way > 0)
        if url[:5].lower() == "http:":  # as a proxy is asked for it
            self._meet_plain(url)
            return
        secure = isinstance(connection, getattr(http, "HTTPSConnection", ()))
        if secure and connection.sock is None:
            connection.connect()
        context = _context(connection.sock)
        if context is None and not (secure and getattr(connection, "is_verified", False)):
            self._meet_plain("http://%s%s" % (_netloc(connection), url))
        elif context is not None and context.verify_mode == 0:  # ssl.CERT_NONE
            self._meet_unverified(connection, context)

    def _meet_plain(self, url: str) -> None:
        self.relaxations.unverified().native.in_effect(url)

    def _meet_unverified(self, connection: "Any", context: "Any") -> None:
        pin = self._pin(context)
        if pin and _fingerprint(connection.sock) == pin:
            return
        self.relaxations.unverified().native.in_effect(
            "https://%s/" % _netloc(connection), pinned=bool(pin)
        )

    def _pin(self, context: "Any") -> str:
        return next((pin for pinned, pin in self.context.pinned if pinned is context), "")


def _is_certifi(file: "Any") -> bool:
    parts = file.replace("\\", "/").split("/") if isinstance(file, str) else []
    return parts[-2:] == ["certifi", "cacert.pem"]


def _context(sock: "Any") -> "Any":
    """The TLS context of a socket, or of urllib3's TLS inside TLS; None where it has none."""
    return getattr(sock, "context", None) or getattr(getattr(sock, "sslobj", None), "context", None)


def _netloc(connection: "Any") -> str:
    host = getattr(connection, "_tunnel_host", None) or connection.host
    port = connection.port
    if getattr(connection, "_tunnel_host", None):
        port = connection._tunnel_port or port
    return "%s:%d" % ("[%s]" % host if ":" in host and host[:1] != "[" else host, port)


def _fingerprint(sock: "Any") -> str:
    import hashlib

    return hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()
