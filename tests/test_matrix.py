"""The heart of the tests: each interpreter with each pip, each way to a root, and each refusal.

Every cell is driven by a spip that lives elsewhere and hands over; for what differs between the two
ways, cells that can hold spip are driven by their own by turns, and under `scripts/test --whole`
both ways each time. Where plain pip fails and spip does not, both are run. Variables that are read
alike are set all at once, which is harder than one by one, and one by one on two cells. What
differs least between cells is tried on every second one, by turns, so that each cell meets half of
it; under `scripts/test --whole` each meets all. No refusal is left out anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.artifacts import wheel
from support.authority import Authority
from support.environments import Environment, current_environment, environment, with_spip
from support.index import Index, standard_artifacts
from support.matrix import MATRIX, Cell, marks, parameters
from support.os_store import OsStore
from support.pairwise import whole
from support.proxy import Proxy
from support.run import Result, run
from support.servers import TlsServer
from support.wheelhouse import source_pip

pytestmark = pytest.mark.matrix

MISSING = "/nowhere/missing.pem"
# What pip reads, what OpenSSL reads.
BUNDLE_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Pair:
    """One environment's own pip, and a spip that acts on it."""

    env: Environment
    spip_argv: tuple[str, ...]
    spip_env: dict[str, str] = field(default_factory=dict)
    beside: bool = False  # spip is in the environment itself
    compared: bool = False  # with pip alone, by a spip that hands over to the same environment

    @property
    def pip_version(self) -> tuple[int, ...]:
        """Of the pip that spip is to run; spip's own where the environment has none."""
        return version(self.env.pip_version or "26.3")

    @property
    def has_pip(self) -> bool:
        """Whether there is a pip to compare with."""
        return self.env.pip_version is not None and not self.compared

    @property
    def asks_the_system(self) -> bool:
        """Whether this pip alone verifies against the operating system's store."""
        # Debian's pip reads the distribution's bundle.
        return not self.env.is_venv or not self.restricts

    @property
    def restricts(self) -> bool:
        """Whether --cert takes the place of all that this pip trusts; else it comes beside."""
        return self.pip_version < (24, 2) or version(self.env.version) < (3, 10)

    @property
    def is_refused_alone(self) -> bool:
        """Whether there is a pip to compare with that doesn't ask the system's store."""
        return self.has_pip and not self.asks_the_system

    def plain(self, *words: str, store: OsStore | None = None, **env: str) -> Result:
        """The environment's own pip with these words."""
        return self._run(self.env.pip(*words), store, env)

    def spip(self, *words: str, store: OsStore | None = None, **env: str) -> Result:
        """spip with these words."""
        return self._run([*self.spip_argv, *words], store, {**self.spip_env, **env})

    def _run(self, argv: list[str], store: OsStore | None, env: dict[str, str]) -> Result:
        return run(store.wrap(argv) if store else argv, env=env)


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])


def elsewhere() -> Environment:
    """Where spip is installed, away from the targets."""
    return with_spip(current_environment())


# A pip-less 3.8 has a test of its own: there, spip has to refuse.
DRIVEN = [cell for cell in MATRIX if not (cell.python == "3.8" and cell.pip is None)]
HOLDING = [
    cell for cell in DRIVEN if cell.maker == "venv" and cell.pip and version(cell.python) >= (3, 10)
]
# The environment alone, and pip's own truststore: where each variable is tried by itself.
ONE_BY_ONE = (Cell("3.9", "23.0.1"), Cell("3.13", "26.3"))


def _handed(cell: Cell) -> Pair:
    env = cell.environment()
    return Pair(env, tuple(elsewhere().spip()), {"SPIP_PYTHON": str(env.python)})


def _beside(cell: Cell) -> Pair:
    env = with_spip(cell.environment())
    return Pair(env, tuple(env.spip()), beside=True, compared=whole())


@pytest.fixture(params=parameters(*DRIVEN))
def handed(request: pytest.FixtureRequest) -> Pair:
    """Each cell as the target of a spip that lives elsewhere."""
    return _handed(request.param)


