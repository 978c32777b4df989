"""The shells that spip knows: the code that each evaluates, and how each quotes a word."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spip.errors import SpipError
from spip.invocation import in_powershell

if TYPE_CHECKING:
    from collections.abc import Callable

    from spip.hooks.spip_command import Program

# `pip3.X` of these minors means spip; one that isn't there stays "command not found".
MINORS = range(6, 21)
# Nushell can't define a command whose name is made at run time.
_NU_MINOR = (
    'def --wrapped "pip3.%d" [...rest: string@__spip_complete] '
    '{ __spip_pip python3.%d "pip3.%d" ...$rest }'
)
_PLACE = re.compile(r"@(SPIP|FILE|NAME|MINORS|EACH_MINOR)@")


def quote_fish(word: str) -> str:
    """A word in fish's single quotes."""
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quote_csh(word: str) -> str:
    """Single quotes; a `!` and the end of a line need a backslash even there."""
    quoted = word.replace("'", "'\\''").replace("!", "\\!").replace("\n", "\\\n")
    return f"'{quoted}'"


def _quote_nu(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _quote_cmd(word: str) -> str:
    return '"' + _in_code_page(word).replace("%", "%%") + '"'


def _in_code_page(path: str) -> str:
    """A path's short name where it has letters that a code page may lack, and has such a name.

    cmd reads a batch file in the console's code page, which nobody knows beforehand.
    """
    if path.isascii() or os.name != "nt":
        return path
    import ctypes

    room: Any = ctypes.create_unicode_buffer(32768)
    kernel: Any = vars(ctypes)["windll"].kernel32
    found = kernel.GetShortPathNameW(path, room, len(room))
    return str(room.value) if found and str(room.value).isascii() else path


# For what has no short name: read in UTF-8, kept in variables, run in the user's own code page.
_UTF_8 = """\
@for /f "tokens=2 delims=:." %%i in ('%SystemRoot%\\System32\\chcp.com') do @set "SPIP_PAGE=%%i"
@%SystemRoot%\\System32\\chcp.com 65001 >nul
{}@%SystemRoot%\\System32\\chcp.com %SPIP_PAGE% >nul
"""


def _through_variables(values: dict[str, str], program: Program) -> str:
    """Put variables in the place of a program's words; the lines that set them."""
    names = {f"SPIP_WORD_{at}": _quote_cmd(word)[1:-1] for at, word in enumerate(program.words)}
    names["SPIP_FILE"] = _quote_cmd(program.file)[1:-1]
    values["SPIP"] = " ".join(f'"%SPIP_WORD_{at}%"' for at in range(len(program.words)))
    values["FILE"] = '"%SPIP_FILE%"'
    return _UTF_8.format("".join(f'@set "{name}={word}"\n' for name, word in names.items()))


@dataclass(frozen=True)
class Shell:
    """One shell. `line` is what its rc file gets, with {} for the file that holds the code.

    Without a `line` the whole code stands in a file of spip's own, in a folder that the shell
    reads. `crlf`: the shell takes Windows' line ends as they are.
    """

    name: str
    code: str
    quote: Callable[[str], str]
    line: str = ""
    between: str = " "
    crlf: bool = False

    def words(self, words: tuple[str, ...]) -> str:
        """Several words of a command, as this shell writes them."""
        return self.between.join(self.quote(word) for word in words)


_POSIX = "case $- in *i*) if [ -r {0} ]; then . {0}; fi ;; esac"
# ~/.profile may have the line too, and other shells read that.
_BASH = _POSIX.replace("$-", "${{BASH_VERSION+$-}}")
SHELLS = {
    shell.name: shell
    for shell in (
        Shell("bash", "spip.bash", shlex.quote, _BASH),
        Shell("zsh", "spip.zsh", shlex.quote, _POSIX),
        Shell(
            "fish",
            "spip.fish",
            quote_fish,
            "status is-interactive; and test -r {0}; and source {0}",
        ),
        Shell("tcsh", "spip.tcsh", _quote_csh, "if ( $?prompt && -r {0} ) source {0}"),
        Shell("sh", "spip.sh", shlex.quote, _POSIX),
        Shell("xonsh", "spip.xsh", ascii, between=", ", crlf=True),
        Shell("nu", "spip.nu", _quote_nu, crlf=True),
        Shell(
            "powershell",
            "spip.ps1",
            in_powershell,
            "if (Test-Path -LiteralPath {0}) {{ . {0} }}",
            between=", ",
            crlf=True,
        ),
        Shell("cmd", "spip.cmd", _quote_cmd, crlf=True),
    )
}
# Other names of these, as programs call themselves.
_SAME = {
    "dash": "sh",
    "ksh": "sh",
    "ksh93": "sh",
    "mksh": "sh",
    "ash": "sh",
    "busybox": "sh",
    "csh": "tcsh",
    "bsd-csh": "tcsh",
    "nushell": "nu",
    "pwsh": "powershell",
    "pwsh-preview": "powershell",
}


def named(name: str) -> Shell:
    """The shell of that name; SpipError (usage) where spip knows none."""
    plain = name.lower().removesuffix(".exe").lstrip("-")
    shell = SHELLS.get(_SAME.get(plain, plain))
    if shell is None:
        raise SpipError(f"no shell {name} is known here", f"one of: {', '.join(SHELLS)}", 2)
    return shell


def is_known(name: str) -> bool:
    """Whether a program of that name is one of the shells."""
    plain = name.lower().removesuffix(".exe").lstrip("-")
    return _SAME.get(plain, plain) in SHELLS


def code(shell: Shell, program: Program) -> str:
    """The code for one shell, with the way to start spip written in."""
    return filled(shell.code, shell, program)


def filled(file: str, shell: Shell, program: Program) -> str:
    """A file of this folder with its placeholders filled in, in that shell's quoting."""
    values = {
        "SPIP": shell.words(program.words),
        "FILE": shell.quote(program.file),
        "NAME": shell.quote("spip"),
        "MINORS": " ".join(str(minor) for minor in MINORS),
        "EACH_MINOR": "\n".join(_NU_MINOR % (minor, minor, minor) for minor in MINORS),
    }
    before = ""
    if shell.name == "cmd" and not (values["SPIP"] + values["FILE"]).isascii():
        before = _through_variables(values, program)
    return before + _PLACE.sub(lambda found: values[found.group(1)], template(file))


def template(file: str) -> str:
    """The text of a file of this folder; spip may run from a zip."""
    from importlib.resources import files

    return (files(__package__ or "") / file).read_text("utf-8")
