"""Measure what pip has no counterpart of: the first line on a refusal, the doctor, the bundle."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from _bench import certificates, probe, world
from _bench.pairs import CURRENT, OLD
from support.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from _bench.world import World
    from support.environments import Environment

_MANY = 10_000


@dataclass(frozen=True)
class Timing:
    """One row: `once` measures, in milliseconds; `reach` is the most that is aimed at."""

    title: str
    once: Callable[[], float]
    reach: float


def all_of(here: World) -> Iterator[Timing]:
    """Yield each row."""
    for pair in (CURRENT, OLD):
        held = world.holding_spip(pair)
        yield Timing(
            f"first word about a refused certificate ({pair.name})",
            partial(_first_word, here, held),
            800,
        )
    held = world.holding_spip(CURRENT)
    yield Timing("doctor, one index, all well", partial(_doctor, here, held), 1500)
    yield from _bundles(here, held)


def _doctor(here: World, held: Environment) -> float:
    """Milliseconds that `spip doctor` takes where pip's configured index answers as it should."""
    environ = here.environ(PIP_INDEX_URL=here.one_host.url("/simple/"))
    started = time.perf_counter()
    run(here.store.wrap(held.spip("doctor")), env=environ).passed()
    return (time.perf_counter() - started) * 1000


def _first_word(here: World, held: Environment) -> float:
    """Milliseconds until spip says on stderr who was refused."""
    words = ("download", "--no-cache-dir", "--no-deps", "--index-url", here.strange.url("/simple/"))
    started = time.perf_counter()
    with subprocess.Popen(
        held.spip(*words, "--dest", here.target, "demo"),
        env=here.environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        for line in process.stderr or ():
            if line.startswith(b"spip: "):
                return (time.perf_counter() - started) * 1000
    raise RuntimeError("spip had no word for a refused certificate")


def _bundles(here: World, held: Environment) -> Iterator[Timing]:
    cache, certifi = here.folder / "bundles", held.site_packages / "certifi" / "cacert.pem"
    probed = [str(held.python), probe.__file__, str(cache), str(certifi)]

    def built(*more: Path) -> float:
        shutil.rmtree(cache, ignore_errors=True)
        os.mkdir(cache, 0o700)
        return float(run([*probed, *more]).passed().stdout)

    def from_many() -> float:
        return built(certificates.once(here.folder / "many.pem", _MANY))

    def unchanged() -> float:
        if not cache.exists():
            built()
        return float(run(probed).passed().stdout)

    yield Timing("merged bundle, first built", built, 200)
    yield Timing("merged bundle, unchanged", unchanged, 2)
    yield Timing(f"merged bundle, built with {_MANY:,} certificates more", from_many, 2000)
