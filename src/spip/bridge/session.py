"""Give pip's session its trust, after pip parsed its own options and before it connects.

`_build_session` is where every pip from 19.3 to 26.3 turns options into a session, so it is the one
place that knows what the user asked for and what will use the network.
"""

import os
import sys

from spip.bridge import collector
from spip.bridge.context import truststore_context
from spip.bridge.variables import BEAT_CERT

TYPE_CHECKING = False  # typing costs an import that pip may not need
if TYPE_CHECKING:
    from typing import Any, Optional, Tuple

    from spip.bridge.run import Run

# Variables that requests and OpenSSL read while pip runs. Their certificates are in the bundle
# that the session gets, so pip itself must not see them: they would replace it.
_REPLACING = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def wrap(module: "Any", run: "Run") -> None:
    """Extend `SessionCommandMixin._build_session`, if `module` is the one that defines it."""
    mixin = getattr(module, "SessionCommandMixin", None)
    original = getattr(mixin, "_build_session", None)  # type: Any
    if original is None or getattr(mixin, "__module__", "") != module.__name__:
        return  # a pip that nobody knows yet keeps the trust that it has alone

    def _build_session(self: "Any", options: "Any", *args: "Any", **kwargs: "Any") -> "Any":
        roots, context = _trust(run, options)
        if context is not None and hasattr(module, "_create_truststore_ssl_context"):
            module._create_truststore_ssl_context = lambda: context
        session = original(self, options, *args, **kwargs)
        _give(session, roots, context)
        run.children.has_session = True
        collector.as_usual()
        run.watch.know(options)
        return session

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
        run.cert, options.cert = options.cert, None
    asks_the_system = _asks_the_system(run, options)
    roots = run.roots(whole=not asks_the_system)
    for name in _REPLACING:
        os.environ.pop(name, None)
    return roots, _context(run, roots) if asks_the_system else None


def _pass_over_missing(run: "Run") -> None:
    """A variable that names no file is a traceback in every pip, whatever `--cert` says."""
    for name in BEAT_CERT:
        if os.environ.get(name) and not os.path.exists(os.environ[name]):
            run.say("%s names %s, which does not exist: passed over" % (name, os.environ.pop(name)))


def _give(session: "Any", roots: "Optional[str]", context: "Any") -> None:
    if roots is not None:
        session.verify = roots
    if context is not None:
        _use(session.adapters["https://"], context)


def _asks_the_system(run: "Run", options: "Any") -> bool:
    """Whether this pip can be given truststore, and its OpenSSL reads this system's store."""
    if sys.version_info < (3, 10):
        return False
    if "legacy-certs" in getattr(options, "deprecated_features_enabled", ()):
        return False  # the user wants OpenSSL alone to judge; it gets the store as a bundle
    return not _private_store(run.plan["os_bundle"])


def _private_store(os_bundle: "Any") -> bool:
    """Whether this interpreter's OpenSSL was built to read a store of its own, as conda's is."""
    import ssl

    paths = ssl.get_default_verify_paths()
    if os_bundle is None or not os.path.exists(paths.openssl_cafile):
        return False  # truststore then looks where the distributions put theirs
    return bool(os.path.realpath(paths.openssl_cafile) != os.path.realpath(os_bundle))


def _context(run: "Run", roots: str) -> "Any":
    if roots not in run.contexts:
        try:
            if run.pip_version >= (24, 2):
                from pip._vendor import truststore
            else:
                import truststore
        except ImportError as error:
            run.debug("no truststore here (%s): pip gets the store as a bundle" % error)
            return None
        run.contexts[roots] = truststore_context(truststore, roots)
    return run.contexts[roots]


def _use(adapter: "Any", context: "Any") -> None:
    """Make every connection of `adapter` use `context`.

    Also those through a proxy, to which pip's own adapter passes it on only from 25.2 on, and,
    where urllib3 knows how, the one to an https:// proxy (26.2).
    """
    adapter.init_poolmanager(
        adapter._pool_connections,
        adapter._pool_maxsize,
        block=adapter._pool_block,
        ssl_context=context,
    )
    original = adapter.proxy_manager_for
    from pip._vendor import urllib3

    knows_proxy_context = urllib3.__version__ >= "1.26"

    def proxy_manager_for(proxy: str, **options: "Any") -> "Any":
        options.setdefault("ssl_context", context)
        if knows_proxy_context:
            options.setdefault("proxy_ssl_context", context)
        return original(proxy, **options)

    adapter.proxy_manager_for = proxy_manager_for
