"""The log of what ran without verification: one JSON object a line, in a file of this user's.

Appended to by one write under a lock. A line that a kill or a full disk left half written is ended
by the next writer, and costs only itself. It detects accidents: its owner can change it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from datetime import datetime, timezone

from spip.errors import SpipError
from spip.policy import state_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

NAME = "log.jsonl"
# Rotated where a file would get larger: log.jsonl, then log.jsonl.1 up to log.jsonl.5;
# log.jsonl.0 is one that a rotation has just put aside.
MOST_BYTES = 10 * 1000 * 1000
OLD_FILES = 5
# What a whole line begins and ends with; no text in JSON can hold either by itself.
BEGIN, END = b'{"time": "', b', "v": 1}'


def write(environ: Mapping[str, str], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Append an entry, with its time; return it so. Raises SpipError where it can't be written."""
    folder = state_folder.folder(environ)
    path = os.path.join(folder, NAME)
    try:
        with state_folder.locked(os.path.join(folder, "log.lock")):
            line, said = _line(entry)
            _rotate(path, len(line))
            _append(path, line)
    except OSError as error:
        raise SpipError(f"the log {path} can't be written: {error.strerror}") from error
    return said


def files(environ: Mapping[str, str]) -> list[str]:
    """Where the log's files may be, the oldest first; none where nothing was logged.

    A rotation may make one that is missing now. Raises SpipError.
    """
    path = state_folder.named(environ)
    if not os.path.lexists(path):
        return []
    first = os.path.join(state_folder.existing(environ), NAME)
    every = [*(f"{first}.{count}" for count in range(OLD_FILES, -1, -1)), first]
    return every if any(map(os.path.lexists, every)) else []


def _line(entry: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
    moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    said = {"time": moment, **entry, "v": 1}
    return json.dumps(said).encode("ascii") + b"\n", said


def _append(path: str, line: bytes) -> None:
    descriptor = state_folder.opened(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    try:
        size = os.lseek(descriptor, 0, os.SEEK_END)
        if size:
            os.lseek(descriptor, size - 1, os.SEEK_SET)
            if os.read(descriptor, 1) != b"\n":
                line = b"\n" + line
        if os.write(descriptor, line) != len(line):
            raise OSError(28, "no space is left")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rotate(path: str, more: int) -> None:
    """Make room: the file becomes the newest of the old ones, the oldest of them goes.

    It is put aside first, so that what ends this half way, or a reader on Windows, loses nothing:
    the next rotation goes on from there. Where it can't be put aside now, it grows until it can.
    """
    try:
        if os.stat(path, follow_symlinks=False).st_size + more <= MOST_BYTES:
            return
    except FileNotFoundError:
        return
    old = [f"{path}.{count}" for count in range(OLD_FILES + 1)]
    with contextlib.suppress(PermissionError):
        if not os.path.lexists(old[0]):
            os.replace(path, old[0])
        gap = next((at for at, each in enumerate(old) if not os.path.lexists(each)), OLD_FILES)
        for at in range(gap, 0, -1):
            os.replace(old[at - 1], old[at])


_SOCKETS = ("/dev/log", "/var/run/syslog", "/var/run/log")  # Linux, macOS, the BSDs
_MOST_FILES = 20  # in one message; servers cut what is longer than 8 KB
_WARNING = 2  # EVENTLOG_WARNING_TYPE


def send(where: str, entry: Mapping[str, Any]) -> None:
    """Send an entry to `where`: "system", or a socket's path. Raises SpipError if nobody hears."""
    if sys.platform == "win32" and where != "system":
        raise SpipError(
            f"the policy demands the log in the socket {where}; Windows has the Event Log",
            "ask an administrator to write  syslog = true  there",
        )
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
