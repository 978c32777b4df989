"""The single file that this spip runs from, if it does: unpack its parts into real files.

It has three parts: `spip` (what runs beside pip), `words` (what only spip's own words import) and
`pip`. Each is unpacked when it is first needed, into a folder of the cache that is named after what
is in it. Where no cache can be used, that is a private folder, removed at the end of the run.
"""

from __future__ import annotations

import atexit
import os
import sys

from spip import paths
from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Listing:
    """The files of one part.

    scripts/build_zipapp makes its text: the folder's name, then a line for each file (SHA-256, size
    in bytes, path), below `@wheel` those that lie in a wheel inside the single file.
    """

    def __init__(self, text: str) -> None:
        self.name, *lines = text.splitlines()
        self.files: list[tuple[str, str, int, str]] = []
        wheel = ""
        for line in lines:
            if line[0] == "@":
                wheel = line[1:]
            else:
                digest, size, path = line.split(" ", 2)
                self.files.append((path, wheel, int(size), digest))

    def missing(self, folder: str) -> list[tuple[str, str, str]]:
        """Path, wheel and SHA-256 of what isn't in `folder` with its right size."""
        return [(p, wheel, d) for p, wheel, size, d in self.files if _size(folder, p) != size]


class SingleFile:
    """One such file, at `archive`, whose members `read` gives.

    `cache` is spip's cache folder, or None; `temporary` the private folder, once there is one;
    `base` is where spip itself runs from.
    """

    def __init__(
        self, archive: str, read: Callable[[str], bytes], cache: str | None, temporary: str | None
    ) -> None:
        self.archive = archive
        self.base = archive
        self.cache = cache
        self.temporary = temporary
        self._read = read

    def folder(self, part: str) -> str:
        """Folder with all files of that part. Raises SpipError."""
        listing = self._listing(part)
        try:
            if self.cache is not None:
                try:
                    return self._kept(self.cache, listing)
                except OSError:  # a full disk, somebody else's folder: the private one below
                    self.cache = None
            if self.temporary is None:
                self.temporary = paths.temp_dir()
            return self._complete(os.path.join(self.temporary, listing.name), listing)
        except OSError as error:
            raise SpipError(
                f"{self.archive} can't be unpacked: {error}",
                "make room in the folder for temporary files, or set TMPDIR to another one",
            ) from error

    def names(self, part: str) -> set[str]:
        """Names of the packages in that part. Raises SpipError."""
        return {path.partition("/")[0] for path, *_ in self._listing(part).files}

    def remove_temporary(self) -> None:
        """Remove the private folder, if there is one."""
        if self.temporary is not None:
            import shutil

            shutil.rmtree(self.temporary, ignore_errors=True)

    def _listing(self, part: str) -> Listing:
        try:
            return Listing(self._read("contents/" + part + ".txt").decode("utf-8"))
        except (OSError, ImportError, EOFError, ValueError) as error:
            from spip.standalone import unpack

            raise unpack.damaged(self.archive, error) from error

    def _kept(self, cache: str, listing: Listing) -> str:
        folder = os.path.join(cache, listing.name)
        paths.make(folder)
        if not paths.is_own(folder):
            raise PermissionError(f"{folder} is not this user's alone")
        paths.touch_daily(folder)
        return self._complete(folder, listing)

    def _complete(self, folder: str, listing: Listing) -> str:
        missing = listing.missing(folder)
        if missing:
            from spip.standalone import unpack

            unpack.write(self.archive, folder, missing)
        return folder


running: SingleFile | None = None


def start(archive: str) -> None:
    """Let the rest of spip come from its unpacked folder; called once, from inside the zip.

    Where there is no place for that, spip runs from the zip, slower, and says so when it needs a
    real path. `archive` is what Python was told to run.
    """
    global running  # noqa: PLW0603  # one process runs one single file
    if sys.path and sys.path[0] == archive:
        del sys.path[0]  # nothing in the zip is to be found by pip
    running = opened(archive, paths.cache(os.environ), None)
    atexit.register(running.remove_temporary)
    try:
        running.base = running.folder("spip")
        for name, module in sys.modules.items():
            if name.partition(".")[0] == "spip" and hasattr(module, "__path__"):
                module.__path__[:] = [os.path.join(running.base, *name.split("."))]
    except SpipError as error:
        _debug(error.message)
    _debug("runs from " + running.base)


def opened(archive: str, cache: str | None, temporary: str | None) -> SingleFile:
    """The single file that lies at `archive`."""
    from zipimport import zipimporter

    member = zipimporter(archive).get_data  # Python has read the zip's directory already

    def read(name: str) -> bytes:
        return member(os.path.join(archive, *name.split("/")))

    return SingleFile(os.path.abspath(archive), read, cache, temporary)


def _debug(text: str) -> None:
    if os.environ.get("SPIP_DEBUG"):
        sys.stderr.write(f"spip: {text}\n")


def _size(folder: str, path: str) -> int:
    try:
        return os.stat(folder + os.sep + path).st_size
    except OSError:
        return -1
