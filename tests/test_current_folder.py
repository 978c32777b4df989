"""Nothing of the current folder is executed, whatever it is called, by any word for any target."""

from __future__ import annotations

import shlex
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.environments import Environment, current_environment, with_spip
from support.matrix import Cell, marks, parameters
from support.run import run

BAIT = "open({marker!r}, 'a').write({name!r} + chr(10))\n"
OURS = ("spip", "pip", "certifi", "truststore", "rich", "platformdirs", "pyasn1", "pyasn1_modules")
MORE = ("sitecustomize", "usercustomize", "tomli", "pygments", "markdown_it", "mdurl", "_spip_pip")
CELLS = (Cell("3.6", "21.3.1"), Cell("3.10", "23.0.1"), Cell("3.13", "26.3"))
WORDS = (
    ["doctor", "https://localhost:1"],
    ["doctor", "--fix", "--dry-run"],
    ["trust"],
    ["trust", "list", "--json"],
    ["env"],
    ["allow-insecure", "localhost:1", "--reason", "it is", "--yes"],
    ["hook", "status"],
    ["hook", "install", "--dry-run", "--python", "{python}"],
    ["log"],
    ["list"],
)
# Each of spip's words in one process that is started as safely as the spip command is.
DRIVER = """
import json, os, sys
del sys.path[0]
from spip import cli
for words in json.loads(sys.argv[1]):
    sys.argv = ["spip", *words]
    try:
        if words != ["list"] or os.fork() == 0:
            cli.main()
    except SystemExit:
        pass
os.wait()
"""

# What pip runs for its User-Agent, and what spip or what it asks may run elsewhere.
PROGRAMS = (
    *("lsb_release", "uname", "rustc", "git", "node", "npm", "curl", "openssl", "ps", "ldconfig"),
    *("security", "sw_vers", "keyring.exe", "python", "python3", "pip", "conda", "sh", "true"),
    *("update-ca-certificates", "update-ca-trust", "certutil", "trust", "uv", "cargo", "zsh"),
)

if sys.platform == "win32":
    pytest.skip("one process for all words needs fork", allow_module_level=True)


@pytest.fixture(scope="module")
def spip() -> Environment:
    return with_spip(current_environment())


@pytest.fixture(params=["files", "folders"])
def bait(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder with a trap under each name; `marker` beside it says which were executed."""
    folder, marker = tmp_path / "bait", tmp_path / "marker"
    folder.mkdir()
    for name in {*sys.stdlib_module_names, *OURS, *MORE}:
        text = BAIT.format(marker=str(marker), name=name)
        path = (
            folder / name / "__init__.py" if request.param == "folders" else folder / f"{name}.py"
        )
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    for name in PROGRAMS:
        path = folder / name
        if path.is_dir():  # a module's
            continue
        path.write_text(f"#!/bin/sh\necho program {name} >> {shlex.quote(str(marker))}\n")
        path.chmod(0o755)
    yield folder
    assert not marker.exists(), marker.read_text()


@pytest.mark.parametrize(
    ("cell", "bait"),
    [
        pytest.param(cell, kind, id=f"{cell.name}-{kind}", marks=marks(cell))
        for cell in CELLS
        for kind in (("files", "folders") if cell == CELLS[-1] else ("files",))
    ],
    indirect=["bait"],
)
def test_no_word_executes_what_lies_there(
    cell: Cell, spip: Environment, bait: Path, tmp_path: Path
) -> None:
    """For a target of Python 3.13, `doctor`, `trust` and `env` did (`linecache`)."""
    import json

    python = cell.environment().python
    (tmp_path / "driver.py").write_text(DRIVER)
    words = [[word.replace("{python}", str(python)) for word in each] for each in WORDS]
    env = {"SPIP_PYTHON": str(python)}
    result = run([spip.python, tmp_path / "driver.py", json.dumps(words)], env=env, cwd=bait)
    assert "can't say what it is" not in result.output
    assert "\npip " in result.stdout  # `list` got as far as its list
    assert f"Python {cell.environment().version}" in result.stdout  # and so did the doctor


@pytest.mark.parametrize("cell", parameters(CELLS[-1]))
def test_a_target_of_an_unusual_name_is_asked_safely(
    cell: Cell, spip: Environment, bait: Path, tmp_path: Path
) -> None:
    unusual = tmp_path / "env"
    shutil.copytree(cell.environment().folder, unusual, symlinks=True)
    (unusual / "bin" / "interpreter").symlink_to("python")
    env = {"SPIP_PYTHON": str(unusual / "bin" / "interpreter")}
    assert run(spip.spip("--version"), env=env, cwd=bait).passed().stdout.startswith("pip ")


@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_a_spip_inside_of_a_zip_starts_safely(cell: Cell, bait: Path, tmp_path: Path) -> None:
    import spip as package

    source = Path(package.__file__).parent
    archive = tmp_path / "spip.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for path in source.rglob("*.py"):
            written.write(path, path.relative_to(source.parent).as_posix())
    starter = archive / "spip" / "bridge" / "starter"
    plan = tmp_path / "plan"
    plan.write_text("{}")
    result = run([cell.environment().python, starter, plan], cwd=bait).failed()
    assert "KeyError: 'runner'" in result.stderr  # it has begun to read the plan
