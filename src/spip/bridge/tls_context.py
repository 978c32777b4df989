"""The TLS context that asks the operating system's store, read once a process.

truststore reads the store again for every connection, and urllib3 loads the same bundle again for
every pool: 13.5 ms each, four or five times in an install. What was read once is remembered here.
"""

import contextlib
import os
import sys

from spip import versions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

    from spip.bridge.context import Context


def truststore(context: "Context", options: "Any") -> "Any":
    """The module that asks the system's store; None where this pip gets the store as a bundle."""
    if sys.version_info < (3, 10):
        return None
    if "legacy-certs" in (options.deprecated_features_enabled or ()):
        return None  # the user wants OpenSSL alone to judge
    if _private_store(context.plan["os_bundle"]):
        return None
    try:
        if context.pip_version >= (24, 2):
            from pip._vendor import truststore
        else:
            import truststore
    except ImportError as error:
        context.debug("no truststore here (%s): pip gets the store as a bundle" % error)
        return None
    return truststore


def _private_store(os_bundle: "Any") -> bool:
    """Whether this interpreter's OpenSSL was built to read a store of its own, as conda's is."""
    import ssl

    paths = ssl.get_default_verify_paths()
    if os_bundle is None or not os.path.exists(paths.openssl_cafile):
        return False  # truststore then looks where the distributions put theirs
    return bool(os.path.realpath(paths.openssl_cafile) != os.path.realpath(os_bundle))


def shared(context: "Context", truststore: "Any", roots: str) -> "Any":
    """One TLS context for all sessions of a run."""
    if roots not in context.tls_contexts:
        context.tls_contexts[roots] = truststore_context(truststore, roots)
        if context.pip_version < (24, 2):
            _as_of_this_pip(context.tls_contexts[roots])
    return context.tls_contexts[roots]


def _as_of_this_pip(context: "Any") -> None:
    """Give it what this pip's own would have: it serves older servers than Python's defaults.

    Ciphers with an RSA key exchange, a client's certificate that is asked for late, SSLKEYLOGFILE.
    Newer pips have a truststore context themselves. Nothing that verifies is taken away.
    """
    import warnings

    try:
        from pip._vendor.urllib3.util.ssl_ import create_urllib3_context
    except ImportError:
        return
    with warnings.catch_warnings():  # it is said, or not, when this pip makes its own
        warnings.simplefilter("ignore")
        own = create_urllib3_context()
    context.options |= own.options
    context.verify_flags |= own.verify_flags
    context.minimum_version = own.minimum_version
    context.maximum_version = own.maximum_version
    context.set_ciphers(":".join(each["name"] for each in own.get_ciphers()))
    inner = context._ctx  # truststore has no word of its own for these two
    inner.post_handshake_auth = own.post_handshake_auth
    if own.keylog_filename:
        inner.keylog_filename = own.keylog_filename


def use(adapter: "Any", context: "Any") -> bool:
    """Make every connection of `adapter` use `context`.

    Also those through a proxy, to which pip's own adapter passes it on only from 25.2 on, and,
    where urllib3 knows how, the one to an https:// proxy (26.2).
    """
    _name_addresses_too()
    adapter.init_poolmanager(
        adapter._pool_connections,
        adapter._pool_maxsize,
        block=adapter._pool_block,
        ssl_context=context,
    )
    original = adapter.proxy_manager_for
    from pip._vendor import urllib3

    knows_proxy_context = versions.numbers(urllib3.__version__) >= (1, 26)

    def proxy_manager_for(proxy: str, **options: "Any") -> "Any":
        options.setdefault("ssl_context", context)
        if knows_proxy_context and not proxy.lower().startswith("socks"):
            options.setdefault("proxy_ssl_context", context)
        return original(proxy, **options)

    adapter.proxy_manager_for = proxy_manager_for
    return True


def _name_addresses_too() -> None:
    """Have urllib3 before 2.0 tell the context an IP address as well as a name.

    It keeps one to itself, since it compares that by itself afterwards, by a context that doesn't;
    this one does, and Python then refuses to connect. Python sends no address as a server's name.
    """
    try:
        from pip._vendor.urllib3.util import ssl_
    except ImportError:
        return
    if hasattr(ssl_, "is_ipaddress"):
        ssl_.is_ipaddress = lambda _: False


def truststore_context(truststore: "Any", bundle: str) -> "Any":
    """A context that trusts the operating system's store and, beside it, the roots in `bundle`."""
    import ssl

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations = _once_a_file(context.load_verify_locations)
    context.load_verify_locations(bundle)
    with contextlib.suppress(AttributeError):  # another truststore; it reads the store each time
        _load_store_once(sys.modules[truststore.SSLContext.__module__])
    return context


def _once_a_file(load: "Any") -> "Any":
    seen = set()

    def load_verify_locations(
        cafile: "Any" = None, capath: "Any" = None, cadata: "Any" = None
    ) -> None:
        key = (cafile, capath, cadata)
        if key not in seen:
            load(cafile, capath, cadata)
            seen.add(key)

    return load_verify_locations


def _load_store_once(api: "Any") -> None:
    """Read OpenSSL's default locations once.

    Only where truststore leaves verification to OpenSSL; on macOS and Windows the same name
    switches OpenSSL's verification off for a handshake, and has to run each time.
    """
    configure = api._configure_context
    if not configure.__module__.endswith("._openssl"):
        return

    @contextlib.contextmanager
    def configure_once(context: "Any") -> "Iterator[None]":
        if getattr(context, "_spip_store_loaded", False):
            yield
            return
        with configure(context):
            context._spip_store_loaded = True
            yield

    configure_once.__module__ = "spip.bridge.tls_context"
    api._configure_context = configure_once
