"""Answers the process that pip runs in, before something runs without verification, and after.

One question on standard input, one answer on standard output, both a JSON object. What is logged
has no secret in it, whatever was asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import time

from spip import redact
from spip.errors import SpipError
from spip.policy import audit_log, clock, in_force, session_rules, state_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from spip.policy.grants import Grant
    from spip.policy.policy_file import Policy

# These stay as they are from one command to the next; so does an index out of a variable or a file.
_SETTINGS = frozenset({"PIP_TRUSTED_HOST", "config", "empty variable"})
_INDEX = "http index"
_FROM_SETTING = re.compile(r"PIP_\w+|[^-].*:\d+")  # a variable, or FILE:LINE
_NAME = "said.json"
_MOST_BYTES = 1 << 16


def is_first_today(environ: Mapping[str, str], what: str, value: str, where: str) -> bool:
    """Whether this is to be said: it isn't a setting, or it is and wasn't said today."""
    is_setting = what in _SETTINGS or (what == _INDEX and _FROM_SETTING.fullmatch(where))
    if not is_setting:
        return True
    key = hashlib.sha256(f"{what}\0{value}\0{where}".encode("utf-8", "replace")).hexdigest()[:32]
    today = time.strftime("%Y-%m-%d")
    try:
        folder = state_folder.folder(environ)
        path = os.path.join(folder, _NAME)
        with state_folder.locked(os.path.join(folder, "said.lock")):
            said = {name: day for name, day in _read(path).items() if day == today}
            if key in said:
                return False
            state_folder.replace(path, json.dumps({**said, key: today}).encode("ascii"))
    except (SpipError, OSError):
        return True
    return True


def _read(path: str) -> dict[str, str]:
    try:
        found = json.loads(state_folder.content(path, _MOST_BYTES))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def main() -> None:
    """Answer what standard input asks."""
    try:
        answered = answer(json.loads(sys.stdin.buffer.read()), os.environ)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        answered = {"ok": False, "why": f"what was asked can't be read ({type(error).__name__})"}
    sys.stdout.write(json.dumps(answered))


def answer(asked: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Log an event; say whether it may go on, as `{"ok": ..., "why": ...}` and what belongs to it.

    Raises ValueError, KeyError, TypeError where it is no such event.
    """
    rules = in_force.policy()
    event = {"alive": _alive, "relax": _relax, "own_way": _own_way, "end": _end}[asked["event"]]
    if asked.get("policy", rules.digest) != rules.digest and event is not _end:
        return {"ok": False, "why": "the policy was changed while this ran: run it again"}
    try:
        return {"ok": True, "why": "", **event(asked, rules, environ)}
    except SpipError as error:
        return {"ok": False, "why": redact.text(error.message), "say": True}


def note(entry: Mapping[str, Any], rules: Policy, environ: Mapping[str, str]) -> str:
    """Log an entry, in syslog as well if the policy says so; its id. Raises SpipError."""
    number = os.urandom(6).hex()
    written = audit_log.write(environ, {"event": entry["event"], "id": number, **_who(), **entry})
    if rules.syslog:
        audit_log.send(rules.syslog, written)
    return number


def _who() -> dict[str, str]:
    return {"user": state_folder.user_name(), "uid": state_folder.user()}


def _relax(asked: Mapping[str, Any], rules: Policy, environ: Mapping[str, str]) -> dict[str, Any]:
    grant = _granted(asked, rules, environ)
    entry = {
        "event": "relax",
        "host": grant.host,
        "port": grant.port,
        **_command(asked),
        "reason": redact.text(grant.reason),
        "by": grant.by,
        "certificate": {
            "subject": redact.text(grant.subject),
            "issuer": redact.text(grant.issuer),
            "sha256": grant.sha256,
            "error": redact.text(asked["error"]),
            "verify_code": int(asked["verify_code"]),
        },
    }
    return {"id": note(entry, rules, environ)}


def _alive(asked: Mapping[str, Any], rules: Policy, environ: Mapping[str, str]) -> dict[str, Any]:
    _granted(asked, rules, environ)
    return {}


def _granted(asked: Mapping[str, Any], rules: Policy, environ: Mapping[str, str]) -> Grant:
    """The live grant for exactly that host, port and certificate. Raises SpipError."""
    if rules.broken or not rules.allows(asked["host"], asked["port"]):
        raise rules.against(f"to relax {asked['host']}")
    wanted = (asked["host"], asked["port"], asked["sha256"])
    for grant, _ in session_rules.live(environ, rules, clock.now()):
        if (grant.host, grant.port, grant.sha256) == wanted:
            return grant
    raise SpipError(f"no grant for {wanted[0]}:{wanted[1]} and that certificate is alive any more")


def _own_way(asked: Mapping[str, Any], rules: Policy, environ: Mapping[str, str]) -> dict[str, Any]:
    what, where = str(asked["what"]), redact.text(asked.get("where", ""))
    if not rules.own_ways:
        raise rules.against(f"{what}{f' ({where})' if where else ''}")
    value = redact.text(asked["value"])
    entry = {"event": "own_way", "what": what, "value": value, "where": where, **_command(asked)}
    say = is_first_today(environ, what, value, where)
    try:
        return {"id": note(entry, rules, environ), "say": say}
    except SpipError as error:
        if rules.demands_log():
            raise
        return {"id": "", "say": True, "why": error.message}


def _end(asked: Mapping[str, Any], rules: Policy, environ: Mapping[str, str]) -> dict[str, Any]:
    entry = {
        "event": "end",
        "ids": [str(each) for each in asked["ids"]],
        "outcome": redact.text(asked["outcome"]),
        "fetched": [_fetched(each) for each in asked.get("fetched", ())],
    }
    return {"id": note(entry, rules, environ)}


def _fetched(each: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "url": redact.url(str(each["url"])),
        "sha256": str(each.get("sha256", ""))[:64],
        "size": int(each.get("size", 0)),
    }


def _command(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "command": redact.words(asked["argv"]),
        "target": str(asked["target"]),
        "pip": str(asked["pip"]),
    }
