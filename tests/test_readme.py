"""The README: its helps, transcripts and tables are the program's, its first screen is in order."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from readme_parts import README, commands, is_shown, parts
from spip.cli import WORDS
from support.artifacts import wheel
from support.authority import Authority
from support.environments import environment, with_spip
from support.index import Index
from support.os_store import OsStore, OsStores
from support.proxy import Proxy
from support.run import run
from support.servers import TlsServer
from support.wheelhouse import CHECKOUT

TEXT = README.read_text("utf-8")
# Set by spip for its own children; nobody is to set it.
_INTERNAL = {"SPIP_RUNS_PIP"}


def test_each_word_shows_its_help() -> None:
    shown = [name for name, _ in parts("help")]
    assert sorted(shown) == sorted(WORDS)


@pytest.mark.parametrize(("word", "shown"), parts("help"), ids=[name for name, _ in parts("help")])
def test_a_help_is_the_programs(word: str, shown: str) -> None:
    said = run([sys.executable, "-m", "spip", word, "--help"], env={"COLUMNS": "80"}).passed()
    # Pythons differ in where they break a line.
    assert shown.split() == said.stdout.split()


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


def test_the_first_screen_is_in_order() -> None:
    in_order = [
        "SSL: CERTIFICATE_VERIFY_FAILED",  # what people search for
        "**The two commands**",
        "scripts/spip install requests",
        "scripts/test",
        "$ pip download",
        "$ spip download",
        "Can you upgrade pip?",
        "Mind the name",
        "## Get it",
        "by browser",
        "curl -LO",
        "Invoke-WebRequest",
        "sha256sum --check",
        "shasum -a 256 --check",
        "Get-FileHash",
        "--no-index --find-links",
        "pipx install spip-shim",
        "uv tool install spip-shim",
        "pip install spip-shim",
        "## What it does, and what it never does",
        "## `spip doctor`",
        "## Which certificates",
        "## Commands",
        "## Variables",
        "## Exit codes",
        "## For programs",
        "## `pip` means `spip`",
        "## Security model",
        "## How it compares",
        "## Trusted-host mode",
    ]
    places = [TEXT.find(words) for words in in_order]
    assert -1 not in places, in_order[places.index(-1)]
    assert places == sorted(places)


def test_each_command_is_in_the_table() -> None:
    table = TEXT.partition("## Commands")[2].partition("<details>")[0]
    assert re.findall(r"^\| `spip ([\w-]+)` \|", table, re.MULTILINE) == [
        name for name, _ in parts("help")
    ]


def test_each_variable_is_in_the_table_and_no_other() -> None:
    table = TEXT.partition("## Variables")[2].partition("\n## ")[0]
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
    table = TEXT.partition("## How it compares")[2].partition("<details>")[0]
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
    assert "It needs Python 3.10 or newer" in TEXT
