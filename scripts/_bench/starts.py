"""Rows of the table without pip: a new shell, and Python's start, with the hook and without."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from _bench import peer, world
from _bench.pairs import CURRENT
from _bench.turns import Case, Command, Reach
from support.run import clean_environment, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _bench.world import World
    from support.environments import Environment

# What a shell reads before anything else, so that both have it.
_SHELLS = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
_SHELL = Reach(more=2)
_STARTS = 20
# What varies from one start to the next is more than what one of them costs.
_PYTHON = Reach(more=_STARTS * 1.0)


def all_of(here: World) -> Iterator[Case]:
    """Yield each row."""
    held = world.holding_spip(CURRENT)
    for shell, rc in _SHELLS.items():
        program = shutil.which(shell, path="/usr/bin:/bin")
        if program:
            yield _shell(here.folder / "homes", held, program, rc)
    yield from _python(here, held)


def _shell(folder: Path, held: Environment, program: str, rc: str) -> Case:
    """An interactive shell that ends at once, in two homes."""
    name = os.path.basename(program)
    environs = []
    for home in (folder / name / "without", folder / name / "with"):
        (home / rc).parent.mkdir(parents=True, exist_ok=True)
        (home / rc).write_text("A=1\n" if name != "fish" else "set A 1\n", "utf-8")
        environs.append(clean_environment(home))
    run(held.spip("hook", "install", name), env=environs[1]).passed()
    argv = (program, "-i", "-c", "true")
    commands = (Command("pip", argv, environs[0]), Command("spip", argv, environs[1]))
    return Case(f"a new {name}, without the hook and with it", commands, _SHELL)


def _python(here: World, held: Environment) -> Iterator[Case]:
    """Starts of an environment's Python that run no pip."""
    hooked = held.copy(here.folder / "hooked")
    plain = held.copy(here.folder / "plain")
    environ = here.environ()
    run(held.spip("hook", "install", "--python", hooked.python), env=environ).passed()
    commands = [Command("pip", _many(plain), environ), Command("spip", _many(hooked), environ)]
    try:
        beside = peer.with_peer(held, here.folder / "neighbour")
        commands.append(Command(peer.NAME, _many(beside), environ))
    except LookupError:
        pass  # the column stays empty
    title = f"{_STARTS} starts of Python, without the hook and with it (Python {CURRENT.python})"
    yield Case(title, tuple(commands), _PYTHON)


def _many(where: Environment) -> tuple[str, ...]:
    loop = f'for i in $(seq {_STARTS}); do "$0" -c pass; done'
    return ("/bin/sh", "-c", loop, str(where.python))
