"""Where a root may come from, and why one of these places gave less than it could."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One place that is asked for roots.

    `kind` is "os", "certifi", "explicit", "added", "admin", "anchor" or "vendor"; `label` is what
    a user calls it ("REQUESTS_CA_BUNDLE"); `path` is a file or a folder, or None where the
    operating system itself is asked.
    """

    kind: str
    label: str
    path: str | None


@dataclass(frozen=True)
class Refusal:
    """What was passed over, and why, in words that finish the sentence "it ...".

    `whole` says that nothing of the source was used; otherwise one certificate of it was left out,
    and `line` (from 1; 0: unknown) says where it stands.
    """

    source: Source
    reason: str
    whole: bool
    line: int = 0
