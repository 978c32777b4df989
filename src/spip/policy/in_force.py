"""Return the policy in force, read once in a process, and what it and the grants say of a session.

Imported on the way of every pip command, so it imports next to nothing where there is neither.
"""

from __future__ import annotations

from spip.policy import locations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from spip.policy.policy_file import Policy

# By the path that it has: what this process read when it looked first.
_READ: dict[str | None, Policy | None] = {}


def policy_or_none() -> Policy | None:
    """Return the administrator's policy; None, after one `stat`, where there is none.

    Read once, so that a run can't see two of them.
    """
    path = locations.policy()
    if path not in _READ:
        policy = None
        if path is not None and locations.may_exist(path):
            from spip.policy.policy_file import read

            policy = read(path)
        _READ[path] = policy
    return _READ[path]


def policy() -> Policy:
    """Return the policy of this machine; where there is no file, the one that forbids nothing."""
    from spip.policy.policy_file import Policy

    return policy_or_none() or Policy()


def forget() -> None:
    """Have the policy read again: for tests, which run many commands in one process."""
    _READ.clear()


def digest() -> str:
    """Return the digest of the policy's text that this process obeys, "" where there is none.

    What answers for a run in another process obeys the same one, or says that it changed.
    """
    policy = policy_or_none()
    return policy.digest if policy else ""


def for_session(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what the bridge needs to know, as plain values; two `stat` where there is nothing.

    `grants` are the live ones of this user and, if they were given for one command, of this
    process; docs/allow-insecure.md has the rest in words.
    """
    if policy_or_none() is None and not locations.may_exist(locations.grants_file(environ)):
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
    from spip.policy import session_rules

    return session_rules.for_session(environ, policy())
