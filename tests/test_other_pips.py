"""The pips that pip itself starts: for what a build needs, and for its own `--python`.

What comes there without verification is named, logged, kept out of caches and forbidden as in the
pip that started them. Whatever they fetch is met where pip connects, not read from their words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from relaxed_world import (
    GENUINE,
    User,
    empty,
    forbidding,
    got,
    lasting,
    said,
    spip,
    spip_on,
    words,
)
from support.artifacts import sdist
from support.authority import Authority
from support.index import Index, standard_artifacts
from support.interpreters import interpreters
from support.lacking import lacking
from support.matrix import Cell, parameters
from support.os_store import OsStores
from support.run import run
from support.servers import TlsServer
from support.sites import Answer, Request
from trust_machine import Machine

NEWEST = Cell("3.13", "26.3")
# Each way of pip to start itself: a folder (old pips, and 21.3 on Python 3.6), and its runner.
CELLS = (
    Cell("3.6", "21.3.1"),
    Cell("3.9", "23.0.1"),
    Cell("3.10", "20.3.4"),
    Cell("3.12", "24.2"),
    NEWEST,
)
LOGGED = b"[log]\ndemanded = true\n"
# Its own requirement has to be built too: by a pip that a build's pip starts.
NEEDY = sdist("needy", build_requires=("minibackend", "needsbuild"))


@dataclass
class Away:
    """A verified index whose files, but for NEEDY, are redirected to plain HTTP."""

    verified: TlsServer
    plain: TlsServer
    trusted: dict[str, str]

    @property
    def http(self) -> str:
        """As it is named to people."""
        return f"http://localhost:{self.plain.port}"


@pytest.fixture
def away(authority: Authority, tmp_path: Path) -> Iterator[Away]:
    files = [*standard_artifacts(), NEEDY]
    index = lasting(*files)
    with TlsServer(None, lasting(*files)) as plain, TlsServer(authority.issue(), index) as verified:

        def site(request: Request) -> Answer:
            if "/files/" in request.path and "needy" not in request.path:
                return Answer(302, headers={"Location": plain.url(request.path)})
            return index(request)

        verified.site = site
        trusted = {"SPIP_CA_BUNDLE": str(authority.write(empty(tmp_path / "files")))}
        yield Away(verified, plain, trusted)


@pytest.fixture
def machine(os_stores: OsStores, user: User, tmp_path: Path) -> Machine:
    return forbidding(os_stores, tmp_path, user.home)


def build(away: Away, to: Path, *more: str) -> list[str]:
    """Words that build NEEDY in isolation."""
    index = ["--index-url", away.verified.url("/simple/"), "--retries=0"]
    return ["wheel", "--no-deps", *index, "-w", str(to), *more, "needy"]


# --- a build's


@pytest.mark.matrix
@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_what_a_build_gets_without_verification_is_named_logged_and_leaves_nothing_in_caches(
    cell: Cell, away: Away, user: User, to: Path
) -> None:
    """A later, verified run would have said "Using cached" of a wheel that came that way."""
    result = user.spip(cell, *build(away, to), **away.trusted).passed()
    assert list(to.glob("needy-1.0*"))
    assert any("needsbuild" in path for path in away.plain.record.paths)
    (line,) = [line for line in said(result) if "anyone on the way can change" in line]
    assert line.startswith(f"{away.http} is not encrypted (https://localhost:")
    (entry,) = user.events("own_way")
    assert entry["what"] == "http redirect"
    assert "needy" in str(entry["command"])
    (end,) = user.events("end")
    assert (end["ids"], end["outcome"]) == ([entry["id"]], "exit 0")
    for file in ("needsbuild-1.0.tar.gz", "minibackend-1.0"):
        assert file in str(end["fetched"])
    assert [file for file in user.cached if file.suffix == ".whl"] == []
    assert not any(b"minibackend.py" in file.read_bytes() for file in user.cached)


def stopped_build(cell: Cell, disabled: str, away: Away, machine: Machine, to: Path) -> None:
    """See that a policy ends a build before its pip connects without verification."""
    env = {"SPIP_DISABLE": disabled, "PIP_CERT": away.trusted["SPIP_CA_BUNDLE"]}
    result = spip_on(machine, cell, *build(away, to), **env)
    assert result.code == 2, str(result)
    assert away.plain.record.connections == 0
    (line,) = [line for line in said(result) if line.startswith("forbidden by policy: ")]
    assert f"{away.http} without verification (https://localhost:" in line
    assert not list(to.iterdir())


@pytest.mark.matrix
@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_a_policy_stops_a_build_before_any_such_connection(
    cell: Cell, away: Away, machine: Machine, to: Path
) -> None:
    stopped_build(cell, "", away, machine, to)


@pytest.mark.parametrize("cell", parameters(CELLS[0], NEWEST))
def test_a_policy_stops_a_build_under_spip_disable_too(
    cell: Cell, away: Away, machine: Machine, to: Path
) -> None:
    stopped_build(cell, "1", away, machine, to)


def test_links_that_a_build_was_given_are_held_to_the_policy(
    away: Away, machine: Machine, to: Path
) -> None:
    page = to / "links.html"
    page.write_text(
        f'<a href="{away.plain.url("/files/minibackend-1.0-py2.py3-none-any.whl")}">x</a>'
    )
    away.verified.site = Index([NEEDY])
    result = spip_on(machine, NEWEST, *build(away, to, "--find-links", str(page)), **away.trusted)
    result.refused("forbidden by policy: ", f"localhost:{away.plain.port}", code=2)
    assert away.plain.record.connections == 0


def test_where_it_has_to_be_logged_and_cannot_be_a_build_stops(
    away: Away, machine: Machine, user: User, to: Path
) -> None:
    machine.put("/etc/spip/policy.toml", LOGGED)
    user.state.mkdir(parents=True)
    (user.state / "log.jsonl").mkdir()
    result = spip_on(machine, NEWEST, *build(away, to), **away.trusted)
    assert result.code == 2, str(result)
    assert any("can't be written" in line for line in said(result))
    assert away.plain.record.connections == 0


LOOK = """
if "LOOK_AT" in os.environ and "--prefix" in sys.argv:
    import json
    from importlib.util import find_spec
    names = "spip truststore certifi rich platformdirs".split()
    seen = ["install" in sys.argv, sys.path, [name for name in names if find_spec(name)], __file__]
    with open(os.environ["LOOK_AT"], "w") as file:
        json.dump(seen, file)
