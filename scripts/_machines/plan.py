"""What is done on one machine, and what came of it: values that go there and back."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field

# Where the checkout lies on every machine: not in the user's home, which is empty.
CHECKOUT = "/srv/spip"


@dataclass(frozen=True)
class Command:
    """One of the two commands, by the name that it has in the table."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A machine and what to run there.

    `root` is the folder that it is made of, and stays as it is; `mount` an empty folder to work on;
    `files` are put there before `packages` are installed; `seconds` is the time for each command.
    """

    suite: str
    root: str
    mount: str
    checkout: str
    commands: tuple[Command, ...]
    user: str = "root"
    packages: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    seconds: int = 3600

    @property
    def name(self) -> str:
        """For the table and for the log's name."""
        return "-".join((self.suite, *(self.packages or ("bare",)), self.user))

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(dataclasses.asdict(self))


def read(text: str) -> Plan:
    """Return the plan that `Plan.text` wrote."""
    given = json.loads(text)
    commands = tuple(Command(each["name"], tuple(each["argv"])) for each in given["commands"])
    return Plan(**{**given, "commands": commands, "packages": tuple(given["packages"])})


@dataclass(frozen=True)
class Outcome:
    """How a command ended; `code` is None where its time was over."""

    name: str
    code: int | None
    seconds: float
