"""`spip trust add`: show the roots of a file, or of Windows, ask, and keep them."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from spip import paths, stores, terminal
from spip.commands.trust import candidates, other_tools_roots
from spip.errors import SpipError
from spip.invocation import command_line
from spip.policy import in_force
from spip.sources import Source
from spip.stores import gather
from spip.text import in_ascii
from spip.trust import sources_in_force, user_roots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.certificates.x509 import Certificate
    from spip.commands.trust import Options
    from spip.commands.trust.candidates import Candidates


# Where a fingerprint is found that didn't come over the same connection.
SEEN_IN_A_BROWSER = (
    "A browser that works on this machine\n"
    "shows it as well: the padlock, the certificate, the topmost of its chain, SHA-256."
)
_COMPARE = f"Compare the fingerprint with the one that IT gave you. {SEEN_IN_A_BROWSER}"


def main(options: Options, environ: Mapping[str, str]) -> int:
    """Add the roots of a file, or of Windows; 0 if all of them are trusted now."""
    rules = in_force.policy_or_none()
    if rules and not rules.add:
        raise rules.against(f"`{command_line('trust', 'add')}`")
    if options.from_windows:
        return add_from_windows(environ, known(), yes=options.yes)
    found = candidates.in_file(options.file, known())
    for warning in found.warnings:
        _say(f"warning: {warning}")
    if options.yes and found.in_other_hands:
        raise SpipError(
            "a file that others may have written is not trusted unseen",
            "without --yes, on a terminal, compare its fingerprint",
        )
    return add_candidates(
        found, environ, yes=options.yes, again=command_line("trust", "add", "--yes", options.file)
    )


def add_candidates(found: Candidates, environ: Mapping[str, str], *, yes: bool, again: str) -> int:
    """Show the roots, ask, keep them; 0 if nothing that was asked for is missing.

    Raises SpipError where there is nothing to take.
    """
    for root in found.known:
        _say(f"{root.subject.shown} is trusted already, without being added")
    for reason in found.refused:
        _say(f"passed over: {reason}")
    if not found.roots:
        if found.known and not found.refused:
            return 0
        instead = found.instead or "ask IT for the root certificate itself"
        raise SpipError("nothing was added", instead)
    for root in found.roots:
        _describe(root)
    if not yes:
        print(_COMPARE, file=sys.stderr)
    count = "this root" if len(found.roots) == 1 else f"these {len(found.roots)} roots"
    question = f"Trust {count} for pip, and for what `env` names?"
    if not terminal.confirm(question, yes=yes, otherwise=again):
        raise SpipError("nothing was added")
    for root in found.roots:
        keep(root, environ)
    return 0


def keep(certificate: Certificate, environ: Mapping[str, str]) -> None:
    """Keep a root, and let the bundles know that shells may have in use."""
    path = user_roots.keep(environ, certificate.fingerprint, pem(certificate))
    renew(environ)
    print(f"added {certificate.subject.text}, SHA-256 {certificate.fingerprint}: {path}")
    print(f"to undo:  {command_line('trust', 'remove', certificate.fingerprint[:16])}")


def renew(environ: Mapping[str, str]) -> None:
    """Renew every bundle that was made before, since a shell may go on to name it."""
    from spip.stores import bundle_upkeep

    cache = paths.cache(environ)
    if cache is not None:
        bundle_upkeep.renew(cache)


def pem(certificate: Certificate) -> bytes:
    """The file to keep: the certificate alone, below what it is."""
    from ssl import DER_cert_to_PEM_cert

    subject = in_ascii(certificate.subject.text)
    head = f"# {subject}\n# SHA-256 {certificate.fingerprint}\n# added with spip\n"
    return (head + DER_cert_to_PEM_cert(certificate.der)).encode("ascii")


def known() -> frozenset[bytes]:
    """What is trusted without being added: the system's store, and a genuine certifi."""
    certifi = frozenset[bytes]()
    if sources_in_force.takes_certifi():
        certifi = other_tools_roots.genuine_certifi()
    system_store = gather.gather((Source("os", stores.name(), None),), int(time.time()))
    return certifi | {root.der for result in system_store for root in result.roots}


def _describe(root: Certificate) -> None:
    print("\n".join(candidates.describe(root)), file=sys.stderr)
    for warning in candidates.warnings(root):
        _say(f"warning: {warning}")


def _say(text: str) -> None:
    print(f"spip: {text}", file=sys.stderr)


def add_from_windows(environ: Mapping[str, str], known: frozenset[bytes], *, yes: bool) -> int:
    """Show each root of Windows that is missing here and ask for it; 0. Raises SpipError."""
    from spip.certificates import formats
    from spip.environment import system

    if system.platform() != "wsl":
        raise SpipError(
            "this is no Linux inside of Windows (WSL), so there is no Windows to ask",
            command_line("trust", "add", "FILE"),
        )
    exported = system.windows_roots()
    found = candidates.of(formats.read(exported).blocks, known)
    if not exported or not (found.roots or found.known):
        raise SpipError(
            "Windows did not answer: powershell.exe is not on PATH, or interop is switched off",
            "see `interop` in /etc/wsl.conf, or export the root in Windows (certmgr.msc)",
        )
    if not found.roots:
        print(f"Windows has {len(found.known)} roots; each is trusted here already")
        return 0
    if not yes:
        print(_COMPARE, file=sys.stderr)
    again = command_line("trust", "add", "--from-windows", "--yes")
    for root in found.roots:
        _describe(root)
        question = "Windows trusts this root. Trust it here?"
        if terminal.confirm(question, yes=yes, otherwise=again):
            keep(root, environ)
    return 0
