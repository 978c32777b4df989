"""`spip allow-insecure`: trusted-host mode, for one host, for a short time, in writing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spip import text
from spip.commands.arguments import Parser, split_command
from spip.errors import SpipError
from spip.invocation import command_line
from spip.policy.policy_file import DAY
from spip.probe.endpoint import Endpoint, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; 0 done. With pip's arguments: pip's own exit code. Raises SpipError."""
    options = parse(arguments)
    if options is None:  # --help was printed
        return 0
    if options.list or options.revoke:
        from spip.commands.allow_insecure import active_grants

        return (
            active_grants.show(os.environ)
            if options.list
            else active_grants.revoke(options, os.environ)
        )
    from spip.commands.allow_insecure import give

    return give.main(options, os.environ)


@dataclass(frozen=True)
class Options:
    """What the arguments say. `length` is in seconds, 0 where --for was not given.

    `any_port`: no port was named, which counts for --revoke. `pip`: what follows `--`.
    """

    host: Endpoint | None
    reason: str = ""
    length: int = 0
    yes: bool = False
    list: bool = False
    revoke: bool = False
    any_port: bool = False
    pip: tuple[str, ...] | None = None


def parse(arguments: Sequence[str]) -> Options | None:
    """Read the arguments; None once --help was printed. Raises SpipError (usage)."""
    words, pip = split_command(arguments)
    if pip is not None and not pip:
        raise _usage("no command for pip after --")
    known = parser()
    if known.helped(words):
        return None
    given = known.parse_args(words)
    if given.list:
        return Options(None, list=True)
    if given.revoke:
        return Options(parse_host(given.revoke), revoke=True, any_port=not _port(given.revoke))
    if not given.host:
        raise _usage("name a host")
    if not given.reason.strip():
        raise _usage("--reason is missing: one line that says why, for the log")
    length = _parse_length(given.length)
    return Options(parse_host(given.host), given.reason, length, given.yes, pip=pip)


def parser() -> Parser:
    """The parser of the arguments."""
    made = Parser(
        prog="spip allow-insecure",
        usage="spip allow-insecure HOST[:PORT] --reason TEXT [--for 30m] [--yes] "
        "[-- PIP-ARGUMENTS...]\n       spip allow-insecure --list | --revoke HOST[:PORT]",
        description="Let pip talk to one host although nothing here trusts its certificate: to "
        "that certificate alone, for a short time. Anyone on the way can change what is installed "
        "from it.",
        epilog="Exit codes: 0 done, 1 not done, 2 wrong usage; with PIP-ARGUMENTS pip's own.",
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


def parse_host(text: str) -> Endpoint:
    """The one origin that is meant. Raises SpipError (usage) for anything wider."""
    if "*" in text or "?" in text:
        raise _usage("a grant is for one host: wildcards don't exist here")
    host = parse_endpoint(text)
    if host.login:
        raise _usage("a grant is for a host, so no login belongs into it")
    if host.path != "/" or "#" in text:
        raise _usage("a grant is for a whole host, so no path belongs into it")
    if host.scheme != "https":
        raise _usage("http:// has no certificate; pip's own --trusted-host is about it")
    return host


def _port(text: str) -> int | None:
    return urlsplit(text if "://" in text else f"//{text}").port


def _parse_length(value: str) -> int:
    if not value:
        return 0
    try:
        length = text.parse_duration(value)
    except ValueError as error:
        raise _usage(f"--for {value!a}: {error}") from None
    if not 0 < length <= DAY:
        raise _usage("a grant lasts at most a day (--for 1d)")
    return length


def _usage(message: str) -> SpipError:
    return SpipError(message, command_line("allow-insecure", "--help"), exit_code=2)
