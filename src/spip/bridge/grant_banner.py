"""Say which host a grant leaves unverified, until when, who gave it, and what came of it."""

from spip import redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List


def opening(grant: "Dict[str, Any]", *, seconds: float, spip: str, pinned: bool) -> "List[str]":
    """What is off and until when, who said so, how to end it; `pinned`: pip demands hashes."""
    place = redact.shown(grant["host"], grant["port"])
    lines = [
        "VERIFICATION IS OFF for %s until %s (%s): "
        "anyone on the way can change what is installed from it"
        % (place, grant["until"], _time(seconds)),
        _by(grant, spip),
    ]
    if not pinned:
        # pip knows only later whether requirements files have any.
        lines.append(
            "  unless you gave hashes (pip's --require-hashes), none pins what comes from it"
        )
    return lines


def closing(
    grant: "Dict[str, Any]", *, seconds: float, spip: str, used: bool, files: int
) -> "List[str]":
    """What came of it; `used`: pip went there without verification, for so many files."""
    place = redact.shown(grant["host"], grant["port"])
    came = "%d file%s came from it" % (files, "" if files == 1 else "s")
    fact = "VERIFICATION WAS OFF for %s in this run (%s)" % (place, came)
    if not used:
        fact = "VERIFICATION IS OFF for %s, and nothing came that way in this run" % place
    rest = "until %s (%s)" % (grant["until"], _time(seconds)) if seconds > 0 else "no longer"
    return ["%s; it may be used %s" % (fact, rest), _by(grant, spip)]


def other_certificate(grant: "Dict[str, Any]") -> str:
    """Another certificate was presented than the one that the grant is for."""
    return (
        "%s shows another certificate than when it was allowed: this proxy shows several "
        "certificates, or someone else answers: ask IT for its root"
        % redact.shown(grant["host"], grant["port"])
    )


def _by(grant: "Dict[str, Any]", spip: str) -> str:
    port = "" if grant["port"] == 443 else ":%d" % grant["port"]
    host = "[%s]" % grant["host"] if ":" in grant["host"] else grant["host"]
    return '  granted by %s for "%s"; end it: %s allow-insecure --revoke %s' % (
        redact.printable(grant["by"]),
        redact.printable(grant["reason"]),
        spip,
        host + port,
    )


def _time(seconds: float) -> str:
    if seconds < 60:
        return "%d s" % max(seconds, 0)
    if seconds < 2 * 3600:
        return "%d min" % round(seconds / 60)
    return "%d h %d min" % (seconds // 3600, seconds % 3600 // 60)
