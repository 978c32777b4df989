"""Runs inside Windows, on its Python: starts what it is told, with just the environment it is told.

A line of JSON on standard input for each program, a line of JSON on standard output for how it
ended. A program that Wine's own loader starts gets its variables from the registry instead.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import time
from typing import Any


def main() -> int:
    """Answer until standard input ends."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(json.dumps(_answer(json.loads(line))).encode() + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    started = time.perf_counter()
    given = base64.b64decode(asked["stdin"])
    # What an unknown program leaves of the console has to be its own.
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if asked["interrupt_at"] else 0
    try:
        with subprocess.Popen(
            asked["argv"],
            env=asked["env"],
            cwd=asked["cwd"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=flags,
        ) as process:
            end = threading.Timer(asked["timeout"], process.kill)
            end.start()
            out, err = process.communicate(given)
            end.cancel()
            code = process.returncode
    except OSError as error:
        out, err, code = b"", f"{type(error).__name__}: {error}".encode(), -1
    return {
        "stdout": base64.b64encode(out).decode(),
        "stderr": base64.b64encode(err).decode(),
        "code": code,
        "seconds": time.perf_counter() - started,
    }


if __name__ == "__main__":
    # Nothing of the folder that it lies in: its neighbours are no modules of Windows' Python.
    sys.path[:] = [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))]
    sys.exit(main())
