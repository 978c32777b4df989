"""What a failed connection failed from: the cause below what requests and urllib3 made of it.

Imported once a connection failed, never before.
"""

import json
import subprocess
import sys

from spip.bridge import verify_codes
from spip.bridge.context import own_processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

    from spip.bridge.context import Context

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
    if not isinstance(code, int) or not verify_codes.is_untrusted(code):
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


# urllib3 waits no longer than this between two attempts (its own BACKOFF_MAX, in seconds).
_LONGEST_PAUSE = 120


def final(url: "Any", pool: "Any", error: "Any") -> "Any":
    """What urllib3 raises after its last attempt, where another one can't end otherwise."""
    if not is_final(error):
        return None
    from pip._vendor.urllib3.exceptions import MaxRetryError

    return MaxRetryError(pool, url, error)


def wait_notice(retry: "Any", pool: "Any", timeout: float) -> str:
    """Say how long pip may go on asking, `timeout` seconds each time; "" where it doesn't."""
    host = getattr(pool, "host", None)
    if host is None or not isinstance(retry.total, int) or not retry.total:
        return ""
    pauses = sum(_pause(retry.backoff_factor, attempt) for attempt in range(1, retry.total + 1))
    longest = retry.total * timeout + pauses
    return (
        "%s does not answer as it should; pip asks %d more times, at most %d s (Ctrl-C ends it)"
        % (host, retry.total, round(longest))
    )


def _pause(factor: float, attempt: int) -> float:
    return float(min(_LONGEST_PAUSE, factor * 2 ** (attempt - 1)))


class Finding:
    """What the doctor's `after_failure` is told; `obeyed`: the file that `--cert` named, if any."""

    def __init__(self, context: "Context", options: "Any", obeyed: "Optional[str]") -> None:
        self.context = context
        self.command = context.plan["finding"]
        index, more = (getattr(options, name, None) for name in ("index_url", "extra_index_urls"))
        self.told = {
            "client_cert": options.client_cert,
            "obeyed": obeyed,
            "python": sys.executable,
            "arguments": context.arguments,
            "only_default": index == _default_index() and not more,
            "spip": context.plan["spip"],  # how the user starts spip
            "without_ssl": _without_ssl(),
            "cert_at": _cert_at(context),  # now: nothing may be imported once pip is done
            "plain_at": _plain_at(context, options),
            "proxy_set": options.proxy,
            "proxy_at": _proxy_at(context, options.proxy),
        }

    def tell(self, failures: "List[Dict[str, Any]]", pages: "List[Dict[str, Any]]") -> None:
        """Print it on stderr, under pip's own lines."""
        sys.stdout.flush()
        told = dict(self.told, failures=failures, pages=pages, cert=self.context.cert)
        with own_processes(self.context):  # the finding sees the variables that the user set
            process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, env=self.context.environ
            )
            with process:
                process.communicate(json.dumps(told).encode("ascii"))


def _default_index() -> str:
    try:
        from pip._internal.models.index import PyPI

        return str(PyPI.simple_url)
    except (ImportError, AttributeError):
        return ""


def _cert_at(context: "Context") -> str:
    """The file and the line that have pip's setting, "" where no file made it."""
    if not context.cert or context.environ.get("PIP_CERT"):
        return ""
    from spip.bridge import setting_origin

    try:
        files = setting_origin.configuration_files(isolated="--isolated" in context.arguments)
    except (ImportError, AttributeError):  # a pip that nobody knows yet
        return ""
    return setting_origin.in_files(setting_origin.CERT, context.cert, files)


def _proxy_at(context: "Context", value: "Optional[str]") -> str:
    """Where pip's own setting was made, "" where there is none."""
    if not value:
        return ""
    from spip.bridge import setting_origin

    found = _set_at(context, setting_origin.PROXY, value)
    return "proxy in %s" % found.shown if found.kind == "file" else str(found.shown)


def _plain_at(context: "Context", options: "Any") -> "Dict[str, str]":
    """Where each http address among the options was set, by the address as `Pages` has it."""
    plain = [
        (name, url)
        for name in ("index_url", "extra_index_urls", "find_links")
        for url in _listed(getattr(options, name, None))
        if str(url)[:5].lower() == "http:"
    ]
    if not plain:
        return {}
    from spip.bridge import setting_origin

    names = {
        "index_url": setting_origin.INDEX_URL,
        "extra_index_urls": setting_origin.EXTRA_INDEX_URL,
        "find_links": setting_origin.FIND_LINKS,
    }
    return {
        url.rstrip("/") + "/": str(_set_at(context, names[name], url).shown) for name, url in plain
    }


def _listed(value: "Any") -> "Any":
    return (value,) if isinstance(value, str) else value or ()


def _set_at(context: "Context", names: "Any", value: str) -> "Any":
    from spip.bridge import setting_origin

    isolated = "--isolated" in context.arguments
    try:
        files = setting_origin.configuration_files(isolated=isolated)
    except (ImportError, AttributeError):  # a pip that nobody knows yet
        files = []
    environ = {} if isolated else context.environ
    return setting_origin.setting_origin_of(names, value, context.arguments, environ, files)


def _without_ssl() -> "Optional[str]":
    """This Python, if it can't open https at all."""
    try:
        import ssl
    except ImportError:
        return sys.executable
    return None
