"""The command line of `scripts/machines`: which machines, and a line for each that is done."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from _machines import root, table, taken
from _machines.plan import Command, Outcome, Plan
from _setup import environment as env
from _setup.ending import ended
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COMMANDS = {
    "spip": ("scripts/spip", "install", "requests"),
    "test": ("scripts/test",),
}
_USERS = ("root", "ann")
_PACKAGES = {"bare": (), "venv": ("python3-venv",)}


def machines(arguments: Sequence[str]) -> int:
    """Run both commands on each machine; 0 if all went well everywhere."""
    options = _options(arguments)

    def run() -> int:
        _see_to_means()
        rows = []
        for plan in _plans(options):
            rows.append(_run(plan, options.cache))
            print(table.line(rows[-1]), flush=True)
        print(*table.skips(rows), sep="\n")
        return int(not all(row.is_good for row in rows))

    return ended(run)


def _see_to_means() -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        raise SpipError("machines are made of mounts and namespaces, which takes root on Linux")
    if root.missing():
        raise SpipError(f"not on this machine: {', '.join(root.missing())}")


def _plans(options: argparse.Namespace) -> Iterator[Plan]:
    mount = os.path.join(options.cache, "mount")
    os.makedirs(mount, exist_ok=True)
    files = taken.files(options.roots_at, options.roots)
    more = {"test": tuple(options.arguments)}
    commands = tuple(Command(n, (*_COMMANDS[n], *more.get(n, ()))) for n in options.command)
    mirror = options.mirror or taken.mirror()
    wanted = itertools.product(options.suite, options.python, options.user)
    for suite, python, user in wanted:
        made = root.root(suite, options.cache, mirror)
        yield Plan(
            *(suite, made, mount, env.CHECKOUT, commands, user, _PACKAGES[python], files),
            environ={**taken.proxies(os.environ), **dict(options.env)},
            seconds=options.minutes * 60,
        )


def _run(plan: Plan, cache: str) -> table.Row:
    """Run it in namespaces of its own; what its commands print goes to a file of the cache."""
    path = os.path.join(cache, "logs", f"{plan.name}.log")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    inside = [*root.alone(), sys.executable, "-m", "_machines.inside"]
    with open(path, "w", encoding="utf-8") as log:
        done = subprocess.run(
            inside,
            input=plan.text(),
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.path.join(env.CHECKOUT, "scripts")},
            text=True,
            check=False,
        )
    with open(path, encoding="utf-8", errors="replace") as log:
        outcomes = [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]
        return table.Row(plan, outcomes, log.read())


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="machines",
        description="Run `scripts/spip install requests` and `scripts/test` on fresh machines.",
        epilog="Each machine's log lies in the cache. Other arguments go to scripts/test, after --",
    )
    several = (("suite", root.SUITES), ("python", tuple(_PACKAGES)), ("user", _USERS))
    for name, choices in (*several, ("command", tuple(_COMMANDS))):
        parser.add_argument(f"--{name}", nargs="+", choices=choices, default=choices)
    parser.add_argument("--cache", default=_cache(), metavar="FOLDER", help="(%(default)s)")
    parser.add_argument("--mirror", default="", metavar="URL", help="(this machine's, of apt)")
    parser.add_argument("--roots", default="", metavar="FILE", help="(this machine's OS store)")
    parser.add_argument("--roots-at", default=taken.ROOTS, metavar="PATH", help="(%(default)s)")
    parser.add_argument("--minutes", type=int, default=60, help="for each command (%(default)s)")
    parser.add_argument("--env", action="append", default=[], type=_variable, metavar="NAME=VALUE")
    parser.add_argument("arguments", nargs="*", metavar="PYTEST-ARGUMENT")
    return parser.parse_args(arguments)


def _variable(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value


def _cache() -> str:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(home, "spip-machines")
