"""Measures in the environment of the tests: `python -m _bench`. `scripts/bench` comes here."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from _bench import alone, cases, peer, table, turns
from _bench.world import world
from _setup.ending import ended

if TYPE_CHECKING:
    from _bench.turns import Measured
    from _bench.world import World

_LABELS = ("pip", "spip", peer.NAME)
_NOTES = """\
Milliseconds: median (minimum). Each row's commands ran in turns, and each began in turn; `ratio`
and `more` are the medians of what each turn gave, beside `pip`. CPU is user and system time of
the command and its children: what another busy core changes least.

- `pip`, `spip`: the console scripts of one environment. {peer}: `pip` of a copy of it
  that holds {peer} {peer_version} too, where its requirements let it.
- `of another interpreter`: `spip` of one environment with `SPIP_PYTHON` naming another one's
  Python, beside that one's own `pip`.
- Installs go to an emptied folder from an index over TLS on loopback, with `--no-cache-dir`. The
  index's root is in the operating system's store (really, in a private mount namespace) beside
  the distribution's roots, and nowhere else. A current pip and spip ask the store. An older pip
  doesn't, so it gets `PIP_CERT` with the store's own bundle, as people do; spip is measured with
  the same variable, and with none.
- A new shell, and starts of Python that run no pip: the column `pip` is without a hook, `spip`
  with it (`spip hook install`, with `--python` for Python), {peer} with its own.
- The second table: `first word` is the time until spip says on stderr who was refused and why (pip
  alone asks again for 8 to 13 s); `merged bundle` includes spip's own imports, in a fresh process.
"""


def main(argv: list[str] | None = None) -> int:
    """Measure each row and print it when it is done; 0, or 1 where a command failed."""
    options = _parser().parse_args(argv)
    try:
        return _measure(options.pairs, options.only)
    except LookupError as error:
        print(f"spip: it can't be measured here: {error}", file=sys.stderr)
        return 1


def _measure(pairs: int, only: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="spip-bench-") as folder, world(Path(folder)) as here:
        print(f"{pairs} turns of each row; load at the start: {_load()}")
        failed = _compare(here, pairs, only)
        _time(here, pairs, only)
        print(f"\nLoad at the end: {_load()}.\n\n{_notes()}", end="")
    return int(failed)


def _compare(here: World, pairs: int, only: list[str]) -> bool:
    """Print the table of pip and spip; whether one of them failed."""
    chosen = [case for case in cases.all_of(here) if _is_wanted(case.title, only)]
    if chosen:
        print("\n" + table.head(_LABELS))
    failures = [case.title for case in chosen if _print(turns.measure(case, pairs))]
    return bool(failures)


def _time(here: World, runs: int, only: list[str]) -> None:
    """Print the table of what is spip's alone."""
    chosen = [timing for timing in alone.all_of(here) if _is_wanted(timing.title, only)]
    if chosen:
        print("\n" + table.alone_head())
    for timing in chosen:
        samples = [timing.once() for _ in range(runs)]
        print(table.alone_row(timing.title, samples, timing.reach), flush=True)


def _print(measured: Measured) -> bool:
    """Print a row; whether pip or spip failed, in which case it says that instead."""
    failed = [label for label in _LABELS[:2] if label in measured.failed]
    if failed:
        words = "; ".join(f"{label}: {measured.failed[label]}" for label in failed)
        print(f"spip: not measured: {measured.case.title}: {words}", file=sys.stderr)
        return True
    for line in table.rows(measured, _LABELS):
        print(line, flush=True)
    return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure spip beside pip.")
    parser.add_argument("--pairs", type=_count, default=15, help="turns of each row (default: 15)")
    parser.add_argument(
        "--only", action="append", default=[], metavar="WORDS", help="rows with these words"
    )
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of turns, from 1 on")
    return int(text)


def _is_wanted(title: str, only: list[str]) -> bool:
    return not only or any(words in title for words in only)


def _load() -> str:
    cores = os.cpu_count() or 1
    return f"{os.getloadavg()[0]:.2f} on {cores} cores"


def _notes() -> str:
    return _NOTES.format(peer=peer.NAME, peer_version=peer.version())


if __name__ == "__main__":
    sys.exit(ended(main))
