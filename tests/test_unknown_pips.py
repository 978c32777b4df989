"""pips that lack something of what spip hooks: nothing open, nothing silent, no traceback.

Each entry of the table, and whatever else of pip's spip touches, is renamed, moved or given another
signature, in a pip that works on by itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from relaxed_world import (
    GENUINE,
    GENUINE_SOURCE,
    User,
    empty,
    forbidding,
    got,
    lasting,
    new_user,
    said,
    spip,
)
from spip.bridge import patch_table
from support.authority import Authority
from support.environments import Environment
from support.index import Index, standard_artifacts
from support.lacking import lacking
from support.matrix import Cell, marks
from support.mutants import Mutation
from support.pairwise import rows, whole
from support.run import Result, run
from support.servers import TlsServer
from trust_machine import Machine

CELLS = (Cell("3.10", "23.0.1"), Cell("3.12", "24.2"), Cell("3.13", "26.3"))
# What else of pip's is touched by name, beside the table's entries.
ATTRIBUTES = (
    *("SessionCommandMixin", "PipSession", "HTTPAdapter", "_trusted_host_adapter", "CommandError"),
    *(
        "Cache",
        "EphemWheelCache",
        "VersionControl",
        "PyPI",
        "_parsers",
        "ExternallyManagedEnvironment",
    ),
    *("cache_dir", "trusted_hosts", "index_url", "extra_index_urls", "find_links", "client_cert"),
    *("deprecated_features_enabled", "features_enabled", "disable_pip_version_check"),
    *("require_hashes", "init_poolmanager", "proxy_manager_for", "cert_verify", "self.adapters"),
    *("_pool_connections", "_pool_maxsize", "_pool_block", "connection_pool_kw", "self.controller"),
    *("select_proxy", "MaxRetryError", "assert_fingerprint", "_configure_context"),
)
MODULES = ("exceptions", "configuration", "models.index", "cli.cmdoptions", "cli.parser")


def mutations() -> Iterator[Mutation]:
    """Everything that may be gone, each by each of the ways in which it may go."""
    for patch in patch_table.TABLE.values():
        attribute = patch.attribute.rpartition(".")[2]
        if attribute in {"run", "__init__"}:  # renamed, that command or class is gone
            continue
        yield Mutation("renamed", attribute)
        yield Mutation("extended", attribute)
    for module in dict.fromkeys(
        name for patch in patch_table.TABLE.values() for name in patch.modules
    ):
        yield Mutation("moved", module.partition(".")[2])
    yield from (Mutation("renamed", name) for name in ATTRIBUTES)
    yield from (Mutation("moved", f"_internal.{name}") for name in MODULES)


LACKS = "stopped before anything is sent: pip "
FORBIDDEN = "forbidden by policy: "
UNSEEN = "stopped: "
# What not every one of these pips has.
ONLY = {
    "pip_self_version_check": ("23.0.1", "24.2"),
    "pip_self_version_check_fetch": ("26.3",),
    "_internal.cli.index_command": ("24.2", "26.3"),
    "_configure_context": ("24.2", "26.3"),
}
# The guards that changes take from spip. All other changes take comfort at most.
TAKES = {
    "session": (
        *("_build_session-renamed", "SessionCommandMixin-renamed"),
        "self.adapters-renamed",
    ),
    "trusted host": (
        *("add_trusted_host-renamed", "PipSession-renamed"),
        "_internal.network.session-moved",
    ),
    "send": ("send-renamed", "HTTPAdapter-renamed", "_vendor.requests.adapters-moved"),
    "wheel candidates": ("_get_candidates-renamed", "Cache-renamed", "_internal.cache-moved"),
    "checkout": ("obtain-renamed", "VersionControl-renamed", "_internal.vcs.versioncontrol-moved"),
}


def taken(mutation: Mutation, cell: Cell) -> str:
    """Return the guard that is gone with it, or nothing."""
    if mutation.name == "_internal.cli.req_command-moved" and cell.pip == "23.0.1":
        return "session"  # newer ones have it in two places
    return next((guard for guard, names in TAKES.items() if mutation.name in names), "")


@dataclass
class World:
    """Servers, a user, and one changed pip."""

    strange: TlsServer
    plain: TlsServer
    verified: TlsServer
    user: User
    to: Path
    root: Path
    environment: Environment
    gone: str  # the guard that it takes from spip, or nothing
    machine: Machine | None = None  # where a policy forbids

    def run(self, *words: str, **env: str) -> Result:
        """Run spip on that pip, there."""
        env = {"SPIP_PYTHON": str(self.environment.python), **env}
        if self.machine is not None:
            return self.machine.run(spip().spip(*words), **env)
        return run(spip().spip(*words), env={**self.user.environ, **env})

    def fetch(self, index: TlsServer, *words: str, **env: str) -> Result:
        """Have it fetch the wheel `demo`."""
        named = [] if "-r" in words else ["demo"]
        where = ["--index-url", index.url("/simple/"), "-d", str(self.to)]
        return self.run("download", "--no-deps", *where, *words, *named, **env)

    def begin_again(self) -> None:
        """As if nothing had been run yet."""
        empty(self.to)
        (self.user.state / "log.jsonl").unlink(missing_ok=True)
        for server in (self.strange, self.plain, self.verified):
            server.forget()

    @property
    def place(self) -> str:
        """What `--trusted-host` takes."""
        return f"localhost:{self.strange.port}"

    @property
    def untouched(self) -> bool:
        """Whether no server that isn't verified was asked for anything."""
        return not self.strange.record.paths and not self.plain.record.connections

    def lacks(self, *needed: str) -> bool:
        """Whether the guard that is gone holds one of these, or what the policy says."""
        asked = {*needed, *(["own-ways"] if self.machine is not None else [])}
        return bool(self.gone and asked & patch_table.TABLE[self.gone].holds)


