"""Python's collector of reference cycles, which costs pip a fifth of the time of a short command.

It looks through all objects again and again while pip's modules are imported, when there is nothing
to find, and once more when the interpreter ends, when their memory is about to go anyway.
"""

import atexit
import gc

_USUAL = gc.get_threshold()[0]
# How many objects may come to be before it looks. pip's modules make fewer.
_RARELY = 100000


def rarely() -> None:
    """Have it look rarely; and not at the end of a command that never has a session."""
    if hasattr(gc, "freeze"):  # Python 3.7
        gc.set_threshold(_RARELY)
        atexit.register(gc.freeze)


def as_usual() -> None:
    """Have it look as ever, past all that exists now: pip's modules.

    Called when pip has its session, which leaves things to the collector: the temporary file of a
    download that Ctrl-C ended.
    """
    if gc.get_threshold()[0] == _RARELY:
        gc.freeze()
        gc.set_threshold(_USUAL)
        atexit.unregister(gc.freeze)
