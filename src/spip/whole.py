"""A file that is written whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os

_PRIVATE = 0o600


def write(
    path: str, data: bytes, *, prefix: str = ".new-", mode: int = _PRIVATE, lasting: bool = True
) -> os.stat_result:
    """Write `data` to `path`, in the place of what was there; what was written. Raises OSError.

    Another process may do the same at the same time: one of both contents stands there then. What
    a kill leaves behind lies beside `path`, under a name with `prefix`. Not `lasting`: a machine
    that loses its power may leave less of it, for what is looked at again and easily had again.
    """
    import tempfile

    descriptor, name = tempfile.mkstemp(prefix=prefix, dir=os.path.dirname(path))
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        if mode != _PRIVATE:
            os.chmod(name, mode)
        written = os.lstat(name)
        os.replace(name, path)
    except BaseException:
        _forget(name)
        raise
    return written


def _forget(name: str) -> None:
    try:
        os.unlink(name)
    except OSError:
        return  # nothing more can be done about it


def write_for_user(path: str, data: bytes) -> None:
    """Write all or nothing to where a user said: a link is followed, a mode is kept.

    A new file is as the umask has it; a device or a pipe stays one. Raises OSError.
    """
    import stat

    path = os.path.realpath(path)
    try:
        there = os.stat(path).st_mode
    except FileNotFoundError:
        there = stat.S_IFREG | 0o666 & ~_umask()
    if not stat.S_ISREG(there):
        with open(path, "wb") as device:
            device.write(data)
        return
    write(path, data, mode=stat.S_IMODE(there))


def _umask() -> int:
    mask = os.umask(0o077)  # the only way to ask is to set it
    os.umask(mask)
    return mask
