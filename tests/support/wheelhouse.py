"""The wheels that tests install from: old and new pips, and what spip depends on.

`prepare()` fills the folder, with the network settings of the machine; it belongs to set-up, see
`python -m support`. The tests themselves only read it.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from support.artifacts import wheel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHECKOUT = Path(__file__).resolve().parents[2]
NEWEST_PIP = "26.3"
_OLDEST = "3.10"  # what spip runs on; its dependencies must too


def wheels() -> Path:
    """Return the folder with the wheels."""
    return Path(os.environ.get("SPIP_TEST_WHEELS") or CHECKOUT / ".cache" / "wheels")


def pip_wheel(version: str) -> Path:
    """Return the wheel of one pip; LookupError with the way to get it where it is missing."""
    return _required(f"pip-{version}-*.whl", f"pip {version}")


def source_pip() -> str:
    """Return the version of the pip whose sources SPIP_TEST_PIP names, or nothing.

    They are an archive (or a folder) of pip's repository. pip is pure Python, so its wheel is made
    of its files, without its backend. LookupError where there is no pip in it.
    """
    named = os.environ.get("SPIP_TEST_PIP", "")
    return _wheel_of_sources(Path(named).resolve()) if named else ""


@functools.cache
def _wheel_of_sources(sources: Path) -> str:
    files = dict(_package(sources))
    version = re.search(rb'^__version__ = "(.+)"', files.get("pip/__init__.py", b""), re.MULTILINE)
    if not version:
        raise LookupError(f"no sources of pip in {sources}")
    made = wheel(
        "pip", version[1].decode(), modules=files, scripts={"pip": "pip._internal.cli.main:main"}
    )
    wheels().mkdir(parents=True, exist_ok=True)
    target = wheels() / f"pip-{made.version}-py3-none-any.whl"
    if not target.exists() or target.read_bytes() != made.data:
        aside = target.with_suffix(f".{os.getpid()}")
        aside.write_bytes(made.data)
        aside.replace(target)
    return made.version


def _package(sources: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what lies in src/ of pip's repository."""
    if sources.is_dir():
        for file in sorted((sources / "src" / "pip").rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                yield file.relative_to(sources / "src").as_posix(), file.read_bytes()
        return
    with tarfile.open(sources) as archive:
        for member in archive:
            _, found, name = member.name.partition("/src/")
            if found and name.startswith("pip/") and member.isfile():
                content = archive.extractfile(member)
                yield name, content.read() if content else b""


def dependency_wheels() -> list[Path]:
    """Return the wheels that spip needs, without pip; LookupError where set-up wasn't run."""
    if not _stamp().exists():
        raise LookupError(f"spip's dependencies are not in {wheels()}: run scripts/test")
    return [wheels() / name for name in _stamp().read_text("utf-8").split()]


def prepare(pips: Iterable[str]) -> None:
    """Fetch whatever is missing; subprocess.CalledProcessError where pip can't."""
    fetch_pips(pips)
    fetch_dependencies()


def fetch_pips(versions: Iterable[str]) -> None:
    """Fetch these pips, two at a time, each by its own command: one resolver takes one pip."""
    missing = [v for v in sorted(set(versions)) if not list(wheels().glob(f"pip-{v}-*.whl"))]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda version: _download("--no-deps", f"pip=={version}"), missing))


def fetch_dependencies() -> None:
    """Fetch pure wheels of what pyproject.toml names, and of what those need in turn."""
    if _stamp().exists():
        return
    platform = ["--python-version", _OLDEST, "--implementation", "py"]
    pure = ["--only-binary=:all:", *platform, "--abi", "none", "--platform", "any"]
    names = _download(*pure, *requirements())
    _stamp().write_text("\n".join(names) + "\n", "utf-8")


def requirements() -> list[str]:
    """Return the project's run-time requirements without pip, markers dropped."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    # pip tests markers against the Python it runs on, not against the one it downloads for.
    plain = [requirement.partition(";")[0].strip() for requirement in project["dependencies"]]
    return [requirement for requirement in plain if re.split(r"\W", requirement)[0] != "pip"]


def _stamp() -> Path:
    """Name the list of wheels after what was asked for, so that a new requirement is fetched."""
    key = "-".join(re.sub(r"\W+", "_", requirement) for requirement in requirements())
    return wheels() / f"{key}.txt"


def _required(pattern: str, what: str) -> Path:
    found = sorted(wheels().glob(pattern))
    if not found:
        raise LookupError(f"{what} is not in {wheels()}: run scripts/test")
    return found[0]


def _download(*words: str) -> list[str]:
    """Download aside, move in when complete; returns the names of the files."""
    wheels().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wheels()) as aside:
        argv = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", aside, *words]
        subprocess.run(argv, check=True)
        names = sorted(file.name for file in Path(aside).glob("*.whl"))
        for name in names:
            (Path(aside) / name).replace(wheels() / name)
    return names
