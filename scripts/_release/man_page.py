"""Make the man page of spip from the parsers of its words, with argparse-manpage.

The page is kept in the checkout, since the build backend runs nothing of ours; a test compares it
with the parsers.
"""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser
from importlib import import_module

from _setup import build
from _setup import environment as env
from spip import cli
from spip.errors import SpipError

PATH = os.path.join(env.CHECKOUT, "man", "share", "man", "man1", "spip.1")
_TOOLS = env.Environment(os.path.join(env.CHECKOUT, ".cache", "manual-venv"), ("manual",), (25, 1))
_DESCRIPTION = "pip, where pip alone ends in SSL: CERTIFICATE_VERIFY_FAILED."
# The same bytes whenever it is made, and lines that no terminal breaks.
_ENVIRON = {"SOURCE_DATE_EPOCH": "0", "COLUMNS": "80"}


def write() -> None:
    """Write the page anew. Raises SpipError where argparse-manpage can't be had, or fails."""
    build.ready(_TOOLS, os.environ)
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    code = f"import sys; sys.path.insert(0, {folder!r}); from _release import man_page; "
    argv = [_TOOLS.python, "-I", "-c", code + "man_page.print_page()"]
    environ = {**os.environ, **_ENVIRON}
    done = subprocess.run(argv, env=environ, capture_output=True, check=False)
    if done.returncode:
        raise SpipError(f"the man page could not be made:\n{done.stderr.decode()}")
    os.makedirs(os.path.dirname(PATH), exist_ok=True)
    with open(PATH, "wb") as file:
        file.write(done.stdout)
    print(PATH)


def print_page() -> None:
    """Print the page; runs where argparse-manpage is installed."""
    from argparse_manpage.manpage import Manpage

    root = parser()
    root._manpage = []  # type: ignore[attr-defined]  # noqa: SLF001  # what Manpage reads
    sys.stdout.write(f"{Manpage(root, format='pretty')}".rstrip() + "\n")


def parser() -> ArgumentParser:
    """One parser that has the parser of each of spip's words."""
    root = ArgumentParser(prog="spip", description=_DESCRIPTION, add_help=False)
    words = root.add_subparsers()
    for word, module in cli.WORDS.items():
        own = import_module(module).parser()
        words.add_parser(word, help=own.description, add_help=False)
        words.choices[word] = own
    return root
