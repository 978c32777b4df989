"""`spip trust fetch`: take the root that a host presents, once its fingerprint was confirmed.

What comes over the network proves nothing by itself. Only the fingerprint, which came another way,
does; then a handshake shows that this root makes the host trusted.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spip import terminal
from spip.certificates.formats import Block
from spip.commands.presented_chain import Route, ask_chain, describe, is_signed_by
from spip.commands.trust import candidates
from spip.commands.trust.add import SEEN_IN_A_BROWSER, keep, known
from spip.commands.trust.remove import normalize
from spip.commands.trust.survey import ask_sources, ask_target
from spip.diagnosis.evidence import find_issuers
from spip.errors import SpipError
from spip.invocation import command_line
from spip.policy import in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.certificates.x509 import Certificate
    from spip.commands.trust import Options

_TYPE = f"Type the root's fingerprint, as IT gave it to you. {SEEN_IN_A_BROWSER}"
_LENGTH = 64  # hexadecimal digits of a SHA-256


def main(options: Options, environ: Mapping[str, str]) -> int:
    """Show what the host presents; keep its root if it is confirmed. 0 if it is trusted now."""
    rules = in_force.policy_or_none()
    if rules and not rules.fetch:
        raise rules.against(f"`{command_line('trust', 'fetch')}`")
    fingerprint = normalize(options.fingerprint)
    if options.fingerprint and not _is_complete(fingerprint):
        raise SpipError(
            "--fingerprint takes a whole SHA-256: 64 hexadecimal digits",
            "ask IT for the SHA-256 fingerprint of the root",
            exit_code=2,
        )
    target = ask_target(environ)
    roots = {root.der for result in ask_sources(target.sources) for root in result.roots}
    route = Route.to(options.host, target, environ, roots)
    chain = ask_chain(route)
    print("\n".join(describe(chain)), file=sys.stderr)
    root = _root(chain, frozenset(roots))
    _confirm(root, chain, fingerprint, options)
    if not is_signed_by(route, root):
        raise SpipError(
            f"{root.subject.shown} did not sign what {route.host.shown} presents: nothing was added"
        )
    keep(root, environ)
    return 0


def _root(chain: tuple[Certificate, ...], roots: frozenset[bytes]) -> Certificate:
    """The root that was sent, if it may be one. Raises SpipError."""
    top = chain[-1]
    if not top.is_self_issued:
        raise _missing(top, roots)
    if top.der in roots:
        raise SpipError(f"{top.subject.shown} is trusted already", exit_code=0)
    found = candidates.of([Block(top.der, 0)], known())
    if not found.roots:
        raise SpipError(f"nothing was added: {' '.join(found.refused)}")
    return found.roots[0]


def _missing(top: Certificate, roots: frozenset[bytes]) -> SpipError:
    """The root isn't sent, as it mostly isn't: its fingerprint can't come from the wire."""
    present = find_issuers(top, roots)
    if present:
        return SpipError(
            f"its root, {present[0].subject.shown}, is not sent, and is trusted already",
            exit_code=0,
        )
    return SpipError(
        f'the root is not sent: it is "{top.issuer.text}"',
        "ask IT for it, or export it where a browser works (its certificate viewer, topmost, "
        "Export; on Windows certmgr.msc, on macOS Keychain Access), then run  "
        + command_line("trust", "add", "FILE"),
    )


def _confirm(
    root: Certificate, chain: tuple[Certificate, ...], fingerprint: str, options: Options
) -> None:
    """Raise SpipError unless the fingerprint that was given, or is typed, is the root's."""
    for line in candidates.warnings(root):
        print(f"spip: warning: {line}", file=sys.stderr)
    if not fingerprint:
        if not terminal.can_answer():
            raise SpipError(
                "nobody is there to confirm it",
                command_line("trust", "fetch", options.host, "--fingerprint", "SHA-256"),
            )
        print(_TYPE, file=sys.stderr)
        fingerprint = normalize(terminal.ask("SHA-256 of the root: "))
    if fingerprint == root.fingerprint:
        return
    others = [one for one in chain if one.fingerprint == fingerprint]
    if others:
        raise SpipError(
            f"that is the fingerprint of {others[0].subject.shown}, which is no root; nothing was "
            "added",
            "ask IT for the SHA-256 fingerprint of the root",
        )
    raise SpipError(
        "that is not the fingerprint of what is presented: nothing was added",
        "somebody else may answer here; ask IT",
    )


def _is_complete(fingerprint: str) -> bool:
    return len(fingerprint) == _LENGTH and set(fingerprint) <= set("0123456789abcdef")
