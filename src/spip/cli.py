"""Decide by sys.argv[1] whose command it is; print an error and turn it into an exit code."""

from __future__ import annotations

import os
import sys

from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# spip's own words, each with the module whose `main(arguments) -> int` answers it.
WORDS: dict[str, str] = {
    "doctor": "spip.commands.doctor",
    "explain": "spip.commands.explain",
    "hook": "spip.commands.hook",
    "trust": "spip.commands.trust",
    "env": "spip.commands.env",
    "allow-insecure": "spip.commands.allow_insecure",
    "log": "spip.commands.log",
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
    if "PIP_AUTO_COMPLETE" in os.environ and (code := _complete()):
        return code
    if word in WORDS:
        return _own(WORDS[word], arguments[1:])
    from spip import run

    for_pip = arguments[1:] if word == "pip" else arguments
    return run.pip(for_pip, by_module=by_module, words=tuple(WORDS))


def _own(module: str, arguments: list[str]) -> int:
    """Answer one of spip's own words; Ctrl-C ends it as it ends pip, and so may who reads it."""
    from errno import ENOSPC
    from importlib import import_module

    from spip.standalone import expose

    expose.expose_all()
    _survive_code_pages()
    code = 1
    try:
        code = int(import_module(module).main(arguments))
        _flush()
    except KeyboardInterrupt:
        print("spip: cancelled by user", file=sys.stderr)
    except BrokenPipeError:
        _print_no_more()
    except OSError as error:
        if error.errno != ENOSPC or error.filename is not None:  # a stream's error names no file
            raise
        raise _unprinted(error) from error
    return code


def _survive_code_pages() -> None:
    """Show what an encoding lacks as an escape: a path, a reason and a name may hold any letter.

    Set here, once, for each of spip's own words: after the work is done, an error about its words
    would say that it was not. What has to arrive to the byte is written as bytes.
    """
    from contextlib import suppress
    from io import TextIOWrapper

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            with suppress(ValueError, OSError):
                stream.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """Raise SpipError where what was printed can't be written; a closed pipe's error stays."""
    try:
        if sys.stdout is not None:  # None where the shell closed it
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unprinted(error) from error


def _unprinted(error: OSError) -> SpipError:
    _print_no_more()
    return SpipError(f"what was printed can't be written: {error.strerror}")


def _print_no_more() -> None:
    # Python would say so once more when it flushes at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complete() -> int:
    """Print spip's own words where pip is about to print its commands, and what follows them.

    The protocol is pip's (bash, zsh, fish), and so is the exit code once all is printed: 1. It is
    0 where pip has more to say.
    """
    try:
        place = int(os.environ.get("COMP_CWORD", "0"))
    except ValueError:
        return 0
    words = os.environ.get("COMP_WORDS", "").split()[1:]
    typed = words[place - 1] if 0 < place <= len(words) else ""
    if place == 1:
        _offer([*WORDS, "pip"], typed)
        return 0
    if not words or words[0] not in WORDS:
        return 0
    from importlib import import_module

    from spip.standalone import expose

    expose.expose_all()
    from spip.commands.arguments import completions

    parser = import_module(WORDS[words[0]]).parser()
    _offer(completions(parser, words[1 : place - 1]), typed)
    return 1


def _offer(words: Iterable[str], typed: str) -> None:
    for word in words:
        if word.startswith(typed):
            print(word)
