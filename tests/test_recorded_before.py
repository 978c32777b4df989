"""What spip wrote before its rooms were rebuilt still works: a hook, a grant, the log.

`recorded_before/` has the files as that spip wrote them; capitals stand for what differs by machine
and by time.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spip.policy import clock, grants, locations, state_folder
from support.environments import current_environment, environment, with_spip
from support.run import run
from support.servers import TlsServer

RECORDED = Path(__file__).parent / "recorded_before"


@pytest.mark.parametrize(("python", "pip"), [("3.8", "23.0.1"), ("3.13", "26.3")])
def test_a_hook_for_one_python_runs_pip_through_this_spip(
    python: str, pip: str, strange_index: TlsServer, tmp_path: Path
) -> None:
    spip = with_spip(current_environment())
    target = environment(python, pip).copy(tmp_path / "env")
    for end in (".py", ".pth", ".start"):
        text = (RECORDED / f"_spip_pip{end}.txt").read_bytes()
        (target.site_packages / f"_spip_pip{end}").write_bytes(text)
    recorded = json.loads((RECORDED / "_spip_pip.json").read_text("utf-8"))
    settings = [[here(word, spip.python, spip.site_packages) for word in part] for part in recorded]
    (target.site_packages / "_spip_pip.json").write_text(json.dumps(settings), "utf-8")
    words = ["download", "--no-deps", "--retries=0", "--no-cache-dir", "-d", str(tmp_path)]
    index = ["--index-url", strange_index.url("/simple/"), "demo"]
    argv = [str(target.python), "-m", "pip", *words, *index]
    result = run(argv, env={"SPIP_DEBUG": "1"}).failed()
    assert "spip: target is the Python that runs pip (spip hook install --python)" in result.stderr
    assert "spip:   next:" in result.stderr
    assert "can't run here" not in result.stderr
    assert not list(tmp_path.glob("*.whl"))


def here(word: str, python: Path, packages: Path) -> str:
    if word == "PYTHON":
        return str(python)
    return str(packages / word[len("FOLDER/") :]) if word.startswith("FOLDER") else word


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """A home with the folder of grants and log."""
    environ = {"HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    state_folder.folder(environ)
    return environ


def test_a_grant_lives_on(home: dict[str, str]) -> None:
    now = clock.now()
    numbers = {
        "GIVEN_ON": now.date,
        "ENDS_ON": now.date + 600.0,
        "GIVEN": now.elapsed,
        "ENDS": now.elapsed + 600.0,
    }
    text = (RECORDED / "grants.json.txt").read_text("utf-8")
    text = text.replace("BOOT", now.boot).replace("USER", state_folder.user())
    for name, number in numbers.items():
        text = text.replace(f": {name}", f": {number!r}")
    path = Path(str(locations.grants_file(home)))
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    (grant,) = grants.read(home)
    assert (grant.host, grant.port, grant.reason) == ("index.corp.example", 443, "root CA roll-out")
    assert 590 < grant.left(clock.now()) <= 600
    grants.change(home, now, lambda kept: kept)
    assert path.read_text("utf-8") == text


def test_the_log_is_shown(home: dict[str, str]) -> None:
    log = Path(str(locations.grants_file(home))).with_name("log.jsonl")
    log.write_bytes((RECORDED / "log.jsonl").read_bytes())
    log.chmod(0o600)
    said = run(with_spip(current_environment()).spip("log", "--json"), env=home).passed()
    recorded = (RECORDED / "log.jsonl").read_text("utf-8")
    assert [json.loads(line) for line in said.stdout.splitlines()] == [
        json.loads(line) for line in recorded.splitlines()
    ]
