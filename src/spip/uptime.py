"""How long ago this machine was started, suspended or not: a clock that nobody sets.

Read by Python 3.6, where pip runs; grants are used from Python 3.10 on.
"""

import sys
import time


def seconds() -> float:
    """Return the seconds since then. Raises OSError, AttributeError where nobody can tell."""
    if sys.platform == "win32":
        import ctypes

        # Not time.monotonic, which stops counting with the processor from Python 3.13 on.
        ticks = ctypes.windll.kernel32.GetTickCount64
        ticks.restype = ctypes.c_uint64
        return float(ticks()) / 1000
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)  # counts while asleep, there
    return time.clock_gettime(time.CLOCK_BOOTTIME)
