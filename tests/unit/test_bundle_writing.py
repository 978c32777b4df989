"""A bundle is on disk whole or not at all, wherever it can be, and nobody else can change it."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from spip import files as wholly
from spip import ownership, paths, stores
from spip.certificates import formats
from spip.errors import SpipError
from spip.ownership import checked_file
from spip.sources import Source, SourceRejected
from spip.stores import bundle_cache, bundle_upkeep, bundle_writer, distrust
from spip.stores.bundle import Bundle, merged
from support import root_kinds as kinds
from support.lacking import lacking

resource = pytest.importorskip("resource", reason="Windows: other permissions, no limits")
ROOT = kinds.certificate("Example Root")
MANY = kinds.pem(*(kinds.certificate(f"Example {n} CA", serial=n) for n in range(1, 301)))

# What another process runs: the sources are two PEM files, so that no real store is needed.
PROGRAM = """
import sys
from spip import stores
from spip.stores import distrust
from spip.stores.bundle import merged
from spip.sources import Source
stores.inputs = list
stores.roots = lambda: iter(())
distrust.inputs = list
distrust.distrusted = frozenset
sources = [Source("os", "OS store", None), Source("certifi", "certifi", sys.argv[1])]
"""


@pytest.fixture
def certifi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """certifi's file, on a machine whose own store is empty."""
    monkeypatch.setattr(stores, "roots", lambda: iter(()))
    monkeypatch.setattr(stores, "inputs", list)
    monkeypatch.setattr(distrust, "inputs", list)
    monkeypatch.setattr(distrust, "distrusted", frozenset)
    path = tmp_path / "cacert.pem"
    path.write_bytes(MANY)
    os.utime(path, (1, 1))
    return Source("certifi", "certifi", str(path))


def whole(bundle: Bundle) -> bool:
    with open(bundle.path, "rb") as file:
        return len(formats.read(file.read()).blocks) == 300


def start(certifi: Source, cache: str, after: str = "print(merged(sources, sys.argv[2]).path)",
          ) -> subprocess.Popen[str]:  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + after, str(certifi.path), cache],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_files_and_folder_are_the_users_alone(certifi: Source, tmp_path: Path) -> None:
    cache = tmp_path / "new" / "cache"
    bundle = merged([certifi], str(cache))
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in cache.iterdir()} == {0o600}
    assert sorted(cache.iterdir()) == [Path(bundle.path), Path(bundle_cache.beside(bundle.path))]