def stopped(result: Result, *beginnings: str) -> None:
    """spip stopped it, in a sentence; where pip lacks a guard, that names a pip that works."""
    result.refused(code=2)
    lines = said(result)
    assert any(line.startswith(beginnings) for line in lines), result
    if any(line.startswith(LACKS) for line in lines):
        assert any(line.startswith("  next: use a pip that spip knows: ") for line in lines), result


def goes_alone(world: World, result: Result) -> None:
    """One line says what spip can't do with this pip, where a guard is gone; else none does."""
    lines = [line for line in said(result) if ", by which spip " in line]
    assert len(lines) == bool(world.gone), result
    if world.gone:
        assert f"by which spip {patch_table.TABLE[world.gone].purpose}: " in lines[0], result
        assert str(world.environment.site_packages / "pip") in lines[0], result
    assert "Traceback (most recent call last)" not in result.output, result


def relaxed(world: World, result: Result, *, arrived: bool) -> None:
    """It was named, logged and kept out of caches; or else it was stopped, in a sentence."""
    assert world.user.cached == [], result
    if world.machine is not None or result.code or world.lacks("relaxed"):
        reasons = [LACKS] if world.lacks("relaxed") else [FORBIDDEN]
        stopped(result, *reasons, *([UNSEEN] if world.machine is None else []))
        assert world.gone or world.machine is not None, result
        assert world.untouched, result
        assert not list(world.to.iterdir()), result
        if world.machine is not None:
            assert not world.strange.record.connections, result
        return
    assert arrived, result
    goes_alone(world, result)
    assert any("VERIFICATION IS OFF" in line or "is not encrypted" in line for line in said(result))
    assert world.user.events("own_way"), result


def verified_run(world: World) -> None:
    """As with plain pip, and nothing said but of a guard that is gone."""
    env = {"SPIP_CA_BUNDLE": str(world.root), "PIP_CERT": str(world.root)}
    result = world.fetch(world.verified, **env)
    if world.lacks():
        stopped(result, LACKS)
        assert world.verified.record.connections == 0, result
        return
    result.passed()
    assert got(world.to, GENUINE)
    goes_alone(world, result)
    assert len(said(result)) == bool(world.gone), result


def unknown_ca(world: World) -> None:
    result = world.fetch(world.strange, PIP_RETRIES="0")
    assert not got(world.to, GENUINE)
    assert world.untouched, result
    if world.lacks():
        stopped(result, LACKS)
        return
    result.refused(code=1)
    goes_alone(world, result)


def trusted_host(world: World) -> None:
    result = world.fetch(world.strange, "--trusted-host", world.place)
    relaxed(world, result, arrived=got(world.to, GENUINE))


def requirements_line(world: World) -> None:
    file = world.user.home / "requirements.txt"
    file.write_text(f"--trusted-host {world.place}\ndemo\n")
    result = world.fetch(world.strange, "-r", str(file))
    relaxed(world, result, arrived=got(world.to, GENUINE))


def http_index(world: World) -> None:
    result = world.fetch(world.plain)
    relaxed(world, result, arrived=got(world.to, GENUINE))


def git_over_http(world: World) -> None:
    if not Path("/usr/bin/git").exists():
        lacking("git", installable=False)
    asked = ["wheel", "-w", str(world.to), f"git+{world.plain.url('/team/demo.git')}"]
    result = world.run(*asked, PATH="/usr/bin:/bin").failed()  # there is no such repository
    if world.machine is not None or not world.plain.record.connections:
        stopped(result, FORBIDDEN, LACKS)
        assert not world.plain.record.connections, result
        return
    assert any("is not encrypted" in line for line in said(result)), result
    assert world.user.events("own_way"), result


