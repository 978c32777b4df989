"""What pip's own `--python` would do without verification, before its child starts.

The session is in that child, which nobody watches: so pip's own parsers say what it was told.
"""

import re
import sys

from spip.bridge import children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Optional

    from spip.bridge.run import Run
    from spip.bridge.unverified import Unverified

# Options that relax, that name a file which may, or an address; -r may follow other letters.
_HINT = re.compile(r"--tr|--req|--con|-\w*[rc]|.*http:", re.IGNORECASE | re.DOTALL)
_SETTINGS = (".trusted-host", ".requirement", ".constraint")


def before(run: "Run") -> None:
    """Name, log and count what is known beforehand. Raises pip's CommandError where forbidden."""
    consent = run.plan["consent"]
    if consent["own_ways"] and (run.plan["plain"] or not (consent["grants"] or _is_hinted())):
        return
    options = _options(sys.argv[1:])
    if options is None:
        return
    run.options.append(options)
    unverified = run.without_verification()
    if consent["grants"] and not run.plan["plain"]:
        run.say(
            "nothing is relaxed with pip's --python, which can't be watched; "
            "set SPIP_PYTHON to that interpreter instead"
        )
    unverified.own_ways.begin(options)
    for host in options.trusted_hosts:
        unverified.own_ways.trusted(host)
    unverified.own_ways.plain_settings(options)
    for name in (*_names(options, "requirements"), *_names(options, "constraints")):
        _look_into(unverified, name)


def _is_hinted() -> bool:
    """Whether pip was told of anything like it: its parsers cost as much as a short command."""
    from pip._internal.configuration import Configuration

    if any(_HINT.match(word) for word in sys.argv[1:]):
        return True
    configuration = Configuration(isolated="--isolated" in sys.argv)
    configuration.load()  # the variables too
    return any(
        name.endswith(_SETTINGS) or "http:" in str(value).lower()
        for name, value in children.pairs(configuration)
    )


def _options(arguments: "List[str]") -> "Optional[Any]":
    """pip's options for a command that has a session; None for all others, and what is wrong."""
    from pip._internal.cli.main_parser import create_main_parser
    from pip._internal.cli.req_command import SessionCommandMixin
    from pip._internal.commands import commands_dict, create_command

    if {"-h", "--help"} & set(arguments):
        return None
    rest = create_main_parser().parse_args(arguments)[1]
    if not rest or rest[0] not in commands_dict:
        return None
    arguments = list(arguments)
    arguments.remove(rest[0])
    command = create_command(rest[0], isolated="--isolated" in arguments)
    if not isinstance(command, SessionCommandMixin):
        return None
    command.parser.error = _raise
    try:
        return command.parser.parse_args(arguments)[0]
    except ValueError:
        return None  # the child says what is wrong


def _raise(message: str) -> None:
    raise ValueError(message)


def _names(options: "Any", dest: str) -> "List[str]":
    return list(getattr(options, dest, None) or ())


def _look_into(unverified: "Unverified", name: str) -> None:
    """Meet what the lines of a requirements file relax, however nested."""
    try:
        for line in _lines(name):
            for host in line.opts.trusted_hosts or ():
                source = "line %s of %s" % (line.lineno, line.filename)
                unverified.own_ways.trusted(host, source)
            unverified.own_ways.note_line(line.opts, line.filename, line.lineno)
            unverified.own_ways.plain_settings(line.opts)
    except (_NotReadError, OSError):
        if not unverified.run.plan["consent"]["own_ways"]:
            unverified.stop(
                [
                    "forbidden by policy: %s can't be looked into before pip's --python reads it"
                    % name,
                    "  set SPIP_PYTHON to that interpreter instead",
                ]
            )


class _NotReadError(Exception):
    """A file that pip would fetch, or can't parse."""


def _lines(name: str) -> "Iterator[Any]":
    from pip._internal.exceptions import PipError
    from pip._internal.req import req_file

    parser = req_file.RequirementsFileParser(None, req_file.get_line_parser(None))
    lines = parser.parse(name, False)  # noqa: FBT003  # pip's own order
    while True:
        try:
            line = next(lines)
        except StopIteration:
            return
        except (AttributeError, PipError, ValueError) as error:
            raise _NotReadError(name) from error  # no session, so nothing is fetched
        yield line
