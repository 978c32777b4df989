"""Which interpreter's environment a pip command acts on, and by which rule."""

from __future__ import annotations

import os
import sys

from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What pipx and uv leave in an environment that they made for one application.
_APPLICATION_MARKERS = ("pipx_metadata.json", "uv-receipt.toml")
# Folders of uv's cache that hold environments; each name goes on with a number.
_UV_BUCKETS = ("archive-v", "builds-v", "environments-v")


class Home:
    """The interpreter that spip itself is installed in."""

    def __init__(self, executable: str, prefix: str, base_prefix: str) -> None:
        self.executable = executable
        self.prefix = prefix
        self.is_environment = prefix != base_prefix

    @property
    def is_application(self) -> bool:
        """Whether pipx or uv made this environment for spip alone."""
        return self.is_environment and _is_application(self.prefix)


def _is_application(prefix: str) -> bool:
    """`uvx` and `uv run --with` leave no marker, but theirs lie in a bucket of uv's cache.

    The tag alone proves nothing: tox and nox put one above the environments that they make.
    """
    if any(os.path.exists(os.path.join(prefix, name)) for name in _APPLICATION_MARKERS):
        return True
    return any(
        os.path.basename(bucket).startswith(_UV_BUCKETS)
        and os.path.exists(os.path.join(os.path.dirname(bucket), "CACHEDIR.TAG"))
        for bucket in _parents(prefix)
    )


class Target:
    """The interpreter to act on. `python` is None where that is home, in this very process."""

    def __init__(self, python: str | None, rule: str, notices: tuple[str, ...] = ()) -> None:
        self.python = python
        self.rule = rule
        self.notices = notices


def this_home() -> Home:
    """The interpreter that runs now."""
    return Home(sys.executable, sys.prefix, sys.base_prefix)


def resolve(environ: Mapping[str, str], home: Home, *, by_module: bool) -> Target:
    """The first rule that applies (design: "Target").

    `by_module`: started as `PYTHON -m spip` or `PYTHON spip.pyz`. Raises SpipError where a rule
    applies but names something that can't be used.
    """
    asked = environ.get("SPIP_PYTHON")
    if asked:
        return _unless_home(asked_for(asked, environ), "SPIP_PYTHON", home)
    if by_module:
        return Target(None, "the Python that runs spip")
    application = home.is_application
    if home.is_environment and not application:
        return Target(None, "spip's own environment")
    active, notices = _active(environ, home)
    if active is not None:
        variable, prefix = active
        return _unless_home(of(prefix, variable), variable, home, notices)
    if application:
        for python in on_path(environ):
            if not _is_application(os.path.dirname(os.path.dirname(python))):
                return Target(python, "first Python on PATH", notices)
    return Target(None, "the Python that spip is installed in", notices)


def _unless_home(python: str, rule: str, home: Home, notices: tuple[str, ...] = ()) -> Target:
    return Target(None if _is_home(python, home) else python, rule, notices)


def _is_home(python: str, home: Home) -> bool:
    """Two environments may link to one Python, so links must not be followed for them."""
    prefix = os.path.dirname(os.path.dirname(os.path.abspath(python)))
    if home.is_environment or os.path.exists(os.path.join(prefix, "pyvenv.cfg")):
        return _same_folder(prefix, home.prefix)
    return os.path.realpath(python) == os.path.realpath(home.executable)


