"""A copy of this checkout in which nothing was ever run, for tests of its scripts."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.interpreters import interpreters
from support.listed import listed
from support.run import Result, clean_environment, end_group, run
from support.wheelhouse import CHECKOUT, NEWEST_PIP, dependency_wheels, pip_wheel

# Whoever has no 3.13, whose ensurepip takes the least time, sets up with what runs the tests.
BASE = (
    interpreters()["3.13"].path
    if "3.13" in interpreters()
    else Path(getattr(sys, "_base_executable", sys.executable))
)
_BETWEEN_LOOKS = 0.005  # seconds
_PATIENCE = 60.0  # seconds


def offline() -> dict[str, str]:
    """Return a user's settings that let pip find all that the set-up needs, and nothing else."""
    links = " ".join(file.as_uri() for file in wheels_for_set_up())
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": links, "PIP_COMPILE": "0"}


def wheels_for_set_up() -> list[Path]:
    """Return all that the set-up downloads."""
    return [*dependency_wheels(), pip_wheel(NEWEST_PIP), _backend()]


def _backend() -> Path:
    """Return a wheel of flit_core, made from the one that is installed beside the tests."""
    distribution = importlib.metadata.distribution("flit_core")
    folder = CHECKOUT / ".cache" / "backend"
    made = folder / f"flit_core-{distribution.version}-py3-none-any.whl"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{os.getpid()}.new"
        with zipfile.ZipFile(aside, "w") as archive:
            for file in distribution.files or ():
                if "__pycache__" not in file.parts:
                    archive.write(os.fspath(file.locate()), file.as_posix())
        aside.replace(made)
    return made


@dataclass(frozen=True)
class Checkout:
    """A copy of this checkout as `git clone` would make it.

    `environ` is what its script is run with: by default, wheels of this machine and no network.
    """

    folder: Path
    environ: dict[str, str] = field(default_factory=offline)

    @property
    def venv(self) -> Path:
        """The environment that the script makes."""
        return self.folder / ".venv"

    @property
    def scripts(self) -> Path:
        """Where that environment's commands are."""
        return self.venv / ("Scripts" if os.name == "nt" else "bin")

    def argv(self, *words: str, python: Path = BASE) -> list[str]:
        """Return the script's argv under that Python."""
        return [os.fspath(python), os.fspath(self.folder / "scripts" / "spip"), *words]

    def spip(
        self, *words: str, python: Path = BASE, env: Mapping[str, str | None] | None = None
    ) -> Result:
        """Run the script, and by it spip."""
        return run(self.argv(*words, python=python), env={**self.environ, **(env or {})})

    def started(self, words: Path) -> subprocess.Popen[bytes]:
        """Start the script in a session of its own; what it says goes to the file `words`."""
        with words.open("wb") as file:
            return subprocess.Popen(
                self.argv("--version"),
                env={**clean_environment(self.folder.parent), **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def edit(self, name: str, old: str, new: str) -> None:
        """Change one of its files."""
        text = (self.folder / name).read_text("utf-8")
        assert old in text
        (self.folder / name).write_text(text.replace(old, new, 1), "utf-8")

    def killed(
        self, point: str, kill: Callable[[subprocess.Popen[bytes]], None]
    ) -> tuple[int, str]:
        """Start it, kill it once `point` is in the new environment; its end and its words."""
        words = self.folder.with_name("words")
        process = self.started(words)
        try:
            end = time.monotonic() + _PATIENCE
            while not any((self.folder / ".vnew").glob(point)):
                assert time.monotonic() < end, words.read_text("utf-8")
                time.sleep(_BETWEEN_LOOKS)
            kill(process)
            return process.wait(_PATIENCE), words.read_text("utf-8")
        except BaseException:
            end_group(process)
            raise

    def assert_nothing_is_left(self) -> None:
        """See that nothing but a complete environment, or none, is there."""
        left = {path.name for path in self.folder.glob(".v*")}
        assert left <= {".venv"}, left


def copied(folder: Path) -> Checkout:
    """Copy what the checkout consists of, as it is now."""
    for name in listed():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, target)
    return Checkout(folder)


def assert_one_sentence(result: Result, *words: str) -> None:
    """See that a failure is one sentence and one next step, and no traceback."""
    told = [
        line for line in result.stderr.splitlines() if not re.search(r": (setting|bring)", line)
    ]
    assert len(told) == 2, str(result)
    assert all(line.startswith("spip: ") for line in told)
    assert told[1].startswith("spip:   next: ")
    assert all(word in told[0] for word in words), told
    assert result.code == 1
    assert result.stdout == ""
