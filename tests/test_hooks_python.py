"""`spip hook install --python`: `python -m pip` of one environment runs through spip."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from support.environments import Environment, current_environment, environment, with_spip
from support.instructions import instructions
from support.interpreters import interpreter
from support.lacking import lacking
from support.os_store import OsStore
from support.run import Result, run
from support.servers import TlsServer
from support.wheelhouse import wheels

RESIDENT = Path(__file__).parent.parent / "src" / "spip" / "hooks" / "shells" / "_spip_pip.py"
PYTHONS = [("3.6", "21.3.1"), ("3.8", "23.0.1"), ("3.10", "20.3.4"), ("3.13", "26.3")]


@pytest.fixture(scope="module")
def spip() -> Environment:
    return with_spip(current_environment())


@pytest.fixture(params=PYTHONS, ids="-pip-".join)
def place(request: pytest.FixtureRequest, spip: Environment, tmp_path: Path) -> Environment:
    """A copy of an environment, with the hook."""
    python, pip = request.param
    private = environment(python, pip).copy(tmp_path / "env é")
    run(spip.spip("hook", "install", "--python", private.folder)).passed()
    return private


def fails(index: TlsServer, *how: str | Path) -> Result:
    """An install from an index that nobody trusts: only spip says why it fails."""
    asked = ["download", "--no-deps", "--index-url", index.url("/simple/"), "--retries", "0"]
    words = [*how, *asked, "--no-cache-dir", "demo"]
    return run([str(word) for word in words]).failed()


WAYS = {
    "-m pip": ["python", "-m", "pip"],
    "-Im pip": ["python", "-Im", "pip"],
    "-mpip": ["python", "-mpip"],
    "-X utf8 -W ignore -m pip": ["python", "-X", "utf8", "-W", "ignore", "-m", "pip"],
    "bin/pip": ["pip"],
    "python bin/pip": ["python", "pip"],
}


def test_each_way_to_start_pip_is_spips(place: Environment) -> None:
    console_script(place)
    for name, (first, *rest) in WAYS.items():
        program = [str(place.scripts / "pip") if word == "pip" else word for word in rest]
        how = program if rest == ["pip"] else rest
        # It needs a session, so spip decides about trust, and says so; nobody has to be asked.
        words = [str(place.scripts / first), *how, "download", "--no-index", "nothing"]
        said = run(words, env={"SPIP_DEBUG": "1"}).failed()
        assert "spip: " in said.stderr, name
        assert "spip: " not in said.stdout, name


def test_what_is_refused_is_explained(place: Environment, strange_index: TlsServer) -> None:
    assert "spip:   next:" in fails(strange_index, place.python, "-m", "pip").stderr


def console_script(place: Environment) -> None:
    """What pip's installer writes; the copy may have kept the path of the original."""
    text = (place.scripts / "pip").read_text("utf-8")
    lines = text.splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if line.startswith(("import", "# -*-", "from")))
    head = f"#!/bin/sh\n'''exec' '{place.python}' \"$0\" \"$@\"\n' '''\n"
    (place.scripts / "pip").write_text(head + "".join(lines[start:]), "utf-8")


def test_what_is_verified_by_the_systems_store_installs(
    place: Environment, company_store: OsStore, index: TlsServer
) -> None:
    words = ["install", "--index-url", index.url("/simple/"), "--no-cache-dir", "demo"]
    said = run(company_store.wrap([place.python, "-m", "pip", *words])).passed()
    assert "Successfully installed demo" in said.stdout
    assert "spip:" not in said.output


def test_output_and_exit_codes_are_pips_own(place: Environment, tmp_path: Path) -> None:
    plain = environment(place.version.rpartition(".")[0], place.pip_version)
    plain = plain.copy(tmp_path / "env e")  # as long a name: help texts are wrapped
    for words in (["list"], ["--help"], ["install", "--help"], ["nonsense"], ["show", "none"]):
        own = run([plain.python, "-m", "pip", *words], env={"HOME": str(tmp_path)})
        ours = run([place.python, "-m", "pip", *words], env={"HOME": str(tmp_path)})
        assert ours.code == own.code
        assert unwrapped(ours.output, place.folder) == unwrapped(own.output, plain.folder)


