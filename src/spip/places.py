"""Where spip's own files lie: where pip installed it, or what the single file has unpacked."""

from __future__ import annotations

import os
import sys

from spip import single_file
from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

_BASE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def names() -> dict[str, str | None]:
    """What runs beside pip, and the folder (or zip) that each is in."""
    return {"spip": _BASE, "truststore": _place_of("truststore")}


def starter() -> list[str]:
    """What another interpreter is to run: a file, before whatever comes next."""
    if not _runs_from_zip():
        return [os.path.join(_BASE, "spip", "bridge", "start.py")]
    # The current folder, which -c puts first, makes way before anything is imported.
    code = (
        "import sys; p = sys.path; p[: p[:1] == ['']] = [sys.argv.pop(1)]; "
        "from spip.bridge.start import main; del p[0]; sys.exit(main())"
    )
    return ["-c", code, _BASE]


def certifi_bundle() -> str | None:
    """certifi's bundle, as it came with spip; None where it is missing.

    It can't be read where the single file has no place to be unpacked to; pip's own will do then.
    """
    folder = _place_of("certifi")
    return os.path.join(folder, "certifi", "cacert.pem") if folder else None


def pip() -> str | list[str] | None:
    """The folder of the pip that came with spip, or a command that tells it; None without one.

    The single file's own is unpacked by that command, since only the target knows whether it has
    none.
    """
    single = single_file.running
    if single is None:
        return _place_of("pip")
    code = "import sys; sys.path[:0] = sys.argv[1:2]; from spip.places import main; main()"
    into = [single.cache or "", single.temporary or ""]
    return [sys.executable, "-I", "-S", "-c", code, single.base, single.archive, *into]


def home(question: str) -> list[str]:
    """A command of the interpreter that runs now, in which `question`, a function, is called."""
    module, _, function = question.partition(":")
    call = f"from {module} import {function}; {function}()"
    code = "import sys; sys.path[:0] = sys.argv[1:2]; " + call
    return [sys.executable, "-I", "-c", code, _BASE]


def temporary() -> str | None:
    """The private folder that the single file was unpacked to, if no cache could be used."""
    return single_file.running.temporary if single_file.running else None


def run_beside_pip() -> None:
    """The single file: put in reach what runs beside pip in this process, and no more than that.

    What pip installs and lists, and what its plugins import, is the target's own.
    """
    if single_file.running is None:
        return
    from spip.bridge.start import Names, has_pip

    finder = Names({"truststore": _BASE})
    sys.meta_path.insert(0, finder)
    if not has_pip():
        finder.places["pip"] = single_file.running.folder("pip")


def run_words() -> None:
    """The single file: put in reach all that spip's own words import."""
    if single_file.running is not None:
        sys.path[:0] = [single_file.running.base, single_file.running.folder("words")]


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


def main() -> None:
    """Print, as JSON, the folder of the single file's own pip, and a folder to remove at the end.

    `pip` above has the arguments.
    """
    import json

    archive, cache, into = sys.argv[-3:]
    single = single_file.opened(archive, cache or None, into or None)
    try:
        answer = [single.folder("pip"), single.temporary]
    except SpipError as error:
        answer = [None, error.message]
    sys.stdout.write(json.dumps(answer))


def _place_of(package: str) -> str | None:
    """The folder (or zip) that holds `package` of spip's own."""
    if single_file.running is not None or os.path.isdir(os.path.join(_BASE, package)):
        return _BASE
    from importlib.util import find_spec

    spec = find_spec(package)  # importing it would cost: 18 ms for certifi
    if spec is None or spec.origin is None:
        return None
    return os.path.dirname(os.path.dirname(spec.origin))


def _runs_from_zip() -> bool:
    return (
        single_file.running is not None and single_file.running.base == single_file.running.archive
    )
