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
        raise SpipError(
            f"{named_by} names {prefix}, a broken environment: "
            f"its Python was {os.path.realpath(links[0])}, which is gone",
            f'make it again, for example:  python3 -m venv --clear "{prefix}"',
        )
    raise SpipError(
        f"{named_by} names {prefix}, which has no Python (looked for "
        f"{' and '.join(inside(prefix))})",
        f"name an interpreter or an environment's folder, or unset {named_by}",
    )


def asked_for(value: str, environ: Mapping[str, str]) -> str:
    """SPIP_PYTHON: an interpreter, an environment's folder, or a name to be found on PATH.

    Raises SpipError where it is none.
    """
    if os.path.isdir(value):
        return of(value, "SPIP_PYTHON")
    if os.path.dirname(value):
        found = [value] if os.path.isfile(value) else []
        looked = value
    else:
        found = list(_named_on_path(value, environ))
        looked = "each folder on PATH"
    if not found:
        raise SpipError(
            f"SPIP_PYTHON names {value}, which does not exist (looked for {looked})",
            "set SPIP_PYTHON to the path of a Python, or unset it",
        )
    if not os.access(found[0], os.X_OK) or not _looks_like_python(found[0]):
        raise SpipError(
            f"SPIP_PYTHON names {found[0]}, which is not a Python",
            "set SPIP_PYTHON to the path of a Python, or unset it",
        )
    return found[0]


def _looks_like_python(path: str) -> bool:
    """By its name; another name is asked, since handing over to it would run who knows what."""
    if os.path.basename(path).lower().startswith(("python", "pypy")):
        return True
    import subprocess

    command = [path, "-c", "import sys; print('python', sys.version_info[0])"]
    try:
        said = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False
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
