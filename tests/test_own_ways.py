"""pip's own ways without verification: they work, are named and logged, and are kept out of caches.

An administrator's policy may forbid them; then nothing connects to that host.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
    spip_on,
    texts,
    words,
)
from support.authority import Authority
from support.index import Index, standard_artifacts
from support.lacking import lacking
from support.matrix import Cell, marks, parameters
from support.os_store import OsStores
from support.pairwise import whole
from support.servers import TlsServer
from support.sites import Answer, Request
from trust_machine import Machine

NEWEST = Cell("3.13", "26.3")
# Old and new ways of pip to read its settings; below 3.10 as well, where it is the same bridge.
CELLS = (Cell("3.6", "21.3.1"), Cell("3.10", "20.3.4"), NEWEST)


@dataclass(frozen=True)
class Way:
    """Words and variables; what the log calls it, and where spip has to say it was set."""

    words: list[str]
    what: str
    where: str = ""
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class Away:
    """Servers that are not verified: one by its certificate, one that speaks plain HTTP."""

    strange: TlsServer
    plain: TlsServer
    verified: TlsServer
    folder: Path
    trusted: dict[str, str]

    @property
    def place(self) -> str:
        """What `--trusted-host` takes."""
        return f"localhost:{self.strange.port}"

    def write(self, name: str, text: str) -> str:
        """Write a file; its path."""
        file = self.folder / name
        file.write_text(text)
        return str(file)

    @property
    def at_strange(self) -> list[str]:
        """The words that name the strange server's index."""
        return ["--index-url", self.strange.url("/simple/")]

    @property
    def http(self) -> str:
        """The index of the server that speaks plain HTTP."""
        return self.plain.url("/simple/")


def by_option(away: Away) -> Way:
    return Way([*away.at_strange, "--trusted-host", away.place], "--trusted-host")


def by_abbreviation(away: Away) -> Way:
    return Way([*away.at_strange, f"--trusted-h={away.place}"], "--trusted-host")


def by_variable(away: Away) -> Way:
    return Way(away.at_strange, "PIP_TRUSTED_HOST", "", {"PIP_TRUSTED_HOST": away.place})


def by_file(away: Away) -> Way:
    lines = f"[global]\ntimeout = 20\ntrusted-host =\n    {away.place}\n"
    file = away.write("pip.conf", lines)
    return Way(away.at_strange, "config", f"{file}:4", {"PIP_CONFIG_FILE": file})


def by_requirements(away: Away) -> Way:
    inner = away.write("inner.txt", f"# nested\n--trusted-host {away.place}\ndemo\n")
    outer = away.write("outer.txt", "-r inner.txt\n")
    return Way([*away.at_strange, "-r", outer], "requirements", f"{inner} (line 2)")


def by_remote_requirements(away: Away) -> Way:
    lines = f"--index-url {away.strange.url('/simple/')}\n--trusted-host {away.place}\n"
    away.verified.site = texts({"/r.txt": "-r s.txt\n", "/s.txt": lines + "demo\n"}, Index())
    where = f"{away.verified.url('/s.txt')} (line 2)"
    return Way(["-r", away.verified.url("/r.txt")], "requirements", where)


def by_index(away: Away) -> Way:
    return Way(["--index-url", away.http], "http index", "--index-url")


def by_index_variable(away: Away) -> Way:
    return Way([], "http index", "PIP_INDEX_URL", {"PIP_INDEX_URL": away.http})


def by_extra_index(away: Away) -> Way:
    away.verified.site = Index()
    both = ["--index-url", away.verified.url("/simple/"), f"--extra-index-url={away.http}"]
    return Way(both, "http index", "--extra-index-url")


def by_index_in_a_file(away: Away) -> Way:
    file = away.write("pip.conf", f"[global]\nindex-url = {away.http}\n")
    return Way([], "http index", f"{file}:2", {"PIP_CONFIG_FILE": file})


def by_index_in_requirements(away: Away) -> Way:
    file = away.write("reqs.txt", f"--index-url {away.http}\ndemo\n")
    return Way(["-r", file], "http index", f"{file} (line 1)")


def by_links(away: Away) -> Way:
    links = ["--no-index", "--find-links", away.plain.url("/simple/demo/")]
    return Way(links, "http index", "--find-links")


def by_file_link(away: Away) -> Way:
    away.verified.site = Index([GENUINE, GENUINE_SOURCE], files=away.plain.url("/files/"))
    return Way(["--index-url", away.verified.url("/simple/")], "http file")


