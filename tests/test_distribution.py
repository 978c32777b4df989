"""The distribution's own Python: its pip's rules hold, and spip adds nothing to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.environments import Environment, current_environment, distribution, with_spip
from support.lacking import lacking
from support.os_store import OsStore
from support.run import Result, run
from support.servers import TlsServer


@pytest.fixture
def system() -> Environment:
    """The distribution's own Python, if it has a pip."""
    found = distribution()
    if found.pip_version is None:
        lacking("the distribution's Python has no pip")
    return found


def both(system: Environment, store: OsStore, *words: str, **env: str) -> tuple[Result, Result]:
    """(its own pip, spip on it) for the same words, with the company's root in the store."""
    spip = with_spip(current_environment()).spip(*words)
    plain = run(store.wrap(system.pip(*words)), env=env)
    return plain, run(store.wrap(spip), env={**env, "SPIP_PYTHON": str(system.python)})


def install(index: TlsServer, *words: str) -> list[str]:
    where = ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    return ["install", *where, *words, "demo"]


def test_an_externally_managed_environment_is_refused_in_pips_words(
    system: Environment, index: TlsServer, company_store: OsStore
) -> None:
    marker = run([system.python, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"])
    if not Path(marker.stdout.strip(), "EXTERNALLY-MANAGED").exists():
        pytest.skip("this distribution doesn't mark its Python (PEP 668)")
    plain, ours = both(system, company_store, *install(index))
    said, _, advice = ours.stderr.rpartition("spip: into an environment of your own instead:  ")
    assert (ours.code, said) == (plain.code, plain.stderr)
    assert " -m venv " in advice
    assert ours.code == 1
    assert "externally-managed-environment" in ours.stderr
    assert index.record.connections == 0


def test_a_demanded_virtual_environment_is_demanded_of_spip_too(
    system: Environment, index: TlsServer, company_store: OsStore
) -> None:
    words = install(index)
    plain, ours = both(system, company_store, *words, PIP_REQUIRE_VIRTUALENV="1")
    assert (ours.code, ours.stderr) == (plain.code, plain.stderr)
    assert ours.code == 3
    assert index.record.connections == 0


def test_a_user_install_goes_where_pip_puts_it(
    system: Environment, index: TlsServer, company_store: OsStore, tmp_path: Path
) -> None:
    words = install(index, "--user")
    env = {
        "HOME": str(tmp_path),
        "PYTHONUSERBASE": str(tmp_path / "base"),
        "PIP_BREAK_SYSTEM_PACKAGES": "1",
    }
    spip = with_spip(current_environment()).spip(*words)
    env["SPIP_PYTHON"] = str(system.python)
    run(company_store.wrap(spip), env=env).passed()
    assert list((tmp_path / "base").glob("lib/python3*/site-packages/demo.py"))


def test_an_unknown_ca_is_refused(
    system: Environment, strange_index: TlsServer, company_store: OsStore
) -> None:
    words = ["download", *install(strange_index)[1:]]
    _, ours = both(system, company_store, *words)
    assert ours.code == 1
    assert strange_index.record.handed_over == 0
