"""The command that takes a setting away, as it is typed on this platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.tls.words import SPIP

if TYPE_CHECKING:
    from spip.here.settings import Setting, Settings
    from spip.tls.evidence import Consulted


def unset_variable(name: str, platform: str) -> str:
    """Return the command that takes a variable out of the shell that is usual there."""
    return f"Remove-Item Env:{name}" if platform == "windows" else f"unset {name}"


def unset_setting(setting: Setting, platform: str) -> str:
    """Return the command that takes one of pip's settings away, whoever made it."""
    if setting.unset:
        return " ".join([SPIP, "config", *setting.unset])
    if setting.file:
        return f"remove it from {setting.file}"
    return unset_variable(setting.named_by, platform)


def unset_source(source: Consulted, settings: Settings, platform: str) -> str:
    """Return the command that takes away what named an explicit source of roots."""
    cert = settings.get("cert")
    if source.label == "pip's setting cert" and cert:
        return unset_setting(cert, platform)
    return unset_variable(source.label, platform)
