"""The user's grants: one host, one port, one certificate each, for a time that ends with a restart.

They lie in one file of this user's. A file that is damaged, or that somebody else wrote, is refused
as a whole, with the reason.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from typing import Any

from spip.errors import SpipError
from spip.policy import clock, locations, state_folder
from spip.policy.policy_file import DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from spip.policy.clock import Now

_MOST_BYTES = 1 << 20
_NAME = "grants.json"
_NUMBERS = ("given", "ends", "given_on", "ends_on")
_HEXADECIMAL = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Grant:
    """One grant. `subject`, `issuer`, `sha256`: of the leaf that was shown when it was given.

    `given` and `ends` count from the start `boot` of the machine, `given_on` and `ends_on` are
    dates (seconds since 1970). `process`: the one that it was given for, None for every process of
    this user's.
    """

    host: str
    port: int
    sha256: str
    subject: str
    issuer: str
    by: str
    reason: str
    boot: str
    given: float
    ends: float
    given_on: float
    ends_on: float
    process: tuple[int, str] | None = None

    def left(self, now: Now, longest: int = DAY) -> int:
        """Return the seconds that it still lives; 0 if it doesn't.

        A clock that is set back lengthens nothing; one that is set forward may end it early.
        """
        if self.boot != now.boot or now.elapsed < self.given:
            return 0
        by_boot = min(self.ends, self.given + longest) - now.elapsed
        by_date = min(self.ends_on, self.given_on + longest) - now.date
        return max(0, int(min(by_boot, by_date)))

    def is_over(self, now: Now) -> bool:
        """Whether nobody can use it any more. One of another start may be of another machine."""
        if self.boot == now.boot and now.elapsed >= self.ends:
            return True
        if self.boot == now.boot and self.process and not self.has_process():
            return True
        return not self.given_on - DAY <= now.date < self.ends_on

    def has_process(self) -> bool:
        """Whether the process that it was given for is still there."""
        return self.process is not None and clock.start(self.process[0]) == self.process[1]


def read(environ: Mapping[str, str]) -> tuple[Grant, ...]:
    """Return every grant that is kept, ended ones too. Raises SpipError with what is wrong."""
    return _read(os.path.join(state_folder.existing(environ), _NAME))


def read_or_none(environ: Mapping[str, str]) -> tuple[Grant, ...]:
    """Return what `read` returns, nothing where nothing is kept. Raises SpipError."""
    return read(environ) if locations.may_exist(locations.grants_file(environ)) else ()


def change(
    environ: Mapping[str, str], now: Now, to: Callable[[tuple[Grant, ...]], Iterable[Grant]]
) -> None:
    """Let `to` say what is kept from now on, less what is over. Raises SpipError."""
    folder = state_folder.folder(environ)
    path = os.path.join(folder, _NAME)
    try:
        with state_folder.locked(os.path.join(folder, "grants.lock")):
            after = tuple(each for each in to(_read(path)) if not each.is_over(now))
            if after:
                state_folder.replace(path, _text(after))
            elif os.path.lexists(path):
                os.unlink(path)
    except OSError as error:
        raise SpipError(f"{path} can't be written: {error.strerror}") from error


def _read(path: str) -> tuple[Grant, ...]:
    try:
        data = state_folder.content(path, _MOST_BYTES)
    except FileNotFoundError:  # another process swept the last one
        return ()
    except OSError as error:
        raise SpipError(f"{path} can't be read: {error.strerror}") from error
    try:
        said = json.loads(data)
        owner, found = said["user"], tuple(_grant(each) for each in said["grants"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SpipError(
            f"{path} is damaged ({type(error).__name__}), so no grant in it counts",
            f"remove it:  {_removal(path)}",
        ) from error
    if owner != state_folder.user():
        raise SpipError(
            f"{path} was written for another user ({owner!a}), so no grant in it counts",
            f"remove it:  {_removal(path)}",
        )
    return found


def _grant(said: dict[str, Any]) -> Grant:
    """Read one, strictly: whatever spip would not have written is damage. Raises ValueError."""
    grant = Grant(**{**said, "process": _process(said["process"])})
    texts = (getattr(grant, f.name) for f in fields(Grant) if f.type == "str")
    numbers = [getattr(grant, name) for name in _NUMBERS]
    right = (
        all(isinstance(each, str) for each in texts),
        all(isinstance(each, float) for each in numbers),
        isinstance(grant.port, int) and 0 < grant.port < 65536,
        len(grant.sha256) == 64 and set(grant.sha256) <= _HEXADECIMAL,
        bool(grant.host and grant.boot),
    )
    if not all(right) or not _has_length(grant):
        raise ValueError("a field is wrong")
    return grant


def _has_length(grant: Grant) -> bool:
    """Whether it lasts as long by both clocks, and no longer than a grant may."""
    by_boot, by_date = grant.ends - grant.given, grant.ends_on - grant.given_on
    return 0 < by_boot <= DAY and abs(by_boot - by_date) < 1


def _process(said: list[Any] | None) -> tuple[int, str] | None:
    if said is None:
        return None
    number, start = said
    return int(number), str(start)


def _text(grants: tuple[Grant, ...]) -> bytes:
    said = {"user": state_folder.user(), "grants": [asdict(each) for each in grants]}
    return json.dumps(said, indent=1).encode("ascii")


def _removal(path: str) -> str:
    if os.name == "nt":
        return f'del "{path}"'
    from shlex import quote

    return f"rm {quote(path)}"
