"""The evidence about one host, and about each source of roots: what causes are found from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from spip.certificates import x509
from spip.certificates.der import outline

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from spip.certificates.x509 import Certificate
    from spip.probe.results import ProbeResult

# Of a chain of hundreds nobody needs more, and each takes a millisecond to read.
MOST_READ = 30


@dataclass(frozen=True)
class RefusedFile:
    """A file that is there and doesn't count.

    `why` is a value of `spip.sources`, `text` finishes "it ..."; of a path that is misspelt
    (MISSING) it says what the setting has in it. `mend`: the command after which it counts.
    """

    path: str
    text: str
    mend: str
    why: str


@dataclass(frozen=True)
class SourceState:
    """One source of roots that was asked, and what it gave.

    `kind` as in `spip.sources.Source`; `problem` says why it gave nothing, "" if it did;
    `ignored` holds what is there and doesn't count, such as an expired root. `why` is the
    value of `spip.sources` for `problem`. `refused_files`: files that others could have written,
    that can't be read, or whose path isn't absolute or is misspelt. `unreadable_parts`: what is
    said of parts that can't be read.
    """

    kind: str
    label: str
    path: str | None
    roots: frozenset[bytes] = field(default=frozenset(), repr=False)
    problem: str = ""
    ignored: frozenset[bytes] = field(default=frozenset(), repr=False)
    distrusted: frozenset[bytes] = field(default=frozenset(), repr=False)  # of those
    why: str = ""
    refused_files: tuple[RefusedFile, ...] = ()
    unreadable_parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A root that isn't used, and that a handshake has shown would make the chain trusted.

    `kind`: "anchor", "agent" (of an interception product), "windows" (seen from WSL), "tool", or
    "refused": a source names it, and it doesn't count (`refused_file`). `unfit`: why the command
    that rebuilds this system's store passes over an anchor ("der", "named"), and `mend` what helps.
    """

    kind: str
    path: str
    tool: str = ""
    setting: str = ""
    der: bytes = field(default=b"", repr=False)
    refused_file: RefusedFile | None = None
    unfit: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Clock:
    """This machine's time, and the latest date that something installed here was made on."""

    now: datetime
    built: datetime | None = None
    built_what: str = ""


@dataclass(frozen=True)
class Evidence:
    """What is known about one host.

    `is_default`: pip's built-in index, or the host of its files. `only_default`: nothing else is
    configured. `platform`: "linux", "wsl", "macos" or "windows". `update`: the command that
    rebuilds this system's store. `proxy_script`: where this system finds its proxy, "" for nowhere.
    `is_no_index`: asked as an index, it has neither the project's page nor one of its own.
    `page`: what the page is that was asked for as an index's, "" for one: see `bridge.pages`.
    `asks_pass_phrase`: pip asks a person for that of the client certificate's key.
    `client_certificate_by`: the variable that names it, "" where another setting does.
    `pip_alone`: what pip meets without spip, where it works through spip; "" where both work.
    `unused_certifi`: the roots of a certifi that is no source, as a policy may have it. `relaxed`:
    it was seen by the way of a grant, which nobody verified. `unused`: what else lies on this
    machine and counts for nothing, looked for where a root is missing. `index_setting`: who names
    an index that pip passes over, and `over_https`: its page answers over https as well.
    """

    observed: ProbeResult
    clock: Clock
    sources: tuple[SourceState, ...] = ()
    unused_certifi: frozenset[bytes] = field(default=frozenset(), repr=False)
    relaxed: bool = False
    unused: frozenset[bytes] = field(default=frozenset(), repr=False)
    is_default: bool = False
    only_default: bool = False
    is_no_index: bool = False
    page: str = ""
    candidate: Candidate | None = None
    platform: str = "linux"
    update: str = "update-ca-certificates"
    proxy_script: str = ""
    client_certificate: str = ""
    client_certificate_by: str = ""
    client_certificate_problem: str = ""
    asks_pass_phrase: bool = False
    pip_alone: str = ""
    index_setting: str = ""
    over_https: bool = False

    @property
    def host(self) -> str:
        """The host as a person reads it."""
        return self.observed.place.shown

    @cached_property
    def presented(self) -> tuple[Certificate, ...]:
        """The certificates that were sent, as far as they can be read."""
        return x509.readable(self.observed.presented[:MOST_READ])[0]

    @cached_property
    def unreadable(self) -> str:
        """Why one of them can't be read, "" if all can."""
        return x509.readable(self.observed.presented[:MOST_READ])[1]

    @cached_property
    def chain(self) -> tuple[Certificate, ...]:
        """The chain from the leaf to the root, as far as it is known here.

        What OpenSSL accepted; else what was sent, and the root that a source has for it.
        """
        accepted = self.observed.verified
        if accepted and any(accepted[-1] in source.roots for source in self.sources):
            return tuple(x509.read(der) for der in accepted[:MOST_READ])
        sent = x509.ordered(self.presented)
        if not sent or sent[-1].is_self_issued:
            return sent
        above = self._issuer(sent[-1])
        return (*sent, above) if above else sent

    @cached_property
    def trusted_by(self) -> tuple[str, ...]:
        """The labels of the sources that hold the root of the way."""
        if not self.chain:
            return ()
        root = self.chain[-1].der
        return tuple(source.label for source in self.sources if root in source.roots)

    @property
    def in_certifi(self) -> bool:
        """Whether the way ends in a root that certifi has."""
        return bool(self.chain) and self.chain[-1].der in self.certifi

    @cached_property
    def certifi(self) -> frozenset[bytes]:
        """certifi's roots, whether it is a source or not; empty where nobody knows them."""
        return self.roots_of("certifi") or self.unused_certifi

    def roots_of(self, kind: str) -> frozenset[bytes]:
        """Return the roots of all sources of a kind."""
        return frozenset().union(*(each.roots for each in self.sources if each.kind == kind))

    @cached_property
    def known(self) -> frozenset[bytes]:
        """Every authority's certificate that was seen on this machine, whether it counts or not."""
        of_sources = (each.roots | each.ignored for each in self.sources)
        return self.unused | self.unused_certifi | frozenset[bytes]().union(*of_sources)

    @property
    def ends_passed_over(self) -> bool:
        """Whether the way ends in a root that is here and doesn't count."""
        root = self.chain[-1].der if self.chain else b""
        return not self.trusted_by and any(root in each.ignored for each in self.sources)

    @property
    def ends_distrusted(self) -> bool:
        """Whether the way ends in a root that this system distrusts on purpose."""
        return bool(self.chain) and any(
            self.chain[-1].der in each.distrusted for each in self.sources
        )

    def _issuer(self, certificate: Certificate) -> Certificate | None:
        counting = [der for source in self.sources for der in source.roots]
        others = [der for source in self.sources for der in source.ignored]
        return next((each for each in find_issuers(certificate, [*counting, *others])), None)


def find_issuers(certificate: Certificate, among: Iterable[bytes]) -> tuple[Certificate, ...]:
    """Return those of `among` (DER) that the certificate names as its issuer."""
    found = []
    for der in dict.fromkeys(among):
        cut = outline(der)  # reading each of them whole would take too long
        if cut is not None and cut.subject == certificate.issuer.der:
            found.append(der)
    return tuple(each for each in x509.readable(found)[0] if each.issued(certificate))
