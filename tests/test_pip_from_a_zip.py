"""pip that is imported from its wheel: a zip, whose modules share one loader."""

from __future__ import annotations

from pathlib import Path

import pytest

from relaxed_world import GENUINE, User, empty, got, said, spip, words
from support.authority import Authority
from support.index import Index
from support.matrix import Cell, marks
from support.run import run
from support.servers import TlsServer
from support.wheelhouse import pip_wheel

# A zip's loader has no `exec_module` before Python 3.10. Each target has another pip of its own.
TARGETS = (
    (Cell("3.8", "21.3.1"), "23.0.1"),
    (Cell("3.10", "23.0.1"), "24.2"),
    (Cell("3.13", "24.2"), "26.3"),
)


@pytest.mark.parametrize(
    ("cell", "pip"),
    [
        pytest.param(cell, pip, id=f"{cell.python}-{pip}", marks=marks(cell))
        for cell, pip in TARGETS
    ],
)
def test_a_pip_in_a_zip_is_hooked_as_any_other(
    cell: Cell, pip: str, authority: Authority, stranger: Authority, user: User, to: Path
) -> None:
    """It verifies, refuses, and what it relaxes is named, logged and kept out of its cache."""
    env = {
        **user.environ,
        "SPIP_PYTHON": str(cell.environment().python),
        "PYTHONPATH": str(pip_wheel(pip)),
    }
    version = run(spip().spip("--version"), env=env).passed().stdout
    assert version.startswith(f"pip {pip} from {pip_wheel(pip)}")
    with TlsServer(authority.issue(), Index([GENUINE])) as verified:
        own = {"SPIP_CA_BUNDLE": str(authority.write(user.home))}
        result = run(spip().spip(*words(verified.url("/simple/"), to)), env=env | own).passed()
        assert said(result) == []
        assert got(to, GENUINE)
    with TlsServer(stranger.issue(), Index([GENUINE])) as strange:
        asked = [*words(strange.url("/simple/"), empty(to)), "--retries=0"]
        run(spip().spip(*asked), env=env).refused("spip: ")
        assert strange.record.paths == []
        trusting = ("--trusted-host", f"localhost:{strange.port}")
        before = user.cached
        result = run(spip().spip(*asked, *trusting), env=env).passed()
        assert any("VERIFICATION IS OFF" in line for line in said(result))
        assert [entry["what"] for entry in user.events("own_way")] == ["--trusted-host"]
        assert user.cached == before
        assert got(to, GENUINE)
