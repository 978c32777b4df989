"""Runs commands in turns and times them. A program of its own, with the standard library alone.

Reads one JSON object on standard input, writes one list: for each command its samples, or the
reason why it was not measured.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from typing import Any


def main() -> int:
    """Answer the one question on standard input."""
    question = json.load(sys.stdin)
    commands: list[tuple[list[str], dict[str, str]]] = question["commands"]
    fresh: str | None = question["fresh"]
    answers: list[Any] = [_fault(argv, environ, fresh) or [] for argv, environ in commands]
    working = [number for number, answer in enumerate(answers) if answer == []]
    for turn in range(question["pairs"]):
        # Whoever comes first meets other caches, so each is first in turn.
        start = turn % len(working) if working else 0
        for number in working[start:] + working[:start]:
            answers[number].append(_timed(*commands[number], fresh))
    json.dump(answers, sys.stdout)
    return 0


def _fault(argv: list[str], environ: dict[str, str], fresh: str | None) -> str:
    """Run it once, which also fills caches; what went wrong, in one line, or nothing."""
    with tempfile.TemporaryFile() as words:
        code, _, _ = _run(argv, environ, fresh, words.fileno())
        if code == 0:
            return ""
        words.seek(0)
        lines = words.read().decode("utf-8", "replace").strip().splitlines()
    return f"exit {code}: {lines[-1] if lines else 'it said nothing'}"


def _timed(argv: list[str], environ: dict[str, str], fresh: str | None) -> list[float]:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        code, wall, cpu = _run(argv, environ, fresh, nowhere)
    finally:
        os.close(nowhere)
    if code:
        raise RuntimeError(f"exit {code} after it had worked: {' '.join(argv)}")
    return [wall, cpu]


def _run(
    argv: list[str], environ: dict[str, str], fresh: str | None, output: int
) -> tuple[int, float, float]:
    """(exit code, milliseconds by the clock, milliseconds of the processor)."""
    if fresh:
        shutil.rmtree(fresh, ignore_errors=True)
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, output, 1),
        (os.POSIX_SPAWN_DUP2, output, 2),
    ]
    started = time.perf_counter()
    process = os.posix_spawn(argv[0], argv, environ, file_actions=streams)
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - started
    cpu = used.ru_utime + used.ru_stime
    return os.waitstatus_to_exitcode(status), wall * 1000, cpu * 1000


if __name__ == "__main__":
    sys.exit(main())
