"""Give pip's session its trust, after pip parsed its own options and before it connects.

`_build_session` is where every pip from 19.3 to 26.3 turns options into a session, so it is the one
place that knows what the user asked for and what will use the network.
"""

import os

from spip.bridge import collector, context
from spip.bridge.variables import BEAT_CERT

TYPE_CHECKING = False  # typing costs an import that pip may not need
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Tuple

    from spip.bridge.run import Run

# Variables that requests and OpenSSL read while pip runs. Their certificates are in the bundle
# that the session gets, so pip itself must not see them: they would replace it.
_REPLACING = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def wrap(module: "Any", run: "Run") -> None:
    """Extend `SessionCommandMixin._build_session`, if `module` is the one that defines it."""

    def build(original: "Any", options: "Any") -> "Any":
        from spip.bridge import applied, empty_variables

        empty_variables.pass_over(run)
        applied.consider(run, options)
        if not run.plan["consent"]["certifi"]:
            context.without_certifi(module)
        roots, shared = _trust(run, options)
        if shared is not None and hasattr(module, "_create_truststore_ssl_context"):
            module._create_truststore_ssl_context = lambda: shared
        session = original()
        give(session, roots, shared)
        run.children.has_session = True
        collector.as_usual()
        run.watch.know(options)
        return session

    extend(module, build)


def extend(module: "Any", build: "Callable[[Any, Any], Any]") -> None:
    """Have `build(original, options)` make the session, if `module` defines how it is made."""
    mixin = getattr(module, "SessionCommandMixin", None)
    original = getattr(mixin, "_build_session", None)  # type: Any
    if original is None or getattr(mixin, "__module__", "") != module.__name__:
        return  # a pip that nobody knows yet keeps the trust that it has alone

    def _build_session(self: "Any", options: "Any", *args: "Any", **kwargs: "Any") -> "Any":
        return build(lambda: original(self, options, *args, **kwargs), options)

    module.SessionCommandMixin._build_session = _build_session


def _trust(run: "Run", options: "Any") -> "Tuple[Optional[str], Optional[Any]]":
    """(bundle, context) for a session; None where pip's own is to stay."""
    if options.cert and run.cert_on_command_line:
        run.watch.obeyed = options.cert
        _pass_over_missing(run)
        return None, None  # `--cert` keeps this pip's own meaning, also where it restricts
    try:
        import ssl
    except ImportError:
        return None, None  # pip says that it is missing
    if options.cert:  # pip builds a second session from the same options for its self-check
        run.cert = options.cert
    truststore = context.truststore(run, options)
    roots, failed = run.trust.beside(whole=truststore is None)
    shared = context.shared(run, truststore, roots) if truststore else None
    if failed:  # what the user named is in no bundle, so it is left to pip
        _pass_over_missing(run)
        return None, shared
    options.cert = None
    for name in _REPLACING:
        if name in os.environ:
            run.taken[name] = os.environ.pop(name)
    return roots, shared


def _pass_over_missing(run: "Run") -> None:
    """A variable that names no file is a traceback in every pip, whatever `--cert` says."""
    for name in BEAT_CERT:
        if os.environ.get(name) and not os.path.exists(os.environ[name]):
            run.say("%s names %s, which does not exist: passed over" % (name, os.environ.pop(name)))


def give(session: "Any", roots: "Optional[str]", shared: "Any") -> None:
    """Its roots and its context; None where it has its own. No relaxed way shares a cache."""
    if roots is not None:
        session.verify = roots
    if hasattr(session, "_trusted_host_adapter"):  # 20.1: it shares the cache of verified hosts
        session._trusted_host_adapter = session.adapters["http://"]
    if shared is not None:
        context.use(session.adapters["https://"], shared)
