"""Move a virtual environment: its scripts and its configuration contain its path."""

from __future__ import annotations

import os
import re


def rewrite(folder: str, old: str, new: str) -> None:
    """Put the path `new` in place of `old` wherever the environment in `folder` names itself.

    Both must be of one length: the programs that pip writes on Windows carry the path between
    machine code and a zip file.
    """
    if len(old) != len(new):
        raise ValueError((old, new))
    for path in _files(folder):
        with open(path, "rb") as file:
            content = file.read()
        changed = content.replace(os.fsencode(old), os.fsencode(new))
        if changed != content:
            _replace(path, changed)


# How pip begins a program whose interpreter no first line can name (blanks, length): in a shell,
# which reads the path once more. This finds the interpreter beside the program instead.
_BY_SHELL = re.compile(rb"\A#!/bin/sh\n'''exec' [^\n]*\n' '''")
_BESIDE = rb"""#!/bin/sh
QQQexec' "$(dirname -- "$(readlink -f -- "$0")")/python" "$0" "$@"
' QQQ""".replace(b"Q", b"'")
_PLAIN = re.compile(r"[\w@%+=:,./ -]*", re.ASCII)


def find_by_place(folder: str, path: str) -> None:
    """Let programs in `folder` start that lie at `path`, where a shell would misread that path."""
    if os.name == "nt" or _PLAIN.fullmatch(path):
        return
    for program in _files(folder)[1:]:
        with open(program, "rb") as file:
            content = file.read()
        changed = _BY_SHELL.sub(lambda _: _BESIDE, content)
        if changed != content:
            _replace(program, changed)


def _files(folder: str) -> list[str]:
    scripts = os.path.join(folder, "Scripts" if os.name == "nt" else "bin")
    found = [entry.path for entry in os.scandir(scripts) if entry.is_file(follow_symlinks=False)]
    return [os.path.join(folder, "pyvenv.cfg"), *found]


def _replace(path: str, content: bytes) -> None:
    """Write a file anew with its old mode; a copy may share the old one by a hard link."""
    mode = os.stat(path).st_mode
    os.unlink(path)
    with open(path, "xb") as file:
        file.write(content)
    os.chmod(path, mode)
