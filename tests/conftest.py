"""The fixtures that all tests share; whatever is expensive is made once for a session."""

from __future__ import annotations

import os
import re
import signal
import ssl
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from spip.policy import in_force
from support import own_etc, own_home
from support.authority import Authority
from support.index import Index, standard_artifacts
from support.lacking import LackingError, lacking, missing_program
from support.lasting import lasting_folder
from support.os_store import OsStore, OsStores, missing
from support.proxy import Proxy
from support.servers import TlsServer

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from relaxed_world import User

# What a developer's machine may set, and what would decide a test in place of the code.
_SCRUBBED = re.compile(
    r"""(?ix) .*_proxy$ | .*cert.* | .*_ca_.* | .*_ca$ | .*ssl.* | no_color | force_color | xdg_.*
    | (pip|spip|conda|virtual_env|python|pyenv|uv|git|curl|requests)(_.*|[a-z]*)$
    """
)
_KEPT = re.compile(r"SPIP_TEST_.*|PYENV_ROOT")


def pytest_configure() -> None:
    """Leave the machine's files alone, be patient, let Ctrl-C reach what is started here."""
    own_etc.missing()
    os.umask(0o022)  # whoever has another one writes files that others may change
    own_home.begin()
    # An example that takes longer than 200 ms says that the machine is busy, and nothing else.
    hypothesis.settings.register_profile("patient", hypothesis.settings(), deadline=None)
    hypothesis.settings.load_profile("patient")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart() -> None:
    """Refuse to run where a package injects into ssl at start: servers and clients are ssl's."""
    if ssl.SSLContext.__module__ != "ssl":
        pytest.exit(f"ssl.SSLContext of this environment is {ssl.SSLContext.__module__}'s", 1)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """No test may have left anything in a home that it was not given."""
    if left := own_home.end():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        sys.stderr.write(f"the home of this run, which no test may use, holds {left[:9]}\n")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """Name the test that wrote to a home that it was not given."""
    done = yield
    left = own_home.taken()
    assert not left, f"written to the home of whoever runs the tests: {left[:9]}"
    return done


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    """Skip by name what a fixture lacks."""
    return (yield from _named())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Skip by name what a test lacks."""
    return (yield from _named())


def _named() -> Generator[None, object, object]:
    try:
        return (yield)
    except LackingError as error:
        lacking(str(error), installable=error.installable)
    except FileNotFoundError as error:
        if not missing_program(error):
            raise
        lacking(f"no {error.filename}")


@pytest.fixture(autouse=True)
def _scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every setting of CAs, proxies, pip and Python away from this process."""
    in_force.forget()  # a process has seen its policy once and for all
    for name in list(os.environ):
        if _SCRUBBED.match(name) and not _KEPT.match(name):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")


@pytest.fixture
def lasting_path() -> Iterator[Path]:
    """A folder like `tmp_path` that is no other user's to fill, which one below /tmp is in time."""
    lasting_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=lasting_folder(), prefix=".test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def authority() -> Authority:
    """The company's root: whatever a test trusts."""
    return Authority("Example Root CA")


@pytest.fixture(scope="session")
def stranger() -> Authority:
    """A root that nobody trusts."""
    return Authority("Unknown Root CA")


@pytest.fixture
def index(authority: Authority) -> Iterator[TlsServer]:
    """The standard index, under the company's root, with an empty record."""
    with TlsServer(authority.issue(), Index(standard_artifacts())) as server:
        yield server


@pytest.fixture
def strange_index(stranger: Authority) -> Iterator[TlsServer]:
    """The same index under the root that nobody trusts."""
    with TlsServer(stranger.issue(), Index(standard_artifacts())) as server:
        yield server


@pytest.fixture(scope="session")
def os_stores(tmp_path_factory: pytest.TempPathFactory) -> OsStores:
    """Operating systems' stores, each prepared once."""
    if missing():
        lacking(missing(), installable=sys.platform.startswith("linux"))
    return OsStores(tmp_path_factory.mktemp("os-stores"))


@pytest.fixture(scope="session")
def company_store(os_stores: OsStores, authority: Authority) -> OsStore:
    """An operating system that trusts the company's root beside its own ones."""
    return os_stores.trusting(authority)


@pytest.fixture
def proxy(authority: Authority, index: TlsServer) -> Iterator[Proxy]:
    """An interceptor below the company's root; it knows index.corp.example, port 443."""
    with Proxy(authority, routes={"index.corp.example:443": index.port}) as interceptor:
        yield interceptor


@pytest.fixture
def user(tmp_path: Path) -> User:
    """Ann, whose home stays from command to command."""
    from relaxed_world import new_user

    return new_user(tmp_path, "ann")


@pytest.fixture
def to(tmp_path: Path) -> Path:
    """An empty folder for what is fetched."""
    folder = tmp_path / "to"
    folder.mkdir()
    return folder
