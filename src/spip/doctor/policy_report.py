"""Describe the administrator's policy: where it lies, and how it differs from having none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spip import text
from spip.diagnosis import findings as causes
from spip.policy.policy_file import KEYS, Policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.diagnosis.findings import Finding

__all__ = ["finding", "lines", "notices", "rules"]


def lines(policy: Policy) -> tuple[str, ...]:
    """Return what is in force, a line each."""
    if policy.path is None:
        return ("none",)
    if policy.broken:
        return (f"{policy.path} {policy.broken}, so nothing runs without verification",)
    told = tuple(_differences(policy))
    return (policy.path, *(told or ("as without a policy",)))


def notices(policy: Policy) -> tuple[str, ...]:
    """Return what is said of a policy that can't be obeyed."""
    return lines(policy) if policy.broken else ()


def finding(policy: Policy) -> Finding | None:
    """Return it for a policy that can't be obeyed; None for one that can, and for none at all."""
    if not policy.broken:
        return None
    return causes.make_finding("policy-broken", path=policy.path, reason=policy.broken)


def rules(policy: Policy) -> dict[str, Any] | None:
    """Return each key with its value, by section, as the file has them; None without a policy."""
    if policy.path is None:
        return None
    return {
        "broken": policy.broken or None,
        **{
            section: {key: _plain(getattr(policy, field)) for key, (field, _) in keys.items()}
            for section, keys in KEYS.items()
        },
    }


def _differences(policy: Policy) -> Iterator[str]:
    """Yield a line for each thing that it forbids, limits or adds."""
    if not policy.grants:
        yield "no grants"
    elif policy.hosts is not None:
        yield f"grants for {', '.join(map(_host, policy.hosts)) or 'no host'} alone"
    if policy.longest < Policy.longest:
        yield f"grants for {text.format_duration(policy.longest)} at most"
    for field, (value, words) in _SWITCHES.items():
        if getattr(policy, field) is value:
            yield words
    yield from (f"roots of {path}" for path in policy.roots)
    if policy.expected_roots:
        yield f"{len(policy.expected_roots)} extra roots are expected"
    if policy.syslog:
        yield f"the log goes to syslog ({policy.syslog}) as well"


# Each switch: the value that differs from having no policy, and what it means.
_SWITCHES: dict[str, tuple[bool, str]] = {
    "in_ci": (True, "grants in pipelines too"),
    "own_ways": (False, "none of pip's own relaxations (--trusted-host and its kin)"),
    "add": (False, "no `spip trust add`"),
    "fetch": (False, "no `spip trust fetch`"),
    "certifi": (False, "certifi is no source of roots"),
    "log_demanded": (True, "what can't be logged doesn't run without verification"),
}


def _host(pair: tuple[str, int]) -> str:
    host = f"[{pair[0]}]" if ":" in pair[0] else pair[0]
    return f"{host}:{pair[1]}" if pair[1] else host


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_host(each) if isinstance(each, tuple) else each for each in value]
    return value
