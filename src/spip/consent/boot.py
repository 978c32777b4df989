"""What time it is for a grant: which start of the machine, how long ago it was, and the date.

A restart ends every grant, and a clock that is set back lengthens none: what counts is the time
since the machine was started, suspended or not.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

from spip import uptime
from spip.errors import SpipError

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
    from typing import Any

    winreg: Any = import_module("winreg")
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _WINDOWS) as key:
        count = winreg.QueryValueEx(key, "BootId")[0]
    cryptography = r"SOFTWARE\Microsoft\Cryptography"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, cryptography) as key:
        return f"{winreg.QueryValueEx(key, 'MachineGuid')[0]}/{int(count)}"
