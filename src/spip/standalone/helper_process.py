"""Call a function of spip's in a fresh process of this interpreter, from wherever pip runs.

That process can import all that spip needs, and nothing of it has to be importable where pip runs.
"""

from __future__ import annotations

import os
import sys

from spip.standalone import single_file

# Python looks into its own library first, and so does this: another package beside spip may have a
# module of the same name (`enum34`).
_START = (
    "import sys; p = sys.path; first = [i for i, e in enumerate(p) if e.endswith('-packages')]; "
    "p.insert(*first[:1] or [len(p)], sys.argv[1]); "
    "from spip.standalone.helper_process import answer; answer()"
)
_BASE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def command(function: str) -> list[str]:
    """The command that calls `function`, "module:function"; more words may follow it."""
    single = single_file.running
    files = [single.archive, single.cache, single.temporary] if single else [None] * 3
    return [sys.executable, "-I", "-c", _START, _BASE, *(path or "" for path in files), function]


def answer() -> None:
    """Call the function that `command` names, in the process that it starts."""
    from importlib import import_module

    archive, cache, temporary, name = sys.argv[2:6]
    if archive:
        _run_from(single_file.opened(archive, cache or None, temporary or None))
    module, _, function = name.partition(":")
    getattr(import_module(module), function)()


def _run_from(single: single_file.SingleFile) -> None:
    """Go on as the single file that the parent process runs from."""
    import atexit

    from spip.standalone import expose

    single.base = _BASE
    single_file.running = single
    if single.temporary is None:  # else it belongs to the process that asks
        atexit.register(single.remove_temporary)
    expose.expose_all()
