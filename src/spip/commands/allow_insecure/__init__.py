"""`spip allow-insecure`: trusted-host mode, for one host, for a short time, in writing."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spip import text as duration
from spip.errors import SpipError
from spip.invocation import Parser, command_line
from spip.policy.policy_file import DAY
from spip.probe.endpoint import Endpoint, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; 0 done. With pip's arguments: pip's own exit code. Raises SpipError."""
    wanted = parse(arguments)
    if wanted is None:  # --help was printed
        return 0
    if wanted.list or wanted.revoke:
        from spip.commands.allow_insecure import listing

        return listing.show(os.environ) if wanted.list else listing.revoke(wanted, os.environ)
    from spip.commands.allow_insecure import give

    return give.main(wanted, os.environ)


_HOUR = 3600


@dataclass(frozen=True)
class Options:
    """What was asked for. `length` is in seconds, 0 where --for was not given.

    `any_port`: no port was named, which counts for --revoke. `pip`: what follows `--`.
    """

    place: Endpoint | None
    reason: str = ""
    length: int = 0
    yes: bool = False
    list: bool = False
    revoke: bool = False
    any_port: bool = False
    pip: tuple[str, ...] | None = None


def parse(arguments: Sequence[str]) -> Options | None:
    """Return what is asked for; None after --help. Raises SpipError (usage)."""
    words, pip = list(arguments), None
    if "--" in words:
        at = words.index("--")
        words, pip = words[:at], tuple(words[at + 1 :])
        if not pip:
            raise _usage("no command for pip after --")
    known = parser()
    if {"-h", "--help"} & set(words):
        known.print_help(sys.stdout)
        return None
    given = known.parse_args(words)
    if given.list:
        return Options(None, list=True)
    if given.revoke:
        return Options(host(given.revoke), revoke=True, any_port=not _port(given.revoke))
    if not given.host:
        raise _usage("name a host")
    if not given.reason.strip():
        raise _usage("--reason is missing: one line that says why, for the log")
    return Options(host(given.host), given.reason, _length(given.length), given.yes, pip=pip)


def parser() -> Parser:
    """The parser of all that may follow; for a shell that completes."""
    made = Parser(
        prog="spip allow-insecure",
        usage="spip allow-insecure HOST[:PORT] --reason TEXT [--for 30m] [--yes] "
        "[-- PIP-ARGUMENTS...]\n       spip allow-insecure --list | --revoke HOST[:PORT]",
        description="Let pip talk to one host although nothing here trusts its certificate: to "
        "that certificate alone, for a short time. Anyone on the way can change what is installed "
        "from it.",
        epilog="Exit codes: 0 done, 1 not done, 2 wrong usage; with PIP-ARGUMENTS pip's own.",
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument("host", metavar="HOST[:PORT]", nargs="?", default="")
    made.add_argument("--reason", metavar="TEXT", default="", help="why, for the log")
    made.add_argument(
        "--for",
        metavar="DURATION",
        dest="length",
        default="",
        help="how long: 30m, 2h; at most 1d (1h)",
    )
    made.add_argument("--yes", action="store_true", help="give it without asking")
    made.add_argument("--list", action="store_true", help="the grants that are alive")
    made.add_argument("--revoke", metavar="HOST[:PORT]", default="", help="end a grant now")
    return made


def host(text: str) -> Endpoint:
    """Return the one origin that is meant. Raises SpipError (usage) for anything wider."""
    if "*" in text or "?" in text:
        raise _usage("a grant is for one host: wildcards don't exist here")
    found = parse_endpoint(text)
    if found.login:
        raise _usage("a grant is for a host, so no login belongs into it")
    if found.path != "/" or "#" in text:
        raise _usage("a grant is for a whole host, so no path belongs into it")
    if found.scheme != "https":
        raise _usage("http:// has no certificate; pip's own --trusted-host is about it")
    return found


def _port(text: str) -> int | None:
    return urlsplit(text if "://" in text else f"//{text}").port


def _length(text: str) -> int:
    if not text:
        return 0
    try:
        length = duration.parse_duration(text)
    except ValueError as error:
        raise _usage(f"--for {text!a}: {error}") from None
    if not 0 < length <= DAY:
        raise _usage("a grant lasts at most a day (--for 1d)")
    return length


def usual(longest: int) -> int:
    """Return how long a grant lasts that names no time, in seconds."""
    return min(_HOUR, longest)


def _usage(message: str) -> SpipError:
    return SpipError(message, command_line("allow-insecure", "--help"), exit_code=2)
