"""Which process one is: its number and when it was started, since numbers are used again."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TASK_INFO = 3  # PROC_PIDTBSDINFO, sys/proc_info.h
_TASK_INFO_SIZE, _STARTED_AT = 136, 120  # struct proc_bsdinfo; pbi_start_tvsec, pbi_start_tvusec
_LIMITED = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION


def this() -> tuple[int, str]:
    """This process. What it becomes by exec is still the same one."""
    return os.getpid(), start(os.getpid())


def start(number: int) -> str:
    """When the process with this number was started, as its system counts; "" if there is none."""
    try:
        if sys.platform == "win32":
            return _of_windows(number)
        if sys.platform == "darwin":
            return _of_macos(number)
        return _of_linux(number)
    except (OSError, ValueError, IndexError, AttributeError):
        return ""


def _of_linux(number: int) -> str:
    """Field 22 of proc(5)'s stat: clock ticks since the start of the machine."""
    with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[19]


def _of_macos(number: int) -> str:
    import ctypes

    told = ctypes.create_string_buffer(_TASK_INFO_SIZE)
    ask = ctypes.CDLL("/usr/lib/libproc.dylib").proc_pidinfo
    ask.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_int]
    if ask(number, _TASK_INFO, 0, told, _TASK_INFO_SIZE) != _TASK_INFO_SIZE:
        return ""
    return told.raw[_STARTED_AT:].hex()


def _of_windows(number: int) -> str:
    import ctypes

    kernel: Any = getattr(ctypes, "WinDLL")("kernel32")  # noqa: B009  # exists on Windows only
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.OpenProcess(_LIMITED, 0, number))
    times = [ctypes.c_uint64() for _ in range(4)]
    try:
        if not kernel.GetProcessTimes(handle, *map(ctypes.byref, times)):
            return ""
        # Of a process that has ended, whose number somebody still holds, the end is told too.
        return "" if times[1].value else str(times[0].value)
    finally:
        kernel.CloseHandle(handle)
