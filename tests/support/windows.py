"""A Windows to try spip on: programs started there, environments with spip in them, homes."""

from __future__ import annotations

import base64
import contextlib
import json
import select
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support import wine
from support.cache import cached, forget_older
from support.environments import digest_of, unpacked
from support.project import project_wheel
from support.run import Result
from support.wheelhouse import NEWEST_PIP, dependency_wheels, pip_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_AGENT = Path(__file__).with_name("wine_agent.py")
_SYSTEM32 = r"C:\windows\system32"
# What every program of a Windows finds; the module path of PowerShell is there for all of them.
_EVERYBODYS = {
    "SYSTEMROOT": r"C:\windows",
    "WINDIR": r"C:\windows",
    "SYSTEMDRIVE": "C:",
    "COMSPEC": rf"{_SYSTEM32}\cmd.exe",
    "PATHEXT": ".COM;.EXE;.BAT;.CMD;.VBS;.JS",
    "PROGRAMDATA": r"C:\ProgramData",
    "ALLUSERSPROFILE": r"C:\ProgramData",
    "PROGRAMFILES": r"C:\Program Files",
    "NUMBER_OF_PROCESSORS": "2",
    "OS": "Windows_NT",
    "USERNAME": "ann",
    "PSModulePath": r"C:\windows\system32\WindowsPowerShell\v1.0\Modules",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_CONFIG_FILE": "nul",
}


@dataclass(frozen=True)
class Home:
    """The folder of one user of that Windows."""

    folder: Path
    path: str

    @property
    def variables(self) -> dict[str, str]:
        """What tells programs where it is."""
        return {
            "USERPROFILE": self.path,
            "HOMEDRIVE": self.path[:2],
            "HOMEPATH": self.path[2:],
            "APPDATA": rf"{self.path}\AppData\Roaming",
            "LOCALAPPDATA": rf"{self.path}\AppData\Local",
            "TEMP": rf"{self.path}\Temp",
            "TMP": rf"{self.path}\Temp",
        }


