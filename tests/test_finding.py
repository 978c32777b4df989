"""After a failure, one sentence that says why, from every pip; after anything else, none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.authority import Authority
from support.environments import Environment, current_environment, environment, with_spip
from support.index import Index, standard_artifacts
from support.matrix import MATRIX, Cell, parameters
from support.os_store import OsStore
from support.proxy import Proxy
from support.run import Result, run
from support.servers import Fault, TlsServer

CELLS = [cell for cell in MATRIX if cell.maker == "venv" and cell.pip]
CURRENT = Cell("3.13", "26.3")


def spip() -> Environment:
    """Where spip is installed."""
    return with_spip(current_environment())


def fetch(index: TlsServer, *what: str) -> list[str]:
    where = ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    return ["download", *where, "--no-deps", *(what or ["demo"])]


def said(result: Result) -> list[str]:
    """spip's own lines, without their prefix."""
    return [
        line.removeprefix("spip: ")
        for line in result.stderr.splitlines()
        if line.startswith("spip: ")
    ]


@pytest.mark.matrix
@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_a_refused_certificate_is_explained_under_pips_own_lines(
    cell: Cell, strange_index: TlsServer
) -> None:
    target = {"SPIP_PYTHON": str(cell.environment().python)}
    result = run(spip().spip(*fetch(strange_index)), env=target)
    assert result.code == 1, str(result)
    lines = said(result)
    assert 2 <= len(lines) <= 6
    assert lines[0].startswith(f"localhost:{strange_index.port} was refused: its certificate ")
    assert '"Unknown Root CA"' in lines[0]
    assert lines[-1].startswith("  next: ")
    assert result.stderr.rindex("No matching distribution") < result.stderr.index("spip: ")
    assert "Traceback" not in result.stderr


def test_the_exit_code_is_pips_own_also_where_pip_ends_in_a_traceback(
    strange_index: TlsServer, tmp_path: Path
) -> None:
    old = environment("3.9", "25.3")
    words = [
        "download",
        "--retries=0",
        "-d",
        str(tmp_path),
        strange_index.url("/files/demo-1.0-py3-none-any.whl"),
    ]
    plain = run(old.pip(*words))
    ours = run(spip().spip(*words), env={"SPIP_PYTHON": str(old.python)})
    assert ours.code == plain.code == 2
    assert said(ours)


