"""The unit tests that decide for Windows, under Windows' own Python."""

from __future__ import annotations

import pytest

from support import windows_tools, wine
from support.wheelhouse import CHECKOUT
from support.windows import Windows

# What decides otherwise on Windows, and what reads what came from there.
MODULES = (
    *("foreground", "own_program", "ownership_windows", "places", "stores_windows", "target"),
    *("windows_line", "windows_paths"),
)


def test_the_unit_tests_pass_there(windows: Windows) -> None:
    """With its standard library, its paths, and Wine's store and owners."""
    packages = windows_tools.packages(windows.prefix)
    path = [packages, *(CHECKOUT / name for name in ("src", "tests", "scripts"))]
    environ = {"PYTHONDONTWRITEBYTECODE": "1", "SPIP_TEST_WITHOUT": "PowerShell"}
    modules = [CHECKOUT / "tests" / "unit" / f"test_{name}.py" for name in MODULES]
    words = ["-q", "-p", "no:cacheprovider", "--rootdir", wine.to_windows(CHECKOUT)]
    with windows.home() as home:
        # By a .pth and no variable, which Python's option -I would take away.
        venv = rf"{home.path}\venv"
        windows.run([wine.python(wine.NEWEST), "-m", "venv", "--without-pip", venv], home).passed()
        lines = "".join(f"{wine.to_windows(each)}\n" for each in path)
        (home.folder / "venv" / "Lib" / "site-packages" / "tests.pth").write_text(lines, "utf-8")
        argv = [rf"{venv}\Scripts\python.exe", "-m", "pytest", *words]
        said = windows.run([*argv, *map(wine.to_windows, modules)], home, env=environ, timeout=300)
    assert said.code == pytest.ExitCode.OK, str(said)
    assert " passed" in said.stdout, str(said)
