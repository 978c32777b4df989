"""The two environments of a checkout, and whether what stands there is what it should be."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

# Raised whenever set-up itself changes what it makes.
_FORMAT = 1
# The tables of pyproject.toml that decide what is installed, by the beginning of their names.
_TABLES = ("build-system", "project", "tool.flit")
_TABLE_OF_GROUPS = "dependency-groups"


@dataclass(frozen=True)
class Environment:
    """A virtual environment of the checkout.

    `folder` is its absolute path and ends in "venv"; `groups` are dependency groups of
    pyproject.toml; `pip` is the oldest that can install it.
    """

    folder: str
    groups: tuple[str, ...]
    pip: tuple[int, int]

    @property
    def python(self) -> str:
        """The interpreter in it."""
        return interpreter(self.folder)

    @property
    def pip_text(self) -> str:
        """The oldest pip, as in a requirement."""
        return ".".join(map(str, self.pip))

    @property
    def requirements(self) -> list[str]:
        """What to give to `pip install`, in the checkout."""
        return ["--editable", CHECKOUT, *(w for g in self.groups for w in ("--group", g))]

    @property
    def aside(self) -> str:
        """Where it is built; as long as its own path, see `relocate`."""
        return self.folder[:-4] + "vnew"

    @property
    def outgoing(self) -> str:
        """Where the one before it waits, for a moment, to be removed."""
        return self.folder[:-4] + "vold"


# Editable installs by PEP 660 need pip 21.3; `--group` needs 25.1.
SPIP = Environment(os.path.join(CHECKOUT, ".venv"), (), (21, 3))
TEST = Environment(os.path.join(CHECKOUT, ".cache", "test-venv"), ("test", "lint"), (25, 1))


def interpreter(folder: str) -> str:
    """Return the path of the Python in the environment that lies in `folder`."""
    if os.name == "nt":
        return os.path.join(folder, "Scripts", "python.exe")
    return os.path.join(folder, "bin", "python")


def site_packages(folder: str) -> str:
    """Return where the packages of the environment in `folder` lie."""
    pattern = ("Lib",) if os.name == "nt" else ("lib", "py*")
    found = glob.glob(os.path.join(glob.escape(folder), *pattern, "site-packages"))
    return found[0] if found else folder


def is_ready(environment: Environment) -> bool:
    """Whether it is complete, its base Python is there, and nothing it depends on has changed."""
    return os.path.exists(environment.python) and kept(environment) == stamp(environment)


def can_be_updated(environment: Environment) -> bool:
    """Whether only the project's own words changed, so that what a user added may stay."""
    place, now = kept(environment).partition("\n\n")[0], stamp(environment)
    return os.path.exists(environment.python) and now.startswith(place + "\n\n")


def kept(environment: Environment) -> str:
    """Return the stamp that was written when it was built; nothing where there is none."""
    try:
        with open(stamp_file(environment.folder), encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError):
        return ""


def stamp(environment: Environment, folder: str = "") -> str:
    """Return all that it depends on: place, base Python (in `folder`), the project's words."""
    base = _base(folder or environment.folder)
    head = f"format {_FORMAT}\ncheckout {CHECKOUT!a}\nbase {base!a}\n"
    names = (*_TABLES, _TABLE_OF_GROUPS) if environment.groups else _TABLES
    with open(os.path.join(CHECKOUT, "pyproject.toml"), encoding="utf-8") as file:
        words = tables(file.read(), names)
    with open(os.path.join(CHECKOUT, "src", "spip", "__init__.py"), encoding="utf-8") as file:
        return f"{head}\n{words}\n{file.read()}"  # it holds the version


def stamp_file(folder: str) -> str:
    """Return where the stamp of the environment in `folder` lies."""
    return os.path.join(folder, "spip-set-up.txt")


def _base(folder: str) -> str:
    """Return the Python that the environment stands on; "" if that is gone.

    A distribution's upgrade from 3.11 to 3.12 changes what the link leads to. Windows has no link
    but a copy, and the place of the base in pyvenv.cfg.
    """
    if os.name != "nt":
        return os.path.realpath(interpreter(folder))
    try:
        with open(os.path.join(folder, "pyvenv.cfg"), encoding="utf-8") as file:
            homes = [line.partition("=")[2].strip() for line in file if line.startswith("home")]
    except (OSError, ValueError):
        return ""
    return next((home for home in homes if os.path.isdir(home)), "")


def tables(text: str, names: tuple[str, ...]) -> str:
    """Return the tables of pyproject.toml whose names begin so.

    By lines, since Python 3.10 has no TOML reader: a table begins with "[" in the first column.
    """
    chosen, wanted = [], False
    for line in text.splitlines():
        if line.startswith("["):
            wanted = line.strip("[] ").startswith(names)
        if wanted:
            chosen.append(line)
    return "\n".join(chosen)