"""


@pytest.mark.parametrize("cell", parameters(Cell("3.10", "20.3.4"), Cell("3.12", "24.2")))
def test_nothing_but_spip_is_in_reach_of_a_builds_pip_that_was_not(
    cell: Cell, away: Away, user: User, to: Path, tmp_path: Path
) -> None:
    copy = cell.environment().copy(tmp_path / "target")
    hook = copy.site_packages / "pip" / "_internal" / "commands" / "__init__.py"
    hook.write_text(hook.read_text("utf-8") + "\nimport os, sys\n" + LOOK, "utf-8")
    seen = []
    known = {"PIP_CERT": away.trusted["SPIP_CA_BUNDLE"], "SPIP_PYTHON": str(copy.python)}
    asked = build(away, to, "--no-cache-dir")
    for argv in (copy.pip(*asked), spip().spip(*asked)):
        at = tmp_path / "seen"
        run(argv, env={**user.environ, **known, "LOOK_AT": str(at)}).passed()
        seen.append(json.loads(at.read_text("utf-8")))
        at.unlink()
    (plain_argv, plain_path, plain_names, plain_pip), (argv, path, names, pip) = seen
    assert (argv, pip) == (plain_argv, plain_pip)
    assert set(names) - set(plain_names) == {"spip"}
    if cell.pip == "24.2":
        assert path == plain_path
    assert set(path) <= set(plain_path)  # older ones put pip's own folder and its parent first


# --- that of --python


@pytest.mark.parametrize("python", ["2.7", "3.8"])
def test_an_interpreter_that_is_too_old_for_this_pip_is_told_so_by_pip(python: str) -> None:
    if python not in interpreters():
        lacking(f"CPython {python}", installable=False)
    words = ["--python", str(interpreters()[python].path), "list"]
    plain = run(spip().pip(*words)).failed()
    ours = run(spip().spip(*words)).failed()
    assert (ours.code, ours.output) == (plain.code, plain.output)
    assert "This version of pip does not support python" in ours.stderr


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder with another interpreter, which may be changed."""
    return Cell("3.12", "24.2").environment().copy(tmp_path / "other").folder


def direct(away: Away, other: Path, to: Path) -> list[str]:
    del other
    return ["download", "-d", str(to), away.plain.url(f"/files/{GENUINE.filename}")]


def by_line(away: Away, other: Path, to: Path) -> list[str]:
    lines = other / "lines.txt"
    lines.write_text(f"demo @ {away.plain.url(f'/files/{GENUINE.filename}')}\n")
    return ["download", "-d", str(to), "-r", str(lines)]


def by_its_own_file(away: Away, other: Path, to: Path) -> list[str]:
    (other / "pip.conf").write_text(
        f"[global]\nindex-url = {away.plain.url('/simple/')}\ntrusted-host = localhost\n"
    )
    return ["download", "-d", str(to), "demo"]


def with_a_value_that_looks_like_a_question_for_help(
    away: Away, other: Path, to: Path
) -> list[str]:
    log = str(other / "-h")
    host = ["--trusted-host", "localhost", "-i", away.plain.url("/simple/"), "--log", log]
    return ["download", "-d", str(to), *host, "demo"]


def by_redirect(away: Away, other: Path, to: Path) -> list[str]:
    del other
    return words(away.verified.url("/simple/"), to)


Kind = Callable[[Away, Path, Path], list[str]]
KINDS: tuple[Kind, ...] = (
    direct,
    by_line,
    by_its_own_file,
    with_a_value_that_looks_like_a_question_for_help,
    by_redirect,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_pips_own_other_interpreter_is_held_to_the_policy_and_logged(
    kind: Kind, away: Away, machine: Machine, user: User, other: Path, to: Path
) -> None:
    asked = ["--python", str(other), *kind(away, other, to), "--no-deps"]
    machine.put("/etc/pip.conf", b"")
    env = {**away.trusted, "PIP_CONFIG_FILE": ""}  # the files of that interpreter are read
    result = spip_on(machine, NEWEST, *asked, **env)
    assert result.code == 2, str(result)
    assert away.plain.record.connections == 0
    assert not list(to.iterdir())
    assert user.log == []
    machine.put("/etc/spip/policy.toml", b"[pip]\nown-ways = true\n")
    result = spip_on(machine, NEWEST, *asked, **env).passed()
    assert got(to, GENUINE)
    assert any("anyone on the way can change" in line for line in said(result))
    assert user.events("own_way")
    assert not any(GENUINE.data in file.read_bytes() for file in user.cached)
