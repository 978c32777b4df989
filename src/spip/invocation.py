"""Spell a command of spip's so that it works when pasted: the way this run was started."""

from __future__ import annotations

import os
import sys

from spip.standalone import single_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def command_line(*words: str) -> str:
    """`spip WORDS` as a line to paste: `spip`, `python3 spip.pyz`, `py -3.12 -m spip`, as typed.

    `words` may hold placeholders (FILE); only what a shell would take apart is quoted.
    """
    return joined([*started(), *words])


def joined(words: Sequence[str]) -> str:
    """The words as a line for this system's shell."""
    if os.name == "nt":
        from spip import windows_line

        return windows_line.joined(words)
    from shlex import join

    return join(words)


def quoted(word: str) -> str:
    """One word of a command, not the first, as this system's shell takes it."""
    return joined(["_", word])[2:]


def in_powershell(word: str) -> str:
    """The word as PowerShell takes it, in ASCII.

    Windows PowerShell 5.1 reads a file without a byte-order mark, and what a program prints, in
    code pages that need not have its letters. It takes typographic quotes for quotes.
    """
    if word.isascii():
        return "'" + word.replace("'", "''") + "'"
    units = word.encode("utf-16-be", "surrogatepass")
    letters = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return '"' + "".join(map(_unit_in_powershell, letters)) + '"'


def _unit_in_powershell(unit: int) -> str:
    letter = chr(unit)
    if unit > 126:
        return f"$([char]0x{unit:04X})"
    return "`" + letter if letter in '"$`' else letter


def started() -> list[str]:
    """The words that started this run, up to those for pip. Cheap: nothing is imported for it."""
    words = beginning(sys.orig_argv)
    if names_python():
        return [*_python(words[0], os.environ), *words[1:]]
    return [_shortest(words[-1], os.environ)]


def after_python() -> str:
    """What follows the interpreter in `PYTHON -m spip`, `PYTHON spip.pyz`; "" for a command."""
    return joined(beginning(sys.orig_argv)[1:]) if names_python() else ""


def names_python() -> bool:
    """Whether this run was started as `PYTHON -m spip` or `PYTHON spip.pyz`."""
    words = beginning(sys.orig_argv)
    by_module = len(words) > 2 and words[-2].startswith("-") and words[-2].endswith("m")
    return by_module or single_file.running is not None


def beginning(orig_argv: Sequence[str]) -> list[str]:
    """The words of a Python's command line up to the program, or the module, that it runs."""
    end = 1
    while end < len(orig_argv) - 1 and orig_argv[end].startswith("-"):
        word = orig_argv[end]
        end += 1
        if not word.startswith("--") and word.endswith("m") and not {"W", "X"} & {*word}:
            break  # -m MODULE, -Im MODULE
        if word.endswith(("W", "X")) or word == "--check-hash-based-pycs":
            end += 1  # the option's value
    return list(orig_argv[: end + 1])


def _python(typed: str, environ: Mapping[str, str]) -> list[str]:
    """The interpreter as it was typed, if that works for whoever pastes it.

    On Windows the py launcher starts interpreters by their paths, which not every shell there runs
    once they are quoted.
    """
    folder, name = os.path.split(typed)
    found = _on_path(name, environ)
    if not folder:
        return [typed if found else sys.executable]
    if _plain(typed) != _plain(sys.executable):
        # Behind the launcher of a virtual environment on Windows, and in a framework build of
        # macOS, it is the base interpreter's, which has no spip.
        typed = sys.executable
        found = _on_path(os.path.basename(typed), environ)
    if os.name == "nt" and found and _plain(found) == _plain(typed):
        return ["python"]
    if os.name == "nt" and sys.prefix == sys.base_prefix and _on_path("py.exe", environ):
        return ["py", "-{}.{}".format(*sys.version_info)]
    return [typed]


def _shortest(program: str, environ: Mapping[str, str]) -> str:
    """The program's name alone where PATH leads to it."""
    name = os.path.basename(program)
    found = _on_path(name, environ)
    return name if found and _plain(found) == _plain(program) else program


def _on_path(name: str, environ: Mapping[str, str]) -> str | None:
    for folder in environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder, name)
        if folder and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def _plain(path: str) -> str:
    return os.path.normcase(os.path.abspath(path))
