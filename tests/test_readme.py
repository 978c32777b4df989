"""README, install page and command reference: what they show is the program's, in order."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from _site import addresses, reference
from readme_parts import README, commands, is_shown, parts
from spip.cli import WORDS
from support import single_file
from support.artifacts import wheel
from support.authority import Authority
from support.checkout import BASE, Checkout, copied, wheels_for_set_up
from support.environments import environment, with_spip
from support.index import Index
from support.lacking import lacking
from support.listed import listed
from support.os_store import OsStore, OsStores
from support.proxy import Proxy
from support.run import run
from support.servers import TlsServer
from support.wheelhouse import CHECKOUT
from trust_tools import program

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT = README.read_text("utf-8")
INSTALL = (CHECKOUT / "docs" / "install.md").read_text("utf-8")
COMPARISON = (CHECKOUT / "docs" / "comparison.md").read_text("utf-8")
# Set by spip for its own children; nobody is to set it.
# The last two are set and used by one batch file.
_INTERNAL = {"SPIP_RUNS_PIP", "SPIP_PAGE", "SPIP_FILE"}


def test_each_word_shows_its_help() -> None:
    shown = [name for name, _ in parts("help")]
    assert [name for name in shown if " " not in name] == list(WORDS)
    assert shown == [words for words, _ in reference.helps()]
    assert "trust add" in shown


@pytest.mark.parametrize(("words", "shown"), parts("help"), ids=[name for name, _ in parts("help")])
def test_a_help_is_the_programs(words: str, shown: str) -> None:
    argv = [sys.executable, "-m", "spip", *words.split(), "--help"]
    said = run(argv, env={"COLUMNS": "80"}).passed()
    assert _help_words(shown) == _help_words(said.stdout)


def _help_words(text: str) -> list[str]:
    """Pythons differ in where they break a line, and from 3.13 on name a value only once."""
    return re.sub(r"(-\w) ([A-Z]+), (--[\w-]+ \2)", r"\1, \3", text).split()


@pytest.fixture(scope="module")
def inspector() -> Authority:
    return Authority("Example Inspection CA")


@pytest.fixture
def inspected(inspector: Authority) -> Iterator[dict[str, str]]:
    """The variables that name the index, and the proxy on the way that inspects."""
    site = Index([wheel("requests", "2.34.2", requires=["idna"]), wheel("idna", "3.11")])
    with (
        TlsServer(Authority("Example Public CA").issue(), site) as server,
        Proxy(inspector, routes={"index.corp.example:443": server.port}) as proxy,
    ):
        yield {"HTTPS_PROXY": proxy.url, "PIP_INDEX_URL": "https://index.corp.example/simple/"}


@pytest.mark.parametrize(
    ("knows", "transcript"), parts("transcript"), ids=[name for name, _ in parts("transcript")]
)
def test_a_transcript_is_what_is_printed(
    knows: str,
    transcript: str,
    inspected: dict[str, str],
    inspector: Authority,
    os_stores: OsStores,
    tmp_path: Path,
) -> None:
    store: OsStore = {
        "trusted": lambda: os_stores.trusting(inspector),
        "untrusted": os_stores.trusting,
    }[knows]()
    where = with_spip(environment("3.10", "23.0.1"))
    env = {**inspected, "PATH": f"{where.scripts}:/usr/bin:/bin", "PYTHONUNBUFFERED": "1"}
    for command in commands(transcript):
        shell = ["/bin/sh", "-c", 'exec "$@" 2>&1', "sh", str(where.scripts / command.words[0])]
        said = run(store.wrap([*shell, *command.words[1:]]), env=env, cwd=tmp_path)
        assert is_shown(command.printed, said.stdout), f"{command.printed}\n{said}"


def test_a_transcript_with_other_words_is_noticed() -> None:
    assert is_shown(["a", "... more", "c 2026-01-01"], "a\nb\nb\nc 2027-02-02\n")
    assert is_shown(["a ... c"], "a and b and c\n")
    assert not is_shown(["a ... d"], "a and b and c\n")
    assert not is_shown(["a", "c"], "a\nb\nc\n")
    assert not is_shown(["a", "..."], "b\n")


def in_order(text: str, words: list[str]) -> None:
    places = [text.find(each) for each in words]
    assert -1 not in places, words[places.index(-1)]
    assert places == sorted(places)


def test_the_first_screen_is_in_order() -> None:
    in_order(
        TEXT,
        [
            "SSL: CERTIFICATE_VERIFY_FAILED",  # what people search for
            "**The two commands**",
            "scripts/spip install requests",
            "scripts/test",
            "$ pip download",
            "$ spip download",
            "Can you upgrade pip?",
            "Mind the name",
            "## Get it",
            "scripts/build_zipapp",
            "sha256sum --check",
            "pipx install .",
            "uv tool install .",
            "spip.pyz env -- pipx install",
            "-m venv --without-pip",
            "docs/install.md",
            "## What it does",
            "never switches verification off",
            "## `spip doctor`",
            "`spip explain CAUSE`",
            "## Commands",
            "## Security",
            "must not assume",
            "## More",
        ],
    )


def test_the_install_page_is_in_order() -> None:
    in_order(
        INSTALL,
        [
            "Python 3.10 or newer",
            "Mind the name",
            "pipx install spip-shim",
            "uv tool install spip-shim",
            "pip install spip-shim",
            "## From a checkout",
            "## The single file",
            "curl -LO",
            "Invoke-WebRequest",
            "sha256sum --check",
            "shasum -a 256 --check",
            "Get-FileHash",
            "## A zip of wheels",
            "--no-index --find-links",
            "externally-managed-environment",
            "## Which environment",
            "1. `SPIP_PYTHON`",
            "`VIRTUAL_ENV`",
            "## Variables",
            "## Keep typing `pip`",
        ],
    )


def test_it_is_short_and_the_first_success_is_on_the_first_screen() -> None:
    assert len(TEXT.split()) <= 1200
    first = TEXT.partition("Successfully downloaded")[0]
    assert first.count("\n") < 40
    assert "scripts/spip install requests" in first


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, dict[str, str]]:
    """A checkout in which nothing was ever run, and a machine with Python, pipx and uv alone."""
    folder = tmp_path_factory.mktemp("bare")
    links, programs = (folder / name for name in ("links", "bin"))
    for each in (links, programs):
        each.mkdir()
    for file in wheels_for_set_up():
        shutil.copy(file, links)
    for made in (wheel("requests", "2.34.2", requires=["idna"]), wheel("idna", "3.11")):
        (links / made.filename).write_bytes(made.data)
    (programs / "python3").symlink_to(BASE)
    for name in ("pipx", "uv"):
        if not os.path.isabs(found := program(name)):
            lacking(f"no {name} beside this Python or on PATH")
        (programs / name).symlink_to(found)
    checkout = copied(folder / "spip")
    single_file.fetch()
    shutil.copytree(single_file.PINNED, checkout.folder / ".cache" / "zipapp")
    environ = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(links),
        "PIP_COMPILE": "0",
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(links),
        "PIPX_DEFAULT_PYTHON": str(BASE),
    }
    return checkout, environ


# What takes minutes, and has tests of its own.
_ELSEWHERE = re.compile(r"^scripts/test .*\n", re.MULTILINE)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="commands of Linux")
@pytest.mark.parametrize("block", re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
def test_each_command_works_when_typed(
    block: str, bare: tuple[Checkout, dict[str, str]], tmp_path: Path
) -> None:
    checkout, environ = bare
    typed = _ELSEWHERE.sub("", block)
    argv = ["/bin/bash", "-c", f"set -euo pipefail\n{typed}"]
    env = {**environ, "HOME": str(tmp_path)}  # an empty one for each, as they are alternatives
    run(argv, env=env, cwd=checkout.folder, timeout=300).passed()


def test_only_the_published_form_names_what_is_on_no_index_yet() -> None:
    """A name that nobody holds is somebody's else one day, and people paste commands."""
    pages = [README, *(CHECKOUT / "docs").rglob("*.md"), *(CHECKOUT / "src").rglob("*.py")]
    command = re.compile(r"(pip|pipx|uv tool|uvx) (install|run|inject \w+) [^`\n]*\bspip-shim")
    for page in pages:
        text = re.sub(r"<!-- published\n.*?-->", "", page.read_text("utf-8"), flags=re.DOTALL)
        for found in command.finditer(text):
            assert "--no-index" in found[0] or "uninstall" in found[0], f"{page}: {found[0]}"


