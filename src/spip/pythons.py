"""Where interpreters are: in an environment's folder, on PATH, and under the name a user gave."""

from __future__ import annotations

import os

from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