def test_fifty_at_once_leave_one_whole_bundle(certifi: Source, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    several = [start(certifi, cache) for _ in range(50)]
    paths = {process.communicate(timeout=120)[0].strip() for process in several}
    assert {process.returncode for process in several} == {0}
    assert len(paths) == 1
    (path,) = paths
    assert whole(Bundle(path, None, (), b""))
    assert sorted(os.listdir(cache)) == sorted(
        [os.path.basename(path), os.path.basename(bundle_cache.beside(path))]
    )


@pytest.mark.parametrize("moment", ["fsync", "replace", "second replace"])
def test_a_kill_in_the_middle_leaves_nothing_half(
    certifi: Source, tmp_path: Path, moment: str
) -> None:
    """At worst a file under a temporary name, which a later build sweeps."""
    cache = str(tmp_path / "cache")
    second, _, name = moment.rpartition(" ")
    die = (
        "import os, signal\n"
        "calls = []\n"
        "def die(*arguments):\n"
        "    calls.append(arguments)\n"
        f"    if len(calls) > {int(bool(second))}:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    do(*arguments)\n"
        f"do, os.{name} = os.{name}, die\n"
        "merged(sources, sys.argv[2])"
    )
    process = start(certifi, cache, die)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    left = os.listdir(cache)
    assert len([name for name in left if name.startswith(".new-")]) == 1
    for name in left:
        if bundle_cache.is_bundle(name):
            assert whole(Bundle(os.path.join(cache, name), None, (), b""))
    bundle = merged([Source("os", "OS store", None), certifi], cache)
    assert whole(bundle)
    assert bundle.temporary is None
    old = time.time() - 2 * 3600
    for name in os.listdir(cache):
        if name.startswith(".new-"):
            os.utime(os.path.join(cache, name), (old, old))
    merged([certifi], cache)
    assert not [name for name in os.listdir(cache) if name.startswith(".new-")]


@pytest.mark.parametrize(
    "spoil",
    [b"", b"garbage", b"spip stamp 1\n\n\n\n", b"\xff" * 100, b"\n\n1 2 3\n1 2\n\n\n", b"\n\n"],
)
def test_a_spoilt_stamp_only_costs_a_build(certifi: Source, tmp_path: Path, spoil: bytes) -> None:
    bundle = merged([certifi], str(tmp_path / "cache"))
    Path(bundle_cache.beside(bundle.path)).write_bytes(spoil)
    assert bundle_cache.read(bundle.path, [certifi]) is None
    assert merged([certifi], str(tmp_path / "cache")) == bundle
    assert bundle_cache.read(bundle.path, [certifi])


@pytest.mark.skipif(os.name == "nt", reason="POSIX's")
@pytest.mark.parametrize("what", ["fifo", "endless", "folder"])
def test_a_stamp_without_an_end_is_not_waited_for(
    certifi: Source, tmp_path: Path, what: str
) -> None:
    bundle = merged([certifi], str(tmp_path / "cache"))
    path = Path(bundle_cache.beside(bundle.path))
    path.unlink()
    if what == "fifo":
        os.mkfifo(path)
    elif what == "endless":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    assert bundle_cache.read(bundle.path, [certifi]) is None
    assert bundle_upkeep.sources(bundle.path) == []
    assert bundle_upkeep.named(bundle.path) == []
    assert whole(merged([certifi], str(tmp_path / "cache")))


def test_a_spoilt_bundle_is_written_anew(certifi: Source, tmp_path: Path) -> None:
    bundle = merged([certifi], str(tmp_path / "cache"))
    Path(bundle.path).write_bytes(b"half")
    assert whole(merged([certifi], str(tmp_path / "cache")))


def test_a_stamp_of_another_bundle_is_not_believed(certifi: Source, tmp_path: Path) -> None:
    """Two spips that saw different inputs may write theirs in turns."""
    bundle = merged([certifi], str(tmp_path / "cache"))
    other = Path(bundle.path + "x")
    other.write_bytes(Path(bundle.path).read_bytes())
    other.chmod(0o600)
    other.replace(bundle.path)
    assert bundle_cache.read(bundle.path, [certifi]) is None


def test_what_is_removed_while_a_bundle_is_built_is_not_in_it(
    certifi: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`spip trust remove` had renewed the bundles by then, and a shell named this one for good."""
    put = bundle_writer.put

    def slow(*arguments: Any) -> tuple[str, str | None]:
        monkeypatch.setattr(bundle_writer, "put", put)
        Path(str(certifi.path)).write_bytes(kinds.pem(ROOT))
        bundle_upkeep.renew(str(tmp_path / "cache"))
        return put(*arguments)

    monkeypatch.setattr(bundle_writer, "put", slow)
    assert not whole(merged([certifi], str(tmp_path / "cache")))


def test_of_two_builds_at_once_the_older_one_never_counts_as_unchanged(
    certifi: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The younger one stamped the file that the older one had put in the place of its own."""
    cache, known = str(tmp_path / "cache"), bundle_cache.Kept((), b"", 0, 1 << 40)
    older = (MANY, bundle_cache.inputs([certifi]), known, [certifi], cache)
    Path(str(certifi.path)).write_bytes(kinds.pem(ROOT))
    write = wholly.write_atomic

    def interrupted(*arguments: Any, **options: Any) -> os.stat_result:
        monkeypatch.setattr(wholly, "write_atomic", write)
        written = write(*arguments, **options)
        bundle_writer.put(*older)
        return written

    monkeypatch.setattr(wholly, "write_atomic", interrupted)
    bundle_writer.put(kinds.pem(ROOT), bundle_cache.inputs([certifi]), known, [certifi], cache)
    assert not whole(merged([certifi], cache))


def test_an_unchanged_text_is_not_written_again(certifi: Source, tmp_path: Path) -> None:
    """A program that reads it just now is not disturbed, which on Windows would fail."""
    bundle = merged([certifi], str(tmp_path / "cache"))
    before = os.stat(bundle.path)
    os.utime(str(certifi.path), (2, 2))
    merged([certifi], str(tmp_path / "cache"))
    after = os.stat(bundle.path)
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert bundle_cache.read(bundle.path, [certifi])


def temporary(bundle: Bundle) -> Path:
    assert whole(bundle)
    assert bundle.temporary is not None
    folder = Path(bundle.temporary)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert Path(bundle.path).parent == folder
    assert re.fullmatch(r"spip-\w{8}", folder.name)  # nobody can guess it
    return folder


def remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def test_without_a_cache_the_folder_is_fresh_and_private(certifi: Source) -> None:
    first, second = merged([certifi], None), merged([certifi], None)
    assert temporary(first) != temporary(second)
    assert bundle_upkeep.sources(first.path) == [certifi]
    remove(temporary(first))
    remove(temporary(second))


@pytest.mark.parametrize("spoil", ["file", "others", "parent", "dangling"])
def test_a_cache_that_cannot_be_relied_on_is_not_used(
    certifi: Source, tmp_path: Path, spoil: str
) -> None:
    cache = tmp_path / "cache"
    if spoil == "file":
        cache.write_bytes(b"")
    elif spoil == "dangling":
        cache.symlink_to("nowhere/at/all")
    else:
        cache.mkdir()
        (cache if spoil == "others" else tmp_path).chmod(0o777)
    remove(temporary(merged([certifi], str(cache))))
    assert spoil in ("file", "dangling") or not list(cache.iterdir())


def test_a_cache_that_others_can_write_to_since_is_not_believed(
    certifi: Source, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    merged([certifi], str(cache))
    for folder in (cache, tmp_path):
        mode = stat.S_IMODE(folder.stat().st_mode)
        folder.chmod(0o777)
        assert not paths.is_private_fast(str(cache))
        remove(temporary(merged([certifi], str(cache))))
        folder.chmod(mode)
    assert merged([certifi], str(cache)).temporary is None


def test_a_bundle_that_others_could_have_written_is_not_believed(
    certifi: Source, tmp_path: Path
) -> None:
    bundle = merged([certifi], str(tmp_path / "cache"))
    Path(bundle.path).chmod(0o666)
    assert bundle_cache.read(bundle.path, [certifi]) is None
    merged([certifi], str(tmp_path / "cache"))
    assert stat.S_IMODE(os.stat(bundle.path).st_mode) == 0o600


def test_as_root_a_folder_of_another_users_is_not_used(certifi: Source, tmp_path: Path) -> None:
    """A HOME that sudo kept: a file of root's left there would stand in that user's way."""
    if os.geteuid():
        lacking("only root can give a folder away", installable=False)
    cache = tmp_path / "cache"
    merged([certifi], str(cache))
    os.chown(cache, 65534, 65534)
    remove(temporary(merged([certifi], str(cache))))


def test_the_fast_look_agrees_with_the_close_one(tmp_path: Path) -> None:
    """It may say no where the close one says yes, but never the other way round."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    for mode in (0o700, 0o755, 0o770, 0o775, 0o757, 0o777, 0o1777, 0o2775):
        for at in (folder, folder.parent):
            at.chmod(mode)
            try:
                ownership.walk("user").folder(str(folder))
            except SourceRejected:
                assert not paths.is_private_fast(str(folder))
            at.chmod(0o755)
    assert paths.is_private_fast(str(folder)) is hasattr(os, "getxattr")


def test_a_read_only_cache_is_no_obstacle(certifi: Source, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        script = 'mount -t tmpfs -o ro none "$2"; exec "$3" -c "$4" "$1" "$2"'
        cache = tmp_path / "cache"
        cache.mkdir()
        path = in_private_mounts(script, certifi, cache)
    else:
        cache = tmp_path / "cache"
        cache.mkdir(mode=0o500)
        path = merged([certifi], str(cache)).path
    assert not path.startswith(str(cache))
    remove(temporary(Bundle(path, str(Path(path).parent), (), b"")))


def test_a_full_disk_is_no_obstacle(certifi: Source, tmp_path: Path) -> None:
    if os.geteuid():
        lacking("only root can mount a small disk", installable=False)
    cache = tmp_path / "cache"
    cache.mkdir()
    script = (
        'mount -t tmpfs -o size=64k,mode=700 none "$2"; "$3" -c "$4" "$1" "$2" || exit; '
        'ls -A "$2" >&2; test -z "$(ls -A "$2")"'
    )
    path = in_private_mounts(script, certifi, cache)
    assert not path.startswith(str(cache))
    remove(temporary(Bundle(path, str(Path(path).parent), (), b"")))


def in_private_mounts(script: str, certifi: Source, cache: Path) -> str:
    program = PROGRAM + "print(merged(sources, sys.argv[2]).path)"
    said = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", str(certifi.path), str(cache),
         sys.executable, program],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.defpath},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return said.stdout.strip()


def test_with_no_place_at_all_the_error_is_spips_own_and_nothing_is_left(
    certifi: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on the size of files is a full disk wherever one writes."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(SpipError, match="no place to write the merged bundle"):
            merged([certifi], str(tmp_path / "cache"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list((tmp_path / "cache").iterdir()) == []


def aged(folder: Path, name: str, days: float) -> Path:
    path = folder / name
    path.write_bytes(b"")
    moment = time.time() - days * 86400
    os.utime(path, (moment, moment))
    return path


def test_what_nobody_uses_is_swept_and_nothing_else(tmp_path: Path) -> None:
    own = f"spip-bundle-{1:016x}.pem"
    stays = [
        aged(tmp_path, f"spip-bundle-{2:016x}.pem", 29),
        aged(tmp_path, f"spip-bundle-{3:016x}.pem", 100),
        aged(tmp_path, f"spip-bundle-{3:016x}.pem.stamp", 1),  # looked at yesterday
        aged(tmp_path, own, 1000),
        aged(tmp_path, "other.pem", 1000),
        aged(tmp_path, ".new-busy", 0.01),
    ]
    goes = [
        aged(tmp_path, f"spip-bundle-{4:016x}.pem", 31),
        aged(tmp_path, f"spip-bundle-{4:016x}.pem.stamp", 31),
        aged(tmp_path, ".new-left", 0.5),
    ]
    bundle_writer.sweep(str(tmp_path), time.time(), but=str(tmp_path / own))
    assert sorted(tmp_path.iterdir()) == sorted(stays)
    assert not any(path.exists() for path in goes)


def test_the_cache_does_not_grow_without_end(tmp_path: Path) -> None:
    for number in range(100):
        aged(tmp_path, f"spip-bundle-{number:016x}.pem", 1 if number < 50 else number)
    bundle_writer.sweep(str(tmp_path), time.time(), but="")
    assert len(list(tmp_path.iterdir())) == 50  # all that may be in use
    for path in tmp_path.iterdir():
        os.utime(path, (time.time() - 5 * 86400,) * 2)
    bundle_writer.sweep(str(tmp_path), time.time(), but="")
    assert len(list(tmp_path.iterdir())) == 40


def test_each_look_says_once_a_day_that_a_bundle_is_in_use(certifi: Source, tmp_path: Path) -> None:
    bundle = merged([certifi], str(tmp_path / "cache"))
    beside = bundle_cache.beside(bundle.path)
    moment = time.time() - 3 * 86400
    os.utime(beside, (moment, moment))
    merged([certifi], str(tmp_path / "cache"))
    assert time.time() - os.stat(beside).st_mtime < 60


def test_10000_certificates_are_merged_in_seconds(certifi: Source, tmp_path: Path) -> None:
    """`scripts/bench` holds it to 2 s; this only notices that time grows faster than the list."""
    many = tmp_path / "many.pem"
    with many.open("wb") as file:
        for serial in range(1, 10_001):
            file.write(kinds.pem(kinds.certificate(f"Example {serial} CA", serial=serial)))
    assert many.stat().st_size < checked_file.MOST_BYTES
    sources = [certifi, Source("explicit", "CA_VARIABLE", str(many))]
    began = time.process_time()
    bundle = merged(sources, str(tmp_path / "cache"))
    assert time.process_time() - began < 10
    # The first 300 are none of certifi's: two signatures are never the same.
    assert len(bundle.extra) == 10_000
    began = time.process_time()
    assert merged(sources, str(tmp_path / "cache")) == bundle
    assert time.process_time() - began < 0.05