def in_turns(*, first: bool) -> pytest.MarkDecorator:
    """Each cell; those that can hold spip by turns in one way and the other, in whole both ways.

    `first` says whose turn it is, so that two tests together drive each cell both ways.
    """
    beside = set(HOLDING) if whole() else set(HOLDING[first::2])
    handed = [cell for cell in DRIVEN if whole() or cell not in beside]
    both = [(_handed, "handed over", cell) for cell in handed]
    both += [(_beside, "beside", cell) for cell in HOLDING if cell in beside]
    rows = [
        pytest.param((make, cell), id=f"{cell.name}-{way}", marks=marks(cell))
        for make, way, cell in both
    ]
    return pytest.mark.parametrize("pair", rows, indirect=True)


def every_second(*, first: bool) -> pytest.MarkDecorator:
    """Every second cell, in whole all; `first` says with which they begin."""
    cells = DRIVEN if whole() or source_pip() else DRIVEN[first::2]
    return pytest.mark.parametrize("handed", parameters(*cells), indirect=True)


@pytest.fixture
def pair(request: pytest.FixtureRequest) -> Pair:
    """A cell in one of the ways that `in_turns` chose."""
    make, cell = request.param
    made = make(cell)
    assert isinstance(made, Pair)
    return made


@pytest.fixture(params=parameters(*DRIVEN))
def cell(request: pytest.FixtureRequest) -> Cell:
    chosen = request.param
    assert isinstance(chosen, Cell)
    return chosen


@pytest.fixture
def inspected(authority: Authority, stranger: Authority) -> Iterator[tuple[TlsServer, Proxy]]:
    """An index of the outer world, and the company's proxy that re-signs what passes."""
    site = Index(standard_artifacts())
    with TlsServer(stranger.issue(), site) as server, Proxy(authority) as proxy:
        yield server, proxy


def fetch(index: TlsServer, folder: Path, *what: str, command: str = "download") -> list[str]:
    """Words that fetch `what` (a wheel) from `index` alone; a refusal is not asked again."""
    where = ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    to = {"download": "-d", "wheel": "-w"}[command]
    return [command, *where, "--no-deps", to, str(folder), *(what or ["demo"])]


def arrived(result: Result, folder: Path, name: str = "demo") -> None:
    assert result.code == 0, str(result)
    assert list(folder.glob(f"{name}-1.0*")), result


def refused(result: Result, index: TlsServer) -> None:
    """Exit code 1, and pip got not one byte of an answer.

    Where all of the machine's roots together do verify, the finding looks at the page afterwards.
    """
    assert result.code == 1, str(result)
    assert index.record.connections, "nobody came"
    askers = {request.user_agent for request in index.record.requests}
    assert askers <= {"spip-doctor"}
    assert askers or index.record.handed_over == 0


# --- the root is only in the operating system's store


@in_turns(first=True)
def test_a_wheel(pair: Pair, index: TlsServer, company_store: OsStore, tmp_path: Path) -> None:
    words = fetch(index, tmp_path)
    if pair.is_refused_alone:
        refused(pair.plain(*words, store=company_store), index)
    arrived(pair.spip(*words, store=company_store), tmp_path)


def test_a_wheel_through_the_proxy_that_inspects(
    handed: Pair, inspected: tuple[TlsServer, Proxy], company_store: OsStore, tmp_path: Path
) -> None:
    index, proxy = inspected
    words = fetch(index, tmp_path)
    if handed.is_refused_alone:
        plain = handed.plain(*words, store=company_store, HTTPS_PROXY=proxy.url)
        assert plain.code == 1, str(plain)
    arrived(handed.spip(*words, store=company_store, HTTPS_PROXY=proxy.url), tmp_path)
    assert proxy.connects


@in_turns(first=False)
def test_an_sdist_that_is_built_in_isolation(
    pair: Pair, index: TlsServer, company_store: OsStore, tmp_path: Path
) -> None:
    words = fetch(index, tmp_path, "needsbuild", command="wheel")
    if pair.is_refused_alone:
        assert pair.plain(*words, store=company_store).code != 0
    arrived(pair.spip(*words, store=company_store), tmp_path, "needsbuild")
    assert any("minibackend" in path for path in index.record.paths)


@every_second(first=True)
def test_options_that_switch_variables_off(
    handed: Pair, inspected: tuple[TlsServer, Proxy], company_store: OsStore, tmp_path: Path
) -> None:
    index, proxy = inspected
    words = [*fetch(index, tmp_path), "--isolated", "--proxy", proxy.url]
    arrived(handed.spip(*words, store=company_store), tmp_path)
    assert proxy.connects