def test_a_package_called_as_a_module_of_pythons_own_is_passed_over(
    strange_index: TlsServer, tmp_path: Path
) -> None:
    """spip's processes looked for modules beside spip first: enum34 beside it ended in a traceback.

    So does Python in `spip` itself: the standard library comes first.
    """
    private = spip().copy(tmp_path / "env")
    (private.site_packages / "enum.py").write_text("raise ImportError('not the one of Python')\n")
    result = run(private.spip(*fetch(strange_index)))
    assert result.code == 1, str(result)
    assert said(result)[0].startswith(f"localhost:{strange_index.port} was refused: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("target", [("3.13", "26.3"), ("3.6", "21.3.1")])
def test_nothing_is_said_where_the_way_was_not_the_cause(
    index: TlsServer,
    strange_index: TlsServer,
    authority: Authority,
    tmp_path: Path,
    target: tuple[str, str],
) -> None:
    env = {
        "SPIP_PYTHON": str(environment(*target).python),
        "SPIP_CA_BUNDLE": str(authority.write(tmp_path)),
    }
    for words in (fetch(index, "no-such-project"), ["show", "nothing"], ["no-such-command"]):
        result = run(spip().spip(*words), env=env).failed()
        assert said(result) == []
    # pip's look for a newer pip fails quietly, and so it does here.
    env |= {"PIP_INDEX_URL": strange_index.url("/simple/"), "PIP_DISABLE_PIP_VERSION_CHECK": "0"}
    result = run(spip().spip("install", "./nothere"), env=env).failed()
    assert said(result) == []
    assert strange_index.record.connections


def test_nothing_is_said_after_a_success(
    index: TlsServer, strange_index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    words = fetch(strange_index)
    words[1:1] = ["--extra-index-url", index.url("/simple/"), "-d", str(tmp_path)]
    env = {"SPIP_CA_BUNDLE": str(authority.write(tmp_path))}
    assert said(run(spip().spip(*words), env=env).passed()) == []


def test_disabled_it_says_nothing(strange_index: TlsServer) -> None:
    result = run(spip().spip(*fetch(strange_index)), env={"SPIP_DISABLE": "1"}).failed()
    assert said(result) == []


def test_a_reset_is_a_firewall_and_not_a_certificate(index: TlsServer) -> None:
    index.fault = Fault.RESET
    lines = said(run(spip().spip(*fetch(index))).failed())
    assert "cut off as soon as TLS begins" in lines[0]
    assert not any("certificate" in line for line in lines)


def test_a_proxy_that_wants_a_login_is_named_and_no_password_is(index: TlsServer) -> None:
    with Proxy(None, login="ann:right") as proxy:
        wrong = f"http://ann:s3cret-w0rd@127.0.0.1:{proxy.port}"
        result = run(spip().spip(*fetch(index)), env={"HTTPS_PROXY": wrong}).failed()
    lines = said(result)
    assert lines
    assert "407" in " ".join(lines) or "login" in " ".join(lines)
    assert not any("s3cret" in line for line in lines)


# A login's letters that end or part a URL, and what surrounds one; the sentence names them.
SPOILT = {
    "http://ann:se#cret@{}": ("# in its login", "# as %23"),
    "http://ann:se[cret@{}": ("[ in its login", "[ as %5B"),
    "http://ann:se/cret@{}": ("/ in its login", "/ as %2F"),
    "ann:se#cret@{}": ("# in its login", "# as %23"),
    '"http://ann:secret@{}"': ("quotes around it", ""),
    "http://ann:secret@{}\r": ("a carriage return", ""),
}
MADE = ["--proxy", "PIP_PROXY", "proxy in "]


@pytest.mark.parametrize(
    ("spelt", "made"),
    [
        *((spelt, MADE[0]) for spelt in SPOILT),
        *(("http://ann:se#cret@{}", how) for how in MADE[1:]),
    ],
    ids=ascii,
)
def test_a_spoilt_proxy_is_named_by_its_setting_with_the_right_value(
    spelt: str, made: str, index: TlsServer, tmp_path: Path
) -> None:
    """Only a proxy of the environment was; of pip's own setting, spip had no name for it."""
    letters, better = SPOILT[spelt]
    with Proxy(login="ann:secret") as proxy:
        place = proxy.url.removeprefix("http://")
        value = spelt.format(place)
        (tmp_path / "pip.conf").write_text(f"[global]\nproxy = {value}\n", "utf-8")
        env = {"PIP_PROXY": value} if made == "PIP_PROXY" else {}
        env |= {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")} if made == "proxy in " else {}
        words = fetch(index) + (["--proxy", value] if made == "--proxy" else [])
        lines = said(run(spip().spip(*words), env=env).failed())
        assert proxy.connects == []
    assert f"{made}" in lines[0]
    assert "names no proxy that can be read" in lines[0]
    assert letters in lines[0]
    assert better in lines[1]
    assert f"http://USER:PASSWORD@{place}" in lines[1]
    assert "cret" not in "".join(lines)
    if made == "proxy in ":
        assert f"{tmp_path / 'pip.conf'}:2" in lines[0]


def test_a_token_in_the_index_url_is_never_printed(strange_index: TlsServer) -> None:
    url = strange_index.url("/simple/").replace("//", "//ann:t0ken-value@")
    words = ["download", "--index-url", url, "--no-cache-dir", "--retries=0", "demo"]
    lines = said(run(spip().spip(*words)).failed())
    assert lines
    assert not any("t0ken" in line for line in lines)


@pytest.fixture
def inspected(stranger: Authority) -> Iterator[tuple[TlsServer, Proxy]]:
    """A private index behind a proxy that re-signs with a root that nobody knows."""
    site = Index(standard_artifacts())
    with TlsServer(Authority("Private CA").issue(), site) as server, Proxy(stranger) as proxy:
        yield server, proxy


def test_a_private_index_is_never_called_intercepted(
    inspected: tuple[TlsServer, Proxy], company_store: OsStore
) -> None:
    """A private index may have any root of its own: nothing proves that somebody re-signs."""
    index, proxy = inspected
    result = run(company_store.wrap(spip().spip(*fetch(index))), env={"HTTPS_PROXY": proxy.url})
    lines = said(result.failed())
    assert '"Unknown Root CA"' in lines[0]
    assert not any("intercept" in line or "re-signs" in line for line in lines)


def test_the_finding_comes_without_waiting_and_costs_less_than_half_a_second(
    strange_index: TlsServer,
) -> None:
    """Beside pip's own refusal, in the processor's time: 0.70 and 0.49 s were measured."""
    once = fetch(strange_index)
    run(spip().spip(*once)).failed()  # compiled and cached from here on
    asked = strange_index.record.connections
    again_and_again = [word for word in once if word != "--retries=0"]
    ours = [run(spip().spip(*again_and_again)).failed().cpu for _ in range(3)]
    assert strange_index.record.connections == 4 * asked
    plain = [run(spip().pip(*once)).failed().cpu for _ in range(3)]
    assert min(ours) < min(plain) + 0.4


def test_what_is_told_to_the_fresh_process_is_plain_json(
    strange_index: TlsServer, tmp_path: Path
) -> None:
    """The finding's input is a promise between rooms: its names are looked at here."""
    copy = spip().copy(tmp_path / "env")
    finding = copy.site_packages / "spip" / "doctor" / "after_failure.py"
    finding.write_text("import sys\ndef main():\n    sys.stderr.write(sys.stdin.read())\n", "utf-8")
    result = run(copy.spip(*fetch(strange_index))).failed()
    told = json.loads(result.stderr[result.stderr.index("{") :])
    settings = {"cert", "cert_at", "client_cert", "obeyed", "only_default"}
    settings |= {"plain_at", "proxy_at", "proxy_set"}
    command = {"python", "arguments"}
    assert set(told) == {"failures", "pages", "spip", "without_ssl", *command, *settings}
    assert told["without_ssl"] is None
    first = told["failures"][0]
    assert first["url"] == strange_index.url("/simple/demo/")
    assert (first["certificate"], first["verify_code"], first["proxy"]) == (True, 20, None)
