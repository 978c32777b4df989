"""Check that verification works before what switches it off is removed, and what would help."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import invocation
from spip.certificates import x509
from spip.doctor.collect import Request, make_report
from spip.errors import SpipError
from spip.probe.endpoint import Endpoint, parse_endpoint
from spip.relaxations.relaxation import ADDED, BUNDLE, HTTP, OFF
from spip.repair.messages import safe_line
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from spip.diagnosis.evidence import Evidence
    from spip.doctor.report import Report
    from spip.relaxations.relaxation import Relaxation

    Progress = Callable[[str], None]

# Roots that are here and that nothing uses, which `spip trust add` takes over.
_ADDABLE = {"agent", "tool", "windows"}


@dataclass(frozen=True)
class Preconditions:
    """What the doctor found: pip's own indexes, and hosts that only the relaxations name."""

    found: Report
    others: tuple[Evidence, ...]
    over_https: Mapping[str, bool]  # an http:// URL, and whether https:// verifies there

    def against(
        self, relaxation: Relaxation, going: Iterable[Relaxation] = (), *, mended: bool = False
    ) -> str:
        """Return why this relaxation has to stay, "" where it may go.

        `going`: those that go before it. `mended`: as if the roots that could be added had been.
        """
        if relaxation.kind == BUNDLE or (relaxation.kind == ADDED and mended):
            return ""
        if relaxation.kind == HTTP:
            works = all(self.over_https.get(url) for url in relaxation.values)
            return "" if works else "https:// doesn't verify there"
        if relaxation.kind == OFF and (plain := self._over_http(relaxation, going)):
            return plain
        for evidence in self.found.hosts:
            if evidence.observed.place.scheme == "https" and not _verified(evidence, mended=mended):
                return _reason(evidence, self.found)
        for evidence in self.others:
            if evidence.observed.place.host in _names(relaxation) and _is_refused(
                evidence, mended=mended
            ):
                return _reason(evidence, self.found)
        return ""

    def _over_http(self, relaxation: Relaxation, going: Iterable[Relaxation]) -> str:
        urls = [_as_https(url) for each in going if each.kind == HTTP for url in each.values]
        secured = {where.host for where in urls if where}
        for evidence in self.found.hosts:
            where = evidence.observed.place
            if where.scheme != "http" or where.host in secured:
                continue
            if not relaxation.hosts or where.host in _names(relaxation):
                return f"pip asks {where.shown} over http://, which it refuses to do without this"
        return ""


def check_preconditions(
    relaxations: Iterable[Relaxation],
    environ: Mapping[str, str],
    request: Request,
    progress: Progress,
) -> Preconditions:
    """Check pip's indexes and what the relaxations name. Raises SpipError as `make_report` does."""
    _require_ssl()
    relaxations = list(relaxations)
    found = make_report(request, environ, progress)
    asked = {evidence.observed.place.host for evidence in found.hosts}
    named = [
        each for relaxation in relaxations for each in _places(relaxation) if each.host not in asked
    ]
    urls = {
        url: _as_https(url)
        for relaxation in relaxations
        if relaxation.kind == HTTP
        for url in relaxation.values
    }
    wanted = tuple(dict.fromkeys([*named, *filter(None, urls.values())]))
    seen = _check_hosts(wanted, environ, request, progress) if wanted else ()
    works = {each.observed.place.origin for each in seen if each.observed.works}
    over = {url: where is not None and where.origin in works for url, where in urls.items()}
    return Preconditions(found, seen, over)


def _require_ssl() -> None:
    try:
        import ssl  # noqa: F401 - what verifies
    except ImportError as error:
        raise SpipError(
            f"{sys.executable} has no ssl, so nothing can be verified: {error}"
        ) from error


def _check_hosts(
    wanted: tuple[Endpoint, ...], environ: Mapping[str, str], request: Request, progress: Progress
) -> tuple[Evidence, ...]:
    named = Request(wanted, by_module=request.by_module, spip=request.spip)
    return make_report(named, environ, progress).hosts


