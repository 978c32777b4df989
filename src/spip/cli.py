"""The front desk: whose command it is, and the one place where an error becomes words."""

from __future__ import annotations

import os
import sys

from spip.errors import SpipError

# spip's own words, each with the module whose `main(arguments) -> int` answers it.
WORDS: dict[str, str] = {
    "doctor": "spip.doctor",
    "hook": "spip.hooks",
    "trust": "spip.trusting",
    "env": "spip.env",
}


def main(*, by_module: bool = False) -> int | None:
    """Run spip with sys.argv; the exit code. Only sys.argv[1] decides whose command it is."""
    try:
        return _answer(sys.argv[1:], by_module=by_module)
    except SpipError as error:
        print(f"spip: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"spip:   next: {error.hint}", file=sys.stderr)
        return error.exit_code


def _answer(arguments: list[str], *, by_module: bool) -> int | None:
    word = arguments[0] if arguments else ""
    if word == "help" and len(arguments) > 1 and arguments[1] in WORDS:
        word, arguments = arguments[1], [arguments[1], "--help"]
    if word in WORDS:
        from importlib import import_module

        from spip import reach

        reach.everything()
        return int(import_module(WORDS[word]).main(arguments[1:]))
    if "PIP_AUTO_COMPLETE" in os.environ:
        _complete()
    from spip import run

    for_pip = arguments[1:] if word == "pip" else arguments
    return run.pip(for_pip, by_module=by_module, words=tuple(WORDS))


def _complete() -> None:
    """Print spip's own words where pip is about to print its commands (bash, zsh, fish)."""
    if os.environ.get("COMP_CWORD") != "1":
        return
    typed = os.environ.get("COMP_WORDS", "").split()[1:]
    for word in (*WORDS, "pip"):
        if word.startswith(typed[0] if typed else ""):
            print(word)
