"""What the target's pip met, put beside what a look from spip's own Python saw.

The target may have another OpenSSL, and its pip logins (netrc, a keyring) that a look has not. So
pip's word counts for whether it works; the look explains why not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spip import redact
from spip.bridge import verify_codes
from spip.doctor.failed_connection import failed
from spip.errors import SpipError
from spip.probe.results import Failure
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.doctor.target_pip import Reply
    from spip.probe.results import ProbeResult

# What pip reports of these says no more than a look does, and often less.
_TOLD_BY_TLS = {"certificate", "tls"}


def confirmed(seen: ProbeResult, reply: Reply | None, environ: Mapping[str, str]) -> ProbeResult:
    """Return `seen` as pip met it; as it is where pip could not be asked."""
    if reply is None:
        return seen
    if reply.failure is not None:
        return _failing(seen, told(reply.failure, environ))
    answer = reply.answer
    if answer is None:
        return seen
    works = replace(seen, failure=None, refused_here=seen.failure, wants_login=reply.wants_login)
    own = seen.answer
    # pip follows a redirect; the look's answer says where it leads.
    if own is not None and own.status < 400 and answer.status < 400:
        return works
    return replace(works, answer=answer)


def up_to_client_certificate(seen: ProbeResult) -> ProbeResult:
    """Return `seen` without what failed for want of a certificate that only a person can open."""
    failed = seen.failure
    if failed is None or failed.kind == "certificate" or not seen.client_certificate_wanted:
        return seen
    return replace(seen, failure=None, refused_here=failed)


def told(failure: Mapping[str, Any], environ: Mapping[str, str]) -> Failure | None:
    """Return the failure that pip's process told; None where it tells nothing that can be read."""
    try:
        return failed(failure, environ).failure
    except (SpipError, ValueError):  # a URL that is none
        return Failure("connect", "other", printable(redact.text(failure.get("text", ""))))
    except KeyError:
        return None


def _failing(seen: ProbeResult, by_pip: Failure | None) -> ProbeResult:
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
