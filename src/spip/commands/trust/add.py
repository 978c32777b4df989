"""`spip trust add`: keep a root that the user has, after they saw what it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spip import paths, stores
from spip.certificates import formats
from spip.commands import confirm
from spip.commands.trust import candidates, other_tools_roots
from spip.commands.trust.survey import asked
from spip.environment import system
from spip.errors import SpipError
from spip.invocation import command_line
from spip.policy import in_force
from spip.sources import Source
from spip.text import in_ascii
from spip.trust import sources_in_force, user_roots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.certificates.x509 import Certificate
    from spip.commands.trust import Options
    from spip.commands.trust.candidates import Candidates


def main(wanted: Options, environ: Mapping[str, str]) -> int:
    """Add what the file, or Windows, has; 0 if all of it is trusted now."""
    rules = in_force.policy_or_none()
    if rules and not rules.add:
        raise rules.against(f"`{command_line('trust', 'add')}`")
    if wanted.from_windows:
        return add(environ, known(), yes=wanted.yes)
    found = candidates.in_file(wanted.file, known())
    for warning in found.warnings:
        _say(f"warning: {warning}")
    if wanted.yes and found.in_other_hands:
        raise SpipError(
            "a file that others may have written is not trusted unseen",
            "without --yes, on a terminal, compare its fingerprint",
        )
    return take(
        found, environ, yes=wanted.yes, again=command_line("trust", "add", "--yes", wanted.file)
    )


def take(found: Candidates, environ: Mapping[str, str], *, yes: bool, again: str) -> int:
    """Show the roots, ask, keep them; 0 if nothing that was wanted is missing.

    Raises SpipError where there is nothing to take.
    """
    for each in found.known:
        _say(f"{each.subject.shown} is trusted already, without being added")
    for reason in found.refused:
        _say(f"passed over: {reason}")
    if not found.roots:
        if found.known and not found.refused:
            return 0
        instead = found.instead or "ask IT for the root certificate itself"
        raise SpipError("nothing was added", instead)
    for each in found.roots:
        print("\n".join(candidates.lines(each)), file=sys.stderr)
        for warning in candidates.warnings(each):
            _say(f"warning: {warning}")
    if not yes:
        print(confirm.COMPARE, file=sys.stderr)
    count = "this root" if len(found.roots) == 1 else f"these {len(found.roots)} roots"
    if not confirm.confirmed(f"Trust {count} for pip, and for what `env` names?", yes=yes,
                            otherwise=again):  # fmt: skip
        raise SpipError("nothing was added")
    for each in found.roots:
        keep(each, environ)
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
    """Return the file to keep: the certificate alone, below what it is."""
    from ssl import DER_cert_to_PEM_cert

    subject = in_ascii(certificate.subject.text)
    head = f"# {subject}\n# SHA-256 {certificate.fingerprint}\n# added with spip\n"
    return (head + DER_cert_to_PEM_cert(certificate.der)).encode("ascii")


def known() -> frozenset[bytes]:
    """Return what is trusted without being added: the system's store, and a genuine certifi."""
    of_system = asked((Source("os", stores.name(), None),))
    of_python = other_tools_roots.genuine() if sources_in_force.takes_certifi() else frozenset()
    return of_python | {root.der for one in of_system for root in one.roots}


def _say(text: str) -> None:
    print(f"spip: {text}", file=sys.stderr)


def add(environ: Mapping[str, str], known: frozenset[bytes], *, yes: bool) -> int:
    """Show each root of Windows that is missing here and ask for it; 0. Raises SpipError."""
    if system.platform() != "wsl":
        raise SpipError(
            "this is no Linux inside of Windows (WSL), so there is no Windows to ask",
            command_line("trust", "add", "FILE"),
        )
    said = system.windows_roots()
    found = candidates.of(formats.read(said).blocks, known)
    if not said or not (found.roots or found.known):
        raise SpipError(
            "Windows did not answer: powershell.exe is not on PATH, or interop is switched off",
            "see `interop` in /etc/wsl.conf, or export the root in Windows (certmgr.msc)",
        )
    if not found.roots:
        print(f"Windows has {len(found.known)} roots; each is trusted here already")
        return 0
    if not yes:
        print(confirm.COMPARE, file=sys.stderr)
    again = command_line("trust", "add", "--from-windows", "--yes")
    for each in found.roots:
        print("\n".join(candidates.lines(each)), file=sys.stderr)
        for warning in candidates.warnings(each):
            print(f"spip: warning: {warning}", file=sys.stderr)
        if confirm.confirmed("Windows trusts this root. Trust it here?", yes=yes, otherwise=again):
            keep(each, environ)
    return 0
