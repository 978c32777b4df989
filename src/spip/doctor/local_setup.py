"""Find causes on this machine, whatever host is asked: Python, pip, settings, files of roots."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from spip import paths, sources
from spip.certificates.formats import read
from spip.diagnosis.findings import make_finding
from spip.doctor.setting_commands import unset_setting, unset_variable
from spip.doctor.source_states import certificates_at
from spip.environment import pip_settings, system
from spip.environment.installed_certifi import find_copies
from spip.probe.endpoint import Endpoint
from spip.sources import SourceRejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spip.diagnosis.evidence import Evidence, SourceState
    from spip.diagnosis.findings import Finding
    from spip.environment.installed_certifi import InstalledCertifi
    from spip.environment.pip_settings import Setting, Settings
    from spip.environment.target_facts import Facts, Pip
    from spip.errors import SpipError

_NOT_THERE = 404  # an index needn't have the project that is asked for
_OLDEST_PYTHON = (3, 6)
_OLDEST_PIP = (19, 3)
_OWN_PIP_NEEDS = (3, 10)
# Where a missing file is a traceback in plain pip (facts: pip, the override matrix).
_FATAL = {"PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "pip's setting cert"}
# Sources that somebody made on purpose; so many of their files that are held back are told.
_DELIBERATE = {"explicit", "added", "admin"}
_MOST_FILES = 3


def findings(
    facts: Facts, settings: Settings, sources: tuple[SourceState, ...], environ: Mapping[str, str],
    platform: str,
) -> Iterator[Finding]:  # fmt: skip
    """Yield what is wrong with the target and with what is set on this machine."""
    if facts.ssl_problem:
        yield _no_ssl(facts)
    elif facts.refuses_der:
        yield _refuses_der(facts)
    yield from _too_old(facts)
    if facts.pip and facts.pip.settings_problem:
        # pip looks for its files in the home folder, and doesn't start without one.
        lost = "" if paths.home_folder(environ) else "home"
        text = _unquoted(facts.pip.settings_problem)
        yield make_finding("pip-settings", variant=lost, text=text)
    yield from _keylog(environ, platform)
    yield from _bundles(settings, sources, platform)
    if any(each.kind == "os" and not each.roots for each in sources):
        yield make_finding("os-store-empty", install=system.install_command())
    yield from _legacy(settings, platform)
    yield from _macos(facts)


def unusable_index_finding(index: Setting, error: SpipError, platform: str) -> Finding:
    """By who named it: a file is to be corrected, a variable may be taken away at once."""
    right = getattr(error, "corrected", "")
    return make_finding(
        "pip-settings",
        variant="index",
        next_variant="corrected" if right else "" if index.file else "variable",
        corrected=right,
        setting=index.named_by,
        text=error.message,
        unset=unset_setting(index, platform),
    )


def misspelt_index_finding(
    index: Setting, hosts: Sequence[Evidence], platform: str
) -> Finding | None:
    """What letters around an index's address lead to; None where pip gets its page nevertheless."""
    where = index.place
    if not isinstance(where, Endpoint) or not where.spelt:
        return None
    for evidence in hosts:
        seen = evidence.observed
        is_it = seen.place.spelt.startswith(where.spelt)
        status = seen.answer.status if seen.answer else 0
        has_page = 0 < status < 400 or (status == _NOT_THERE and not evidence.is_no_index)
        if is_it and seen.works and has_page:
            return None
    letters = (
        f"it has {pip_settings.stray_characters(where.spelt)}, which pip takes as a part of it"
    )
    right = pip_settings.corrected_url(where.spelt)
    return unusable_index_finding(index, pip_settings.NoIndexError(letters, right), platform)


def _no_ssl(facts: Facts) -> Finding:
    """By the words of the import that failed; each has another remedy."""
    words = facts.ssl_problem
    from_pyenv = "pyenv" if f"{os.sep}.pyenv{os.sep}" in facts.prefix else ""
    said = {"python": facts.python, "version": facts.shown_version, "text": words}
    if facts.is_conda and facts.system == "Windows":
        return make_finding("no-ssl-conda", prefix=facts.prefix, **said)
    if "No module named" in words or "halted; None in sys.modules" in words:
        return make_finding("no-ssl-build", variant=from_pyenv, **said)
    return make_finding("no-ssl-library", variant=from_pyenv, **said)


def _refuses_der(facts: Facts) -> Finding:
    said = {"python": facts.python, "version": facts.shown_version, "openssl": facts.ssl_version}
    return make_finding("der-refused", evidence=[facts.refuses_der], **said)


def _unquoted(problem: str) -> str:
    """Without the line of the file, which configparser quotes: it may hold a password."""
    return re.sub(r"(\bline:? +\d+\]?)(?!: option ).*", r"\1", problem)


