"""`spip trust fetch`: take the root that a host presents, once its fingerprint was confirmed.

What comes over the network proves nothing by itself. Only the fingerprint, which came another way,
does; then a handshake shows that this root makes the host trusted.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.doctor import system
from spip.errors import SpipError
from spip.spelling import spelt
from spip.stores.read import Block
from spip.tls import chain
from spip.tls.evidence import issuers
from spip.tls.observed import Failure
from spip.tls.place import place
from spip.tls.probe import Looker, look, presented, trusting
from spip.tls.routes import ProxySettings, ProxyUnreadableError, proxy_for
from spip.trusting import asking, candidates
from spip.trusting.add import keep, known
from spip.trusting.here import asked, here
from spip.trusting.remove import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.tls.chain import Certificate
    from spip.tls.place import Place
    from spip.tls.routes import Proxy
    from spip.trusting.arguments import Wanted
    from spip.trusting.here import Here

_LENGTH = 64  # hexadecimal digits of a SHA-256
# OpenSSL's X509_V_ERR_ for dates and for names, which it looks at after the signatures.
_NOT_THE_CHAIN = {9, 10, 62, 64}
_NO_FAILURE = Failure("handshake", "other", "not judged")


@dataclass(frozen=True)
class _Way:
    """How the host is reached."""

    place: Place
    proxy: Proxy | None
    looker: Looker


def main(wanted: Wanted, environ: Mapping[str, str]) -> int:
    """Show what the host presents; keep its root if it is confirmed. 0 if it is trusted now."""
    fingerprint = plain(wanted.fingerprint)
    if wanted.fingerprint and not _is_whole(fingerprint):
        raise SpipError(
            "--fingerprint takes a whole SHA-256: 64 hexadecimal digits",
            "ask IT for the SHA-256 fingerprint of the root",
            exit_code=2,
        )
    this = here(environ)
    roots = {root.der for one in asked(this.sources) for root in one.roots}
    way = _way(wanted.host, this, environ, roots)
    sent = _sent(way)
    print("\n".join(_drawn(sent)), file=sys.stderr)
    root = _root(sent, frozenset(roots))
    _confirm(root, sent, fingerprint, wanted)
    if not _signed(way, root, roots):
        raise SpipError(
            f"{root.subject.shown} did not sign what {way.place.shown} presents: nothing was added"
        )
    keep(root, environ)
    return 0


def _way(host: str, this: Here, environ: Mapping[str, str], roots: set[bytes]) -> _Way:
    where = place(host)
    proxy = this.settings.get("proxy")
    pip = this.facts.pip
    try:
        through = proxy_for(
            where,
            ProxySettings(
                environ=environ,
                setting=proxy.value if proxy else "",
                setting_named_by=proxy.named_by if proxy else "",
                pip_version=pip.numbers if pip else (99,),
                environment_off=this.settings.is_on("no-proxy-env"),
                system=system.proxies,
            ),
        )
    except ProxyUnreadableError as error:
        raise SpipError(f"{error.named_by} names no proxy: {error}") from error
    # The way to an https:// proxy is verified as ever.
    return _Way(where, through, Looker(lambda: trusting(roots, ask_system=False)))


def _sent(way: _Way) -> tuple[Certificate, ...]:
    """The chain that the host presents, leaf first. Raises SpipError where it presents none."""
    seen = presented(way.place, way.proxy, way.looker, _NO_FAILURE)
    if not seen.presented:
        reason = f": {seen.failure.text}" if seen.failure else ""
        raise SpipError(
            f"{way.place.shown} presents no certificate{reason}",
            spelt("doctor", way.place.shown),
        )
    certificates, problem = chain.readable(seen.presented)
    if not certificates:
        raise SpipError(f"what {way.place.shown} presents can't be read: {problem}")
    through = f" through {way.proxy.shown}" if way.proxy else ""
    print(f"{way.place.shown} presents{through}:", file=sys.stderr)
    return chain.ordered(certificates)


def _signed(way: _Way, root: Certificate, roots: set[bytes]) -> bool:
    """Whether a handshake shows that `root` is what makes the host trusted.

    A name or a date that is wrong is another matter, which the doctor names.
    """
    looker = Looker(lambda: trusting({*roots, root.der}, ask_system=False))
    seen = look(way.place, way.proxy, looker)
    if seen.verified:
        return seen.verified[-1] == root.der
    failed = seen.failure
    return failed is not None and failed.kind == "certificate" and failed.code in _NOT_THE_CHAIN


def _drawn(sent: tuple[Certificate, ...]) -> list[str]:
    found = []
    for depth, each in enumerate(sent):
        until = f"until {each.last:%Y-%m-%d}"
        found.append(f"  {'  ' * depth}{each.subject.text}, {until}, sha256 {each.fingerprint}")
    return found


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
    here_already = issuers(top, roots)
    if here_already:
        return SpipError(
            f"its root, {here_already[0].subject.shown}, is not sent, and is trusted already",
            exit_code=0,
        )
    return SpipError(
        f'the root is not sent: it is "{top.issuer.text}"',
        "ask IT for it, or export it where a browser works (its certificate viewer, topmost, "
        "Export; on Windows certmgr.msc, on macOS Keychain Access), then run  "
        + spelt("trust", "add", "FILE"),
    )


def _confirm(
    root: Certificate, sent: tuple[Certificate, ...], fingerprint: str, wanted: Wanted
) -> None:
    """Raise SpipError unless the fingerprint that was given, or is typed, is the root's."""
    for line in candidates.warnings(root):
        print(f"spip: warning: {line}", file=sys.stderr)
    if not fingerprint:
        if not asking.is_terminal():
            raise SpipError(
                "nobody is there to confirm it",
                spelt("trust", "fetch", wanted.host, "--fingerprint", "SHA-256"),
            )
        print(asking.TYPE, file=sys.stderr)
        fingerprint = plain(asking.answer("SHA-256 of the root: "))
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
