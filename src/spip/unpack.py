"""What the single file carries, and how a real path is got for it.

A part is a folder's worth of files: `spip` (what runs beside pip), `words` (what spip's own words
import) and `pip`. A folder in the cache, named after what is in it, is made complete file by file,
each put in its place in one step. So it doesn't matter who else is at it, who was killed at it, or
what a cleaner took away; and what is there is only looked at.
"""

from __future__ import annotations

import os
import sys

from spip import own_folder
from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from zipfile import ZipFile

# A leftover of a process that was killed; whoever writes for longer (seconds) is not alive.
_ABANDONED = 3600


class Listing:
    """The files of one part.

    Its text is made by scripts/build_zipapp: the folder's name, then a line for each file (SHA-256,
    size in bytes, path), below `@wheel` those that lie in a wheel inside the single file.
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


class Carried:
    """The parts of one single file.

    `archive` is its path, `read` gives a member's content. `cache` is spip's cache folder, or None;
    then, or where it can't be written, parts go to a private folder (`temporary`, once there is
    one). `base` is where spip itself runs from.
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
        try:
            listing = Listing(self._read("contents/" + part + ".txt").decode("utf-8"))
            if self.cache is not None:
                try:
                    return self._kept(self.cache, listing)
                except OSError:  # a full disk, somebody else's folder: the private one below
                    self.cache = None
            if self.temporary is None:
                self.temporary = own_folder.fresh()
            return self._complete(os.path.join(self.temporary, listing.name), listing)
        except OSError as error:
            raise SpipError(
                f"{self.archive} can't be unpacked: {error}",
                "make room in the folder for temporary files, or set TMPDIR to another one",
            ) from error

    def _kept(self, cache: str, listing: Listing) -> str:
        folder = os.path.join(cache, listing.name)
        own_folder.make(folder)
        if not own_folder.is_own(folder):
            raise PermissionError(f"{folder} is not this user's alone")
        return self._complete(folder, listing)

    def _complete(self, folder: str, listing: Listing) -> str:
        missing = listing.missing(folder)
        if missing:
            self._write(folder, missing)
        return folder

    def _write(self, folder: str, missing: list[tuple[str, str, str]]) -> None:
        from zipfile import BadZipFile, ZipFile

        _sweep(folder)
        try:
            with ZipFile(self.archive) as whole:
                for path, content in _contents(whole, missing):
                    _put(os.path.join(folder, *path.split("/")), content)
        except (BadZipFile, KeyError) as error:
            raise SpipError(
                f"{self.archive} is damaged, or was replaced while it ran: {error}",
                "run it again; if that doesn't help, get it again",
            ) from error


carried: Carried | None = None


def start(archive: str) -> None:
    """Let the rest of spip come from its unpacked folder; called once, from inside the zip.

    Where there is no place for that, spip runs from the zip, slower, and says so when it needs a
    real path. `archive` is what Python was told to run.
    """
    global carried  # noqa: PLW0603  # one process runs one single file
    if sys.path and sys.path[0] == archive:
        del sys.path[0]  # nothing in the zip is to be found by pip
    carried = opened(archive, own_folder.cache(os.environ), None)
    try:
        carried.base = carried.folder("spip")
    except SpipError:
        return
    sys.modules["spip"].__path__[:] = [os.path.join(carried.base, "spip")]


def opened(archive: str, cache: str | None, temporary: str | None) -> Carried:
    """The single file that lies at `archive`."""
    from zipimport import zipimporter

    member = zipimporter(archive).get_data  # Python has read the zip's directory already

    def read(name: str) -> bytes:
        return member(os.path.join(archive, *name.split("/")))

    return Carried(os.path.abspath(archive), read, cache, temporary)


def _size(folder: str, path: str) -> int:
    try:
        return os.stat(folder + os.sep + path).st_size
    except OSError:
        return -1


def _contents(whole: ZipFile, files: list[tuple[str, str, str]]) -> Iterator[tuple[str, bytes]]:
    from hashlib import sha256
    from io import BytesIO
    from zipfile import BadZipFile, ZipFile

    zips = {"": whole}
    for path, wheel, digest in files:
        if wheel not in zips:
            zips[wheel] = ZipFile(BytesIO(whole.read(wheel)))
        content = zips[wheel].read(path)
        if sha256(content).hexdigest() != digest:
            raise BadZipFile(f"{path} is not what it was")
        yield path, content


def _put(path: str, content: bytes) -> None:
    """Write a file aside and move it to its place, as often as there are others who do the same."""
    from tempfile import mkstemp

    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    handle, aside = mkstemp(prefix=".new-", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(aside, path)
    except OSError:
        os.unlink(aside)
        if _size(os.path.dirname(path), os.path.basename(path)) != len(content):
            raise  # Windows refuses where another process is reading the same file


def _sweep(folder: str) -> None:
    """Remove what a process left that was killed while it wrote."""
    import time

    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            if name.startswith(".new-") and time.time() - os.lstat(path).st_mtime > _ABANDONED:
                os.unlink(path)
