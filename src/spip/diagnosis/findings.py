"""A finding: one cause with its sentence and next step, from the table data/causes.toml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spip import data, redact
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spip.diagnosis.evidence import Evidence

PROBLEM, NOTE = "problem", "note"
# Stands in `next` until a report knows how spip was started.
SPIP = "{spip}"
_LONGEST_FACT = 300
# How a next step begins that is nothing but a command, and how prose ends that leads to one.
_COMMANDS = (
    *(SPIP, "sudo ", "export ", "conda ", "pyenv ", "open ", '"'),
    *("unset ", "set -e ", "unsetenv ", "del $", "hide-env ", "Remove-Item "),
    *("set -gx ", "setenv ", "$", "chmod ", "chown "),
)
_BEFORE_A_COMMAND = re.compile(r"(.*(?:\brun|\bin|\bwith|:))  (.+)")


@dataclass(frozen=True)
class Finding:
    """One cause that was established. Every text is printable and without secrets.

    `about` is the host it is about, as shown, or ""; `owner` is "you", "IT" or "host"; `variant`
    says which of the table's words were chosen.
    """

    cause: str
    sentence: str
    next: str
    owner: str
    severity: str
    about: str = ""
    evidence: tuple[str, ...] = ()
    variant: str = ""

    @property
    def page(self) -> str:
        """The page in docs/ that explains it."""
        return f"docs/causes/{self.cause}.md"

    @property
    def why(self) -> str:
        """What it means, for somebody who never heard of it."""
        return str(data.table("causes")[self.cause]["why"])

    @property
    def rank(self) -> tuple[bool, int]:
        """Problems first, then by the table's order."""
        return self.severity == NOTE, list(data.table("causes")).index(self.cause)

    def next_for(self, spip: str) -> str:
        """Return the next step with the command spelt as this run was started."""
        return self.next.replace(SPIP, spip)


def make_finding(  # noqa: PLR0913 - each is a part of what a finding says
    cause: str,
    *,
    variant: str = "",
    next_variant: str = "",
    severity: str = "",
    about: str = "",
    evidence: Iterable[str] = (),
    **facts: object,
) -> Finding:
    """Return the finding for a cause, its words filled in with `facts`.

    `variant` chooses other words where the table has them, `next_variant` other ones for the next
    step alone, `severity` another severity.
    """
    words = data.table("causes")[cause]
    shown = {
        name: printable(redact.logins(str(fact)), _LONGEST_FACT) for name, fact in facts.items()
    }
    shown["spip"] = SPIP

    def say(part: str) -> str:
        special = (next_variant, variant) if part == "next" else (variant,)
        for choice in (*(f"{part}-{each}" for each in special if each), part):
            if choice in words:
                return str(words[choice])
        raise KeyError(part)

    return Finding(
        cause=cause,
        sentence=say("sentence").format_map(shown),
        next=say("next").format_map(shown),
        owner=say("who"),
        severity=severity or words["weight"],
        about=about,
        evidence=tuple(printable(line, _LONGEST_FACT) for line in evidence),
        variant=variant,
    )


def split_step(step: str) -> tuple[str, str]:
    """Part a next step into the prose before a command, and the command; "" for what is missing."""
    if step.startswith(_COMMANDS):
        return "", step
    found = _BEFORE_A_COMMAND.fullmatch(step)
    return (found[1], found[2]) if found else (step, "")


def cause_names() -> tuple[str, ...]:
    """Return the name of every cause, in the table's order."""
    return tuple(data.table("causes"))


def in_rank_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, each once, the one that explains most first."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: each.rank))


def host_finding(cause: str, evidence: Evidence, variant: str = "", **facts: Any) -> Finding:
    """Return the finding; `host` and `place` (its port in words) are among its facts."""
    where = evidence.observed.place
    place = f"{where.host} port {where.port}"
    about = where.shown
    return make_finding(cause, variant=variant, about=about, host=about, place=place, **facts)


def default_index_variant(evidence: Evidence) -> str:
    """Return the variant of a next step that tells of `index-url`, where no index is configured."""
    return "default" if evidence.only_default else ""