def test_the_published_form_is_shown_by_one_setting() -> None:
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    published = settings["tool"]["spip"]["published"]
    assert ("is not on PyPI yet" in TEXT) is not published
    now = addresses.with_release(INSTALL, "", published=False)
    then = addresses.with_release(INSTALL, "https://code.example/ann/spip/", published=True)
    assert "pipx install spip-shim" not in now
    assert "is not on PyPI yet" in now
    assert "pipx install spip-shim" in then
    assert "is not on PyPI yet" not in then
    assert "--repo ann/spip" in then
    assert "<https://code.example/ann/spip/releases/latest>" in then


def test_no_file_has_an_address_of_its_own() -> None:
    holders = re.compile("OWNER" + "/REPO")
    text = {path: CHECKOUT / path for path in listed(untracked=False)}
    assert [
        p for p, file in text.items() if holders.search(file.read_text("utf-8", "replace"))
    ] == []


def test_each_command_is_in_the_table() -> None:
    table = TEXT.partition("## Commands")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `spip ([\w-]+)` \|", table, re.MULTILINE)) == sorted(WORDS)


def test_each_variable_is_in_the_table_and_no_other() -> None:
    table = INSTALL.partition("## Variables")[2].partition("\n## ")[0]
    shown = set(re.findall(r"^\| `(SPIP_[A-Z_]+)", table, re.MULTILINE))
    sources = [
        path
        for path in (CHECKOUT / "src").rglob("*")
        if path.suffix in {".py", ".sh", ".toml", ".ps1", ".fish", ".nu", ".xsh"}
    ]
    used = {
        name
        for path in sources
        for name in re.findall(r"\bSPIP_[A-Z]+(?:_[A-Z]+)*\b", path.read_text("utf-8"))
    }
    assert shown == used - _INTERNAL


def test_each_claim_of_the_comparison_names_what_shows_it() -> None:
    table = COMPARISON.partition("## Which one")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    gauntlet = (CHECKOUT / "docs" / "gauntlet.md").read_text("utf-8")
    assert len(rows) >= 10
    for row in rows:
        evidence = row.strip("| ").rpartition(" | ")[2]
        assert re.search(r"\]\([^)]+\)|shown by", evidence), row
        for words in re.findall(r'"([^"]+)"', evidence):
            assert words in gauntlet, words


def test_the_oldest_python_is_the_projects() -> None:
    project = (CHECKOUT / "pyproject.toml").read_text("utf-8")
    assert 'requires-python = ">=3.10"' in project
    assert "They need Python 3.10 or newer" in TEXT
    assert "It needs Python 3.10 or newer" in TEXT
    assert "spip needs Python 3.10 or newer" in INSTALL
