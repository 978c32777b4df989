"""PEP 668: under pip's own refusal stands one line that works when it is pasted, ensurepip or not.

The Python is one of the tests' own, marked as a distribution marks its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.artifacts import wheel
from support.checkout import BASE
from support.environments import current_environment, with_spip
from support.lacking import lacking
from support.run import Result, clean_environment, run
from support.single_file import built

if os.name == "nt":
    pytest.skip("a line for shells of POSIX", allow_module_level=True)

ADVICE = "spip: into an environment of your own instead:  "
DEMO = wheel("demo")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A home for all of them: the single file unpacks what it brings once for each."""
    return {"HOME": os.fspath(tmp_path_factory.mktemp("home"))}


@pytest.fixture(params=["with ensurepip", "without ensurepip"])
def managed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A Python that is marked; its library is links to another's."""
    asked = run([BASE, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"])
    real = Path(asked.stdout.strip())
    library = tmp_path / "managed" / real.parent.name / real.name
    library.mkdir(parents=True)
    for entry in real.iterdir():
        if entry.name not in {"site-packages", "dist-packages", "EXTERNALLY-MANAGED"} and (
            request.param == "with ensurepip" or entry.name != "ensurepip"
        ):
            (library / entry.name).symlink_to(entry)
    (library / "site-packages").mkdir()
    (library / "EXTERNALLY-MANAGED").write_text("[externally-managed]\nError=ask apt\n", "utf-8")
    python = tmp_path / "managed" / "bin" / "python3"
    python.parent.mkdir()
    shutil.copy2(os.path.realpath(BASE), python)
    if run([python, "-c", f"import os; assert os.__file__.startswith({str(library)!r})"]).code:
        lacking(f"{BASE} doesn't start from another place")
    (tmp_path / DEMO.filename).write_bytes(DEMO.data)
    return python


def advised(result: Result) -> str:
    assert "externally-managed-environment" in result.failed().stderr
    last = result.stderr.splitlines()[-1]
    assert last.startswith(ADVICE), str(result)
    assert result.stderr.count(ADVICE) == 1
    return last.removeprefix(ADVICE)


def pasted(command: str, folder: Path) -> None:
    """Run the line in a shell, and see that the package lies where it said."""
    environ = {**clean_environment(folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, env=environ, capture_output=True, check=False
    )
    assert done.returncode == 0, done
    assert list(folder.glob(".venv/lib/*/site-packages/demo-*"))


def test_the_single_files_line_works_when_pasted(
    managed: Path, home: dict[str, str], tmp_path: Path
) -> None:
    words = ["install", "--no-index", DEMO.filename]
    result = run([managed, built() / "spip.pyz", *words], cwd=tmp_path, env=home)
    command = advised(result)
    assert command.startswith(f"{managed} -m venv ")
    has_pip = run([managed, "-c", "import ensurepip"]).code == 0
    assert ("--without-pip" in command) is not has_pip
    pasted(command, tmp_path)
    # It stands now: the line is the installation alone.
    again = run([managed, built() / "spip.pyz", *words], cwd=tmp_path, env=home)
    assert " -m venv " not in advised(again)


def test_the_commands_line_works_when_pasted(managed: Path, tmp_path: Path) -> None:
    spip = with_spip(current_environment()).spip("install", "--no-index", DEMO.filename)
    pasted(advised(run(spip, cwd=tmp_path, env={"SPIP_PYTHON": os.fspath(managed)})), tmp_path)


@pytest.mark.parametrize("managed", ["without ensurepip"], indirect=True)
def test_a_login_is_not_repeated_and_what_is_not_refused_gets_no_line(
    managed: Path, home: dict[str, str], tmp_path: Path
) -> None:
    def asked(*words: str) -> Result:
        return run([managed, built() / "spip.pyz", *words], cwd=tmp_path, env=home)

    secret = "https://me:secret@index.corp.example/simple/"
    said = advised(asked("install", "--index-url", secret, "demo"))
    assert "secret" not in said
    assert said.endswith(" install ...")
    broken = ["install", "--no-index", "--break-system-packages", DEMO.filename]
    assert ADVICE not in asked(*broken).passed().stderr
    for words in (["uninstall", "--yes", "demo"], ["list"]):
        assert ADVICE not in asked(*words).stderr