def by_redirect(away: Away) -> Way:
    index = Index([GENUINE, GENUINE_SOURCE])

    def site(request: Request) -> Answer:
        if request.path.startswith("/files/"):
            return Answer(302, headers={"Location": away.plain.url(request.path)})
        return index(request)

    away.verified.site = site
    where = f"https://localhost:{away.verified.port} redirects there"
    return Way(["--index-url", away.verified.url("/simple/")], "http redirect", where)


TLS_KINDS = (
    by_option,
    by_abbreviation,
    by_variable,
    by_file,
    by_requirements,
    by_remote_requirements,
)
KINDS = (
    *TLS_KINDS,
    by_index,
    by_index_variable,
    by_extra_index,
    by_index_in_a_file,
    by_index_in_requirements,
    by_links,
    by_file_link,
    by_redirect,
)
Kind = Callable[[Away], Way]
# One of each place where pip applies them: its session, a file's line, an index, an answer.
FEW = (by_option, by_requirements, by_index, by_redirect)


def ways(*kinds: Kind) -> pytest.MarkDecorator:
    """Each of these ways."""
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.__name__)


def on_each(*cells: Cell) -> pytest.MarkDecorator:
    """All kinds on the newest pip, a few on the others; `scripts/test --whole`: all on all."""
    wide = whole()
    return pytest.mark.parametrize(
        ("cell", "kind"),
        [
            pytest.param(cell, kind, id=f"{cell.name}-{kind.__name__}", marks=marks(cell))
            for cell in cells
            for kind in (KINDS if wide or cell == NEWEST else FEW)
        ],
    )


@pytest.fixture
def away(authority: Authority, stranger: Authority, tmp_path: Path) -> Iterator[Away]:
    folder = tmp_path / "files"
    folder.mkdir()
    trusted = {"SPIP_CA_BUNDLE": str(authority.write(folder))}
    with (
        TlsServer(stranger.issue(), lasting(GENUINE, GENUINE_SOURCE)) as strange,
        TlsServer(None, lasting(GENUINE, GENUINE_SOURCE)) as plain,
        TlsServer(authority.issue(), Index([GENUINE])) as verified,
    ):
        yield Away(strange, plain, verified, folder, trusted)


def fetch(to: Path, more: list[str]) -> list[str]:
    """Words that fetch the wheel `demo`."""
    named = [] if "-r" in more else ["demo"]
    return ["download", "--no-deps", "--retries=0", "-d", str(to), *more, *named]


@pytest.mark.matrix
@on_each(*CELLS)
def test_it_works_is_named_and_logged_and_leaves_nothing_in_caches(
    cell: Cell, kind: Kind, away: Away, user: User, to: Path
) -> None:
    way = kind(away)
    result = user.spip(cell, *fetch(to, way.words), **away.trusted, **way.env).passed()
    assert got(to, GENUINE)
    lines = [line for line in said(result) if "anyone on the way can change" in line]
    place = away.place if kind in TLS_KINDS else f"http://localhost:{away.plain.port}"
    assert len(lines) == 1, str(result)
    assert place in lines[0]
    assert way.where in lines[0]
    logged = user.events("own_way")
    assert [entry["what"] for entry in logged] == [way.what]
    (end,) = user.events("end")
    assert end["outcome"] == "exit 0"
    assert GENUINE.sha256 in str(end["fetched"])
    # What came from elsewhere, verified, may be there; what this server said may not.
    assert not any(b"GENUINE" in file.read_bytes() for file in user.cached)
    assert not any(
        f"localhost:{server.port}".encode() in file.read_bytes()
        for file in user.cached
        for server in (away.strange, away.plain)
    )


@ways(by_variable, by_file, by_index_variable, by_index_in_a_file)
def test_a_setting_is_named_once_a_day_and_logged_each_time(
    kind: Kind, away: Away, user: User, to: Path
) -> None:
    way = kind(away)
    # Where it is noon now, so that no midnight lies between the two.
    env = {**way.env, "TZ": f"DAY{time.gmtime().tm_hour - 12:+d}"}
    first = user.spip(NEWEST, *fetch(to, way.words), **env).passed()
    again = user.spip(NEWEST, *fetch(to, way.words), **env).passed()
    assert any("anyone on the way can change" in line for line in said(first))
    assert said(again) == []
    assert len(user.events("own_way")) == 2


