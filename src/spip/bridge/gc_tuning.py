"""Have Python's collector of cycles run rarely while pip's modules are imported."""

import atexit
import gc

_USUAL = gc.get_threshold()[0]
# How many objects may be made before it runs. pip's modules make fewer.
_RARELY = 100000


def collect_rarely() -> None:
    """Have it run rarely, and not at the end of a command that never has a session."""
    if hasattr(gc, "freeze"):  # Python 3.7
        gc.set_threshold(_RARELY)
        atexit.register(gc.freeze)


def collect_normally() -> None:
    """Have it run as usual, past all that exists now: pip's modules.

    Called when pip has its session, which leaves things to the collector: the temporary file of a
    download that Ctrl-C ended.
    """
    if gc.get_threshold()[0] == _RARELY:
        gc.freeze()
        gc.set_threshold(_USUAL)
        atexit.unregister(gc.freeze)
