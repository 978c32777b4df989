"""Print which hooks are in place and what hides them, and what an install or a removal changed."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.files import read
from spip.hooks import marked_block, shells
from spip.hooks.shell_hooks import everybody, rc_files, this_user
from spip.invocation import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spip.files import Change
    from spip.hooks.actions import Selection
    from spip.hooks.install import Hook
    from spip.hooks.shell_hooks import World

# What takes the name `pip` in an rc file, in the words of any of the shells.
_SHADOWS = re.compile(
    rb"^[ \t]*(?:alias\s+(?:-g\s+)?['\"]?pip[0-9.]*(?:['\"]?\s*=|\s)"
    rb"|aliases\[.pip|(?:function|def)\s+(?:--wrapped\s+)?pip[0-9.]*\b|pip[0-9.]*\s*\(\s*\))",
    re.MULTILINE,
)


def print_status(selection: Selection) -> int:
    """Print it; 0 if any hook is in place and nothing is wrong with one, else 1."""
    lines = list(_status_lines(selection, os.environ))
    for _, line in lines:
        print(line)
    if not any(kind == "in place" for kind, _ in lines):
        print("no hook is in place")
        return 1
    return 1 if any(kind == "problem" for kind, _ in lines) else 0


def _status_lines(selection: Selection, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(kind, line); kinds are "in place", "problem" and "said"."""
    worlds = [everybody()] if selection.system else [this_user(), everybody()]
    for world in worlds:
        for name, shell in shells.SHELLS.items():
            if name not in ("powershell", "cmd"):  # their places are their own to tell, slowly
                yield from _shell_status(shell, world)
    places = _environments(selection, environ)
    for place in places:
        if os.path.isfile(os.path.join(place, "spip", "record.json")):
            yield "in place", f"activation: {place}"
    for packages, place in _packages(selection, places).items():
        yield from _python_status(place, packages)
    yield from _pip_on_path(environ)


def _shell_status(shell: shells.Shell, world: World) -> Iterator[tuple[str, str]]:
    for path in rc_files(shell.name, world):
        content = read(path) if os.path.isfile(path) else None
        if content is None:
            continue
        try:
            in_place = marked_block.has_block(content)
        except SpipError as error:
            yield "problem", f"{shell.name}: {path} {error.message}"
            continue
        if in_place:
            yield "in place", f"{shell.name}: {path}"
            yield from _missing_code(world, shell)
        yield from _shadows(path, content, in_place=in_place)


def _missing_code(world: World, shell: shells.Shell) -> Iterator[tuple[str, str]]:
    """A hook whose code is gone does nothing; one whose spip is gone is plain pip."""
    code = os.path.join(world.folder, shell.code)
    if shell.line and not os.path.isfile(code):
        again = command_line("hook", "install", shell.name)
        yield "problem", f"  its code is gone ({code}): {again}"


def _shadows(path: str, content: bytes, *, in_place: bool) -> Iterator[tuple[str, str]]:
    """Lines below the block take `pip` away from it; those above made way."""
    parts = re.split(rb"<<< spip hook <<<", content)
    for found in _SHADOWS.finditer(parts[-1] if in_place else content):
        line = (parts[-1] if in_place else content)[found.start() :].splitlines()[0]
        text = line.decode("utf-8", "replace").strip()
        kind = "problem" if in_place else "said"
        yield kind, f"  {path} takes the name away: {text}"


def _environments(selection: Selection, environ: Mapping[str, str]) -> list[str]:
    named = [
        selection.venv,
        selection.conda if selection.conda != "active" else "",
        selection.python,
    ]
    active = [environ.get("VIRTUAL_ENV", ""), environ.get("CONDA_PREFIX", "")]
    return [each for each in dict.fromkeys((*named, *active)) if os.path.isdir(each)]


