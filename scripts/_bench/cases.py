"""The rows of the table: what is measured, and what is aimed at (design: "Speed")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _bench import peer, starts, world
from _bench.pairs import CURRENT, OLD
from _bench.turns import Case, Command, Reach
from support.index import MANY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from _bench.pairs import Pair
    from _bench.world import World
    from support.environments import Environment

# What pip below 24.2 is told where a company's root is in the system's store. Debian's place, as
# in every recipe; the private store covers it.
_DEBIANS_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_START = Reach(ratio=1.08, more=10)
_HANDOVER = Reach(more=30)
_INSTALL = Reach(ratio=1.00)
_START_COMMANDS = (("--version",), ("list",), ("show", "pip"))


def all_of(here: World) -> Iterator[Case]:
    """Yield each row."""
    for pair in (CURRENT, OLD):
        held = world.holding_spip(pair)
        beside = world.holding_peer(pair, here.folder)
        yield from _starts(here, pair, held, beside)
        yield from _handed_over(here, pair, held)
        yield from _installs(here, pair, held, beside)
    yield from starts.all_of(here)


def _starts(
    here: World, pair: Pair, held: Environment, beside: Environment | None
) -> Iterator[Case]:
    for words in _START_COMMANDS:
        commands = _columns(held, beside, words, here.environ())
        yield Case(f"`{' '.join(words)}` ({pair.name})", commands, _START)


def _handed_over(here: World, pair: Pair, target: Environment) -> Iterator[Case]:
    """The same commands for another interpreter, beside that one's own pip."""
    away = world.holding_spip(OLD if pair is CURRENT else CURRENT)
    to = {"SPIP_PYTHON": str(target.python)}
    for words in _START_COMMANDS[1:2]:
        yield Case(
            f"`{' '.join(words)}` of another interpreter ({pair.name})",
            (
                Command("pip", _script(target, "pip", words), here.environ()),
                Command("spip", _script(away, "spip", words), here.environ(**to)),
            ),
            _HANDOVER,
        )


def _installs(
    here: World, pair: Pair, held: Environment, beside: Environment | None
) -> Iterator[Case]:
    for what, names in (("one wheel", ("demo",)), ("30 wheels", MANY)):
        for where, server in (("one host", here.one_host), ("two hosts", here.two_hosts)):
            words = (
                *("install", "--no-cache-dir", "--no-deps", "--target", str(here.target)),
                *("--index-url", server.url("/simple/"), *names),
            )
            for told, plain, ours in _tellings(pair, here):
                yield Case(
                    f"install {what}, index and files on {where}{told} ({pair.name})",
                    _columns(held, beside, words, plain, ours),
                    _INSTALL,
                    here.store,
                    here.target,
                )


def _tellings(
    pair: Pair, here: World
) -> Iterator[tuple[str, Mapping[str, str], Mapping[str, str]]]:
    """Yield how each is told of the root: words for the title, pip's environment, spip's.

    A current pip asks the system's store, and so does spip. An older pip has to be told, and spip
    may be told the same or nothing.
    """
    nothing = here.environ()
    if pair.asks_the_system:
        yield "", nothing, nothing
        return
    told = here.environ(PIP_CERT=_DEBIANS_BUNDLE)
    yield ", both with PIP_CERT", told, told
    yield ", pip with PIP_CERT", told, nothing


def _columns(
    held: Environment,
    beside: Environment | None,
    words: tuple[str, ...],
    plain: Mapping[str, str],
    ours: Mapping[str, str] | None = None,
) -> tuple[Command, ...]:
    commands = [
        Command("pip", _script(held, "pip", words), plain),
        Command("spip", _script(held, "spip", words), plain if ours is None else ours),
    ]
    if beside:
        commands.append(Command(peer.NAME, _script(beside, "pip", words), plain))
    return tuple(commands)


def _script(where: Environment, name: str, words: tuple[str, ...]) -> tuple[str, ...]:
    script: Path = where.scripts / name
    return (str(script), *words)
