"""What may run without verification here: the administrator's policy, the user's grants, the log.

Imported on the way of every pip command, so it imports next to nothing where there is neither.
"""

from __future__ import annotations

from spip.policy import locations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from spip.policy.policy_file import Policy

# By the path that it has: what this process found when it looked first.
_RULES: dict[str | None, Policy | None] = {}


def rules() -> Policy | None:
    """The administrator's policy; None, after one `stat`, where there is none.

    Read once, so that a run can't see two of them.
    """
    path = locations.policy()
    if path not in _RULES:
        found = None
        if path is not None and locations.may_exist(path):
            from spip.policy.policy_file import read

            found = read(path)
        _RULES[path] = found
    return _RULES[path]


def forget() -> None:
    """Have the policy read again: for tests, which run many commands in one process."""
    _RULES.clear()


def seen() -> str:
    """Which text of a policy this process obeys, "" where there is none.

    What answers for a run in another process obeys the same one, or says that it changed.
    """
    found = rules()
    return found.seen if found else ""


def for_session(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the bridge needs to know, as plain values: two `stat` where there is nothing to know.

    `grants` are the live ones of this user and, if they were given for one command, of this
    process; docs/allow-insecure.md has the rest in words.
    """
    if rules() is None and not locations.may_exist(locations.grants(environ)):
        return {
            "policy": None,
            "policy_seen": "",
            "broken": "",
            "own_ways": True,
            "log_demanded": False,
            "certifi": True,
            "grants": [],
            "grants_file": None,
            "refused_grants": "",
            "notices": [],
        }
    from spip.policy.session_rules import found

    return found(environ)