@pytest.mark.parametrize("option", ["--isolated", "--proxy"])
@pytest.mark.parametrize("cell", parameters(*ONE_BY_ONE))
def test_each_option_that_switches_variables_off(
    cell: Cell,
    inspected: tuple[TlsServer, Proxy],
    company_store: OsStore,
    tmp_path: Path,
    option: str,
) -> None:
    index, proxy = inspected
    words, through = [*fetch(index, tmp_path), option], {"HTTPS_PROXY": proxy.url}
    if option == "--proxy":
        words, through = [*words, proxy.url], {}
    arrived(_handed(cell).spip(*words, store=company_store, **through), tmp_path)
    assert proxy.connects


# --- variables and settings that name a bundle


def is_completed(
    pair: Pair, names: Sequence[str], index: TlsServer, store: OsStore, stale: Path
) -> None:
    """See that these variables, all naming a bundle without the root, don't decide for spip."""
    env = dict.fromkeys(names, str(stale))
    words = fetch(index, stale.parent)
    if pair.is_refused_alone:
        refused(pair.plain(*words, store=store, **env), index)
    result = pair.spip(*words, store=store, **env)
    arrived(result, stale.parent)
    assert "spip:" not in result.stderr


def test_stale_variables_are_completed(
    handed: Pair, index: TlsServer, stranger: Authority, company_store: OsStore, tmp_path: Path
) -> None:
    is_completed(handed, BUNDLE_VARIABLES, index, company_store, stranger.write(tmp_path))


@pytest.mark.parametrize("name", BUNDLE_VARIABLES)
@pytest.mark.parametrize("cell", parameters(*ONE_BY_ONE))
def test_each_stale_variable_is_completed(
    cell: Cell,
    name: str,
    index: TlsServer,
    stranger: Authority,
    company_store: OsStore,
    tmp_path: Path,
) -> None:
    is_completed(_handed(cell), [name], index, company_store, stranger.write(tmp_path))


def is_passed_over(
    pair: Pair, names: Sequence[str], index: TlsServer, store: OsStore, folder: Path
) -> None:
    """See that spip says that these name no file, once each, and that pip alone breaks."""
    env = {name: f"/nowhere/{name}.pem" for name in names}
    words = fetch(index, folder)
    if pair.has_pip and set(names) != {"SSL_CERT_FILE"}:
        plain = pair.plain(*words, store=store, **env)
        assert plain.code == 2, str(plain)
        assert "Could not find a suitable TLS CA certificate bundle" in plain.stderr
    result = pair.spip(*words, store=store, **env)
    arrived(result, folder)
    said = [line for line in result.stderr.splitlines() if line.startswith("spip:")]
    assert sorted(said) == sorted(
        f"spip: {name} names {path}, which does not exist: passed over"
        for name, path in env.items()
    )


def test_variables_that_name_no_file_are_passed_over_with_one_notice_each(
    handed: Pair, index: TlsServer, company_store: OsStore, tmp_path: Path
) -> None:
    is_passed_over(handed, BUNDLE_VARIABLES, index, company_store, tmp_path)


@pytest.mark.parametrize("name", BUNDLE_VARIABLES)
@pytest.mark.parametrize("cell", parameters(*ONE_BY_ONE))
def test_each_variable_that_names_no_file_is_passed_over_with_one_notice(
    cell: Cell, name: str, index: TlsServer, company_store: OsStore, tmp_path: Path
) -> None:
    is_passed_over(_handed(cell), [name], index, company_store, tmp_path)


