"""Run commands that do the same in turns, so that whatever slows one slows the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from _bench import inside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from support.os_store import OsStore


@dataclass(frozen=True)
class Command:
    """One column's command. `label` is "pip", "spip" or the peer's name."""

    label: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Reach:
    """What is aimed at, beside pip: at most so many times, at most so many milliseconds more."""

    ratio: float | None = None
    more: float | None = None


@dataclass(frozen=True)
class Case:
    """One row: commands that do the same; the first is what the others are measured by.

    `fresh` is a folder that is emptied before each run, which is not measured.
    """

    title: str
    commands: tuple[Command, ...]
    reach: Reach
    store: OsStore | None = None
    fresh: Path | None = None


@dataclass(frozen=True)
class Sample:
    """What one run cost, in milliseconds: by the clock, and of the processor, children too."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Measured:
    """The samples of a row by label, the n-th of each from the same turn; or why there is none."""

    case: Case
    samples: Mapping[str, tuple[Sample, ...]]
    failed: Mapping[str, str]


def measure(case: Case, pairs: int) -> Measured:
    """Run each command once to see that it works, then `pairs` turns of all that do.

    In a process of its own: inside the changed store, and with nothing else to do. RuntimeError
    where that process fails.
    """
    argv = [sys.executable, "-I", inside.__file__]
    commands = [[list(command.argv), dict(command.environ)] for command in case.commands]
    question = {"pairs": pairs, "fresh": case.fresh and os.fspath(case.fresh), "commands": commands}
    done = subprocess.run(
        case.store.wrap(argv) if case.store else argv,
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return _told(case, json.loads(done.stdout))


def _told(case: Case, answers: Sequence[str | list[list[float]]]) -> Measured:
    samples, failed = {}, {}
    for command, answer in zip(case.commands, answers, strict=True):
        if isinstance(answer, str):
            failed[command.label] = answer
        else:
            samples[command.label] = tuple(Sample(wall, cpu) for wall, cpu in answer)
    return Measured(case, samples, failed)
