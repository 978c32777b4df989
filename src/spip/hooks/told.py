"""What `spip hook` prints: what it did, what it would do, and what that covers."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from spip.invocation import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.files import Change
    from spip.hooks.arguments import Wanted
    from spip.hooks.parts import Hook

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


def differences(changes: Sequence[Change]) -> int:
    """Print what would change, as `diff -u` does; 0."""
    for change in changes:
        old, new = _lines(change.old), _lines(change.new)
        before = change.path if change.old is not None else "/dev/null"
        after = change.path if change.new is not None else "/dev/null"
        print("".join(difflib.unified_diff(old, new, before, after)), end="")
    if not changes:
        print("nothing to change")
    return 0


def installed(hook: Hook, changes: Sequence[Change], wanted: Wanted) -> None:
    """Say what was done, and which spellings of pip are covered now."""
    for change in changes:
        print(f"{'made' if change.old is None else 'changed'}  {change.path}")
    if not changes:
        print("it was in place already")
    for line in hook.after:
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
    print(f"undo:  {command_line('hook', 'remove', *_again(wanted))}")


def _kind(hook: Hook) -> str:
    owners = {each.owner for each in hook.own} | {each.owner for each in hook.edits}
    return next(iter(owners & {"venv", "conda", "python", "cmd"}), "shell")


def removed(changes: Sequence[Change]) -> None:
    """Say what was taken out."""
    for change in changes:
        print(f"{'removed' if change.new is None else 'restored'}  {change.path}")
    if not changes:
        print("nothing was in place")


def _again(wanted: Wanted) -> list[str]:
    """The words by which `remove` finds the same place."""
    for name in ("venv", "conda", "python"):
        if value := getattr(wanted, name):
            return [f"--{name}", value]
    return [*([wanted.shell] if wanted.shell else []), *(["--system"] if wanted.system else [])]


def _lines(content: bytes | None) -> list[str]:
    lines = (content or b"").decode("utf-8", "replace").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines
