"""The house: arrows point down, old Pythons can read what they run, the wheel is complete."""

from __future__ import annotations

import ast
import re
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from spip import cli, too_old
from support.interpreters import interpreter
from support.listed import listed
from support.project import project_wheel
from support.run import run

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "spip"

# Who may import whom, by room (a module of spip's or a package of them). What FREE names lies
# below every room.
FREE = {"console", "errors", "redact", "sources", "terminal", "text", "uptime", "versions"}
ARROWS: dict[str, set[str]] = {
    "__init__": set(),
    "__main__": {"cli", "too_old"},
    "bridge": {"standalone"},
    "certificates": {"stores"},
    "cli": {"commands", "run", "standalone"},
    "commands": {
        "__init__",
        "bridge",
        "certificates",
        "data",
        "diagnosis",
        "doctor",
        "environment",
        "files",
        "foreground",
        "hooks",
        "invocation",
        "ownership",
        "paths",
        "policy",
        "probe",
        "repair",
        "run",
        "stores",
        "trust",
    },
    "console": set(),
    "data": set(),
    "diagnosis": {"bridge", "certificates", "data", "probe"},
    "doctor": {
        "bridge",
        "certificates",
        "data",
        "diagnosis",
        "environment",
        "files",
        "handover",
        "hooks",
        "invocation",
        "ownership",
        "paths",
        "policy",
        "probe",
        "relaxations",
        "stores",
        "trust",
    },
    "environment": {"data", "ownership", "probe", "standalone", "stores", "target", "trust"},
    "errors": set(),
    "files": set(),
    "foreground": set(),
    "handover": {"bridge", "foreground", "invocation", "policy", "standalone", "stores", "trust"},
    "home": {"standalone"},
    "hooks": {
        "bridge",
        "files",
        "handover",
        "invocation",
        "ownership",
        "paths",
        "standalone",
        "target",
    },
    "invocation": {"standalone", "windows_line"},
    "ownership": set(),
    "paths": {"ownership"},
    "policy": {"files", "ownership", "paths", "standalone"},
    "probe": {"bridge", "certificates"},
    "redact": set(),
    "relaxations": {"data", "diagnosis", "environment", "files"},
    "repair": {
        "certificates",
        "data",
        "diagnosis",
        "doctor",
        "environment",
        "files",
        "hooks",
        "invocation",
        "paths",
        "probe",
        "relaxations",
    },
    "run": {
        "__init__",
        "bridge",
        "handover",
        "invocation",
        "policy",
        "standalone",
        "target",
        "trust",
    },
    "sources": set(),
    "standalone": {"files", "paths"},
    "stores": {"certificates", "files", "ownership", "paths"},
    "target": set(),
    "terminal": set(),
    "text": set(),
    "too_old": set(),
    "trust": {"files", "paths", "policy", "standalone", "stores"},
    "uptime": set(),
    "versions": set(),
    "windows_line": set(),
}
# What a target runs, whichever it is: one that is too old has to be able to say so.
ON_ANY = ("__init__.py", "environment/in_target.py")


def room(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Rooms of spip's that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("spip."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "spip":
            for name in node.names:
                is_room = (SOURCE / name.name).is_dir() or (SOURCE / f"{name.name}.py").exists()
                yield name.name if is_room else "__init__"
        elif isinstance(node, ast.Import):
            yield from (n.name.split(".")[1] for n in node.names if n.name.startswith("spip."))


@pytest.mark.parametrize(
    "path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE))
)
def test_arrows_point_down(path: Path) -> None:
    allowed = ARROWS[room(path)] | FREE | {room(path)}
    assert set(imported(path)) <= allowed


# Names of modules that stand more than once, each with its reason.
REPEATED = {
    "__init__": "each room has one",
    "__main__": "Python's own name for what it runs: spip, and the bridge's starter in a zip",
    "linux": "a system: the same verbs in each room",
    "macos": "a system: the same verbs in each room",
    "windows": "a system: the same verbs in each room",
    "home": "a hook that is installed imports spip.bridge.home and starts spip.home",
    "run": "a hook that is installed imports spip.bridge.run",
    "grants": "the two ends of one thing: kept by the policy, used by the bridge",
}


def test_no_module_name_stands_twice() -> None:
    names = [path.stem for path in SOURCE.rglob("*.py")]
    assert {name for name in names if names.count(name) > 1} <= set(REPEATED)


# What may say `TYPE_CHECKING = False` rather than import typing: what is loaded before pip or a
# handover, what answers to a pip that waits, and what Pythons before 3.10 read.
EARLY = {
    *("bridge", "certificates", "ownership", "policy", "standalone", "stores", "trust"),
    *("cli", "run", "target", "handover", "invocation", "foreground", "windows_line"),
    *("paths", "redact", "too_old"),
    "hooks/shells/_spip_pip",
}


def test_only_what_is_loaded_early_does_without_typing() -> None:
    without = {
        path.relative_to(SOURCE).with_suffix("").as_posix()
        for path in SOURCE.rglob("*.py")
        if "\nTYPE_CHECKING = False\n" in path.read_text("utf-8")
    }
    late = {name for name in without if name not in EARLY and name.split("/")[0] not in EARLY}
    assert late == set()


def test_modules_import_each_other_in_one_direction() -> None:
    """At their top or inside a function; what only type checkers import is no arrow."""
    assert circles(module_arrows()) == set()


def test_rooms_import_each_other_in_one_direction() -> None:
    arrows: dict[str, set[str]] = {}
    for module, others in module_arrows().items():
        room_of = module.partition(".")[0]
        rooms = {other.partition(".")[0] for other in others} - {room_of}
        arrows[room_of] = arrows.get(room_of, set()) | rooms
    assert circles(arrows) == set()


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == {frozenset("abc")}
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == set()


def module_arrows() -> dict[str, set[str]]:
    """Which modules of spip's import which, by their names without `spip.`."""
    names = {path: module_name(path) for path in SOURCE.rglob("*.py")}
    known = set(names.values())
    return {
        name: set(imports(ast.parse(path.read_text("utf-8")), known)) - {name}
        for path, name in names.items()
    }


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST, known: set[str]) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "spip":
            package = str(node.module)[len("spip.") :]
            for name in node.names:
                module = f"{package}.{name.name}".strip(".")
                found = module if module in known else package
                yield from [found] if found else []
        elif isinstance(node, ast.Import):
            yield from (n.name[len("spip.") :] for n in node.names if n.name.startswith("spip."))
        yield from imports(node, known)


def circles(arrows: dict[str, set[str]]) -> set[frozenset[str]]:
    """Sets of names that reach one another: each is within reach of itself."""
    reach = {name: set(others) for name, others in arrows.items()}
    for through in arrows:
        for name in arrows:
            if through in reach[name]:
                reach[name] |= reach[through]
    return {
        frozenset(other for other in reach[name] if name in reach.get(other, ()))
        for name in arrows
        if name in reach[name]
    }


@pytest.mark.parametrize(
    ("version", "paths"),
    [
        ("2.7", [*ON_ANY, "__main__.py", "too_old.py", "bridge/start.py"]),
        (
            "3.6",
            [
                *ON_ANY,
                "redact.py",
                "uptime.py",
                "versions.py",
                *(f"bridge/{p.name}" for p in (SOURCE / "bridge").glob("*.py")),
            ],
        ),
    ],
)
def test_old_pythons_can_read_what_they_run(version: str, paths: list[str]) -> None:
    read = "import sys; [compile(open(path).read(), path, 'exec') for path in sys.argv[1:]]"
    run([interpreter(version).path, "-c", read, *(SOURCE / path for path in paths)]).passed()


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.9"])
def test_spip_under_an_old_python_says_so_in_one_sentence(version: str) -> None:
    newer = interpreter("3.11").path.parent
    result = run(
        [interpreter(version).path, "-m", "spip", "list"],
        env={
            "PYTHONPATH": str(ROOT / "src"),
            "PATH": f"{newer}:/usr/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    assert result.code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("spip: spip needs Python 3.10 or newer, and this is Python ")
    assert str(newer / "python3.11") in result.stderr
    assert result.stderr.count("\n") == 1


def test_windows_interpreters_are_known_by_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are `python.exe` there, so none was found."""
    installed = ("local/Programs/Python/Python39", "local/Programs/Python/Python312-arm64")
    managed = ("local/Python/pythoncore-3.14-64", "programs/Python311", "here/Python313")
    for name in (*installed, *managed):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "python.exe").touch(0o755)
    monkeypatch.chdir(tmp_path / "here")
    environ = {
        "PATH": "Python313",  # nothing is taken from the current folder
        "LOCALAPPDATA": str(tmp_path / "local"),
        "PROGRAMFILES": str(tmp_path / "programs"),
    }
    found = [path for path in too_old.interpreters(environ) if path.startswith(str(tmp_path))]
    newest_first = (managed[0], installed[1], managed[1])
    assert found == [str(tmp_path / name / "python.exe") for name in newest_first]


def test_the_wheel_holds_the_package_and_nothing_else() -> None:
    with zipfile.ZipFile(project_wheel()) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    pages = {name for name in names if name.endswith(".data/data/share/man/man1/spip.1")}
    assert len(pages) == 1
    sources = {
        f"spip/{path.relative_to(SOURCE).as_posix()}"
        for path in SOURCE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert names - pages == sources | {"spip/data/pages.json"}


def test_the_man_page_has_all_that_the_parsers_have() -> None:
    """It is made by `scripts/release --man-page`, and comes with the wheel."""
    page = (ROOT / "man" / "share" / "man" / "man1" / "spip.1").read_text("utf-8")
    text = " ".join(re.sub(r"\\f[A-Z]|\\[,/]", "", page).replace("\\-", "-").split())
    stack = [import_module(module).parser() for module in cli.WORDS.values()]
    told = 0
    while stack:
        parser = stack.pop()
        assert f"COMMAND '{parser.prog}'" in text
        for action in parser._actions:
            if action.dest == "help":
                continue  # the tool leaves it out
            stack += [*action.choices.values()] if isinstance(action.choices, dict) else []
            for words in (*action.option_strings, action.help or ""):
                assert " ".join(words.split()) in text
                told += 1
    assert told > 50


def test_no_registry_is_called_by_its_host() -> None:
    hosts = re.compile(
        r"pypi\.(org|python)|python" + r"hosted|registry\.npm|deb\.debian", re.IGNORECASE
    )
    found = [
        str(path.relative_to(ROOT))
        for path in _tracked()
        if path.name != Path(__file__).name and hosts.search(path.read_text("utf-8", "replace"))
    ]
    assert found == []


def test_nothing_is_left_to_be_done() -> None:
    words = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    found = [
        str(p.relative_to(ROOT))
        for p in _tracked()
        if words.search(p.read_text("utf-8", "replace"))
    ]
    assert found == []


def _tracked() -> list[Path]:
    return [ROOT / name for name in listed(untracked=False)]


def test_no_test_is_named_by_the_order_of_a_set(request: pytest.FixtureRequest) -> None:
    """The order is another one in each process, so that workers would not find the same tests."""
    several = re.compile(r"\{'[^':{}]*'(, '[^':{}]*')+\}")
    assert not [item.nodeid for item in request.session.items if several.search(item.nodeid)]
