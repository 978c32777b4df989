"""All that the doctor found out, as one value that every report is written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.diagnosis.findings import NOTE, PROBLEM, Finding

if TYPE_CHECKING:
    from spip.diagnosis.evidence import Consulted, Evidence
    from spip.environment.target_facts import Facts
    from spip.policy.policy_file import Policy

RELAXATION = "verification-off"


@dataclass(frozen=True)
class Examination:
    """One run of the doctor. `findings` are in order; `spip` is how this run was started."""

    hosts: tuple[Evidence, ...]
    sources: tuple[Consulted, ...]
    findings: tuple[Finding, ...]
    target: Facts | None
    policy: Policy
    versions: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    spip: str = "spip"
    indexes: tuple[tuple[str, str], ...] = ()  # host, and who named it
    named: str = ""  # the hosts that the user asked about

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What keeps pip from working."""
        return tuple(each for each in self.findings if each.weight == PROBLEM)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is worth a look, though pip works."""
        return tuple(each for each in self.findings if each.weight == NOTE)

    @property
    def relaxations(self) -> tuple[Finding, ...]:
        """Where verification is switched off."""
        return tuple(each for each in self.findings if each.cause == RELAXATION)
