"""What a failed connection failed from: the cause below what requests and urllib3 made of it.

Imported once a connection failed, never before.
"""

import sys

from spip.bridge import untrusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, Optional

# Names that OpenSSL gives to what both sides will say again: no version of TLS, no cipher in
# common, or a port that speaks plain HTTP (the last four, by the version of OpenSSL).
_NO_COMMON_TLS = frozenset(
    (
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_INSUFFICIENT_SECURITY",
        "UNSUPPORTED_PROTOCOL",
        "NO_PROTOCOLS_AVAILABLE",
        "NO_CIPHERS_AVAILABLE",
        "NO_SHARED_CIPHER",
        "VERSION_TOO_LOW",
        "DH_KEY_TOO_SMALL",
        "BAD_PROTOCOL_VERSION_NUMBER",
        "WRONG_SSL_VERSION",
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "UNKNOWN_PROTOCOL",
        "RECORD_LAYER_FAILURE",
    )
)
# How urllib3, in every version, begins to say that a pinned certificate is another one.
_OTHER_CERTIFICATE = "Fingerprints did not match"


def failure(url: str, proxies: "Any", error: BaseException) -> "Dict[str, Any]":
    """What the finding is told about one failed request."""
    from pip._vendor.requests.utils import select_proxy

    cause = root(error)
    return {
        "url": url,
        "proxy": select_proxy(url, proxies or {}),
        "error": type(cause).__name__,
        "text": str(cause),
        "errno": None if getattr(cause, "filename", None) else getattr(cause, "errno", None),
        "verify_code": getattr(cause, "verify_code", None),
        "certificate": is_refusal(cause),
    }


def is_final(error: BaseException) -> bool:
    """Whether asking again can't change it."""
    return any(
        is_refusal(cause)
        or getattr(cause, "reason", None) in _NO_COMMON_TLS
        or is_other_certificate(cause)
        for cause in causes(error)
    )


def is_refusal(error: BaseException) -> bool:
    """Whether TLS refused a certificate; Python 3.6 has no class of its own for that."""
    ssl = sys.modules.get("ssl")
    if ssl is None:
        return False
    named = getattr(ssl, "SSLCertVerificationError", ssl.CertificateError)
    refused = isinstance(error, (named, ssl.CertificateError))
    return refused or getattr(error, "reason", None) == "CERTIFICATE_VERIFY_FAILED"


def is_other_certificate(error: BaseException) -> bool:
    """Whether a certificate was not the one that the connection was pinned to."""
    return str(error).startswith(_OTHER_CERTIFICATE)


def causes(error: "Optional[BaseException]") -> "Iterator[BaseException]":
    """An error and what it was made from, outermost first, as requests and urllib3 nest them."""
    seen = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        inside = [part for part in error.args if isinstance(part, BaseException)]
        reason = getattr(error, "reason", None)
        below = [reason] if isinstance(reason, BaseException) else inside
        error = below[0] if below else error.__cause__ or error.__context__


def root(error: BaseException) -> BaseException:
    """The refusal among the causes, or else the innermost one."""
    found = list(causes(error))
    refusals = [cause for cause in found if is_refusal(cause)]
    return refusals[0] if refusals else found[-1]


def untrusted_issuer(error: BaseException) -> "Optional[int]":
    """The verifier's code, where the index's own chain was refused for want of a trusted root."""
    cause = root(error)
    code = getattr(cause, "verify_code", None)
    if not isinstance(code, int) or not untrusted.is_untrusted(code):
        return None
    if any(type(each).__name__ == "ProxyError" for each in causes(error)) or _at_proxy(cause):
        return None
    return code


def _at_proxy(cause: BaseException) -> bool:
    """Whether it was the certificate of an https:// proxy; urllib3 1.26 doesn't say so."""
    step = cause.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_name == "_connect_tls_proxy":
            return True
        step = step.tb_next
    return False
