"""End pip by an error of its own, whatever this pip calls it and wherever it keeps it."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from spip.bridge.context import Context

# What pip prints as one line, the one that is for a wrong command first.
_NAMES = ("CommandError", "InstallationError", "BadCommand")


def stop(context: "Context", lines: "Sequence[str]") -> None:
    """Print why, and end this run. Remembered, since pip catches some of its own errors.

    Raises pip's CommandError.
    """
    for line in lines:
        context.say(line)
    context.stopped = True
    if context.child_report is not None:
        context.child_report.add(stopped=True)
    refuse_if_stopped(context)


def refuse_if_stopped(context: "Context") -> None:
    """Raise pip's CommandError once this run is to end."""
    if context.stopped:
        raise error("stopped by spip, for the reason above")


def error(text: str) -> BaseException:
    """An exception that pip prints without a traceback. Where it has none, this ends here."""
    kind = _kind()
    if kind is None:
        _end(text)
    made = kind(text)  # type: BaseException
    made.by_spip = True  # type: ignore[attr-defined]
    return made


def _kind() -> "Any":
    try:
        from pip._internal.exceptions import CommandError
    except ImportError:
        return _elsewhere()
    return CommandError


def _elsewhere() -> "Any":
    """The same class where another module of pip's has it."""
    modules = [sys.modules[name] for name in sorted(sys.modules) if name.startswith("pip._int")]
    for name in _NAMES:
        for module in modules:
            found = getattr(module, name, None)
            if isinstance(found, type) and issubclass(found, Exception):
                return found
    return None


def _end(text: str) -> None:
    import atexit

    sys.stderr.write("ERROR: %s\n" % text)
    sys.stdout.flush()
    sys.stderr.flush()
    atexit._run_exitfuncs()
    os._exit(2)
