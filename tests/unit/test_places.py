"""Where files lie: folders that are this user's alone, parts of a single file, spelt commands."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from spip import invocation, paths
from spip.errors import SpipError
from spip.ownership import macos
from spip.standalone import helper_process, shipped_files, single_file, unpack
from support.lacking import lacking

QUESTION = '{"cert": null, "whole": false, "pip_certifi": null}'
posix = pytest.mark.skipif(os.name == "nt", reason="mode bits and owners of POSIX")


# --- the cache folder


@posix  # /xdg is absolute there alone
@pytest.mark.parametrize("xdg", ["", "/xdg", "relative"])
def test_it_is_where_platformdirs_has_it(xdg: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"HOME": "/home/ann", "XDG_CACHE_HOME": xdg}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    if xdg == "relative":  # the specification ignores it; not every platformdirs does
        monkeypatch.delenv("XDG_CACHE_HOME")
    unix, macos = Unix("spip").user_cache_dir, MacOS("spip").user_cache_dir
    assert paths.cache_path(environ, "linux") == unix
    assert paths.cache_path(environ, "darwin") == macos


@posix
@pytest.mark.parametrize("kind", ["cache", "config", "state"])
@pytest.mark.parametrize(("platform", "dirs"), [("linux", Unix), ("darwin", MacOS)])
def test_each_folder_is_where_platformdirs_has_it(
    kind: str, platform: str, dirs: type[Unix | MacOS], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table is there since the import of platformdirs would cost a start 6 ms."""
    for name in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/home/ann")
    expected = getattr(dirs("spip", appauthor=False), f"user_{kind}_dir")
    if (kind, platform) == ("state", "darwin"):
        expected = os.path.join(expected, "State")  # beside the roots, in a folder of its own
    assert paths.user_folder(kind, {"HOME": "/home/ann"}, platform) == expected
    assert paths.user_folder(kind, {"HOME": "ann"}, platform) is None


@posix
@pytest.mark.parametrize("kind", ["cache", "config", "state"])
def test_so_it_is_where_a_variable_moves_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = f"XDG_{kind.upper()}_HOME"
    monkeypatch.setenv(variable, "/elsewhere")
    expected = getattr(Unix("spip"), f"user_{kind}_dir")
    assert paths.user_folder(kind, {"HOME": "/h", variable: "/elsewhere"}, "linux") == expected


@pytest.mark.parametrize("kind", ["cache", "config", "state"])
def test_on_windows_each_is_where_platformdirs_has_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from platformdirs import windows

    base = os.path.abspath("/Users/ann/AppData/Local")
    monkeypatch.setattr(windows, "get_win_folder", lambda _: base)
    expected = getattr(windows.Windows("spip", appauthor=False), f"user_{kind}_dir")
    if kind == "state":
        expected = os.path.join(expected, "State")
    assert paths.user_folder(kind, {"LOCALAPPDATA": base}, "win32") == expected
    assert paths.user_folder(kind, {"LOCALAPPDATA": "relative"}, "win32") is None


def test_on_windows_it_lies_in_the_local_profile() -> None:
    base = os.path.abspath("/Users/ann/AppData/Local")
    found = paths.cache_path({"LOCALAPPDATA": base}, "win32")
    assert found == os.path.join(base, "spip", "Cache")
    assert paths.cache_path({}, "win32") is None


@posix
def test_without_a_home_the_accounts_own_is_used() -> None:
    import pwd

    home = pwd.getpwuid(os.getuid()).pw_dir
    for environ in ({}, {"HOME": ""}):
        assert paths.cache_path(environ, "linux") == os.path.join(home, ".cache", "spip")


@posix
def test_it_is_made_for_its_owner_alone_but_a_missing_home_is_not(tmp_path: Path) -> None:
    folder = paths.cache({"HOME": str(tmp_path)})
    assert folder is not None
    assert Path(folder) == tmp_path / ".cache" / "spip"
    assert Path(folder).stat().st_mode & 0o777 == 0o700
    assert paths.cache({"HOME": str(tmp_path / "missing")}) is None
    assert not (tmp_path / "missing").exists()


@posix
def test_links_are_followed_and_what_they_lead_to_is_judged(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / ".cache").symlink_to("scratch")
    assert paths.cache({"HOME": str(tmp_path)}) == str(tmp_path / "scratch" / "spip")
    (tmp_path / "scratch").chmod(0o777)
    assert paths.cache({"HOME": str(tmp_path)}) is None