def _too_old(facts: Facts) -> Iterator[Finding]:
    version = facts.shown_version
    if facts.version < _OLDEST_PYTHON:
        yield make_finding("python-too-old", python=facts.python, version=version)
    elif facts.pip is None:
        needs = ".".join(map(str, _OWN_PIP_NEEDS))
        bare = "" if facts.has_ensurepip else "bare"
        yield make_finding("pip-missing", next_variant=bare, python=facts.python, needs=needs)
    elif facts.pip.numbers < _OLDEST_PIP:
        yield make_finding("pip-too-old", python=facts.python, version=facts.pip.version)


def _keylog(environ: Mapping[str, str], platform: str) -> Iterator[Finding]:
    path = environ.get("SSLKEYLOGFILE", "")
    if not path:
        return
    if not _can_be_written(path):
        unset = unset_variable("SSLKEYLOGFILE", platform)
        yield make_finding("sslkeylogfile", next_variant=platform, path=path, unset=unset)


def _can_be_written(path: str) -> bool:
    """Whether OpenSSL could append to it; nothing is made. Antivirus programs name a device."""
    if not os.path.exists(path) and not path.startswith("\\\\.\\"):
        return os.access(os.path.dirname(os.path.abspath(path)), os.W_OK)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
    except OSError:
        return False
    return True


def _bundles(
    settings: Settings, sources: tuple[SourceState, ...], platform: str
) -> Iterator[Finding]:
    for source in sources:
        if source.kind in _DELIBERATE and source.refused_files:
            yield from _refused_file_findings(source, settings.get("cert"))
        elif source.kind == "explicit" and source.problem:
            yield _bundle(source, settings.get("cert"), platform)
        if source.kind in _DELIBERATE and source.unreadable_parts:
            yield _unreadable_part_finding(source, settings.get("cert"))


def _refused_file_findings(source: SourceState, cert: Setting | None) -> Iterator[Finding]:
    named = _named_by(source, cert)
    for each in source.refused_files[:_MOST_FILES]:
        said = {"setting": named, "path": each.path, "text": each.text, "mend": each.mend}
        if each.why == sources.MISSING:
            yield make_finding(
                "bundle-missing", variant="spelt", **said | {"path": source.path or ""}
            )
            return
        yield make_finding(
            "bundle-unreadable" if each.why == sources.UNREADABLE else "bundle-refused", **said
        )


def _unreadable_part_finding(source: SourceState, cert: Setting | None) -> Finding:
    more = len(source.unreadable_parts) - 1
    text = source.unreadable_parts[0] + (f" (and {more} more)" if more else "")
    named = _named_by(source, cert)
    return make_finding("bundle-broken", variant="part", setting=named, path=source.path, text=text)


def _named_by(source: SourceState, cert: Setting | None) -> str:
    from_file = source.label == "pip's setting cert" and cert is not None
    return cert.named_by if from_file and cert else source.label


def _bundle(source: SourceState, cert: Setting | None, platform: str) -> Finding:
    from_file = source.label == "pip's setting cert" and cert is not None
    cause, variant = "bundle-broken", ""
    if source.why == sources.MISSING:
        cause, variant = "bundle-missing", "fatal" if source.label in _FATAL else ""
    return make_finding(
        cause,
        variant=variant,
        setting=_named_by(source, cert),
        path=source.path,
        text=source.problem,
        unset=unset_setting(cert, platform)
        if from_file and cert
        else (unset_variable(source.label, platform)),
    )


def _legacy(settings: Settings, platform: str) -> Iterator[Finding]:
    for setting in settings.all("use-deprecated"):
        if setting.value == "legacy-certs":
            unset = unset_setting(setting, platform)
            yield make_finding("legacy-certs", where=setting.named_by, unset=unset)


def _macos(facts: Facts) -> Iterator[Finding]:
    """python.org's installer leaves OpenSSL's file to a command that has to be run by hand."""
    framework = "/Library/Frameworks/Python.framework/Versions/"
    its_own = facts.system == "Darwin" and facts.ssl_file.startswith(framework)
    if its_own and not os.path.exists(facts.ssl_file):
        minor = ".".join(map(str, facts.version[:2]))
        command = f"/Applications/Python {minor}/Install Certificates.command"
        yield make_finding("macos-certificates", python=facts.python, command=command)


def certifi_findings(pip: Pip) -> Iterator[Finding]:
    """Yield whether pip's certifi is as it was made, and still there."""
    where = f"pip {pip.version}"
    try:
        certificates_at(pip.certifi)
    except SourceRejected:
        yield make_finding("certifi-missing", where=where, path=pip.certifi, package="pip")
        return
    for copy in find_copies(os.path.dirname(pip.path)):
        if copy.package == "pip" and copy.is_edited:
            yield make_finding("certifi-edited", count=_count(copy), where=where, path=copy.path)


def _count(copy: InstalledCertifi) -> str:
    if copy.end < 0:
        return "certificates (the whole file was replaced)"
    count = len(read(copy.added).blocks)
    return f"{count} certificates" if count != 1 else "a certificate"