def unwrapped(text: str, folder: Path) -> str:
    """pip's words without the line ends of its help, which may lie within a path."""
    return "".join(text.split()).replace("".join(str(folder).split()), "FOLDER")


def test_pip_upgrades_itself_and_stays_spips(place: Environment, strange_index: TlsServer) -> None:
    if place.version.startswith("3.6"):
        lacking("21.3.1 is the last pip for Python 3.6", installable=False)
    words = ["install", "--no-index", "--find-links", str(wheels()), "--upgrade", "pip"]
    run([place.python, "-m", "pip", *words]).passed()
    assert "spip:   next:" in fails(strange_index, place.python, "-m", "pip").stderr


def test_remove_leaves_nothing(spip: Environment, tmp_path: Path) -> None:
    private = current_environment().copy(tmp_path / "env")
    run([private.python, "-m", "pip", "list"]).passed()
    before = listing(private.folder)
    run(spip.spip("hook", "install", "--python", private.python)).passed()
    run([private.python, "-m", "pip", "list"]).passed()
    assert listing(private.folder) != before
    run(spip.spip("hook", "remove", "--python", private.folder)).passed()
    assert listing(private.folder) == before


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a shell script")
def test_status_asks_that_python_where_its_packages_are(spip: Environment, tmp_path: Path) -> None:
    """Debian's own has them below /usr/local, in dist-packages, and a program here says so too."""
    packages = tmp_path / "local" / "lib" / "python3.11" / "dist-packages"
    packages.mkdir(parents=True)
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\necho '[\"{packages}\", [3, 11]]'\n")
    python.chmod(0o755)
    run(spip.spip("hook", "install", "--python", python)).passed()
    said = run(spip.spip("hook", "status", "--python", python)).passed().stdout
    assert f"python -m pip: {python}" in said
    (packages / "_spip_pip.py").unlink()
    said = run(spip.spip("hook", "status", "--python", python)).failed().stdout
    assert f"a part of it is gone: {spip.scripts}/spip hook install --python {python}" in said


def listing(folder: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
        if "__pycache__" not in path.parts or path.name.startswith("_spip")
    }


@pytest.mark.parametrize("python", ["3.6", "3.9", "3.13"])
def test_once_spip_is_gone_pip_and_python_are_as_before(
    spip: Environment, tmp_path: Path, lasting_path: Path, python: str
) -> None:
    gone = spip.copy(lasting_path / "spip")
    pip = {"3.6": "21.3.1", "3.9": "23.0.1", "3.13": "26.3"}[python]
    private = environment(python, pip).copy(tmp_path / "env")
    spip_there = [gone.python, gone.scripts / "spip"]
    run([*spip_there, "hook", "install", "--python", private.folder]).passed()
    shutil.rmtree(gone.folder)
    said = run([private.python, "-m", "pip", "--version"]).passed()
    assert said.stderr == ""
    assert run([private.python, "-c", "print(1)"]).passed().output == "1\n"
    # and where only its module was taken away
    (private.site_packages / "_spip_pip.py").unlink()
    shutil.rmtree(private.site_packages / "__pycache__", ignore_errors=True)
    said = run([private.python, "-m", "pip", "--version"]).passed()
    assert said.stderr == ""


def test_a_broken_spip_lets_pip_run_and_says_so(spip: Environment, tmp_path: Path) -> None:
    private = current_environment().copy(tmp_path / "env")
    run(spip.spip("hook", "install", "--python", private.folder)).passed()
    settings = private.site_packages / "_spip_pip.json"
    settings.write_text(settings.read_text().replace("hooks.plan_command", "hooks.no_such"))
    said = run([private.python, "-m", "pip", "list"]).passed()
    assert "Package" in said.stdout
    assert "spip" not in said.stdout
    assert "pip goes on alone" in said.stderr.splitlines()[-1]
    settings.write_text("{")  # was read outside of the promise: pip ended in a traceback
    said = run([private.python, "-m", "pip", "list"]).passed()
    assert "Package" in said.stdout
    assert "pip goes on alone" in said.stderr.splitlines()[-1]