def grant(world: World) -> None:
    assert world.strange.identity
    world.user.grant(world.strange.port, world.strange.identity.fingerprint)
    result = world.fetch(world.strange, PIP_RETRIES="0")
    assert world.user.cached == [], result
    assert "Traceback (most recent call last)" not in result.output, result
    if world.lacks("grants"):
        stopped(result, LACKS)
    if result.code:
        assert said(result), result
        assert world.untouched, result
        assert not got(world.to, GENUINE)
        return
    assert got(world.to, GENUINE)
    assert any(line.startswith("VERIFICATION WAS OFF") for line in said(result)), result
    assert world.user.events("relax")


def isolated_build(world: World) -> None:
    world.strange.site = lasting(*standard_artifacts())
    where = ["--index-url", world.strange.url("/simple/"), "--trusted-host", world.place]
    result = world.run("wheel", "--no-deps", "-w", str(world.to), *where, "needsbuild")
    relaxed(world, result, arrived=bool(list(world.to.glob("needsbuild-1.0*"))))


SITUATIONS: tuple[Callable[[World], None], ...] = (
    *(verified_run, unknown_ca, trusted_host, requirements_line, http_index),
    *(git_over_http, grant, isolated_build),
)


def chosen() -> list[object]:
    """Each mutation once, over pairs of all the rest; or, where that is asked for, the product.

    One that takes a guard is tried where nothing needs it, where a relaxation does, and where a
    policy does.
    """
    rest = itertools.cycle(rows([CELLS, SITUATIONS, [False, True]]))
    found: list[object] = []
    for mutation in mutations():
        pips = ONLY.get(mutation.target, tuple(cell.pip for cell in CELLS))
        for cell, situation, forbids in (
            rows([CELLS, SITUATIONS, [False, True]])
            if whole()
            else [next(row for row in rest if row[0].pip in pips)]
        ):
            if cell.pip in pips:
                name = [mutation.name, cell.pip, situation.__name__, *(["forbidden"] * forbids)]
                row = (mutation, cell, situation, forbids)
                found.append(pytest.param(*row, id="-".join(name), marks=marks(cell)))
    return found


@pytest.fixture
def servers(
    authority: Authority, stranger: Authority
) -> Iterator[tuple[TlsServer, TlsServer, TlsServer]]:
    with (
        TlsServer(stranger.issue(), lasting(GENUINE, GENUINE_SOURCE)) as strange,
        TlsServer(None, lasting(GENUINE, GENUINE_SOURCE)) as plain,
        TlsServer(authority.issue(), Index([GENUINE])) as verified,
    ):
        yield strange, plain, verified


@pytest.mark.parametrize(("mutation", "cell", "situation", "forbids"), chosen())
def test_what_this_pip_lacks_opens_nothing_and_is_said(
    mutation: Mutation,
    cell: Cell,
    situation: Callable[[World], None],
    forbids: bool,  # noqa: FBT001  # a parameter of the test
    servers: tuple[TlsServer, TlsServer, TlsServer],
    authority: Authority,
    user: User,
    to: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    changed = mutation.apply(cell.environment(), tmp_path / "environment")
    assert changed is not None, f"pip {cell.pip} has no {mutation.target}"
    root, gone = authority.write(tmp_path), taken(mutation, cell)
    world = World(*servers, user, to, root, changed, gone)
    if gone:  # where nothing needs it, then where a relaxation does
        verified_run(world)
        world.begin_again()
        if world.lacks("relaxed"):
            trusted_host(world)
            world.begin_again()
    if forbids or gone:
        world.machine = forbidding(request.getfixturevalue("os_stores"), tmp_path, user.home)
    situation(world)


@pytest.mark.parametrize(
    "cell", [pytest.param(cell, id=cell.name, marks=marks(cell)) for cell in CELLS]
)
def test_what_comes_into_pips_cache_all_the_same_is_removed_and_said(
    cell: Cell,
    servers: tuple[TlsServer, TlsServer, TlsServer],
    authority: Authority,
    user: User,
    to: Path,
    tmp_path: Path,
) -> None:
    """Of a pip that keeps what it fetches whatever its option and its variable say."""
    deaf = Mutation("deaf", "cache_dir").apply(cell.environment(), tmp_path / "environment")
    assert deaf
    world = World(*servers, user, to, authority.write(tmp_path), deaf, gone="")
    index = ["--index-url", world.strange.url("/simple/"), "--trusted-host", world.place]
    words = ["download", "--no-deps", *index, "demo", "-d", str(to)]
    alone = new_user(tmp_path, "bob")
    run(deaf.pip("--no-cache-dir", *words), env=alone.environ).passed()
    assert alone.cached
    kept = user.home / alone.cached[0].relative_to(alone.home).with_name("kept")
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"what an earlier run fetched")
    result = world.fetch(world.strange, "--trusted-host", world.place).passed()
    assert user.cached == [kept]
    came = [line for line in said(result) if " came into pip's cache in this run, and " in line]
    assert len(came) == 1
    assert re.match(r"[12] files? came ", came[0]), result
    assert str(kept.relative_to(user.home).parents[-3]) in came[0]