def _places(relaxation: Relaxation) -> Iterable[Endpoint]:
    """Where the hosts of a relaxation are asked; what is no host is ignored, as by pip."""
    for host in relaxation.hosts if relaxation.kind == OFF else ():
        try:
            where = parse_endpoint(host)
        except SpipError:
            continue
        if where.scheme == "https":
            yield where


def _names(relaxation: Relaxation) -> set[str]:
    return {each.host for each in _places(relaxation)}


def _as_https(url: str) -> Endpoint | None:
    try:
        return parse_endpoint(f"https{url[4:]}")
    except SpipError:
        return None


def _verified(evidence: Evidence, *, mended: bool) -> bool:
    return evidence.observed.works or (mended and has_addable_root(evidence))


def _is_refused(evidence: Evidence, *, mended: bool) -> bool:
    """Whether it is its certificate that fails; a host that pip doesn't ask may be gone."""
    failure = evidence.observed.failure
    at_fault = failure is not None and failure.kind == "certificate"
    return at_fault and not _verified(evidence, mended=mended)


def has_addable_root(evidence: Evidence) -> bool:
    """Whether `spip trust add` of a root that is here would do; a handshake has shown that."""
    return evidence.candidate is not None and evidence.candidate.kind in _ADDABLE


def _reason(evidence: Evidence, found: Report) -> str:
    said = [each for each in found.problems if each.about == evidence.host]
    if said:
        return f"{said[0].sentence}; next: {said[0].next_for(found.spip)}"
    return f"{evidence.host} doesn't verify yet"


@dataclass(frozen=True)
class Remedy:
    """A command of spip's that would help, and what it would help."""

    words: tuple[str, ...]
    why: str


def find_remedies(ready: Preconditions, relaxations: Sequence[Relaxation]) -> list[Remedy]:
    """Return each once: roots that a host needs, and those that somebody added to a certifi."""
    found = [*_root_remedies(ready), *_certifi_remedies(ready, relaxations)]
    return list({mend.words: mend for mend in found}.values())


def _root_remedies(ready: Preconditions) -> Iterator[Remedy]:
    for evidence in (*ready.found.hosts, *ready.others):
        candidate = evidence.candidate
        if candidate is None or not has_addable_root(evidence):
            continue
        from_windows = candidate.kind == "windows"
        words = ("--from-windows",) if from_windows else (candidate.path,)
        yield Remedy(("trust", "add", *words), f"{evidence.host} needs a root from there")


def _certifi_remedies(ready: Preconditions, relaxations: Sequence[Relaxation]) -> Iterator[Remedy]:
    for relaxation in relaxations:
        if relaxation.kind == "added" and unknown_certificates(relaxation, ready):
            yield Remedy(
                ("trust", "add", relaxation.path), "it keeps what somebody added to that certifi"
            )


def unknown_certificates(relaxation: Relaxation, ready: Preconditions) -> tuple[str, ...]:
    """Return the names of certificates behind the genuine end that nothing else here trusts."""
    from spip.certificates import formats

    with open(relaxation.path, "rb") as file:
        blocks = formats.read(file.read()[relaxation.cuts[0].start :]).blocks
    elsewhere = frozenset[bytes]().union(
        *(source.roots for source in ready.found.sources if source.kind != "certifi")
    )
    certificates = x509.readable([b.der for b in blocks if b.der not in elsewhere])[0]
    return tuple(each.subject.shown for each in certificates)


def run_spip(words: Sequence[str], *, yes: bool) -> bool:
    """Run one of spip's own commands, which asks for itself at a terminal; whether it is done."""
    more = ["--yes"] if yes and words[0] == "trust" else []
    # As it was typed, for what it spells; run by its path, since a bare name may be another's.
    command = [*invocation.beginning(sys.orig_argv), *words, *more]
    print(f"$ {safe_line(invocation.command_line(*words))}", flush=True)
    try:
        code = subprocess.run(command, executable=sys.executable, check=False).returncode
    except OSError as error:
        print(f"  it can't be started: {printable(str(error))}")
        return False
    if code:
        print(f"  not done (exit {code})")
    return code == 0
