"""What decides, by its duty: the modules that are mutated, and the tests that hold them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Room:
    """Modules below `src/spip`, and tests below `tests`, by name; both may have wildcards.

    `aside`: functions that are not mutated, each with its reason.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    aside: dict[str, str] = field(default_factory=dict)


ROOMS = {
    "grants": Room(
        ("consent/grants.py", "consent/session.py", "consent/duration.py", "consent/__init__.py"),
        ("unit/test_consent_*.py", "unit/test_handover_plan.py"),
    ),
    "policy": Room(
        ("consent/policy.py", "consent/keys.py", "consent/place.py", "handover.py"),
        ("unit/test_consent_*.py", "unit/test_handover_plan.py"),
        {
            "_exec": "it becomes another process: whole runs hold it",
            "_child": "it waits for another process, on Windows alone: whole runs hold it there",
        },
    ),
    "records": Room(
        ("consent/record.py", "consent/log.py", "consent/state.py", "consent/said_today.py"),
        ("unit/test_consent_*.py",),
    ),
    "owners": Room(
        (
            *(
                "stores/ownership/posix.py",
                "stores/ownership/acl.py",
                "stores/ownership/holders.py",
            ),
            *("stores/ownership/filesystem.py", "stores/ownership/sddl.py"),
            *("stores/ownership/links.py", "stores/ownership/windows.py"),
            *("stores/opening.py", "alone.py", "own_folder.py"),
        ),
        ("unit/test_ownership*.py", "unit/test_places.py", "unit/test_consent_grants.py"),
    ),
    "roots": Room(
        (
            *("stores/distrust.py", "stores/gather.py", "stores/certificate/fitness.py"),
            *("stores/certificate/closer.py", "trust/extra.py", "trust/certifi.py"),
            "tls/strict.py",
        ),
        (
            *("unit/test_bundle*.py", "unit/test_trust_certifi.py", "unit/test_trust_extra.py"),
            *("unit/test_stores_*.py",),
            *("unit/test_distrust.py", "unit/test_tls_strict*.py", "unit/test_read.py"),
        ),
    ),
    "relaxing": Room(
        ("bridge/origin.py", "bridge/granted.py", "bridge/caches.py"),
        ("unit/test_relaxing*.py",),
    ),
    "kept": Room(
        ("hooks/block.py", "hooks/files.py", "doctor/fix/kept.py"),
        ("unit/test_hooks_*.py", "unit/test_doctor_fix*.py"),
    ),
    "redaction": Room(("secrets.py",), ("unit/test_secrets.py",)),
}
