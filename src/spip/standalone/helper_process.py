"""Questions that a fresh process of this interpreter answers, asked from wherever pip runs.

All that spip imports is in reach of that process, and nothing of it needs to be where pip runs.
"""

from __future__ import annotations

import os
import sys

from spip.standalone import single_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from spip.bridge.home import Home

# Python looks into its own library first, and so does this: another package beside spip may have a
# module of the same name (`enum34`).
_START = (
    "import sys; p = sys.path; first = [i for i, e in enumerate(p) if e.endswith('-packages')]; "
    "p.insert(*first[:1] or [len(p)], sys.argv[1]); "
    "from spip.standalone.helper_process import answer; answer()"
)
_BASE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def command(question: str) -> list[str]:
    """The process that calls the function `question`, "module:function"; more words may follow."""
    single = single_file.running
    where = [single.archive, single.cache, single.temporary] if single else [None] * 3
    return [sys.executable, "-I", "-c", _START, _BASE, *(each or "" for each in where), question]


def answer() -> None:
    """Call what `command` was asked for, in the process that it starts."""
    from importlib import import_module

    archive, cache, temporary, question = sys.argv[2:6]
    if archive:
        _be_that_file(single_file.opened(archive, cache or None, temporary or None))
    module, _, function = question.partition(":")
    getattr(import_module(module), function)()


def to_ask() -> Home | None:
    """The single file, while pip runs in this process: who answers `roots`.

    Another process, since pip's plugins would find here what an answer imports.
    """
    if single_file.running is None:
        return None
    from spip.bridge.home import Home

    return Home(command("spip.trust.resolve:main"))


def _be_that_file(single: single_file.SingleFile) -> None:
    import atexit

    from spip.standalone import locations

    single.base = _BASE
    single_file.running = single
    if single.temporary is None:  # else it belongs to the process that asks
        atexit.register(single.remove_temporary)
    locations.expose_all()