def _active(
    environ: Mapping[str, str], home: Home
) -> tuple[tuple[str, str] | None, tuple[str, ...]]:
    """(variable, prefix) of the environment whose scripts folder comes first on PATH."""
    path = [_plain(folder) for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    found, notices = [], []
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = environ.get(variable)
        if not prefix or (home.is_application and _is_application(prefix)):
            continue
        place, why_not = _place_on_path(prefix, path)
        if why_not:
            notices.append(f"{variable} names {prefix}, which {why_not}: passed over")
        else:
            found.append((place, variable, prefix))
    if not found:
        return None, tuple(notices)
    return min(found)[1:], tuple(notices)


def _place_on_path(prefix: str, path: list[str]) -> tuple[int, str]:
    if not os.path.isdir(prefix):
        return 0, "is gone"

    if not any(os.path.lexists(python) for python in inside(prefix)):
        return 0, "has no Python"
    folders = {_plain(os.path.dirname(python)) for python in inside(prefix)}
    places = [path.index(folder) for folder in folders if folder in path]
    return (min(places), "") if places else (0, "is not on PATH")


def _plain(folder: str) -> str:
    return os.path.normcase(os.path.normpath(folder))


def _same_folder(one: str, other: str) -> bool:
    return _plain(one) == _plain(other) or os.path.realpath(one) == os.path.realpath(other)


def _parents(folder: str) -> Iterator[str]:
    while (up := os.path.dirname(folder)) != folder:
        yield up
        folder = up


_WINDOWS = os.name == "nt"


def inside(prefix: str) -> list[str]:
    """Where an environment keeps its interpreter; conda on Windows has it at the root."""
    if _WINDOWS:
        return [os.path.join(prefix, "Scripts", "python.exe"), os.path.join(prefix, "python.exe")]
    return [os.path.join(prefix, "bin", "python"), os.path.join(prefix, "bin", "python3")]


def of(prefix: str, named_by: str) -> str:
    """The interpreter of an environment. Raises SpipError, which says what `named_by` names."""
    for python in inside(prefix):
        if os.path.isfile(python):
            return python
    links = [python for python in inside(prefix) if os.path.islink(python)]
    if links:
        raise _lost(links[0], prefix, named_by)
    raise SpipError(
        f"{named_by} names {prefix}, which has no Python (looked for "
        f"{' and '.join(inside(prefix))})",
        _hint(named_by),
    )


def _lost(link: str, prefix: str, named_by: str) -> SpipError:
    return SpipError(
        f"{named_by} names {prefix}, a broken environment: "
        f"its Python was {os.path.realpath(link)}, which is gone",
        f'make it again, for example:  python3 -m venv --clear "{prefix}"',
    )


def asked_for(value: str, environ: Mapping[str, str], named_by: str = "SPIP_PYTHON") -> str:
    """An interpreter, an environment's folder, or a name to be found on PATH.

    A name without a separator is never taken from the current folder, which may be anybody's:
    `./venv` is a folder, `venv` a program. Raises SpipError, which says what `named_by` names.
    """
    if os.path.dirname(value):
        return _at(value, named_by)
    for path in _named_on_path(value, environ):
        return _a_python(path, named_by)
    hint = f"the folder {value} here is spelt  {os.path.join(os.curdir, value)}"
    raise SpipError(
        f"{named_by} names {value}, which does not exist (looked for each folder on PATH)",
        hint if os.path.isdir(value) else _hint(named_by),
    )


def _hint(named_by: str) -> str:
    if named_by.startswith("-"):
        return f"give {named_by} the path of a Python, or an environment's folder"
    return f"set {named_by} to the path of a Python or an environment's folder, or unset it"


def _at(path: str, named_by: str) -> str:
    if os.path.isdir(path):
        return of(path, named_by)
    if os.path.isfile(path):
        return _a_python(path, named_by)
    if os.path.islink(path):
        prefix = os.path.dirname(os.path.dirname(os.path.abspath(path)))
        raise _lost(path, prefix, named_by)
    raise SpipError(
        f"{named_by} names {path}, which does not exist (looked for {path})",
        _hint(named_by),
    )


def _a_python(path: str, named_by: str) -> str:
    if os.access(path, os.X_OK) and _looks_like_python(path):
        return path
    raise SpipError(
        f"{named_by} names {path}, which is not a Python",
        _hint(named_by),
    )


def _looks_like_python(path: str) -> bool:
    """By its name; another name is asked, since handing over to it would run who knows what.

    Versions and what builds add to them (`python3.13t`, `pythonw.exe`), not `python3-config`.
    """
    name = os.path.basename(path).lower().removesuffix(".exe")
    for stem in ("python", "pypy"):
        if name.startswith(stem) and not name[len(stem) :].strip("0123456789.tdw"):
            return True
    import subprocess

    command = [path, "-c", "import sys; print('python', sys.version_info[0])"]
    try:
        said = subprocess.run(
            command,
            env={**os.environ, "PYTHONSAFEPATH": "1"},  # -c looks into the current folder first
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return said.startswith(b"python ")


def on_path(environ: Mapping[str, str]) -> Iterator[str]:
    """Interpreters on PATH, first to last; Windows' Store stubs install Python when started."""
    names = ("python.exe", "py.exe") if _WINDOWS else ("python3",)
    for name in names:
        for path in _named_on_path(name, environ):
            if not (_WINDOWS and "windowsapps" in path.lower()):
                yield path


def _named_on_path(name: str, environ: Mapping[str, str]) -> Iterator[str]:
    if _WINDOWS and not name.lower().endswith(".exe"):
        name += ".exe"
    for folder in environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            yield path
