"""The environment that a process of pip's gets: what pip gave it, and nothing of this process's."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from spip.bridge.subprocesses import Children

TELL = [sys.executable, "-I", "-c", "import json, os; print(json.dumps(dict(os.environ)))"]
OF_ANY_PROCESS = {"LC_CTYPE", "__CF_USER_TEXT_ENCODING", "SYSTEMROOT"}


@pytest.mark.parametrize("has_session", [False, True])
@pytest.mark.skipif(sys.platform == "win32", reason="no program starts without SYSTEMROOT there")
def test_an_empty_environment_stays_empty(
    monkeypatch: pytest.MonkeyPatch, *, has_session: bool
) -> None:
    """It became the whole one of this process."""
    monkeypatch.setattr(subprocess.Popen, "__init__", subprocess.Popen.__init__)
    monkeypatch.setenv("OF_THIS_PROCESS", "1")
    trust = SimpleNamespace(bundles=lambda _: {"path": "/roots.pem", "tools": {}, "lacking": ()})
    run = SimpleNamespace(unverified=None, trust=trust, watches_connections=lambda: False)
    children = Children(run, cert_on_command_line=False)  # type: ignore[arg-type]
    children.has_session = has_session
    children.watch()
    seen = set(json.loads(subprocess.check_output(TELL, env={}))) - OF_ANY_PROCESS
    assert "OF_THIS_PROCESS" not in seen
    assert "PATH" not in seen
    assert ("SSL_CERT_FILE" in seen) is has_session
    assert bool(seen) is has_session
    assert "OF_THIS_PROCESS" in json.loads(subprocess.check_output(TELL))
