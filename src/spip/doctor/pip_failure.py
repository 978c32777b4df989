"""A failed connection as pip's process reports it, read and compared with what a probe saw.

The target may have another OpenSSL, and its pip logins (netrc, a keyring) that a probe has not. So
pip's word counts for whether it works; the probe explains why not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from spip import redact
from spip.bridge import verify_codes
from spip.errors import SpipError
from spip.probe.endpoint import parse_endpoint
from spip.probe.proxies import ProxySettings, proxy_for
from spip.probe.proxy_url import ProxyUnreadableError, read_proxy
from spip.probe.results import Failure, by_number
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.doctor.target_pip import Reply
    from spip.probe.endpoint import Endpoint
    from spip.probe.proxy_url import Proxy
    from spip.probe.results import ProbeResult

# The errors of Python, urllib3 and requests, old and new, by a part of their names; the first
# that fits counts.
_KINDS = (
    ("NameResolution", "dns", "unknown-name"),
    ("gaierror", "dns", "unknown-name"),
    ("ReadTimeout", "page", "timeout"),
    ("Timeout", "connect", "timeout"),
    ("timeout", "connect", "timeout"),
    ("Refused", "connect", "refused"),
    ("Reset", "handshake", "reset"),
    ("SSLEOF", "handshake", "closed"),
    ("SSLZeroReturn", "handshake", "closed"),
    ("SSL", "handshake", "tls"),
    ("RemoteDisconnected", "page", "closed"),
    ("Protocol", "page", "closed"),
    ("IncompleteRead", "page", "closed"),
)
_NO_CLIENT_CERTIFICATE = re.compile(r"Could not find the TLS (?:certificate|key) file, .*?: (.+)")
_SETTING = "pip's setting proxy"
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


@dataclass(frozen=True)
class FailedConnection:
    """One failure. `text` is printable and without secrets; `refused`: a certificate was.

    `number`: the errno of what the system answered, None where it answered nothing. `unreadable`:
    why what was named as its proxy is none.
    """

    place: Endpoint
    proxy: Proxy | None
    error: str
    text: str
    verify_code: int
    refused: bool
    unreadable: ProxyUnreadableError | None = None
    number: int | None = None

    @property
    def lost_client_certificate(self) -> str:
        """The client certificate that requests looked for and didn't find, "" for none."""
        found = _NO_CLIENT_CERTIFICATE.search(self.text)
        return found[1] if found else ""

    @property
    def failure(self) -> Failure:
        """What a look would have called it."""
        if self.refused:
            return Failure("handshake", "certificate", self.text, self.verify_code)
        tunnel = _TUNNEL.search(self.text)
        if tunnel:
            return Failure("tunnel", "status", tunnel[1], int(tunnel[1]))
        for part, step, kind in _KINDS:
            if part in self.error:
                return Failure(step, kind, self.text, reason=self.text)
        kind = by_number("connect", self.number)
        return Failure("connect", kind or "other", self.text)


def parse_failed_connection(
    said: Mapping[str, Any], environ: Mapping[str, str], setting: tuple[str, str] = ("", "")
) -> FailedConnection:
    """Return the failure that `said` (JSON) describes. Raises KeyError, ValueError, SpipError.

    `setting`: pip's own setting of a proxy, and where it was made.
    """
    where = parse_endpoint(str(said["url"]))
    code = int(said.get("verify_code") or 0)
    text = printable(redact.text(said["text"]), 200)
    refused = bool(said.get("certificate")) or code != 0
    error = str(said["error"])
    try:
        proxy = _proxy(str(said["proxy"]), where, environ, setting) if said.get("proxy") else None
    except ProxyUnreadableError as unreadable:
        return FailedConnection(where, None, error, text, code, refused, unreadable)
    return FailedConnection(where, proxy, error, text, code, refused, number=said.get("errno"))


def _proxy(
    url: str, where: Endpoint, environ: Mapping[str, str], setting: tuple[str, str]
) -> Proxy:
    """Name it by the setting or the variable that brought it, if one did."""
    value, place = setting
    if value and url == value:
        return read_proxy(url, place or _SETTING)
    from_environment = proxy_for(where, ProxySettings(environ))
    from_pip = read_proxy(url, _SETTING)
    known = from_environment and from_environment.shown == from_pip.shown
    return from_environment if known and from_environment else from_pip


# What pip reports of these says no more than a look does, and often less.
_TOLD_BY_TLS = {"certificate", "tls"}


def merge_reply(seen: ProbeResult, reply: Reply | None, environ: Mapping[str, str]) -> ProbeResult:
    """Return `seen` as pip met it; as it is where pip could not be asked."""
    if reply is None:
        return seen
    seen = replace(seen, passed_over=reply.passed_over)
    if reply.failure is not None:
        return _with_failure(seen, read_failure(reply.failure, environ))
    answer = reply.answer
    if answer is None:
        return seen
    works = replace(seen, failure=None, refused_here=seen.failure, wants_login=reply.wants_login)
    own = seen.answer
    # pip follows a redirect; the look's answer says where it leads.
    if own is not None and own.status < 400 and answer.status < 400:
        return works
    return replace(works, answer=answer)


def without_client_certificate_failure(seen: ProbeResult) -> ProbeResult:
    """Return `seen` without what failed for want of a certificate that only a person can open."""
    failed = seen.failure
    if failed is None or failed.kind == "certificate" or not seen.client_certificate_wanted:
        return seen
    return replace(seen, failure=None, refused_here=failed)


def read_failure(failure: Mapping[str, Any], environ: Mapping[str, str]) -> Failure | None:
    """Return the failure that pip's process told; None where it tells nothing that can be read."""
    try:
        return parse_failed_connection(failure, environ).failure
    except (SpipError, ValueError):  # a URL that is none
        return Failure("connect", "other", printable(redact.text(failure.get("text", ""))))
    except KeyError:
        return None


def _with_failure(seen: ProbeResult, by_pip: Failure | None) -> ProbeResult:
    if by_pip is None:
        return seen
    if seen.failure is None or _says_more(by_pip, seen.failure):
        return replace(seen, failure=by_pip, verified=())
    return seen


def _says_more(by_pip: Failure, own: Failure) -> bool:
    """Whether TLS failed for both, and for another reason in the target."""
    if own.step != "handshake" or own.kind not in _TOLD_BY_TLS:
        return False
    if by_pip.kind == own.kind == "certificate":
        return verify_codes.meaning(by_pip.code, by_pip.text) != verify_codes.meaning(
            own.code, own.text
        )
    return by_pip.kind == "certificate" or own.kind == "certificate"