class Windows:
    """One Windows, from `with` to its end: an agent in it starts whatever is to be run."""

    def __init__(self) -> None:
        self.prefix = wine.prefix()
        wine.start_server(self.prefix)
        self._agent = subprocess.Popen(
            wine.command(wine.python(wine.NEWEST), "-I", wine.to_windows(_AGENT)),
            env=wine.environment(self.prefix),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def drive(self) -> Path:
        """What Windows calls C:."""
        return self.prefix / "drive_c"

    def close(self) -> None:
        """End the agent; Wine's server ends by itself."""
        assert self._agent.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._agent.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._agent.wait(10)
        self._agent.kill()
        self._agent.wait()
        assert self._agent.stdout is not None
        self._agent.stdout.close()

    @contextlib.contextmanager
    def home(self, name: str = "ann") -> Iterator[Home]:
        """Give a user a home that is gone afterwards."""
        users = self.drive / "users"
        with tempfile.TemporaryDirectory(dir=users, prefix=f"{name}-") as folder:
            made = Home(Path(folder), rf"C:\users\{Path(folder).name}")
            for path in ("AppData/Roaming", "AppData/Local", "Temp"):
                (made.folder / path).mkdir(parents=True)
            yield made

    def run(
        self,
        argv: Sequence[str] | str,
        home: Home,
        *,
        env: Mapping[str, str | None] | None = None,
        cwd: str = "",
        stdin: bytes = b"",
        timeout: float = 120,
        raw: bool = False,
    ) -> Result:
        """Run a program in a clean environment with `env` added; None takes a name away.

        `argv` may be a whole command line. Lines end as on this system unless `raw`.
        """
        needed = wine.environment(self.prefix)
        wanted: dict[str, str | None] = {
            **{name: needed[name] for name in ("WINEPREFIX", "WINEDEBUG", "LC_ALL")},
            **_EVERYBODYS,
            "PATH": rf"{_SYSTEM32};C:\windows",
            **home.variables,
            **(env or {}),
        }
        answer = self._ask(
            {
                "argv": argv if isinstance(argv, str) else list(argv),
                "env": {name: value for name, value in wanted.items() if value is not None},
                "cwd": cwd or home.path,
                "stdin": base64.b64encode(stdin).decode(),
                "timeout": timeout,
                "interrupt_at": "",
            },
            timeout + 30,
        )
        out, err = (_text(answer[name], raw=raw) for name in ("stdout", "stderr"))
        words = (argv,) if isinstance(argv, str) else tuple(argv)
        return Result(words, out, err, answer["code"], answer["seconds"], 0.0)

    def _ask(self, asked: dict[str, object], seconds: float) -> dict[str, Any]:
        assert self._agent.stdin is not None
        assert self._agent.stdout is not None
        self._agent.stdin.write(json.dumps(asked).encode() + b"\n")
        self._agent.stdin.flush()
        ready, _, _ = select.select([self._agent.stdout], [], [], seconds)
        assert ready, f"Windows has not answered in {seconds} s: {asked['argv']}"
        line = self._agent.stdout.readline()
        assert line, f"the agent has ended; it was to run {asked['argv']}"
        found: dict[str, Any] = json.loads(line)
        return found


@dataclass(frozen=True)
class Installation:
    """A virtual environment of Windows' Python, with spip in it."""

    folder: Path
    minor: str

    @property
    def path(self) -> str:
        """Its folder, as Windows spells it."""
        return wine.to_windows(self.folder)

    @property
    def python(self) -> str:
        """Its interpreter."""
        return rf"{self.path}\Scripts\python.exe"

    def spip(self, *words: str) -> list[str]:
        """Return argv of its spip command."""
        return [rf"{self.path}\Scripts\spip.exe", *words]

    def pip(self, *words: str) -> list[str]:
        """Return argv of its own pip."""
        return [self.python, "-m", "pip", *words]


def installed(windows: Windows, minor: str) -> Installation:
    """Return the newest pip and this checkout's spip, from its wheel, under that Python."""
    base = _with_dependencies(windows, minor)
    project = project_wheel()

    def make(folder: Path) -> None:
        shutil.copytree(base.folder, folder)
        _install(windows, Installation(folder, minor), [project])

    forget_older(f"{base.folder.name}-*")
    folder = cached(f"{base.folder.name}-{project.parent.name}", make)
    return Installation(folder, minor)


def copied(windows: Windows, source: Installation, folder: Path) -> Installation:
    """Make a private copy, which a test may change."""
    shutil.copytree(source.folder, folder)
    made = Installation(folder, source.minor)
    _install(windows, made, [project_wheel()])  # its programs name the Python that they are for
    return made


def _with_dependencies(windows: Windows, minor: str) -> Installation:
    """Lay a layer below the project's own, which changes with each edit of a source file."""
    wanted = [pip_wheel(NEWEST_PIP), *dependency_wheels()]

    def make(folder: Path) -> None:
        made = Installation(folder, minor)
        with windows.home() as home:
            argv = [wine.python(minor), "-m", "venv", "--without-pip", made.path]
            windows.run(argv, home).passed()
        _install(windows, made, wanted)
        for file in folder.rglob("truststore/_windows.py"):
            _make_up_for_the_chain_engine(file)

    key = f"windows-{minor}-{digest_of(wanted)}-{windows.prefix.name}"
    return Installation(cached(key, make), minor)


def _make_up_for_the_chain_engine(file: Path) -> None:
    """Wine's CertCreateCertificateChainEngine refuses the structure with its newest member."""
    file.write_text(file.read_text("utf-8").replace('("dwExclusiveFlags", DWORD),', ""), "utf-8")


def _install(windows: Windows, into: Installation, wheels: Sequence[Path]) -> None:
    how = ["--no-index", "--no-deps", "--no-cache-dir", "--force-reinstall"]
    pip = {"PYTHONPATH": wine.to_windows(unpacked(pip_wheel(NEWEST_PIP)))}
    with windows.home() as home:
        files = map(wine.to_windows, wheels)
        windows.run(into.pip("install", *how, *files), home, env=pip).passed()


@dataclass(frozen=True)
class User:
    """Somebody at that Windows, with a spip installed."""

    windows: Windows
    home: Home
    spips: Installation

    def spip(self, *words: str, **env: str | None) -> Result:
        """Run the spip command."""
        return self.run(self.spips.spip(*words), **env)

    def run(self, argv: list[str] | str, **env: str | None) -> Result:
        """Run any program."""
        return self.windows.run(argv, self.home, env=env)

    def python(self, code: str, *words: str, stdin: bytes = b"") -> Result:
        """Run code under the interpreter that spip is installed in."""
        argv = [self.spips.python, "-c", code, *words]
        return self.windows.run(argv, self.home, stdin=stdin)

    def write(self, name: str, content: bytes) -> str:
        """Write a file into the home; its path there."""
        file = self.home.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return rf"{self.home.path}\{name}".replace("/", "\\")


def _text(encoded: str, *, raw: bool) -> str:
    text = base64.b64decode(encoded).decode("utf-8", "surrogateescape")
    return text if raw else text.replace("\r\n", "\n")
