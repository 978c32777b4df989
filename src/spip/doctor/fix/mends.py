"""What can be mended on the spot, so that verification works: roots that are here, unused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import invocation
from spip.certificates import x509
from spip.doctor.fix.ready import can_be_mended
from spip.doctor.fix.told import shown
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.doctor.fix.hack import Hack
    from spip.doctor.fix.ready import Ready


@dataclass(frozen=True)
class Mend:
    """A command of spip's that would help, and what it would help."""

    words: tuple[str, ...]
    why: str


def mends(ready: Ready, hacks: Sequence[Hack]) -> list[Mend]:
    """Return each once: roots that a host needs, and those that somebody added to a certifi."""
    found = [*_needed(ready), *_added(ready, hacks)]
    return list({mend.words: mend for mend in found}.values())


def _needed(ready: Ready) -> Iterator[Mend]:
    for evidence in (*ready.found.hosts, *ready.others):
        candidate = evidence.candidate
        if candidate is None or not can_be_mended(evidence):
            continue
        from_windows = candidate.kind == "windows"
        words = ("--from-windows",) if from_windows else (candidate.path,)
        yield Mend(("trust", "add", *words), f"{evidence.host} needs a root from there")


def _added(ready: Ready, hacks: Sequence[Hack]) -> Iterator[Mend]:
    for hack in hacks:
        if hack.kind == "added" and untaken(hack, ready):
            yield Mend(("trust", "add", hack.path), "it keeps what somebody added to that certifi")


def untaken(hack: Hack, ready: Ready) -> tuple[str, ...]:
    """Return the names of certificates behind the genuine end that nothing else here trusts."""
    from spip.certificates import formats

    with open(hack.path, "rb") as file:
        blocks = formats.read(file.read()[hack.cuts[0].start :]).blocks
    elsewhere = frozenset[bytes]().union(
        *(source.roots for source in ready.found.sources if source.kind != "certifi")
    )
    certificates = x509.readable([b.der for b in blocks if b.der not in elsewhere])[0]
    return tuple(each.subject.shown for each in certificates)


def run(words: Sequence[str], *, yes: bool) -> bool:
    """Run one of spip's own commands, which asks for itself at a terminal; whether it is done."""
    more = ["--yes"] if yes and words[0] == "trust" else []
    # As it was typed, for what it spells; run by its path, since a bare name may be another's.
    command = [*invocation.beginning(sys.orig_argv), *words, *more]
    print(f"$ {shown(invocation.command_line(*words))}", flush=True)
    try:
        code = subprocess.run(command, executable=sys.executable, check=False).returncode
    except OSError as error:
        print(f"  it can't be started: {printable(str(error))}")
        return False
    if code:
        print(f"  not done (exit {code})")
    return code == 0