def test_a_requirements_files_path_is_shown_whole(away: Away, user: User, to: Path) -> None:
    """What stands before an @ in a path is no login."""
    folder = away.folder / "ann@corp.example"
    folder.mkdir()
    file = folder / "reqs.txt"
    file.write_text(f"--trusted-host {away.place}\ndemo\n")
    result = user.spip(NEWEST, *fetch(to, [*away.at_strange, "-r", str(file)])).passed()
    assert any(f"(--trusted-host in {file} (line 1))" in line for line in said(result))
    assert user.events("own_way")[0]["where"] == f"{file} (line 1)"


def test_one_of_the_command_line_is_named_each_time(away: Away, user: User, to: Path) -> None:
    way = by_option(away)
    for _ in range(2):
        result = user.spip(NEWEST, *fetch(to, way.words), **way.env).passed()
        assert any("VERIFICATION IS OFF" in line for line in said(result))


@ways(by_option, by_requirements, by_index, by_file_link, by_redirect)
@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_a_source_leaves_no_built_wheel_behind(
    cell: Cell, kind: Kind, away: Away, user: User, to: Path
) -> None:
    """The wheel's cache is known by its link alone: it would serve later, verified runs."""
    way = kind(away)
    if kind is by_requirements:
        away.write("inner.txt", f"--trusted-host {away.place}\nsource\n")
    named = [] if "-r" in way.words else ["source"]
    asked = ["wheel", "--no-deps", "--no-build-isolation", "-w", str(to), *way.words, *named]
    backend_folder = Path(__file__).parent / "support"
    user.spip(cell, *asked, **away.trusted, **way.env, PYTHONPATH=str(backend_folder)).passed()
    assert list(to.glob("source-1.0*.whl"))
    assert not [file for file in user.cached if file.suffix == ".whl"]


@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_what_pip_alone_built_from_plain_http_is_not_taken_from_its_cache(
    cell: Cell, away: Away, user: User, to: Path
) -> None:
    """Nothing would connect then, and so nothing would be named."""
    backend = {"PYTHONPATH": str(Path(__file__).parent / "support")}
    asked = ["wheel", "--no-deps", "--no-build-isolation", "-w", str(to), *by_file_link(away).words]
    bundle = {"PIP_CERT": away.trusted["SPIP_CA_BUNDLE"]}
    user.pip(cell, *asked, "source", **bundle, **backend).passed()
    assert [file for file in user.cached if file.suffix == ".whl"]
    away.plain.forget()
    empty(to)
    result = user.spip(cell, *asked, "source", **away.trusted, **backend).passed()
    assert away.plain.record.requests
    assert any("is not encrypted" in line for line in said(result))


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("kind", "more"),
    [(by_option, ["--isolated"]), (by_requirements, [])],
    ids=lambda each: " ".join(each) if isinstance(each, list) else each.__name__,
)
@pytest.mark.parametrize("cell", parameters(*CELLS, Cell("3.12", "24.2")))
def test_the_pip_that_a_build_starts_has_no_cache_either(
    cell: Cell, kind: Kind, more: list[str], away: Away, user: User, to: Path, tmp_path: Path
) -> None:
    """`--isolated` is deaf to PIP_NO_CACHE_DIR, so it is the harder one.

    By the same words pip alone keeps what the build's pip got. From plain HTTP that one keeps
    nothing by itself, so it would tell nothing here.
    """
    away.strange.site = lasting(*standard_artifacts())
    way = kind(away)
    if kind is by_requirements:
        away.write("inner.txt", f"--trusted-host {away.place}\nneedsbuild\n")
    named = [] if "-r" in way.words else ["needsbuild"]
    asked = ["wheel", "--no-deps", "-w", str(to), *way.words, *more, *named]
    alone = new_user(tmp_path, "alone")
    alone.pip(cell, *asked, **way.env).passed()
    assert [file for file in alone.cached if is_of_the_build(file)]
    away.strange.forget()
    empty(to)
    user.spip(cell, *asked, **way.env).passed()
    assert list(to.glob("needsbuild-1.0*"))
    assert any("minibackend" in path for path in away.strange.record.paths)
    assert user.cached == []


def is_of_the_build(file: Path) -> bool:
    """Whether the pip that the build starts has put it there: only that one asks for a backend."""
    kept = file.read_bytes()
    return b"minibackend" in kept and b"needsbuild" not in kept


