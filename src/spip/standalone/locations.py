"""Where spip's own files lie: where pip installed it, or what the single file has unpacked."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

from spip.standalone import single_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec as Spec
    from types import ModuleType

_BASE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def names() -> dict[str, str | None]:
    """What runs beside pip, and the folder (or zip) that each is in."""
    return {"spip": _BASE, "truststore": _place_of("truststore")}


def starter() -> list[str]:
    """What another interpreter is to run: a file, or a folder, which may be in a zip."""
    single = single_file.running
    in_zip = single is not None and single.base == single.archive
    return [os.path.join(_BASE, "spip", "bridge", "starter" if in_zip else "start.py")]


def certifi_bundle() -> str | None:
    """certifi's bundle, as it came with spip; None where it is missing.

    It can't be read where the single file has no place to be unpacked to; pip's own will do then.
    """
    folder = _place_of("certifi")
    return os.path.join(folder, "certifi", "cacert.pem") if folder else None


def pip() -> str | list[str | None] | None:
    """The folder of the pip that came with spip; None without one.

    The single file: what `single_file.opened` takes. Only the target knows whether it has no pip,
    and then it unpacks this one.
    """
    single = single_file.running
    return [single.archive, single.cache, single.temporary] if single else _place_of("pip")


def temporary() -> str | None:
    """The private folder that the single file was unpacked to, if no cache could be used."""
    return single_file.running.temporary if single_file.running else None


def _place_of(package: str) -> str | None:
    """The folder (or zip) that holds `package` of spip's own."""
    if single_file.running is not None or os.path.isdir(os.path.join(_BASE, package)):
        return _BASE
    from importlib.util import find_spec

    spec = find_spec(package)  # importing it would cost: 18 ms for certifi
    if spec is None or spec.origin is None:
        return None
    return os.path.dirname(os.path.dirname(spec.origin))


def expose_beside_pip() -> None:
    """Put in reach what runs beside pip, and the carried pip where this interpreter has none."""
    if single_file.running is None:
        return
    from spip.bridge.start import Names, has_pip

    finder = Names({"truststore": _BASE})
    sys.meta_path.insert(0, finder)
    if not has_pip():
        from spip.standalone import carried_pip

        finder.places["pip"] = carried_pip.pip(single_file.running)


def expose_all() -> None:
    """Put in reach all but the carried pip; what is large is unpacked when it is imported."""
    if single_file.running is not None:
        sys.meta_path.insert(0, _Everything(single_file.running))


def import_bundled(name: str) -> ModuleType:
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
