"""pips that lack something of what spip hooks: nothing open, nothing silent, no traceback.

Each entry of the table, and whatever else of pip's spip touches, is renamed, moved or given another
signature, in a pip that works on by itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from relaxed_world import GENUINE, GENUINE_SOURCE, User, forbidding, got, lasting, said, spip
from spip.bridge import patches
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
    for patch in patches.TABLE.values():
        attribute = patch.attribute.rpartition(".")[2]
        if attribute in {"run", "__init__"}:  # renamed, that command or class is gone
            continue
        yield Mutation("renamed", attribute)
        yield Mutation("extended", attribute)
    for module in dict.fromkeys(name for patch in patches.TABLE.values() for name in patch.modules):
        yield Mutation("moved", module.partition(".")[2])
    yield from (Mutation("renamed", name) for name in ATTRIBUTES)
    yield from (Mutation("moved", f"_internal.{name}") for name in MODULES)


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
    machine: Machine | None  # where a policy forbids

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

    @property
    def place(self) -> str:
        """What `--trusted-host` takes."""
        return f"localhost:{self.strange.port}"

    @property
    def untouched(self) -> bool:
        """Whether no server that isn't verified was asked for anything."""
        return not self.strange.record.paths and not self.plain.record.connections


def stopped(result: Result) -> bool:
    """Whether spip stopped it, in a sentence."""
    lines = said(result)
    full = any(line.startswith("stopped before anything is sent: pip ") for line in lines)
    assert not full or any(line.startswith("  next: use a pip that spip knows: ") for line in lines)
    return result.code != 0 and (
        full or any(line.startswith("forbidden by policy: ") for line in lines)
    )


def relaxed(world: World, result: Result, *, arrived: bool) -> None:
    """It was named, logged and kept out of caches; or else it was stopped, in a sentence."""
    assert world.user.cached == [], result
    if world.machine is not None or result.code:
        assert stopped(result), result
        assert world.untouched, result
        assert not list(world.to.iterdir()), result
        if world.machine is not None:
            assert not world.strange.record.connections, result
        return
    assert arrived, result
    assert any("VERIFICATION IS OFF" in line or "is not encrypted" in line for line in said(result))
    assert world.user.events("own_way"), result


def verified_run(world: World) -> None:
    env = {"SPIP_CA_BUNDLE": str(world.root), "PIP_CERT": str(world.root)}
    result = world.fetch(world.verified, **env)
    if world.machine is not None and result.code:
        assert stopped(result), result
        return
    result.passed()
    assert got(world.to, GENUINE)


def unknown_ca(world: World) -> None:
    result = world.fetch(world.strange, PIP_RETRIES="0").failed()
    assert not got(world.to, GENUINE)
    assert world.untouched, result


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
        assert stopped(result), result
        assert not world.plain.record.connections, result
        return
    assert any("is not encrypted" in line for line in said(result)), result
    assert world.user.events("own_way"), result


def grant(world: World) -> None:
    assert world.strange.identity
    world.user.grant(world.strange.port, world.strange.identity.fingerprint)
    result = world.fetch(world.strange, PIP_RETRIES="0")
    assert world.user.cached == [], result
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
    """Each mutation once, over pairs of all the rest; or, where that is asked for, the product."""
    rest = rows([CELLS, SITUATIONS, [False, True]])
    every = list(mutations())
    pairs = itertools.product(every, rest) if whole() else zip(every, itertools.cycle(rest))
    found: list[object] = []
    for mutation, (cell, situation, forbids) in pairs:
        name = [mutation.name, cell.pip, situation.__name__, *(["forbidden"] if forbids else [])]
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
    if changed is None:
        pytest.skip(f"pip {cell.pip} has no {mutation.target}")
    machine = None
    if forbids:
        machine = forbidding(request.getfixturevalue("os_stores"), tmp_path, user.home)
    root = authority.write(tmp_path)
    world = World(*servers, user, to, root, changed, machine)
    run(changed.pip("download", "--help")).passed()
    situation(world)
