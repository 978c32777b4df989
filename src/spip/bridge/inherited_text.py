"""Text for one process that is about to be started: it inherits it, no word of its command has it.

A word may be no longer than 128 KiB on Linux, and `ps` shows it to everyone. What a pipe holds
needs no disk; more lies in a file that has no name, or on Windows in this user's own folder.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional


class Inherited:
    """`word` tells that process where its text is; `bridge.start` reads it. Raises OSError."""

    def __init__(self, text: str) -> None:
        data = text.encode("ascii")
        self.descriptor = None  # type: Optional[int]
        if os.name == "nt":
            self.word = _in_a_file(data)
        else:
            self.descriptor = _in_a_pipe(data)
            self.word = str(self.descriptor)

    def give(self, options: "Dict[str, Any]") -> None:
        """Extend the options of subprocess.Popen."""
        if self.descriptor is not None:
            options["close_fds"] = True
            options["pass_fds"] = (*options.get("pass_fds", ()), self.descriptor)

    def stay(self) -> None:
        """Outlast this process's exec."""
        if self.descriptor is not None:
            os.set_inheritable(self.descriptor, True)  # noqa: FBT003  # takes no keyword

    def close(self) -> None:
        """Once the other process was started."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def _in_a_pipe(data: bytes) -> int:
    """Its end to read from; where the pipe can't hold it all, a nameless file's."""
    reads, writes = os.pipe()
    try:
        # It takes no keyword; Windows, where no such pipe is inherited, has it since 3.12.
        getattr(os, "set_blocking")(writes, False)  # noqa: B009, FBT003
        if os.write(writes, data) == len(data):
            return reads
    except BlockingIOError:
        pass
    finally:
        os.close(writes)
    os.close(reads)
    return _in_a_nameless_file(data)


def _in_a_nameless_file(data: bytes) -> int:
    import tempfile

    with tempfile.TemporaryFile(prefix="spip-") as file:
        file.write(data)
        file.seek(0)
        return os.dup(file.fileno())


def _in_a_file(data: bytes) -> str:
    import tempfile

    folder = tempfile.mkdtemp(prefix="spip-")
    remove_at_exit(folder)
    path = os.path.join(folder, "plan")
    with open(path, "wb") as file:
        file.write(data)
    return path


def remove_at_exit(folder: str) -> None:
    """Remove a folder that was made for this run alone."""
    import atexit
    import shutil

    atexit.register(shutil.rmtree, folder, ignore_errors=True)
