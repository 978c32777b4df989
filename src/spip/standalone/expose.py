"""Make what the single file carries importable; where pip installed spip there is nothing to do."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

from spip.standalone import single_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_BASE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def expose_beside_pip() -> None:
    """Expose what runs beside pip, and the carried pip where this interpreter has none."""
    single = single_file.running
    if single is None:
        return
    finder = _FoldersFinder({"truststore": _BASE})
    sys.meta_path.insert(0, finder)
    if not _has_pip():
        from spip.standalone import carried_pip

        finder.folders["pip"] = carried_pip.pip(single)


def expose_all() -> None:
    """Expose all but the carried pip; what is large is unpacked when it is imported."""
    if single_file.running is not None:
        sys.meta_path.insert(0, _PartsFinder(single_file.running))


def import_bundled(name: str) -> ModuleType:
    """Import one of spip's dependencies while pip runs here, out of reach of everyone else.

    The single file has truststore, certifi, platformdirs and tomli where this can reach them.
    """
    from importlib import import_module

    if single_file.running is None:
        return import_module(name)
    finder = _FoldersFinder({name: _BASE})
    sys.meta_path.insert(0, finder)
    try:
        return import_module(name)
    finally:
        sys.meta_path.remove(finder)
        for module in [module for module in sys.modules if module.partition(".")[0] == name]:
            del sys.modules[module]


def _has_pip() -> bool:
    """Whether this interpreter has a pip; what an uninstall may leave of one is none."""
    from importlib.util import find_spec

    spec = find_spec("pip")
    return spec is not None and spec.origin is not None


class _FoldersFinder:
    """Finds exactly the packages in `folders` (name: its folder or zip), and no distributions.

    `bridge.start` has its own: it has to run before anything of spip's can be imported.
    """

    def __init__(self, folders: dict[str, str]) -> None:
        self.folders = folders

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        """What importlib asks for: where the module is, or None."""
        del path, target
        folder = self.folders.get(fullname)
        return PathFinder.find_spec(fullname, [folder]) if folder else None


class _PartsFinder:
    """Finds the packages of two parts of the single file: beside pip, and for spip's own words."""

    def __init__(self, single: single_file.SingleFile) -> None:
        self._single = single
        self._words = single.names("words")
        self._beside_pip = single.names("spip")

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        """What importlib asks for: where the module is, or None."""
        del path, target
        if fullname in self._beside_pip:
            return PathFinder.find_spec(fullname, [_BASE])
        if fullname in self._words:
            return PathFinder.find_spec(fullname, [self._single.folder("words")])
        return None