@ways(by_option, by_variable, by_file, by_requirements, by_index, by_index_in_a_file)
def test_with_pips_own_other_interpreter_it_is_named_too_and_kept_out_of_caches(
    kind: Kind, away: Away, user: User, to: Path
) -> None:
    way = kind(away)
    other = Cell("3.12", "24.2").environment().python
    result = user.spip(NEWEST, "--python", other, *fetch(to, way.words), **way.env).passed()
    assert got(to, GENUINE)
    assert any(way.where in line for line in said(result))
    assert [entry["what"] for entry in user.events("own_way")] == [way.what]
    assert user.cached == []


# --- forbidden


@pytest.fixture
def machine(os_stores: OsStores, tmp_path: Path) -> Machine:
    return forbidding(os_stores, tmp_path, tmp_path / "ann")


@pytest.mark.matrix
@on_each(*CELLS)
@pytest.mark.usefixtures("user")
def test_a_policy_stops_it_before_any_connection(
    cell: Cell, kind: Kind, away: Away, machine: Machine, to: Path
) -> None:
    way = kind(away)
    result = spip_on(machine, cell, *fetch(to, way.words), **away.trusted, **way.env)
    assert result.code == 2, str(result)
    assert away.strange.record.connections == 0
    assert away.plain.record.connections == 0
    assert not list(to.iterdir())
    (line,) = [line for line in said(result) if line.startswith("forbidden by policy: ")]
    assert way.where in line
    assert any("/etc/spip/policy.toml" in line for line in said(result))
    assert "Traceback" not in result.stderr


@ways(by_option, by_requirements, by_index, by_redirect)
@pytest.mark.parametrize("cell", parameters(Cell("3.10", "20.3.4"), NEWEST))
@pytest.mark.usefixtures("user")
def test_a_policy_holds_under_spip_disable(
    cell: Cell, kind: Kind, away: Away, machine: Machine, to: Path
) -> None:
    way = kind(away)
    env = {**way.env, "SPIP_DISABLE": "1", "PIP_CERT": away.trusted["SPIP_CA_BUNDLE"]}
    result = spip_on(machine, cell, *fetch(to, way.words), **env)
    assert result.code == 2, str(result)
    assert away.strange.record.connections == away.plain.record.connections == 0
    assert any(way.where in line for line in said(result))


@ways(by_option, by_requirements, by_remote_requirements, by_index, by_links)
@pytest.mark.parametrize("disabled", ["", "1"])
@pytest.mark.usefixtures("user")
def test_a_policy_holds_for_pips_own_other_interpreter(
    kind: Kind, disabled: str, away: Away, machine: Machine, to: Path
) -> None:
    way = kind(away)
    other = str(Cell("3.12", "24.2").environment().python)
    asked = ["--python", other, *fetch(to, way.words)]
    known = {**away.trusted, "PIP_CERT": away.trusted["SPIP_CA_BUNDLE"]}
    result = spip_on(machine, NEWEST, *asked, **way.env, **known, SPIP_DISABLE=disabled)
    assert result.code == 2, str(result)
    assert away.strange.record.connections == away.plain.record.connections == 0
    assert any(way.where in line for line in said(result))


@pytest.mark.parametrize("cell", parameters(Cell("3.10", "20.3.4"), NEWEST))
def test_a_repository_that_comes_by_plain_http_is_no_exception(
    cell: Cell, away: Away, machine: Machine, user: User, to: Path
) -> None:
    """It is git that connects then, where nothing can be watched."""
    if not Path("/usr/bin/git").exists():
        lacking("git", installable=False)
    asked = ["wheel", "-w", str(to), f"git+{away.plain.url('/team/demo.git')}"]
    result = spip_on(machine, cell, *asked, PATH="/usr/bin:/bin")
    assert result.code == 2, str(result)
    assert away.plain.record.connections == 0
    host = f"git+http://localhost:{away.plain.port}"
    assert any(f"forbidden by policy: {host} " in line for line in said(result))
    machine.put("/etc/spip/policy.toml", b"[pip]\nown-ways = true\n")
    result = spip_on(machine, cell, *asked, PATH="/usr/bin:/bin").failed()  # no such repository
    assert away.plain.record.connections
    assert any(f"{host} is not encrypted" in line for line in said(result))
    assert [entry["what"] for entry in user.events("own_way")] == ["http checkout"]