def _packages(selection: Selection, places: Sequence[str]) -> dict[str, str]:
    """Folders of packages, and the Python or the environment whose they are.

    Where one lies below its environment is known; an interpreter is asked, as for the install.
    """
    from spip.hooks import python

    found = {}
    if selection.python:
        found[os.path.realpath(python.packages(selection.python))] = selection.python
    for place in places:
        for pattern in ("lib/python3.*/site-packages", "Lib/site-packages"):
            for folder in Path(place).glob(pattern):
                found.setdefault(os.path.realpath(folder), place)
    return found


def _python_status(place: str, packages: str) -> Iterator[tuple[str, str]]:
    if os.path.isfile(os.path.join(packages, "_spip_pip.pth")):
        yield "in place", f"python -m pip: {place}"
        if not os.path.isfile(os.path.join(packages, "_spip_pip.py")):
            again = command_line("hook", "install", "--python", place)
            yield "problem", f"  a part of it is gone: {again}"


def _pip_on_path(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What scripts get, which read no rc file."""
    for folder in environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder, "pip.exe" if os.name == "nt" else "pip")
        if folder and os.path.isfile(path):
            yield "said", f"scripts and Makefiles run {path}"
            return


# Spellings of pip, and which of the hooks cover each: "cmd" is the folder on PATH, before which an
# environment puts its own, and "shell" what any other shell reads at its start.
_SPELLINGS = (
    ("pip, pip3 typed in a new shell", ("shell", "cmd")),
    ("pip3.X typed in a new shell", ("shell",)),
    ("pip, pip3 where the environment is activated", ("shell", "venv", "conda", "python")),
    ("pip3.X where the environment is activated", ("shell", "venv", "python")),
    ("pip in scripts and Makefiles run from there", ("venv", "python")),
    ("python -m pip", ("python",)),
    ("%pip and !pip in Jupyter", ("python",)),
    ("the buttons of an IDE", ("python",)),
    ("pip in scripts and Makefiles elsewhere", ()),
)


def print_differences(changes: Sequence[Change]) -> None:
    """Print what would change, as `diff -u` does."""
    for change in changes:
        old, new = _patch_lines(change.old), _patch_lines(change.new)
        before = change.path if change.old is not None else "/dev/null"
        after = change.path if change.new is not None else "/dev/null"
        print("".join(difflib.unified_diff(old, new, before, after)), end="")
    if not changes:
        print("nothing to change")


def print_installed(hook: Hook, changes: Sequence[Change], selection: Selection) -> None:
    """Say what was done, and which spellings of pip are covered now."""
    for change in changes:
        print(f"{'made' if change.old is None else 'changed'}  {change.path}")
    if not changes:
        print("it was in place already")
    for line in hook.advice:
        print(line)
    kind = _kind(hook)
    print("\nspip answers to:")
    for text in (text for text, by in _SPELLINGS if kind in by):
        print(f"  {text}")
    print("pip itself still answers to:")
    for text in (text for text, by in _SPELLINGS if kind not in by):
        print(f"  {text}")
    if kind != "python":
        print(f"those of one environment:  {command_line('hook', 'install', '--python', 'PATH')}")
    print(f"undo:  {command_line('hook', 'remove', *_removal_words(selection))}")


def _kind(hook: Hook) -> str:
    owners = {each.owner for each in hook.own} | {each.owner for each in hook.edits}
    return next(iter(owners & {"venv", "conda", "python", "cmd"}), "shell")


def print_removed(changes: Sequence[Change]) -> None:
    """Say what was taken out."""
    for change in changes:
        print(f"{'removed' if change.new is None else 'restored'}  {change.path}")
    if not changes:
        print("nothing was in place")


def _removal_words(selection: Selection) -> list[str]:
    """The words by which `remove` finds the same place."""
    for name in ("venv", "conda", "python"):
        if value := getattr(selection, name):
            return [f"--{name}", value]
    return [
        *([selection.shell] if selection.shell else []),
        *(["--system"] if selection.system else []),
    ]


def _patch_lines(content: bytes | None) -> list[str]:
    lines = (content or b"").decode("utf-8", "replace").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines
