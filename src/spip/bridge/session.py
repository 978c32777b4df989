"""Give pip's session its trust, after pip parsed its own options and before it connects.

`_build_session` is where every pip from 19.3 to 26.3 turns options into a session, so it is the one
place that knows what the user asked for and what will use the network.
"""

import os

from spip.bridge import gc_tuning
from spip.bridge.patches import quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Tuple

    from spip.bridge.connections import Watch
    from spip.bridge.context import Context
    from spip.bridge.patches import Patches
    from spip.bridge.relaxations import Relaxations

# Variables that requests and OpenSSL read while pip runs. Their certificates are in the bundle
# that the session gets, so pip itself must not see them: they would replace it.
_REPLACING = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Sessions:
    """Makes pip's sessions: with the trust that spip found, or with the trust they come with."""

    def __init__(
        self, context: "Context", patches: "Patches", relaxations: "Relaxations", watch: "Watch"
    ) -> None:
        self.context = context
        self.patches = patches
        self.relaxations = relaxations
        self.watch = watch
        self.own_context = None  # type: Any  # what pip gets where it would make a TLS context

    def install(self) -> None:
        """Take the place of pip's own function, and of the one that makes its TLS context."""
        plan = self.context.plan
        build = self._build
        if plan["plain"]:
            build = self._build_for_plain_pip
        elif plan.get("build"):
            build = self._build_for_build
        else:
            self.patches.use("truststore context", self._wrap_tls_context)
        self.patches.use("session", lambda original: self._wrap(original, build))

    def _wrap(self, original: "Any", build: "Callable[[Any, Any], Any]") -> "Any":
        def _build_session(*args: "Any", **kwargs: "Any") -> "Any":
            from spip.bridge.pip_options import Options

            if not self.context.pip:
                self.context.on_pip_imported()
            options = Options.among(args, kwargs)
            if options is None:
                self.patches.fail("session", TypeError("no options"))
                return original(*args, **kwargs)
            return build(lambda: original(*args, **kwargs), options)

        return _build_session

    def _wrap_tls_context(self, original: "Any") -> "Any":
        """Save pip the time for a context that would not be used."""

        def create(*args: "Any", **options: "Any") -> "Any":
            return original(*args, **options) if self.own_context is None else self.own_context

        return create

    def _build(self, original: "Any", options: "Any") -> "Any":
        """Build a session with the trust that spip found."""
        from spip.bridge import env_vars

        quietly(self.context, "an empty variable", env_vars.pass_over, self.context)
        self._guarded(self.relaxations.begin_session, options)
        self.own_context = None
        roots, self.own_context = self._guarded(self._trust, options) or (None, None)
        session = original()
        self._guarded(self._equip, session, roots, self.own_context)
        self.context.has_trusted_session = not self.patches.is_strict()
        gc_tuning.collect_normally()
        quietly(self.context, "finding", self.watch.begin_session, options)
        return session

    def _build_for_build(self, original: "Any", options: "Any") -> "Any":
        """Build a session of a build's pip: its trust came with its environment."""
        from spip.bridge import env_vars

        env_vars.pass_over(self.context)
        session = self._build_unchanged(original, options)
        gc_tuning.collect_normally()
        return session

    def _build_for_plain_pip(self, original: "Any", options: "Any") -> "Any":
        """Build one of plain pip (SPIP_DISABLE): a policy may forbid something, or want a log."""
        from spip.bridge import env_vars

        if env_vars.switch_off():
            # Verification is then off for every host, and nothing of spip's stands in the way.
            self.context.options.append(options)
            self.relaxations.unverified().native.empty_variable("CURL_CA_BUNDLE")
        if not self.context.watches_connections():
            return original()
        return self._build_unchanged(original, options)

    def _build_unchanged(self, original: "Any", options: "Any") -> "Any":
        """Build a session that keeps its trust; what nobody verifies is looked at."""
        self._guarded(self.relaxations.begin_session, options)
        session = original()
        self._guarded(self._equip, session, None, None)
        return session

    def _guarded(self, act: "Callable[..., Any]", *args: "Any") -> "Any":
        """What `act` returns. Where this pip isn't as `act` knows it, None, or the run stops."""
        if self.patches.is_strict():
            return None
        try:
            return act(*args)
        except Exception as error:  # noqa: BLE001  # whatever pip has become
            os.environ.update(self.context.hidden_env)
            self.context.hidden_env.clear()
            self.patches.fail("session", error)
            return None

    def _trust(self, options: "Any") -> "Tuple[Optional[str], Optional[Any]]":
        """(bundle, TLS context) for a session; None where pip's own is to stay."""
        from spip.bridge import tls_context, trust_client

        context = self.context
        if options.cert and context.cert_on_command_line:
            self.watch.obeyed = options.cert
            _pass_over_missing(context)
            return None, None  # `--cert` keeps this pip's own meaning, also where it restricts
        try:
            import ssl
        except ImportError:
            return None, None  # pip says that it is missing
        if options.cert:  # pip builds a second session from the same options for its self-check
            context.cert = options.cert
        truststore = tls_context.truststore(context, options)
        roots, failed = trust_client.bundle(context, include_os_store=truststore is None)
        shared = tls_context.shared(context, truststore, roots) if truststore else None
        if failed:  # what the user named is in no bundle, so it is left to pip
            _pass_over_missing(context)
            return None, shared
        options.cert = None
        for name in _REPLACING:
            if name in os.environ:
                context.hidden_env[name] = os.environ.pop(name)
        return roots, shared

    def _equip(self, session: "Any", roots: "Optional[str]", shared: "Any") -> None:
        """Give it roots and TLS context; None: its own. No relaxed connection shares a cache."""
        self.context.sessions.append(session)
        if roots is not None:
            session.verify = roots
        if hasattr(session, "_trusted_host_adapter"):  # 20.1: it shares the verified hosts' cache
            session._trusted_host_adapter = session.adapters["http://"]
        if shared is None:
            return
        from spip.bridge import tls_context, trust_client

        used = quietly(
            self.context,
            "truststore context",
            tls_context.use,
            session.adapters["https://"],
            shared,
        )
        if not used and roots is not None and self.context.pip_version < (24, 2):
            # As a file, then.
            session.verify = trust_client.bundle(self.context, include_os_store=True)[0]


def _pass_over_missing(context: "Context") -> None:
    """A variable that names no file is a traceback in every pip, whatever `--cert` says."""
    from spip.bridge.env_vars import BEAT_CERT

    for name in BEAT_CERT:
        if os.environ.get(name) and not os.path.exists(os.environ[name]):
            context.say(
                "%s names %s, which does not exist: passed over" % (name, os.environ.pop(name))
            )
