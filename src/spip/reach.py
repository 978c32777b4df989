"""What can be imported of all that the single file carries. Where pip installed spip: no matter.

What pip installs and lists, and what its plugins import, is the target's own. So in the process
that pip runs in, no more is in reach than what runs beside pip.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

from spip import single_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec as Spec
    from types import ModuleType

_BASE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def beside_pip() -> None:
    """Put in reach what runs beside pip, and the carried pip where this interpreter has none."""
    if single_file.running is None:
        return
    from spip.bridge.start import Names, has_pip

    finder = Names({"truststore": _BASE})
    sys.meta_path.insert(0, finder)
    if not has_pip():
        from spip.bridge import carried

        finder.places["pip"] = carried.pip(single_file.running)


def everything() -> None:
    """Put in reach all but the carried pip; what is large is unpacked when it is imported."""
    if single_file.running is not None:
        sys.meta_path.insert(0, _Everything(single_file.running))


def module(name: str) -> ModuleType:
    """Import one of spip's dependencies while pip runs here, out of reach of everyone else.

    The single file has truststore, certifi, platformdirs and tomli where this can reach them.
    """
    from importlib import import_module

    if single_file.running is None:
        return import_module(name)
    from spip.bridge.start import Names

    finder = Names({name: _BASE})
    sys.meta_path.insert(0, finder)
    try:
        return import_module(name)
    finally:
        sys.meta_path.remove(finder)
        for each in [each for each in sys.modules if each.partition(".")[0] == name]:
            del sys.modules[each]


class _Everything:
    def __init__(self, single: single_file.SingleFile) -> None:
        self._single = single
        self._words = single.names("words")
        self._beside = single.names("spip")

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> Spec | None:
        """What importlib asks for: where the module is, or None."""
        del path, target
        if fullname in self._beside:
            return PathFinder.find_spec(fullname, [_BASE])
        if fullname in self._words:
            return PathFinder.find_spec(fullname, [self._single.folder("words")])
        return None
