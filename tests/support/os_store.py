"""The operating system's own trust store, really changed, for one command and nothing else.

A private mount namespace lays prepared folders over the store and over the administrator's
anchors. They are prepared by the distribution's own update command, once for each authority.
In a user namespace (not root) every file of root's looks like one of nobody's.
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.run import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.authority import Authority

Mounts = tuple[tuple[Path, Path], ...]
_ROOTS_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_WAYS = (("unshare", "-m"), ("unshare", "-Urm"))  # as root; in a user namespace


@dataclass(frozen=True)
class Layout:
    """Where a family of distributions keeps its store."""

    family: str
    store: Path  # what programs read
    anchors: Path  # where an administrator puts a root
    update: tuple[str, ...]
    from_nothing: bool  # the update command fills an empty store
    hooks: Path | None = None  # programs that it runs, some of which write outside of the store

    @property
    def present(self) -> bool:
        """Whether this machine is laid out so."""
        command = shutil.which(self.update[0], path=_ROOTS_PATH)
        return self.store.is_dir() and self.anchors.is_dir() and bool(command)


LAYOUTS = (
    Layout(
        "Debian",
        Path("/etc/ssl/certs"),
        Path("/usr/local/share/ca-certificates"),
        ("update-ca-certificates",),
        from_nothing=True,
        hooks=Path("/etc/ca-certificates/update.d"),
    ),
    Layout(
        "Red Hat",
        Path("/etc/pki/ca-trust/extracted"),
        Path("/etc/pki/ca-trust/source/anchors"),
        ("update-ca-trust", "extract"),
        from_nothing=False,
    ),
)


@dataclass(frozen=True)
class OsStore:
    """A prepared store: folders, each with the place that it covers."""

    mounts: Mounts
    way: tuple[str, ...]

    def wrap(self, argv: Sequence[str | os.PathLike[str]]) -> list[str]:
        """Return argv that runs the command with this store: same environment, same process id."""
        # By their full paths, since the command's own PATH may be anything.
        unshare, mount = _program(self.way[0]), _program("mount")
        binds = [shlex.join([mount, "--bind", str(a), str(b)]) for a, b in self.mounts]
        script = " && ".join([*binds, 'exec "$@"'])
        words = [os.fspath(word) for word in argv]
        return [unshare, *self.way[1:], "/bin/sh", "-c", script, "sh", *words]


class OsStores:
    """Prepares stores in a folder of its own, each once. LookupError where that can't be done."""

    def __init__(self, folder: Path, way: tuple[str, ...] = ()) -> None:
        layout = next((layout for layout in LAYOUTS if layout.present), None)
        if missing() or not layout:
            raise LookupError(missing())
        self.folder = folder
        self.layout = layout
        self.way = way or working_ways()[0]
        self._made: dict[str, OsStore] = {}

    def trusting(self, *authorities: Authority) -> OsStore:
        """Return the distribution's own roots and these, added as an administrator does it."""
        key = _key("trusting", authorities)
        if key not in self._made:
            folder = self._folder(key)
            if not self.layout.from_nothing:
                shutil.copytree(self.layout.store, folder / "store", symlinks=True)
            prepared = self._store(folder / "store", self._anchors(folder, authorities))
            self._update(prepared)
            self._made[key] = prepared
        return self._made[key]

    def not_updated(self, *authorities: Authority) -> OsStore:
        """Return a store whose anchors folder has these roots, but nobody ran the update."""
        ((pristine, _), _) = self.trusting().mounts
        return self._store(pristine, self._anchors(self._folder("not-updated"), authorities))

    def empty(self) -> OsStore:
        """Return a store without any certificate, as in an image without ca-certificates."""
        folder = self._folder("empty")
        return self._store(folder / "store", self._anchors(folder, ()))

    def _folder(self, key: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"{key}-", dir=self.folder))

    def _store(self, store: Path, anchors: Path) -> OsStore:
        store.mkdir(exist_ok=True)
        return OsStore(((store, self.layout.store), (anchors, self.layout.anchors)), self.way)

    def _anchors(self, folder: Path, authorities: Sequence[Authority]) -> Path:
        anchors = folder / "anchors"
        anchors.mkdir()
        for authority in authorities:
            authority.write(anchors).rename(anchors / f"{authority.fingerprint[:16]}.crt")
        folder.chmod(0o755)  # mkdtemp makes it private, and a store is read by everyone
        return anchors

    def _update(self, store: OsStore) -> None:
        inside = store
        if self.layout.hooks and self.layout.hooks.is_dir():
            none = self._folder("no-hooks")
            inside = OsStore((*store.mounts, (none, self.layout.hooks)), self.way)
        run(inside.wrap(self.layout.update), env={"PATH": _ROOTS_PATH}).passed()


@functools.cache
def missing() -> str:
    """Say what this machine lacks for a changed store, or nothing."""
    if not sys.platform.startswith("linux"):
        return "no mount namespaces outside of Linux"
    if not any(layout.present for layout in LAYOUTS):
        return f"no store that is laid out like {' or '.join(each.family for each in LAYOUTS)}"
    if not working_ways():
        return "no private mount namespace, neither as root nor in a user namespace"
    return ""


@functools.cache
def working_ways() -> tuple[tuple[str, ...], ...]:
    """Return the commands that give a namespace in which a mount succeeds."""
    return tuple(way for way in _WAYS if _works(way))


def _works(way: tuple[str, ...]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / name for name in ("from", "to")]
        for place in places:
            place.mkdir()
        try:
            return run(OsStore(((places[0], places[1]),), way).wrap(["true"])).code == 0
        except LookupError:
            return False


def _program(name: str) -> str:
    found = shutil.which(name, path=_ROOTS_PATH)
    if not found:
        raise LookupError(f"no {name} in {_ROOTS_PATH}")
    return found


def _key(kind: str, authorities: Sequence[Authority]) -> str:
    return "-".join([kind, *(authority.fingerprint[:16] for authority in authorities)])