@posix
@pytest.mark.parametrize("mode", [0o702, 0o777, 0o1777])
def test_a_folder_that_others_can_write_to_is_not_own(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    assert paths.is_own(str(folder))
    folder.chmod(mode)
    assert not paths.is_own(str(folder))


@posix
def test_a_sticky_folder_above_does_no_harm_and_an_open_one_does(tmp_path: Path) -> None:
    folder = tmp_path / "above" / "folder"
    folder.mkdir(parents=True, mode=0o700)
    (tmp_path / "above").chmod(0o1777)
    assert paths.is_own(str(folder))
    (tmp_path / "above").chmod(0o777)
    assert not paths.is_own(str(folder))


@posix
def test_a_group_that_is_the_users_alone_may_write(tmp_path: Path) -> None:
    import grp
    import pwd

    user = pwd.getpwuid(os.getuid())
    group = grp.getgrgid(user.pw_gid)
    if group.gr_name != user.pw_name or {*group.gr_mem} - {user.pw_name}:
        lacking(f"the group {group.gr_name} is not {user.pw_name}'s alone", installable=False)
    os.chown(tmp_path, -1, group.gr_gid)
    tmp_path.chmod(0o770)
    assert paths.is_own(str(tmp_path))
    other = next(each.gr_gid for each in grp.getgrall() if each.gr_name != user.pw_name)
    if os.geteuid() == 0:
        os.chown(tmp_path, -1, other)
        assert not paths.is_own(str(tmp_path))


@posix
def test_a_list_that_no_mode_bit_shows_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS: a folder of mode 0700 may let another user write, and the single file runs from it."""
    monkeypatch.delattr(os, "getxattr", raising=False)  # macOS' Python has none
    lists = {str(tmp_path): "group:UUID:everyone:12:deny:delete"}
    monkeypatch.setattr(macos, "text", lambda what: lists.get(what, ""))
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    assert paths.is_own(str(folder))
    for path in (str(tmp_path), str(folder)):
        lists[path] = "user:UUID:eve:59999:allow:add_file,delete_child"
        assert not paths.is_own(str(folder))
        del lists[path]


@posix
def test_somebody_elses_folder_is_not_own(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        lacking("only root can give a folder away", installable=False)
    folder = tmp_path / "theirs" / "folder"
    folder.mkdir(parents=True, mode=0o700)
    os.chown(tmp_path / "theirs", 65534, -1)
    assert not paths.is_own(str(folder))  # as a kept HOME under sudo
    os.chown(folder, 65534, -1)
    assert not paths.is_own(str(folder))


# --- parts of a single file


def listed(content: bytes, path: str) -> str:
    return f"{hashlib.sha256(content).hexdigest()} {len(content)} {path}\n"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A single file with one part, of which one file lies in a wheel."""
    path = tmp_path / "some.pyz"
    with zipfile.ZipFile(tmp_path / "some.whl", "w") as wheel:
        wheel.writestr("b c/inner.py", b"inner = 1\n")
    text = "part-0123\n" + listed(b"outer = 1\n", "a/outer.py")
    text += "@wheels/some.whl\n" + listed(b"inner = 1\n", "b c/inner.py")
    with zipfile.ZipFile(path, "w") as whole:
        whole.write(tmp_path / "some.whl", "wheels/some.whl")
        whole.writestr("a/outer.py", b"outer = 1\n")
        whole.writestr("contents/part.txt", text)
    return path


def test_a_part_is_unpacked_once(archive: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    single = single_file.opened(str(archive), str(cache), None)
    folder = Path(single.folder("part"))
    assert folder == cache / "part-0123"
    assert (folder / "a" / "outer.py").read_bytes() == b"outer = 1\n"
    assert (folder / "b c" / "inner.py").read_bytes() == b"inner = 1\n"
    before = (folder / "a" / "outer.py").stat()
    assert single.folder("part") == str(folder)
    assert (folder / "a" / "outer.py").stat() == before
    assert single.temporary is None


def test_only_what_is_missing_or_cut_short_is_written_again(archive: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    single = single_file.opened(str(archive), str(cache), None)
    folder = Path(single.folder("part"))
    before = (folder / "b c" / "inner.py").stat()
    (folder / "a" / "outer.py").write_bytes(b"")
    single.folder("part")
    assert (folder / "a" / "outer.py").read_bytes() == b"outer = 1\n"
    assert (folder / "b c" / "inner.py").stat() == before


def test_without_a_cache_it_goes_to_a_private_folder_which_is_removed(archive: Path) -> None:
    single = single_file.opened(str(archive), None, None)
    folder = Path(single.folder("part"))
    assert single.temporary
    assert folder.parent == Path(single.temporary)
    assert folder.parent.stat().st_mode & 0o777 == 0o700 or os.name == "nt"
    single.remove_temporary()
    assert not folder.parent.exists()


def test_content_that_is_not_what_was_built_is_refused(archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    with zipfile.ZipFile(archive, "w") as whole:
        whole.writestr("a/outer.py", b"other = 1\n")
        whole.writestr("contents/part.txt", "part-0123\n" + listed(b"outer = 1\n", "a/outer.py"))
    assert archive.read_bytes() != data
    single = single_file.opened(str(archive), str(tmp_path), None)
    with pytest.raises(SpipError, match="is damaged"):
        single.folder("part")
    assert not (tmp_path / "part-0123" / "a" / "outer.py").exists()


def test_what_killed_processes_left_is_swept_and_what_is_at_work_is_not(tmp_path: Path) -> None:
    left, at_work = tmp_path / ".new-1", tmp_path / ".new-2"
    for file in (left, at_work):
        file.touch()
    os.utime(left, (time.time() - 7200,) * 2)
    unpack._sweep(str(tmp_path))
    assert os.listdir(tmp_path) == [".new-2"]


def test_what_older_files_unpacked_goes_when_it_was_not_used_for_long(
    archive: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    for name, days in (("part-old", 100), ("part-used", 5), ("other-old", 100)):
        (cache / name).mkdir(parents=True, mode=0o700)
        os.utime(cache / name, (time.time() - days * 86400,) * 2)
    cache.chmod(0o700)
    single = single_file.opened(str(archive), str(cache), None)
    folder = single.folder("part")
    assert {entry.name for entry in cache.iterdir()} == {"part-0123", "part-used", "other-old"}
    os.utime(folder, (0, 0))
    single.folder("part")
    assert time.time() - os.stat(folder).st_mtime < 60


# --- where pip installed spip


def test_an_installed_spip_has_its_files_beside_it() -> None:
    assert Path(shipped_files.starter()[-1]).name == "start.py"
    assert Path(shipped_files.starter()[-1]).is_file()
    bundle = shipped_files.certifi_bundle()
    assert bundle
    assert Path(bundle).is_file()
    assert shipped_files.temporary() is None
    assert isinstance(shipped_files.pip(), str)


def test_a_question_is_answered_by_the_home_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a home of its own: it once wrote into the developer's, and met the roots kept there."""
    for name in ("HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    said = subprocess.check_output(
        helper_process.command("spip.trust.resolve:main"), input=QUESTION.encode()
    )
    answer = json.loads(said)
    own = Path(answer["path"]).is_relative_to(tmp_path)  # where this machine has roots of its own
    assert answer["merged"] is own
    assert own or answer["path"].endswith("cacert.pem")


# --- how a command is spelt


@pytest.mark.parametrize(
    ("command", "end"),
    [
        (["python", "spip.pyz", "install", "x"], 2),
        (["python3", "-I", "spip.pyz", "-m", "x"], 3),
        (["python", "-X", "utf8", "-W", "error", "-u", "spip.pyz", "list"], 7),
        (["python", "-Xutf8", "-Werror", "spip.pyz"], 4),
        (["python", "-Wm", "-m", "spip", "-m", "spip"], 4),
        (["python", "-Im", "spip", "list"], 3),
        (["python", "--check-hash-based-pycs", "never", "spip.pyz", "list"], 4),
        (["/venv/bin/python", "/venv/bin/spip", "list"], 2),
    ],
)
def test_the_beginning_of_a_command_line(command: list[str], end: int) -> None:
    assert invocation.beginning(command) == command[:end]


@posix
def test_a_command_on_path_is_called_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "spip").write_text("#!/bin/sh\n")
        (tmp_path / name / "spip").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "one"))
    for name, spelt in (("one", "spip doctor"), ("other", f"{tmp_path}/other/spip doctor")):
        program = str(tmp_path / name / "spip")
        monkeypatch.setattr(sys, "orig_argv", ["/venv/bin/python", program, "list"])
        assert invocation.command_line("doctor") == spelt


@posix
def test_a_module_is_called_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["/my env/bin/python", "-m", "spip", "list"])
    monkeypatch.setattr(sys, "executable", "/my env/bin/python")
    words = invocation.command_line("trust", "add", "FILE")
    assert words == "'/my env/bin/python' -m spip trust add FILE"
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "spip", "list"])
    assert invocation.started() == [sys.executable, "-m", "spip"]


@posix
def test_a_base_interpreter_that_started_an_environment_is_not_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The launcher of a virtual environment on Windows, a framework build on macOS: no spip there.

    The line that undoes a `trust add` named that interpreter, and failed.
    """
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "orig_argv", ["/base/bin/python", "-m", "spip", "list"])
    monkeypatch.setattr(sys, "executable", "/environment/bin/python")
    assert invocation.started() == ["/environment/bin/python", "-m", "spip"]
    assert invocation.command_line("trust") == "/environment/bin/python -m spip trust"


@pytest.mark.parametrize(
    ("word", "spelt"),
    [
        (r"C:\a b", r"'C:\a b'"),
        ("it's", "'it''s'"),
        ("\u2019", '"$([char]0x2019)"'),
        ('$a`b"\ud55c', '"`$a``b`"$([char]0xD55C)"'),
        ("\U0001f600", '"$([char]0xD83D)$([char]0xDE00)"'),
    ],
)
def test_a_word_for_powershell_is_ascii(word: str, spelt: str) -> None:
    """Windows PowerShell 5.1 reads a file without a byte-order mark in the ANSI code page."""
    assert invocation.in_powershell(word) == spelt
    assert spelt.isascii()
