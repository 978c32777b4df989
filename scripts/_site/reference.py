"""docs/commands.md: what each command says under --help, as the program itself makes it.

`scripts/site --write` brings it up to date; a test holds that it is what the program prints.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from _site import translations
from spip.cli import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = DOCS / "commands.md"
_BEGIN, _END = "<!-- helps -->\n", "<!-- /helps -->"


def page(before: str) -> str:
    """Return the page with its helps made anew; what is around them stays."""
    head, _, rest = before.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    return f"{head}{_BEGIN}\n{''.join(_sections())}{end}{tail}"


def helps() -> Iterator[tuple[str, str]]:
    """Yield the words of each command, and its help."""
    for word, module in WORDS.items():
        parser = import_module(module).parser()
        yield word, parser.format_help()
        for each, below in _below(parser):
            yield f"{word} {each}", below.format_help()


def _sections() -> Iterator[str]:
    for words, text in helps():
        level = "###" if " " in words else "##"
        yield f"{level} `spip {words}`\n\n<!-- help: {words} -->\n```text\n{text}```\n\n"


def _below(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:  # noqa: SLF001  # argparse has no other way to list them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            yield from action.choices.items()


def main() -> int:
    """Write what is made from other files: this page, and the marks of stale translations."""
    os.environ["COLUMNS"] = "80"
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    for changed in translations.mark(DOCS):
        print(changed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
