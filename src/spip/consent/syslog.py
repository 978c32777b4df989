"""A copy of each entry where the user can't change it: syslog, on Windows the Event Log."""

from __future__ import annotations

import json
import os
import sys

from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_SOCKETS = ("/dev/log", "/var/run/syslog", "/var/run/log")  # Linux, macOS, the BSDs
_MOST_FILES = 20  # in one message; servers cut what is longer than 8 KB
_WARNING = 2  # EVENTLOG_WARNING_TYPE


def send(where: str, entry: Mapping[str, Any]) -> None:
    """Send an entry to `where`: "system", or a socket's path. Raises SpipError if nobody hears."""
    try:
        for message in messages(entry):
            if sys.platform == "win32":
                _report(message)
            else:
                _send(_socket() if where == "system" else where, message)
    except OSError as error:
        raise SpipError(f"syslog, which the policy demands, can't be reached: {error}") from error


def messages(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the entry as JSON, in several parts where it tells of many files."""
    fetched = entry.get("fetched") or []
    for first in range(0, max(len(fetched), 1), _MOST_FILES):
        part = {"fetched": fetched[first : first + _MOST_FILES]} if fetched else {}
        yield json.dumps({**entry, **part})


def _socket() -> str:
    found = [path for path in _SOCKETS if os.path.exists(path)]
    return found[0] if found else _SOCKETS[0]


def _send(path: str, message: str) -> None:
    import logging.handlers

    class Handler(logging.handlers.SysLogHandler):
        def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
            """Raise what was caught; the standard library prints it and goes on."""
            del record
            raise OSError(str(sys.exc_info()[1]))

    handler = Handler(path, facility=Handler.LOG_AUTH)
    try:
        handler.ident = "spip: "
        handler.emit(logging.LogRecord("spip", logging.WARNING, "", 0, message, None, None))
    finally:
        handler.close()


def _report(message: str) -> None:
    import ctypes

    security: Any = getattr(ctypes, "WinDLL")("advapi32", use_last_error=True)  # noqa: B009  # exists on Windows only
    security.RegisterEventSourceW.restype = ctypes.c_void_p
    source = ctypes.c_void_p(security.RegisterEventSourceW(None, "spip"))
    lines = (ctypes.c_wchar_p * 1)(message[:31000])  # a string of an event has at most 31,839
    try:
        if not security.ReportEventW(source, _WARNING, 0, 1, None, 1, 0, lines, None):
            raise OSError("the Event Log doesn't take it")
    finally:
        security.DeregisterEventSource(source)