def test_other_programs_import_nothing_of_it(spip: Environment, tmp_path: Path) -> None:
    private = current_environment().copy(tmp_path / "env")
    run(spip.spip("hook", "install", "--python", private.folder)).passed()
    (tmp_path / "run.py").write_text("import sys; print([m for m in sys.modules if 'spip' in m])")
    said = run([private.python, tmp_path / "run.py"]).passed()
    assert said.stdout == "[]\n"


def test_starting_python_costs_next_to_nothing(spip: Environment, tmp_path: Path) -> None:
    """Beside another `.pth`: the first one of an environment costs as much whatever is in it.

    A start takes 10 ms and 47 million instructions, 1.8% more with the hook.
    """
    taken = []
    for name in ("other", "hooks"):
        private = current_environment().copy(tmp_path / name)  # the names are as long
        (private.site_packages / "one.pth").write_text("# another one\n")
        if name == "hooks":
            run(spip.spip("hook", "install", "--python", private.folder)).passed()
        taken.append(instructions([private.python, "-c", "0"]))
    plain, hooked = taken
    assert hooked / plain < 1.03


# --- whose command line says pip


IS_PIP = [
    "-m pip install x",
    "-mpip",
    "-Im pip list",
    "-X utf8 -W ignore -m pip",
    "-Xutf8 -Wignore -m pip",
    "-bBdEiIOqsSuvx -m pip",
    "-OO -m pip.__main__",
    "--check-hash-based-pycs always -m pip",
    "/env/bin/pip install",
    "/env/bin/pip3.12",
    "-I /env/bin/pip3",
    "C:/env/Scripts/pip.exe list",
    "/tmp/pip-26.3-py3-none-any.whl/pip install",
]
IS_NOT = [
    "",
    "-",
    "-c pip",
    "-cpip -m pip",
    "-c 0 -m pip",
    "-W pip run.py -m pip",
    "-X pip -m build",
    "-m pipx",
    "-m piptools -m pip",
    "-m venv pip",
    "pipeline/run.py",
    "pip/run.py",
    "run.py pip",
    "run.py -m pip",
    "/env/bin/pipx install",
    "/env/bin/pip-compile",
    "/env/lib/pip/__pip-runner__.py install",
    "-h",
    "-m",
]


@pytest.mark.parametrize(
    ("line", "expected"), [*((each, True) for each in IS_PIP), *((each, False) for each in IS_NOT)]
)
@pytest.mark.parametrize("python", ["3.6", "3.13"])
def test_the_command_line_is_parsed_as_python_does(
    python: str, line: str, *, expected: bool
) -> None:
    question = "import sys, _spip_pip; print(_spip_pip.is_pip(sys.argv[1:], True))"
    argv = [str(interpreter(python).path), "-B", "-c", question, *line.split()]
    said = run(argv, env={"PYTHONPATH": str(RESIDENT.parent)}).passed()
    assert said.stdout.strip() == str(expected)


def test_an_incomplete_command_line_is_waited_for() -> None:
    """Python 3.8 and 3.9 without /proc: -m without its module, or the script."""
    question = (
        "import _spip_pip as p; "
        "print(p.is_pip(['-m', 'x'], False), p.is_pip(['a.py'], False), p.is_pip([], False))"
    )
    said = run([sys.executable, "-B", "-c", question], env={"PYTHONPATH": str(RESIDENT.parent)})
    assert said.passed().stdout.split() == ["True", "False", "False"]


def test_python_3_15_is_told_by_a_file_of_its_own() -> None:
    """PEP 829: a `.start` of the same name makes 3.15 pass over the lines of the `.pth`."""
    assert (RESIDENT.parent / "_spip_pip.start").read_text() == "_spip_pip:start\n"
