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
        ("policy/grants.py", "policy/session_rules.py", "text.py", "policy/in_force.py"),
        ("unit/test_consent_*.py", "unit/test_handover_plan.py"),
    ),
    "policy": Room(
        ("policy/policy_file.py", "policy/locations.py", "handover.py"),
        ("unit/test_consent_*.py", "unit/test_handover_plan.py"),
        {
            "_exec": "it becomes another process: whole runs hold it",
            "_child": "it waits for another process, on Windows alone: whole runs hold it there",
        },
    ),
    "records": Room(
        ("policy/audit_server.py", "policy/audit_log.py", "policy/state_folder.py"),
        ("unit/test_consent_*.py",),
    ),
    "owners": Room(
        (
            *("ownership/posix.py", "ownership/acl.py", "ownership/principals.py"),
            *("ownership/mounts.py", "ownership/security_descriptors.py", "ownership/windows.py"),
            *("ownership/checked_file.py", "paths.py"),
        ),
        ("unit/test_ownership*.py", "unit/test_places.py", "unit/test_consent_grants.py"),
    ),
    "roots": Room(
        (
            *("stores/distrust.py", "stores/gather.py", "certificates/root_rules.py"),
            *("certificates/purposes.py", "trust/root_locations.py"),
            *("trust/sources_in_force.py", "certificates/strict_rules.py"),
        ),
        (
            *("unit/test_bundle*.py", "unit/test_trust_certifi.py", "unit/test_trust_extra.py"),
            *("unit/test_stores_*.py",),
            *("unit/test_distrust.py", "unit/test_tls_strict*.py", "unit/test_read.py"),
        ),
    ),
    "relaxing": Room(
        ("bridge/pinned_adapter.py", "bridge/grants.py", "bridge/caches.py"),
        ("unit/test_relaxing*.py",),
    ),
    "kept": Room(
        ("hooks/marked_block.py", "files.py", "repair/backup.py"),
        ("unit/test_hooks_*.py", "unit/test_doctor_fix*.py"),
    ),
    "redaction": Room(("redact.py",), ("unit/test_secrets.py",)),
}
