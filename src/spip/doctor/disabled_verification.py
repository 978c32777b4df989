"""Find where verification is switched off: this shell's variables, files, and grants.

The files are those that `--fix` mends, found by the same search: what one of them names, the other
names too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spip import data
from spip.diagnosis.findings import NOTE, SPIP, make_finding
from spip.doctor.setting_commands import unset_setting, unset_variable
from spip.environment.pip_settings import index_urls
from spip.errors import SpipError
from spip.policy import clock, session_rules
from spip.probe import setting_spelling
from spip.probe.endpoint import parse_endpoint
from spip.relaxations import search
from spip.relaxations.relaxation import HTTP, OFF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spip.diagnosis.findings import Finding
    from spip.environment.pip_settings import Setting, Settings
    from spip.environment.target_facts import Pip
    from spip.policy.grants import Grant
    from spip.policy.policy_file import Policy
    from spip.relaxations.relaxation import Relaxation

# Letters that the host of a URL can't have: pip then verifies as if nothing were set.
_ODD = re.compile("[\\s\"'`*,;<>()\\\\^{}|]|://|[^\\x20-\\x7e]")


def findings(
    pip: Pip | None, settings: Settings, environ: Mapping[str, str], platform: str
) -> Iterator[Finding]:
    """Yield one finding for each place that switches verification off."""
    yield from _pip_variable_findings(pip, settings, platform)
    for entry in data.table("relaxations")["variable"]:
        value = environ.get(entry["name"])
        if value is not None and value.lower() in entry.get("off", [value.lower() or "?"]):
            remedy = unset_variable(entry["name"], platform)
            yield _verification_off(entry["tool"], entry["name"], "a variable", remedy)
    for relaxation in search.find_relaxations(pip, environ):
        if relaxation.kind in {OFF, HTTP}:
            yield _in_file(relaxation)


def _pip_variable_findings(pip: Pip | None, settings: Settings, platform: str) -> Iterator[Finding]:
    named = [each for each in settings.all("trusted-host") if not each.file]
    yield from (_unmatched_host_finding(each, platform) for each in named if is_no_host(each.value))
    trusted = [each for each in named if not is_no_host(each.value)]
    if trusted:
        hosts = [each.value for each in trusted]
        yield _verification_off(
            "pip", trusted[0].named_by, "", unset_setting(trusted[0], platform), hosts
        )
    for each in (*index_urls(settings, pip), *settings.all("find-links")):
        if not each.file and each.value.lower().startswith("http://"):
            yield _over_http(each.named_by, [each.value], unset_setting(each, platform))


def is_no_host(value: str) -> bool:
    """Whether pip compares a trusted host with a name that no URL can have: it matches nothing."""
    return _ODD.search(value) is not None


def _unmatched_host_finding(setting: Setting, platform: str) -> Finding:
    return make_finding(
        "pip-settings",
        variant="host",
        severity=NOTE,
        setting=setting.named_by,
        host=setting_spelling.stripped(setting.value),
        unset=unset_setting(setting, platform),
    )


def _in_file(relaxation: Relaxation) -> Finding:
    where = f"{relaxation.path}, line {relaxation.line}"
    if relaxation.kind == HTTP:
        return _over_http(f"{relaxation.setting} ({where})", relaxation.values, relaxation.remedy)
    remedy = relaxation.remedy or f"remove line {relaxation.line} of {relaxation.path}"
    if relaxation.tool == "pip" and relaxation.hosts and all(map(is_no_host, relaxation.hosts)):
        setting = f"{relaxation.setting} ({where})"
        shown = ", ".join(map(setting_spelling.stripped, relaxation.hosts))
        return make_finding(
            "pip-settings", variant="host", severity=NOTE, setting=setting, host=shown
        )
    if relaxation.tool == "pip" and relaxation.hosts:
        return _verification_off(
            "pip", f"{relaxation.setting} ({where})", "", remedy, relaxation.hosts
        )
    return _verification_off(relaxation.tool, relaxation.setting, where, remedy)


def _verification_off(
    tool: str, setting: str, where: str, remedy: str, hosts: Iterable[str] = ()
) -> Finding:
    named = ", ".join(_host(each) for each in hosts)
    return make_finding(
        "verification-off",
        variant="hosts" if named else "",
        tool=tool,
        hosts=named,
        setting=setting,
        where=where,
        remedy=remedy,
    )


def _over_http(setting: str, urls: Iterable[str], remedy: str) -> Finding:
    return make_finding(
        "verification-off",
        variant="http",
        hosts=", ".join(dict.fromkeys(map(_host, urls))),
        setting=setting,
        remedy=f"write https:// there, or:  {remedy}" if remedy else "write https:// there",
    )


def _host(text: str) -> str:
    """Who is meant, without what may be secret in it."""
    try:
        return parse_endpoint(text).shown
    except SpipError:
        return re.split(r"[/?#]", text.rpartition("@")[2])[0] or "?"


def live_grants(environ: Mapping[str, str], rules: Policy) -> Iterator[tuple[Grant, int]]:
    """Yield each grant that counts, and its seconds; those that can't be read count for nothing."""
    try:
        found = list(session_rules.live(environ, rules, clock.now()))
    except SpipError:
        return
    for grant, left in found:
        if not rules.broken and rules.allows(grant.host, grant.port):
            yield grant, left


def grants_for_any_process(environ: Mapping[str, str], rules: Policy) -> tuple[Grant, ...]:
    """Return those that count for whatever pip is run next."""
    return tuple(grant for grant, _ in live_grants(environ, rules) if grant.process is None)


def grant_findings(environ: Mapping[str, str], rules: Policy) -> Iterator[Finding]:
    """Yield one finding for each grant that counts."""
    for grant, left in live_grants(environ, rules):
        host = f"[{grant.host}]" if ":" in grant.host else grant.host
        yield make_finding(
            "verification-off",
            variant="hosts",
            tool="pip",
            hosts=f"{host}:{grant.port}",
            setting=f'a grant until {session_rules.until(left)} ("{grant.reason}")',
            remedy=f"{SPIP} allow-insecure --revoke {host}:{grant.port}",
        )
