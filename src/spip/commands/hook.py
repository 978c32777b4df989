"""`spip hook`: `pip` means spip, in a shell, in an environment, or for `python -m pip`."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.invocation import Parser, command_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spip.hooks.install import Hook
    from spip.hooks.record_checks import Bounds

    _Place = tuple[str, Bounds, list[tuple[str, str]], Callable[[str], bool]]


def main(arguments: Sequence[str]) -> int:
    """Print, install, remove or tell; 0 done, 1 not done, 2 usage. Raises SpipError."""
    wanted = parse(arguments)
    if wanted is None:  # --help was printed
        return 0
    verbs = {"print": _print, "install": _install, "remove": _remove, "status": _status}
    return verbs[wanted.verb](wanted)


def _print(wanted: Options) -> int:
    from spip.hooks import shells, spip_command

    code = shells.code(shells.named(wanted.shell), spip_command.this())
    # A path may hold bytes that are no UTF-8; what is evaluated must be they.
    sys.stdout.buffer.write(code.encode("utf-8", "surrogateescape"))
    sys.stdout.flush()
    return 0


def _install(wanted: Options) -> int:
    from spip.hooks import install, status

    hook = _hook(wanted)
    if wanted.dry_run:
        return status.differences(install.planned(hook))
    changes = install.install(hook)
    status.installed(hook, changes, wanted)
    return 0


def _hook(wanted: Options) -> Hook:
    from spip.hooks import spip_command

    this = spip_command.this()
    if wanted.venv:
        from spip.hooks import environments

        return environments.venv_hook(wanted.venv, this)
    if wanted.conda:
        from spip.hooks import environments

        return environments.conda_hook(environments.prefix(wanted.conda, os.environ), this)
    if wanted.python:
        from spip.hooks import python

        return python.hook(wanted.python)
    from spip.hooks import detect_shell, shells, startup_files

    shell = shells.named(wanted.shell) if wanted.shell else detect_shell.shell(os.environ)
    return startup_files.rc_file_hook(
        shell, this, startup_files.everybody() if wanted.system else startup_files.this_user()
    )


def _remove(wanted: Options) -> int:
    from spip.hooks import install, status

    folder, bounds, others, is_meant = _place(wanted)
    if wanted.dry_run:
        return status.differences(install.to_remove(folder, bounds, is_meant, others))
    status.removed(install.remove(folder, bounds, is_meant, others))
    return 0


def _place(wanted: Options) -> _Place:
    """The folder with the record and its bounds, where else a block may be, whose parts count."""
    if wanted.venv or wanted.conda or wanted.python:
        return _environment_place(wanted)
    from spip.hooks import shells, startup_files

    world = startup_files.everybody() if wanted.system else startup_files.this_user()
    asked = [shells.named(wanted.shell).name] if wanted.shell else list(shells.SHELLS)
    others = [(path, name) for name in asked for path in startup_files.rc_files(name, world)]
    return world.folder, world.bounds, others, lambda owner: owner in asked


def _environment_place(wanted: Options) -> _Place:
    if wanted.venv:
        from spip.hooks import environments

        folder, owner, bounds = (
            environments.venv_folder(wanted.venv),
            "venv",
            environments.bounds(wanted.venv),
        )
        others = [
            (path, owner) for path in environments.scripts(wanted.venv) if bounds.has_edit(path)
        ]
    elif wanted.conda:
        from spip.hooks import environments

        prefix = environments.prefix(wanted.conda, os.environ)
        folder, owner, bounds = (
            environments.conda_folder(prefix),
            "conda",
            environments.conda_bounds(prefix),
        )
        others = []
    else:
        from spip.hooks import python

        packages = python.packages(wanted.python)
        folder, owner, bounds = python.folder(packages), "python", python.bounds(packages)
        others = []
    return folder, bounds, others, lambda each: each == owner


def _status(wanted: Options) -> int:
    from spip.hooks import status

    return status.tell(wanted)


_DESCRIPTION = """\
spip hook SHELL             print code to evaluate: pip means spip
spip hook install [SHELL]   the same, kept in the shell's rc file
spip hook remove [SHELL]    take it out again, to the byte
spip hook status            what is in place, and what shadows it
"""
_EPILOG = "Exit codes: 0 done, 1 not done, 2 wrong usage."


@dataclass(frozen=True)
class Options:
    """What was asked for. `shell`, `venv`, `conda`, `python`: "" where not said."""

    verb: str  # print, install, remove, status
    shell: str = ""
    venv: str = ""
    conda: str = ""
    python: str = ""
    system: bool = False
    dry_run: bool = False


def parse(arguments: Sequence[str]) -> Options | None:
    """Return what is asked for; None after --help. Raises SpipError (usage)."""
    known = parser()
    if not arguments or {"-h", "--help"} & set(arguments):
        known.print_help(sys.stdout)
        return None
    given = known.parse_intermixed_args(list(arguments))
    if given.verb not in ("install", "remove", "status"):
        if given.shell or len(arguments) > 1:
            raise SpipError(
                f"{given.verb} is followed by nothing", command_line("hook", "--help"), 2
            )
        return Options("print", given.verb)
    places = [name for name in ("venv", "conda", "python") if getattr(given, name)]
    if len(places) + bool(given.system) + (bool(given.shell) and bool(places)) > 1:
        raise SpipError("one place at a time, please", command_line("hook", "--help"), 2)
    return Options(**vars(given))


def parser() -> Parser:
    """The parser of all that may follow."""
    made = Parser(
        prog="spip hook",
        usage="spip hook SHELL | install | remove | status",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument("verb", metavar="VERB|SHELL", help="install, remove, status; or a shell")
    made.add_argument(
        "shell", nargs="?", default="", metavar="SHELL", help="default: the one it is run from"
    )
    made.add_argument(
        "--venv", default="", metavar="DIR", help="in the activate scripts of one environment"
    )
    made.add_argument(
        "--conda", default="", metavar="DIR", nargs="?", const="active", help="in a conda one"
    )
    made.add_argument(
        "--python", default="", metavar="PATH", help="for `python -m pip` of one environment"
    )
    made.add_argument("--system", action="store_true", help="for all users")
    made.add_argument("--dry-run", action="store_true", help="show the change, make none")
    return made
