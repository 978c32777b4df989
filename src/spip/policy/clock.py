"""What time it is for a grant: which start of the machine, how long ago it was, and the date.

A restart ends every grant, and a clock that is set back lengthens none: what counts is the time
since the machine was started, suspended or not.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass

from spip import uptime
from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LINUX = "/proc/sys/kernel/random/boot_id"
# Windows counts its starts there.
_WINDOWS = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"


@dataclass(frozen=True)
class Now:
    """A moment.

    `boot` names the start of the machine, `elapsed` is seconds since then, suspended or not, `date`
    is seconds since 1970 by the machine's clock.
    """

    boot: str
    elapsed: float
    date: float


def now() -> Now:
    """Ask the system. Raises SpipError where it doesn't tell when it was started."""
    try:
        boot = _boot()
        return Now(boot, uptime.seconds(), time.time())
    except (OSError, ImportError, AttributeError, ValueError) as error:
        raise SpipError(
            f"this system doesn't tell when it was started ({error}), so no grant could end with a "
            "restart of it"
        ) from error


def _boot() -> str:
    if sys.platform == "win32":
        return _boot_of_windows()
    if sys.platform == "darwin":
        return _boot_of_macos()
    with open(_LINUX, encoding="ascii") as file:
        return file.read().strip()


def _boot_of_macos() -> str:
    import ctypes

    system = ctypes.CDLL(None, use_errno=True)
    value, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
    name = b"kern.bootsessionuuid"
    if system.sysctlbyname(name, value, ctypes.byref(size), None, ctypes.c_size_t(0)):
        raise OSError(ctypes.get_errno(), "no kern.bootsessionuuid")
    return value.value.decode("ascii")


def _boot_of_windows() -> str:
    from importlib import import_module

    winreg: Any = import_module("winreg")
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _WINDOWS) as key:
        count = winreg.QueryValueEx(key, "BootId")[0]
    cryptography = r"SOFTWARE\Microsoft\Cryptography"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, cryptography) as key:
        return f"{winreg.QueryValueEx(key, 'MachineGuid')[0]}/{int(count)}"


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
