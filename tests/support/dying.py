"""spip, killed at each moment at which it writes something."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from support.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.environments import Environment

# Functions of the system's, and whether the kill comes once they have done their work.
MOMENTS = (("fsync", False), ("replace", True))
_CODE = """
import os, signal, sys

calls = []

def die(*arguments, **named):
    calls.append(arguments)
    if len(calls) < {number}:
        return do(*arguments, **named)
    if {afterwards}:
        do(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)

do, os.{function} = os.{function}, die
from spip.cli import main
sys.exit(main())
"""


def kills(
    spip: Environment, function: str, *words: str, afterwards: bool, env: Mapping[str, str]
) -> Iterator[int]:
    """Kill a spip in its first os.`function`, the next one in its second; yield after each kill.

    It ends with the first that comes through, which has to succeed.
    """
    for number in range(1, 20):
        code = _CODE.format(function=function, number=number, afterwards=afterwards)
        ended = run([spip.python, "-c", code, *words], env=env)
        if ended.code != -signal.SIGKILL:
            ended.passed()
            return
        yield number
