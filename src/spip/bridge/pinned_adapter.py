"""A way to one origin that asks for one certificate in place of a trusted chain.

Everything of it is its own: context, pools, connections. The comparison is urllib3's
(`assert_fingerprint`), on the very connection that is used, through a proxy too.
"""

import ssl

from spip import versions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict


def adapter(
    like: "Any",
    fingerprint: str,
    verify: "Any",
    admit: "Callable[[Any], None]",
    pin: "Callable[[Any, str], None]",
) -> "Any":
    """Return an HTTPAdapter of requests; `like` is the one whose attempt was refused.

    `fingerprint`: the leaf's SHA-256, 64 hexadecimal digits. `verify`: a bundle, for the way to an
    https:// proxy, which stays verified. `admit(request)` raises where a request may not leave.
    `pin(context, fingerprint)` has what leaves by that context compared once more.
    """
    from pip._vendor.requests.adapters import HTTPAdapter

    context = _unverified()
    pin(context, fingerprint)
    made = HTTPAdapter(max_retries=like.max_retries)
    pinned = {"ssl_context": context, "assert_fingerprint": fingerprint}
    made.init_poolmanager(
        made._pool_connections, made._pool_maxsize, block=made._pool_block, **pinned
    )
    made.proxy_manager_for = _through_proxies(made.proxy_manager_for, pinned, like, verify)
    made.cert_verify = _without_chain(made.cert_verify)
    made.send = _sending(made.send, admit)
    return made


def is_strict(like: "Any", verify: "Any") -> bool:
    """Whether the attempt that was refused, and all that share its context, do verify."""
    context = shared_context(like)
    if context is None:  # urllib3 makes one for each connection, as `verify` says
        return verify is not False
    return bool(
        verify is not False
        and context.verify_mode == ssl.CERT_REQUIRED
        and context.check_hostname is True
    )


def shared_context(like: "Any") -> "Any":
    """The context of all of an adapter's connections, None where each has its own."""
    return like.poolmanager.connection_pool_kw.get("ssl_context")


def _unverified() -> "Any":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


def _through_proxies(
    original: "Any", pinned: "Dict[str, Any]", like: "Any", verify: "Any"
) -> "Any":
    from pip._vendor import urllib3

    def proxy_manager_for(proxy: str, **options: "Any") -> "Any":
        options.update(pinned)
        # Older ones speak no TLS to a proxy; SOCKS has none.
        speaks_tls = versions.numbers(urllib3.__version__) >= (1, 26)
        if speaks_tls and not proxy.lower().startswith("socks"):
            options["proxy_ssl_context"] = shared_context(like) or _verified(verify)
        return original(proxy, **options)

    return proxy_manager_for


def _verified(verify: "Any") -> "Any":
    import os

    named = verify if isinstance(verify, str) else None
    folder = named is not None and os.path.isdir(named)
    return ssl.create_default_context(
        cafile=None if folder else named, capath=named if folder else None
    )


def _without_chain(original: "Any") -> "Any":
    def cert_verify(pool: "Any", url: str, verify: "Any", cert: "Any") -> None:
        del verify  # the session's
        original(pool, url, False, cert)  # noqa: FBT003  # requests' own order

    return cert_verify


def _sending(original: "Any", admit: "Callable[[Any], None]") -> "Any":
    """pip's auth handler sends by the adapter that brought a 401, with options of the session."""

    def send(request: "Any", **options: "Any") -> "Any":
        admit(request)
        # A jar knows no ports: neither may it get what a verified host set, nor set it.
        request.headers.pop("Cookie", None)
        answer = original(request=request, **dict(options, verify=False))
        head = getattr(getattr(answer.raw, "_original_response", None), "msg", None)
        if head is not None:
            del head["Set-Cookie"]
        answer.cookies.clear()
        return answer

    return send
