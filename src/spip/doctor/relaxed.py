"""Verification that somebody switched off: pip's settings, other tools', variables, shells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spip import data
from spip.doctor.undo import unset_setting, unset_variable
from spip.here.tools import filled
from spip.stores import opening
from spip.stores.source import PassedOver
from spip.tls.words import finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spip.here.settings import Setting, Settings
    from spip.tls.words import Finding

_LONGEST_FILE = 1 << 20


def findings(
    settings: Settings, indexes: Sequence[Setting], environ: Mapping[str, str], platform: str
) -> Iterator[Finding]:
    """Yield one finding for each place that switches verification off."""
    yield from _trusted_hosts(settings, platform)
    yield from _plain_http(indexes, platform)
    tables = data.table("relaxations")
    for entry in tables["variable"]:
        value = environ.get(entry["name"])
        if value is not None and value.lower() in entry.get("off", [value.lower() or "?"]):
            remedy = unset_variable(entry["name"], platform)
            yield _say(entry["tool"], entry["name"], "a variable", remedy)
    for entry in tables["file"]:
        path = filled(entry["path"], environ)
        for line in _lines(path, entry["pattern"]):
            remedy = entry["remedy"].replace("{path}", path)
            yield _say(entry["tool"], entry["setting"], f"{path}, line {line}", remedy)
    for path in (filled(each, environ) for table in tables["shell"] for each in table["paths"]):
        for entry in tables["shell-line"]:
            for line in _lines(path, entry["pattern"]):
                where = f"{path}, line {line}"
                yield _say(entry["tool"], entry["setting"], where, f"remove line {line} of {path}")


def _trusted_hosts(settings: Settings, platform: str) -> Iterator[Finding]:
    trusted = settings.all("trusted-host")
    if trusted:
        hosts = ", ".join(setting.value.rpartition("@")[2] for setting in trusted)
        yield finding(
            "verification-off",
            variant="hosts",
            tool="pip",
            hosts=hosts,
            setting=trusted[0].named_by,
            where="",
            remedy=unset_setting(trusted[0], platform),
        )


def _plain_http(indexes: Sequence[Setting], platform: str) -> Iterator[Finding]:
    for index in indexes:
        if index.value.lower().startswith("http://"):
            yield finding(
                "verification-off",
                variant="http",
                tool="pip",
                hosts=urlsplit(index.value).hostname or "?",
                setting=index.named_by,
                where="",
                remedy=f"write https:// there, or:  {unset_setting(index, platform)}",
            )


def _say(tool: str, setting: str, where: str, remedy: str) -> Finding:
    facts = {"tool": tool, "setting": setting, "where": where, "remedy": remedy}
    return finding("verification-off", **facts)


def _lines(path: str, pattern: str) -> list[int]:
    """Return the numbers of the lines that fit."""
    try:
        text = opening.content(path, None, _LONGEST_FILE).decode("utf-8", "replace")
    except PassedOver:
        return []
    found = re.finditer(pattern, text, re.MULTILINE | re.IGNORECASE)
    return [text.count("\n", 0, match.start()) + 1 for match in found]
