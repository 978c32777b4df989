"""Let one set-up run at a time: the others wait, and find it done."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from spip.policy.state_folder import taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def held(path: str, waiting: Callable[[], None]) -> Iterator[int]:
    """Hold the lock file `path`; yield its descriptor; call `waiting` once if it isn't free.

    A child that inherits the descriptor holds the lock too. So a pip whose parent was killed can
    finish writing before another set-up clears its folder away.
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not taken(descriptor):
            waiting()
            while not taken(descriptor):
                time.sleep(0.1)
        yield descriptor
    finally:
        os.close(descriptor)
