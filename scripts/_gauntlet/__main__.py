"""Runs in the environment of the tests: `python -m _gauntlet`. `scripts/gauntlet` comes here."""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from _gauntlet import page, refusals, settings, trusted
from _gauntlet.scene import ALL, Scene, Situation, World
from _gauntlet.table import Outcome, Row, last_words, title
from _gauntlet.tools import TOOLS, Target, target
from _setup.ending import ended
from support.authority import Authority
from support.os_store import OsStores, missing
from support.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILLED = (trusted, settings, refusals)  # each fills the list when it is imported


def main(argv: list[str] | None = None) -> int:
    """Run the rows, print each, and write the page; 0, or 1 where none can be made here."""
    options = _parser().parse_args(argv)
    if missing():
        print(f"spip: it can't be run here: {missing()}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="spip-gauntlet-") as folder:
        rows = list(_rows(Path(folder), options.only))
    if not options.only:
        today = datetime.now(timezone.utc).date()
        page.write(Path(options.out), rows, today.isoformat())
    return 0


def _rows(folder: Path, only: list[str]) -> Iterator[Row]:
    company, stranger = Authority("Example Root CA"), Authority("Unknown Root CA")
    for number, situation in enumerate(ALL):
        if only and not any(words in title(situation) for words in only):
            continue
        own = folder / str(number)
        own.mkdir()
        world = World(own, OsStores(own / "stores"), company, stranger)
        yield _row(world, situation)


def _row(world: World, situation: Situation) -> Row:
    try:
        row = Row(situation, _outcomes(world, situation))
        said = ", ".join(f"{tool}: {_word(outcome)}" for tool, outcome in row.outcomes.items())
    except LookupError as error:
        row, said = Row(situation, {}), f"not run here: {error}"
    print(f"{title(situation)}: {said}", flush=True)
    return row


def _outcomes(world: World, situation: Situation) -> dict[str, Outcome]:
    found = target(*situation.target, world.folder)
    with situation.make(world) as scene, ThreadPoolExecutor(2) as pool:
        tried = pool.map(lambda tool: _try(tool, found, scene, world.folder), TOOLS)
        return dict(zip(TOOLS, tried, strict=True))


def _try(tool: str, found: Target, scene: Scene, folder: Path) -> Outcome:
    own = folder / tool.replace(" ", "")
    own.mkdir()
    try:
        command = TOOLS[tool](found, scene, own)
    except LookupError as error:
        return Outcome(None, str(error))
    env = {**scene.env, **scene.own.get(tool.split(" --", maxsplit=1)[0], {})}
    env |= {**scene.own.get(tool, {}), **command.env, "HOME": str(own)}
    done = run(scene.wrap(command.argv), env=env, timeout=300)
    installed = bool(list((own / "to").glob(scene.module)))
    return Outcome(installed, last_words(done.stdout + done.stderr))


def _word(outcome: Outcome) -> str:
    return {True: "installs", False: "doesn't", None: "not tried"}[outcome.installed]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/gauntlet", description="Compare spip with pip and its neighbours."
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="WORDS", help="rows with these words"
    )
    parser.add_argument("--out", default=str(page.PAGE), metavar="FILE", help="the page to write")
    return parser


if __name__ == "__main__":
    sys.exit(ended(main))
