"""pip's children: the build's pip, the backend, and the tools that a backend calls."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from support import own_home
from support.artifacts import Artifact, sdist, wheel
from support.authority import Authority
from support.environments import Environment, current_environment, with_spip
from support.index import standard_artifacts
from support.lacking import lacking
from support.matrix import MATRIX, Cell, parameters
from support.os_store import OsStore
from support.run import Result, run
from support.servers import TlsServer
from trust_tools import TOOLS, Everything, program

# A pip-less 3.8 is refused, in a test of its own.
DRIVEN = [cell for cell in MATRIX if not (cell.python == "3.8" and cell.pip is None)]
BY_NAME = {tool.name: tool for tool in TOOLS}
CALLED = ("curl", "node", "npm", "cargo", "git")
# git has a test of its own, and npm is node; both are slow.
QUICK = ("curl", "node", "cargo")
# requests, as a backend has it, out of another environment's pip: no other package is needed.
REQUESTS = (
    "import os, sys; sys.path.append(os.environ['REQUESTS_IS_BELOW']); "
    "import pip._vendor.requests as r; r.get(sys.argv[1]).raise_for_status()"
)
URLLIB = "import sys, urllib.request as u; u.urlopen(sys.argv[1]).read()"
IN_PYTHON = {"urllib": URLLIB, "requests": REQUESTS}


@pytest.fixture
def server(authority: Authority, tmp_path: Path) -> Iterator[TlsServer]:
    site = Everything(tmp_path / "site")
    for artifact in (*standard_artifacts(), _backend()):
        site.index.add(artifact)
    with TlsServer(authority.issue(), site) as running:
        site.base = running.url("").rstrip("/")
        yield running


@cache
def _backend() -> Artifact:
    text = Path(__file__).with_name("trust_backend.py").read_text("utf-8")
    return wheel("fetchingbackend", modules={"fetchingbackend.py": text})


def spip() -> Environment:
    return with_spip(current_environment())


def add_sdist(server: TlsServer, folder: Path, tools: tuple[str, ...]) -> None:
    """Offer an sdist whose build fetches from the server with each of these tools."""
    assert isinstance(server.site, Everything)
    commands = []
    for name in tools:
        place = folder / f"for-{name}"
        place.mkdir()
        if name in IN_PYTHON:
            words = ["PYTHON", "-c", IN_PYTHON[name], server.url("/hello")]
        else:
            words = BY_NAME[name].words(server, place)
        commands.append((words, str(place)))
    files = {"fetch-commands.json": json.dumps(commands)}
    wanted = ("fetchingbackend", "minibackend")
    made = sdist("fetches", files=files, build_requires=wanted, backend="fetchingbackend")
    server.site.index.add(made)


def environ(home: Path, target: Environment | None, **more: str) -> dict[str, str]:
    path = [str(target.python.parent)] if target else []
    path += [os.path.dirname(program("cargo")), "/usr/bin", "/bin"]
    said = {
        "HOME": str(home),
        "PATH": os.pathsep.join(path),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME") or os.path.join(own_home.account(), ".rustup"),
        "NPM_CONFIG_GLOBALCONFIG": os.devnull,
        "REQUESTS_IS_BELOW": str(with_requests(target or current_environment()).site_packages),
    }
    return said | ({"SPIP_PYTHON": str(target.python)} if target else {}) | more


def with_requests(target: Environment) -> Environment:
    """An environment of the same Python that has a pip, so that its code is compiled already."""
    same = [cell for cell in MATRIX if target.version.startswith(f"{cell.python}.") and cell.pip]
    return next(cell.environment() for cell in same if cell.maker == "venv")


def built(server: TlsServer, home: Path, env: dict[str, str], **how: OsStore) -> Result:
    where = ["--index-url", server.url("/simple/"), "--no-cache-dir", "--retries=0"]
    words = spip().spip("wheel", *where, "--no-deps", "-w", home / "to", "fetches")
    store = how.get("store")
    return run(store.wrap(words) if store else words, env=env, timeout=240)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def added(home: Path, authority: Authority, tmp_path: Path) -> None:
    """The root is an extra one: nobody but spip knows it."""
    file = authority.write(tmp_path)
    run(spip().spip("trust", "add", "--yes", file), env={"HOME": str(home)}).passed()


def here(tools: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in tools if not BY_NAME[name].missing())


def name_what_is_not_here(tools: tuple[str, ...]) -> None:
    """Skip by name, once everything else was tried."""
    absent = [BY_NAME[name].missing() for name in tools if name not in here(tools)]
    if absent:
        lacking(f"all but this was tried: {', '.join(absent)}", installable=False)


@pytest.mark.matrix
@pytest.mark.parametrize("cell", parameters(*DRIVEN))
@pytest.mark.usefixtures("added")
def test_whatever_a_build_fetches_with_gets_the_root(
    cell: Cell, server: TlsServer, home: Path, tmp_path: Path
) -> None:
    add_sdist(server, tmp_path, (*IN_PYTHON, *here(QUICK)))
    result = built(server, home, environ(home, cell.environment())).passed()
    assert list((home / "to").glob("fetches-1.0*")), result
    asked = [request.user_agent for request in server.record.requests]
    assert any("Python-urllib" in agent for agent in asked)
    assert any("python-requests" in agent for agent in asked)
    name_what_is_not_here(QUICK)


@pytest.mark.matrix
@pytest.mark.parametrize("cell", parameters(*DRIVEN))
@pytest.mark.usefixtures("added")
def test_a_requirement_out_of_git(cell: Cell, server: TlsServer, home: Path) -> None:
    where = ["--index-url", server.url("/simple/"), "--no-cache-dir", "--retries=0"]
    url = f"git+{server.url('/git/repository.git')}"
    words = spip().spip("wheel", *where, "--no-deps", "-w", home / "to", url)
    run(words, env=environ(home, cell.environment()), timeout=240).passed()
    assert list((home / "to").glob("fromgit-1.0*"))


@pytest.mark.parametrize("name", [*IN_PYTHON, *CALLED])
def test_a_root_that_is_nowhere_fails_each(
    name: str,
    server: TlsServer,
    authority: Authority,
    stranger: Authority,
    home: Path,
    tmp_path: Path,
) -> None:
    """The index is known, what the backend fetches from is not."""
    if name in BY_NAME and name not in IN_PYTHON and BY_NAME[name].missing():
        lacking(BY_NAME[name].missing(), installable=False)
    site = Everything(tmp_path / "another")
    with TlsServer(stranger.issue(), site) as other:
        site.base = other.url("").rstrip("/")
        assert isinstance(server.site, Everything)
        add_sdist_of(server, other, tmp_path, name)
        known = {"SPIP_CA_BUNDLE": str(authority.write(tmp_path))}
        built(server, home, environ(home, None, **known)).failed()
        assert other.record.connections
        assert other.record.handed_over == 0


def add_sdist_of(server: TlsServer, other: TlsServer, folder: Path, name: str) -> None:
    """Offer on `server` an sdist that fetches from `other`."""
    assert isinstance(server.site, Everything)
    assert isinstance(other.site, Everything)
    add_sdist(other, folder, (name,))
    server.site.index.add(other.site.index.artifacts["fetches-1.0.tar.gz"])


# --- the user's own words


@pytest.mark.usefixtures("added")
def test_a_childs_own_variable_is_completed_and_its_file_left_as_it_was(
    server: TlsServer, stranger: Authority, home: Path, tmp_path: Path
) -> None:
    own = stranger.write(tmp_path)
    before = own.read_bytes()
    names = ("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO")
    add_sdist(server, tmp_path, here(("node", "git", "cargo")))
    env = environ(home, None, **dict.fromkeys(names, str(own)))
    built(server, home, env).passed()
    assert own.read_bytes() == before
    # And what the user gave these tools still counts for them, while pip refuses it.
    site = Everything(tmp_path / "another")
    with TlsServer(stranger.issue(), site) as other:
        site.base = other.url("").rstrip("/")
        (tmp_path / "second").mkdir()
        assert isinstance(server.site, Everything)
        add_sdist(other, tmp_path / "second", here(("node", "git", "cargo")))
        server.site.index.add(site.index.artifacts["fetches-1.0.tar.gz"])
        built(server, home, env).passed()
        (tmp_path / "third").mkdir()
        add_sdist(other, tmp_path / "third", ("requests",))
        server.site.index.add(site.index.artifacts["fetches-1.0.tar.gz"])
        refused = built(server, home, env).failed()
        assert "certificate verify failed" in refused.output
    name_what_is_not_here(("node", "git", "cargo"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of its own")
@pytest.mark.usefixtures("added")
def test_a_tool_keeps_a_file_that_is_refused_for_pip(
    server: TlsServer, stranger: Authority, home: Path, tmp_path: Path
) -> None:
    """A backend, and what it calls, had lost what their own variable gave them without spip."""
    refused = stranger.write(tmp_path)
    refused.chmod(0o666)
    site = Everything(tmp_path / "another")
    with TlsServer(stranger.issue(), site) as other:
        site.base = other.url("").rstrip("/")
        tools = (*IN_PYTHON, *here(("git", "curl")))
        assert isinstance(server.site, Everything)
        add_sdist(other, tmp_path, tools)
        server.site.index.add(site.index.artifacts["fetches-1.0.tar.gz"])
        names = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO")
        env = environ(home, None, **dict.fromkeys(names, str(refused)))
        result = built(server, home, env).passed()
        # What the build needs came from the index whose root only spip has: a pip lacks nothing.
        assert result.stderr.count("SSL_CERT_FILE is left as it is for what pip starts") == 1
        # pip itself takes nothing by that file.
        where = ["--index-url", other.url("/simple/"), "--no-cache-dir", "--retries=0"]
        run(spip().spip("download", *where, "-d", home, "demo"), env=env).failed()
    name_what_is_not_here(("git", "curl"))


@pytest.mark.usefixtures("added")
def test_a_host_that_git_pins_to_a_ca_stays_pinned(
    server: TlsServer, stranger: Authority, home: Path, tmp_path: Path
) -> None:
    pinned = stranger.write(tmp_path)
    (home / ".gitconfig").write_text(f'[http "{server.url("/")}"]\n\tsslCAInfo = {pinned}\n')
    add_sdist(server, tmp_path, ("git",))
    refused = built(server, home, environ(home, None)).failed()
    assert "certificate" in refused.output.lower().partition("fatal: ")[2]  # git's own words
    assert not any("/git/" in path for path in server.record.paths)


@pytest.mark.usefixtures("added")
def test_a_missing_file_is_never_named_to_a_child(
    server: TlsServer, home: Path, tmp_path: Path
) -> None:
    names = ("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE")
    add_sdist(server, tmp_path, here(("node", "git", "cargo")))
    missing = dict.fromkeys(names, "/nowhere/missing.pem")
    built(server, home, environ(home, None, **missing)).passed()
    name_what_is_not_here(("node", "git", "cargo"))


def test_a_build_under_the_systems_store_alone(
    server: TlsServer, company_store: OsStore, home: Path, tmp_path: Path
) -> None:
    add_sdist(server, tmp_path, (*IN_PYTHON, *here(CALLED)))
    built(server, home, environ(home, None), store=company_store).passed()
    name_what_is_not_here(CALLED)
