"""Why files of other tools are edited as text: what the libraries lose of the suite's own files.

Each library is given what `relaxations` is tested with. Where a later version loses nothing, its
test fails: then that library can take the place of the code here.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.lacking import lacking
from unit.test_doctor_fix_forms import left
from unit.test_doctor_fix_pip_config import CASES

PIP_CONF = {
    name: row
    for name, row in CASES.items()
    if "trusted-host" in row[0] and "trusted-host" not in row[1]
}
CONDARC = {
    "a list without indentation": ("channels:\n- a\nssl_verify: no\n", "channels:\n- a\n"),
    "an indented list": ("channels:\n    - a\nssl_verify: no\n", "channels:\n    - a\n"),
    "a comment below": ("a: 1\nssl_verify: no\n# mine\nb: 2\n", "a: 1\n# mine\nb: 2\n"),
    "Windows line ends": ("a: 1\r\nssl_verify: no\r\nb: 2\r\n", "a: 1\r\nb: 2\r\n"),
    "a long value": (f"ssl_verify: no\na: {'b ' * 60}c\n", f"a: {'b ' * 60}c\n"),
    "nothing else": ("ssl_verify: no\n", ""),
    "a key twice": ("a: 1\nssl_verify: no\na: 2\n", "a: 1\na: 2\n"),
}
UV = {
    "comments": (
        '# mine\nallow-insecure-host = ["a"]\n\n# b\nc   =   1 # d\n',
        "# mine\n\n# b\nc   =   1 # d\n",
    ),
    "an error elsewhere": ('allow-insecure-host = ["a"]\nb =\n', "b =\n"),
    "a key twice": ('b = 1\nallow-insecure-host = ["a"]\nb = 2\n', "b = 1\nb = 2\n"),
}


def library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        lacking(f"no {name}")


def by_configupdater(text: str) -> str:
    updater = library("configupdater").ConfigUpdater(delimiters=("=", ":"))
    updater.read_string(text)
    for section in updater.sections():
        for key in updater[section].options():
            if key.lower().replace("_", "-").removeprefix("--") == "trusted-host":
                del updater[section][key]
    return str(updater)


def by_ruamel(text: str) -> str:
    yaml = library("ruamel.yaml").YAML()
    yaml.preserve_quotes = True
    loaded = yaml.load(text)
    del loaded["ssl_verify"]
    written = io.StringIO()
    yaml.dump(loaded, written)
    return written.getvalue()


def by_tomlkit(text: str) -> str:
    toml = library("tomlkit")
    document = toml.parse(text)
    document.remove("allow-insecure-host")
    return str(toml.dumps(document))


def edited(edit: Callable[[str], str], text: str) -> str | None:
    """Return what is left; None where the library refuses the file."""
    try:
        return edit(text)
    except Exception:  # noqa: BLE001 - each library has errors of its own
        return None


@pytest.mark.parametrize(
    ("name", "cases"), [(".condarc", CONDARC), (".config/uv/uv.toml", UV)], ids=["conda", "uv"]
)
def test_what_is_edited_here_keeps_all_else(
    tmp_path: Path, name: str, cases: dict[str, tuple[str, str]]
) -> None:
    assert {case: left(tmp_path, name, row[0]) for case, row in cases.items()} == {
        case: row[1] for case, row in cases.items()
    }


@pytest.mark.parametrize(
    ("edit", "cases", "lost"),
    [
        (by_configupdater, PIP_CONF, {"comments between", "an empty line between"}),
        (
            by_ruamel,
            CONDARC,
            set(CONDARC) - {"a list without indentation"},
        ),
        (by_tomlkit, UV, {"an error elsewhere", "a key twice"}),
    ],
    ids=["configupdater", "ruamel.yaml", "tomlkit"],
)
def test_the_library_loses_what_is_kept_here(
    edit: Callable[[str], str], cases: dict[str, tuple[str, str]], lost: set[str]
) -> None:
    differing = {case for case, (before, after) in cases.items() if edited(edit, before) != after}
    assert differing >= lost
