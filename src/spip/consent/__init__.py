"""What may run without verification here: the administrator's policy, the user's grants, the log.

Imported on the way of every pip command, so it imports next to nothing where there is neither.
"""

from __future__ import annotations

from spip.consent import place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from spip.consent.policy import Policy


def rules() -> Policy | None:
    """The administrator's policy; None, after one `stat`, where there is none."""
    if not place.may_exist(place.policy()):
        return None
    from spip.consent.policy import in_force

    return in_force()


def for_session(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the bridge needs to know, as plain values: two `stat` where there is nothing to know.

    `grants` are the live ones of this user and, if they were given for one command, of this
    process; docs/allow-insecure.md has the rest in words.
    """
    if not (place.may_exist(place.policy()) or place.may_exist(place.grants(environ))):
        return {
            "policy": None,
            "broken": "",
            "own_ways": True,
            "log_demanded": False,
            "certifi": True,
            "grants": [],
            "grants_file": None,
            "refused_grants": "",
            "notices": [],
        }
    from spip.consent.session import found

    return found(environ)
