"""Mutates in the environment of the tests: `python -m _mutate`. `scripts/mutate` comes here.

mutmut 3.8 was tried: it mutates nothing outside of functions (tables, limits, fields' defaults) and
no function with a decorator (a property, a cache), which is where much of this is decided; and it
mutates wording, which nothing here hangs on.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from _mutate import report
from _mutate.mutants import mutants
from _mutate.rooms import ROOMS, Room
from _mutate.trial import Trial

if TYPE_CHECKING:
    from _mutate.mutants import Mutant
    from _mutate.report import Fates

_CHECKOUT = Path(__file__).parent.parent.parent
_LEAST = 85  # percent


def main(argv: list[str] | None = None) -> int:
    """Try every mutant; 0 where enough of them are killed."""
    options = _parser().parse_args(argv)
    os.nice(options.nice)
    began = time.monotonic()
    fates: Fates = {}
    for name in options.room or ROOMS:
        tried = _in_a_process(name, options)
        if tried is None:
            return 2
        fates |= tried
        print(report.of_room(name, tried, time.monotonic() - began), flush=True)
    share = report.share(fates)
    print(report.survivors(fates))
    print(f"{share:.1f} % of those that aren't equivalent are killed; at least {_LEAST} % must be")
    return int(share < _LEAST)


def _in_a_process(name: str, options: argparse.Namespace) -> Fates | None:
    """A process for each room: its tests are imported with nothing of another's."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_try, args=(name, options.match, options.at_once, theirs))
    process.start()
    theirs.close()
    try:
        fates: Fates | None = ours.recv()
    except EOFError:
        fates = None
    process.join()
    return fates


def _try(
    name: str, match: str, at_once: int, answer: multiprocessing.connection.Connection
) -> None:
    room = ROOMS[name]
    files = [p for each in room.modules for p in sorted((_CHECKOUT / "src/spip").glob(each))]
    tests = [str(p) for each in room.tests for p in sorted((_CHECKOUT / "tests").glob(each))]
    trial = Trial(
        {f: _wanted(f, room, match) for f in files},
        at_once,
    )
    words = ["-q", "--no-header", "--no-summary", "-o", "tmp_path_retention_policy=none"]
    # A folder of its own: other runs of pytest clear away what they share.
    with tempfile.TemporaryDirectory(prefix="spip-mutate-") as folder:
        pytest.main([*words, f"--basetemp={folder}/tests", *tests], plugins=[trial])
    if len(trial.fates) != sum(map(len, trial.modules.values())):
        print(f"spip: nothing was tried in {name}: its tests can't be collected")
        return
    for test in trial.red:
        print(f"spip: left out, since it fails as it is: {test}")
    root = _CHECKOUT / "src/spip"
    answer.send({(str(p.relative_to(root)), m.key): f for (p, m), f in trial.fates.items()})


def _wanted(file: Path, room: Room, match: str) -> list[Mutant]:
    found = mutants(file.read_text("utf-8"))
    return [each for each in found if match in each.function and each.function not in room.aside]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "scripts/mutate",
        description="Change one decision at a time in what decides about trust, grants, policy, "
        "records and redaction, and say which changes no test notices.",
    )
    parser.add_argument("room", nargs="*", choices=[[], *ROOMS], help="all of them unless named")
    parser.add_argument("--match", default="", help="only in functions whose name holds this")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--nice", type=int, default=10, metavar="N", help="priority: 0 for none")
    return parser


if __name__ == "__main__":
    sys.exit(main())
