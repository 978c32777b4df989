"""`spip trust fetch`: take the root that a host presents, once its fingerprint was confirmed.

What comes over the network proves nothing by itself. Only the fingerprint, which came another way,
does; then a handshake shows that this root makes the host trusted.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spip.certificates.formats import Block
from spip.commands import confirm
from spip.commands.presented_chain import drawn, sent_by, signs, way_to
from spip.commands.trust import candidates
from spip.commands.trust.add import keep, known
from spip.commands.trust.remove import plain
from spip.commands.trust.survey import asked, here
from spip.diagnosis.evidence import find_issuers
from spip.errors import SpipError
from spip.invocation import command_line
from spip.policy import in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.certificates.x509 import Certificate
    from spip.commands.trust import Options

_LENGTH = 64  # hexadecimal digits of a SHA-256


def main(wanted: Options, environ: Mapping[str, str]) -> int:
    """Show what the host presents; keep its root if it is confirmed. 0 if it is trusted now."""
    rules = in_force.policy_or_none()
    if rules and not rules.fetch:
        raise rules.against(f"`{command_line('trust', 'fetch')}`")
    fingerprint = plain(wanted.fingerprint)
    if wanted.fingerprint and not _is_whole(fingerprint):
        raise SpipError(
            "--fingerprint takes a whole SHA-256: 64 hexadecimal digits",
            "ask IT for the SHA-256 fingerprint of the root",
            exit_code=2,
        )
    this = here(environ)
    roots = {root.der for one in asked(this.sources) for root in one.roots}
    way = way_to(wanted.host, this, environ, roots)
    sent = sent_by(way)
    print("\n".join(drawn(sent)), file=sys.stderr)
    root = _root(sent, frozenset(roots))
    _confirm(root, sent, fingerprint, wanted)
    if not signs(way, root):
        raise SpipError(
            f"{root.subject.shown} did not sign what {way.place.shown} presents: nothing was added"
        )
    keep(root, environ)
    return 0


def _root(sent: tuple[Certificate, ...], roots: frozenset[bytes]) -> Certificate:
    """Return the root that was sent, if it may be one. Raises SpipError."""
    top = sent[-1]
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
    here_already = find_issuers(top, roots)
    if here_already:
        return SpipError(
            f"its root, {here_already[0].subject.shown}, is not sent, and is trusted already",
            exit_code=0,
        )
    return SpipError(
        f'the root is not sent: it is "{top.issuer.text}"',
        "ask IT for it, or export it where a browser works (its certificate viewer, topmost, "
        "Export; on Windows certmgr.msc, on macOS Keychain Access), then run  "
        + command_line("trust", "add", "FILE"),
    )


def _confirm(
    root: Certificate, sent: tuple[Certificate, ...], fingerprint: str, wanted: Options
) -> None:
    """Raise SpipError unless the fingerprint that was given, or is typed, is the root's."""
    for line in candidates.warnings(root):
        print(f"spip: warning: {line}", file=sys.stderr)
    if not fingerprint:
        if not confirm.is_terminal():
            raise SpipError(
                "nobody is there to confirm it",
                command_line("trust", "fetch", wanted.host, "--fingerprint", "SHA-256"),
            )
        print(confirm.TYPE, file=sys.stderr)
        fingerprint = plain(confirm.answer("SHA-256 of the root: "))
    if fingerprint == root.fingerprint:
        return
    others = [each for each in sent if each.fingerprint == fingerprint]
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


def _is_whole(fingerprint: str) -> bool:
    return len(fingerprint) == _LENGTH and set(fingerprint) <= set("0123456789abcdef")
