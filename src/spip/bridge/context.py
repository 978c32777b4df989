"""The TLS context that asks the operating system's store, read once a process.

truststore reads the store again for every connection, and urllib3 loads the same bundle again for
every pool: 13.5 ms each, four or five times in an install. What was read once is remembered here.
"""

import contextlib
import sys

TYPE_CHECKING = False  # typing costs an import that pip may not need
if TYPE_CHECKING:
    from typing import Any, Iterator


def truststore_context(truststore: "Any", bundle: str) -> "Any":
    """A context that trusts the operating system's store and, beside it, the roots in `bundle`."""
    import ssl

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations = _once_a_file(context.load_verify_locations)
    context.load_verify_locations(bundle)
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

    configure_once.__module__ = "spip.bridge.context"
    api._configure_context = configure_once