@every_second(first=False)
def test_stale_file_and_empty_folder_together_do_not_replace_the_store(
    handed: Pair, index: TlsServer, stranger: Authority, company_store: OsStore, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    stale = {"SSL_CERT_FILE": str(stranger.write(tmp_path)), "SSL_CERT_DIR": f"{tmp_path}/empty"}
    words = fetch(index, tmp_path)
    if handed.has_pip and handed.env.is_venv:  # Debian's own pip names the bundle itself
        refused(handed.plain(*words, store=company_store, **stale), index)
    arrived(handed.spip(*words, store=company_store, **stale), tmp_path)


@pytest.fixture
def of_five_companies(tmp_path: Path) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Words that fetch a wheel from each of five servers; in each variable the root of one."""
    words = ["download", "--no-cache-dir", "--retries=0", "--no-deps", "-d", str(tmp_path)]
    env: dict[str, str] = {}
    with ExitStack() as servers:
        for name in (*BUNDLE_VARIABLES, "SPIP_CA_BUNDLE"):
            company, offered = Authority(f"Root of {name}"), wheel(f"of-{name}")
            server = servers.enter_context(TlsServer(company.issue(), Index([offered])))
            option = "--extra-index-url" if env else "--index-url"
            words += [option, server.url("/simple/"), offered.project]
            (tmp_path / name).mkdir()
            env[name] = str(company.write(tmp_path / name))
        yield words, env


@every_second(first=True)
def test_each_variable_with_the_only_copy_of_a_root_counts(
    handed: Pair, of_five_companies: tuple[list[str], dict[str, str]], tmp_path: Path
) -> None:
    words, env = of_five_companies
    handed.spip(*words, store=None, **env).passed()
    assert len(list(tmp_path.glob("of_*.whl"))) == len(env)


@pytest.mark.parametrize("name", [*BUNDLE_VARIABLES, "SPIP_CA_BUNDLE"])
@pytest.mark.parametrize("cell", parameters(*ONE_BY_ONE))
def test_a_variable_with_the_only_copy_of_the_root_is_enough(
    cell: Cell, index: TlsServer, authority: Authority, tmp_path: Path, name: str
) -> None:
    good = {name: str(authority.write(tmp_path))}
    arrived(_handed(cell).spip(*fetch(index, tmp_path), store=None, **good), tmp_path)


@pytest.mark.parametrize("cell", parameters(*ONE_BY_ONE))
def test_the_good_setting_counts_beside_a_stale_variable_that_beats_it(
    cell: Cell, index: TlsServer, authority: Authority, stranger: Authority, tmp_path: Path
) -> None:
    handed = _handed(cell)
    mixed = {
        "PIP_CERT": str(authority.write(tmp_path)),
        "REQUESTS_CA_BUNDLE": str(stranger.write(tmp_path)),
    }
    words = fetch(index, tmp_path)
    if handed.has_pip:
        refused(handed.plain(*words, store=None, **mixed), index)
    arrived(handed.spip(*words, store=None, **mixed), tmp_path)


@every_second(first=False)
def test_the_setting_in_a_config_file_counts(
    handed: Pair, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\ncert = {authority.write(tmp_path)}\n")
    result = handed.spip(*fetch(index, tmp_path), PIP_CONFIG_FILE=str(config))
    arrived(result, tmp_path)


@pytest.mark.parametrize("cell", parameters(*ONE_BY_ONE))
def test_a_setting_in_a_config_file_that_names_no_file_is_passed_over(
    cell: Cell, index: TlsServer, tmp_path: Path
) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\ncert = {MISSING}\n")
    result = _handed(cell).spip(*fetch(index, tmp_path), PIP_CONFIG_FILE=str(config))
    refused(result, index)
    assert f"spip: pip's setting cert names {MISSING}, which does not exist" in result.stderr


# --- --cert and --trusted-host mean what they mean to that pip


@every_second(first=True)
def test_cert_on_the_command_line_is_enough(
    handed: Pair, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    words = [*fetch(index, tmp_path), "--cert", str(authority.write(tmp_path))]
    arrived(handed.spip(*words), tmp_path)


@in_turns(first=True)
def test_cert_of_another_ca_restricts_where_that_pip_restricts(
    pair: Pair, index: TlsServer, stranger: Authority, company_store: OsStore, tmp_path: Path
) -> None:
    spelling = "--cer={}" if pair.beside else "--cert={}"  # pip takes any abbreviation
    words = [*fetch(index, tmp_path), spelling.format(stranger.write(tmp_path))]
    ours = pair.spip(*words, store=company_store)
    if pair.restricts:
        refused(ours, index)
    else:
        arrived(ours, tmp_path)
    if pair.has_pip:
        assert ours.code == pair.plain(*words, store=company_store).code


@every_second(first=False)
def test_a_missing_cert_on_the_command_line_stays_pips_error(
    handed: Pair, index: TlsServer, company_store: OsStore, tmp_path: Path
) -> None:
    words = [*fetch(index, tmp_path), "--cert", MISSING]
    ours = handed.spip(*words, store=company_store)
    assert ours.code == 2, str(ours)
    assert "Could not find a suitable TLS CA certificate bundle" in ours.stderr


@every_second(first=True)
def test_trusted_host_still_works(handed: Pair, strange_index: TlsServer, tmp_path: Path) -> None:
    host = f"localhost:{strange_index.port}"
    arrived(handed.spip(*fetch(strange_index, tmp_path), "--trusted-host", host), tmp_path)


# --- what must not happen


@in_turns(first=False)
def test_an_unknown_ca_is_refused_and_no_byte_of_it_is_used(
    pair: Pair, strange_index: TlsServer, company_store: OsStore, tmp_path: Path
) -> None:
    words = fetch(strange_index, tmp_path)
    ours = pair.spip(*words, store=company_store)
    refused(ours, strange_index)
    assert strange_index.record.handed_over == 0
    if pair.has_pip:
        assert pair.plain(*words, store=company_store).code == ours.code


def test_an_unknown_ca_behind_the_proxy_is_refused(
    handed: Pair, index: TlsServer, stranger: Authority, company_store: OsStore, tmp_path: Path
) -> None:
    with Proxy(stranger) as proxy:
        result = handed.spip(*fetch(index, tmp_path), store=company_store, HTTPS_PROXY=proxy.url)
    assert result.code == 1, str(result)
    assert proxy.connects
    assert not list(tmp_path.iterdir())


def test_an_unknown_ca_is_refused_to_the_isolated_build_as_well(
    handed: Pair, stranger: Authority, index: TlsServer, company_store: OsStore, tmp_path: Path
) -> None:
    """The sdist comes over a good connection, what its build needs from an unknown CA."""
    assert isinstance(index.site, Index)
    site = Index([a for a in standard_artifacts() if a.project != "minibackend"])
    with TlsServer(stranger.issue(), Index(standard_artifacts())) as strange:
        index.site = site
        words = [
            *fetch(index, tmp_path, "needsbuild", command="wheel"),
            "--extra-index-url",
            strange.url("/simple/"),
        ]
        # The build's pip reads no --retries; with five it would wait for 8 seconds.
        result = handed.spip(*words, store=company_store, PIP_RETRIES="0")
        assert result.code == 1, str(result)
        assert strange.record.connections
        assert strange.record.handed_over == 0


def test_the_wrong_host_name_is_refused_though_its_root_is_known(
    handed: Pair, authority: Authority, company_store: OsStore, tmp_path: Path
) -> None:
    site = Index(standard_artifacts())
    with TlsServer(authority.issue("other.corp.example"), site) as server:
        refused(handed.spip(*fetch(server, tmp_path), store=company_store), server)


# --- targets that lack something


def test_without_ssl_what_needs_no_network_works_and_the_rest_says_why(
    cell: Cell, index: TlsServer, tmp_path: Path
) -> None:
    if cell.maker == "distribution":
        pytest.skip("the distribution's own Python is not copied")
    env = cell.environment().without_ssl(tmp_path / "env")
    target = {"SPIP_PYTHON": str(env.python)}
    listed = run([*elsewhere().spip("list")], env=target).passed()
    assert "ssl" not in listed.stderr
    result = run([*elsewhere().spip(*fetch(index, tmp_path / "to"))], env=target).failed()
    assert f"spip: {env.python} has no ssl module, so it can't open https" in result.stderr
    assert not [r for r in index.record.requests if r.user_agent != "spip-doctor"]


def test_a_target_without_pip_that_is_too_old_for_spips_own() -> None:
    bare = environment("3.8", None)
    result = run(elsewhere().spip("list"), env={"SPIP_PYTHON": str(bare.python)})
    assert result.code == 1
    assert "has no pip, and spip's own needs Python 3.10 or newer" in result.stderr
    assert "-m ensurepip" in result.stderr


def test_a_target_without_pip_gets_spips_own_and_lists_nothing_else() -> None:
    bare = environment("3.12", None)
    done = run(elsewhere().spip("list"), env={"SPIP_PYTHON": str(bare.python)}).passed()
    assert done.stdout == ""


@every_second(first=False)
def test_nothing_of_spips_own_environment_is_seen_in_the_target(handed: Pair) -> None:
    frozen = handed.spip("freeze", "--all").passed().stdout.lower()
    assert not {"spip", "truststore", "rich", "certifi"} & {
        line.partition("==")[0] for line in frozen.splitlines()
    }
