"""The environment that a process of pip's gets: what pip gave it, and nothing of this process's."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from spip.bridge import trust_client
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
    bundles = {"path": "/roots.pem", "tools": {}, "lacking": ()}
    monkeypatch.setattr(trust_client, "bundles", lambda *_: bundles)
    context: Any = SimpleNamespace(
        has_trusted_session=has_session,
        cert_on_command_line=False,
        without_cache=False,
        starts_own=False,
        watches_connections=lambda: False,
    )
    relaxations: Any = SimpleNamespace(met=None)
    Children(context, SimpleNamespace(), relaxations).watch()  # type: ignore[arg-type]
    seen = set(json.loads(subprocess.check_output(TELL, env={}))) - OF_ANY_PROCESS
    assert "OF_THIS_PROCESS" not in seen
    assert "PATH" not in seen
    assert ("SSL_CERT_FILE" in seen) is has_session
    assert bool(seen) is has_session
    assert "OF_THIS_PROCESS" in json.loads(subprocess.check_output(TELL))