@pytest.mark.parametrize("cell", parameters(Cell("3.10", "20.3.4"), NEWEST))
@pytest.mark.parametrize("by", ["variable", "setting"])
def test_a_git_that_verifies_nothing_is_no_exception(
    cell: Cell, by: str, away: Away, machine: Machine, user: User, to: Path
) -> None:
    """It was silent, and what was built from it came out of the cache of a verified run."""
    if not Path("/usr/bin/git").exists():
        lacking("git", installable=False)
    asked = ["wheel", "-w", str(to), f"git+{away.strange.url('/team/demo.git')}"]
    off = {"GIT_SSL_NO_VERIFY": ""}
    if by == "setting":
        (to.parent / "gitconfig").write_text("[http]\n\tsslVerify = no\n")
        off = {"GIT_CONFIG_GLOBAL": str(to.parent / "gitconfig")}
    env = {"PATH": "/usr/bin:/bin", **off}
    result = spip_on(machine, cell, *asked, **env)
    assert result.code == 2, str(result)
    assert away.strange.record.connections == 0
    host = f"localhost:{away.strange.port}"
    assert any(f"forbidden by policy: {host} without" in line for line in said(result))
    machine.put("/etc/spip/policy.toml", b"[pip]\nown-ways = true\n")
    result = spip_on(machine, cell, *asked, **env).failed()  # no such repository
    assert any(f"VERIFICATION IS OFF for {host} (" in line for line in said(result))
    assert [entry["what"] for entry in user.events("own_way")] == ["git"]
    assert not list(to.parent.rglob("*.whl"))
    result = spip_on(machine, cell, *asked, PATH="/usr/bin:/bin").failed()  # git refuses by itself
    assert not any("VERIFICATION" in line for line in said(result))


@pytest.mark.usefixtures("user")
def test_a_policy_holds_for_the_word_pip(away: Away, machine: Machine, to: Path) -> None:
    way = by_requirements(away)
    result = spip_on(machine, NEWEST, "pip", *fetch(to, way.words), **way.env)
    result.refused("forbidden by policy: ", way.where, code=2)
    assert away.strange.record.connections == 0


@pytest.mark.usefixtures("user")
def test_pips_own_other_interpreter_does_what_is_verified(
    away: Away, machine: Machine, to: Path
) -> None:
    other = str(Cell("3.12", "24.2").environment().python)
    asked = words(away.verified.url("/simple/"), to)
    spip_on(machine, NEWEST, "--python", other, *asked, **away.trusted).passed()
    assert got(to, GENUINE)


@pytest.mark.usefixtures("user")
def test_a_broken_policy_forbids_and_says_why(away: Away, machine: Machine, to: Path) -> None:
    machine.put("/etc/spip/policy.toml", b"[pip\n")
    way = by_option(away)
    result = spip_on(machine, NEWEST, *fetch(to, way.words), **way.env)
    assert result.code == 2
    assert any("garbled" in line for line in said(result))
    fine = words(away.verified.url("/simple/"), to)
    spip_on(machine, NEWEST, *fine, **away.trusted).passed()


def test_a_policy_that_demands_the_log_stops_what_cannot_be_logged(
    away: Away, machine: Machine, user: User, to: Path
) -> None:
    machine.put("/etc/spip/policy.toml", b"[log]\ndemanded = true\n")
    user.state.mkdir(parents=True)
    (user.state / "log.jsonl").mkdir()
    way = by_option(away)
    for disabled in ("", "1"):
        env = {**way.env, "SPIP_DISABLE": disabled}
        result = spip_on(machine, NEWEST, *fetch(to, way.words), **env)
        result.refused("log.jsonl", code=2)
        assert away.strange.record.connections == 0
    machine.put("/etc/spip/policy.toml", b"[log]\ndemanded = false\n")
    spip_on(machine, NEWEST, *fetch(to, way.words), **way.env).passed()


def test_pip_asks_itself_for_news_and_is_stopped_all_the_same(
    away: Away, machine: Machine, user: User, to: Path
) -> None:
    """pip 26.3 swallows whatever its own check for a new version raises."""
    del user
    way = by_option(away)
    asked = ["install", "--target", str(to), "--no-deps", *way.words, "demo"]
    result = spip_on(machine, NEWEST, *asked, **way.env, PIP_DISABLE_PIP_VERSION_CHECK="0")
    result.refused("forbidden by policy: ", away.place, code=2)
    assert away.strange.record.connections == 0
