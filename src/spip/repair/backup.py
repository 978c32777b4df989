"""Keep each file as it was before a change, and bring it back: `spip doctor --undo`."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spip import paths
from spip.errors import SpipError
from spip.files import Change, apply, make_folders, read, refusal, remove_folders
from spip.hooks import marked_block, shell_hooks
from spip.invocation import command_line, joined
from spip.repair.messages import safe_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    HookCommand = Callable[[Sequence[str]], int]

_RECORD = "record.json"


@dataclass
class Backup:
    """One run of --fix. `files` are in the order of the changes; `hooks` name shells."""

    folder: str
    files: list[dict[str, Any]] = field(default_factory=list)
    hooks: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)  # folders, the outermost first

    def make(self) -> None:
        """Make the folder, nobody else's to read. Raises SpipError."""
        self.made += make_folders(self.folder)
        Path(self.folder).chmod(0o700)

    def keep(self, path: str, old: bytes, new: bytes) -> str:
        """Keep what a file holds, before it is changed; the backup. Raises SpipError."""
        backup = os.path.join(self.folder, f"{len(self.files)}-{os.path.basename(path)}")
        _write_private(backup, old)
        seen = os.stat(path)
        self.files.append(
            {
                "path": path,
                "backup": backup,
                "old": _digest(old),
                "new": _digest(new),
                "bare": _digest(_without_hook(new)),
                "times": [seen.st_atime_ns, seen.st_mtime_ns],
            }
        )
        self.write()
        return backup

    def write(self) -> None:
        """Put the record on the disk, whole or not at all."""
        path = os.path.join(self.folder, _RECORD)
        said = {"files": self.files, "hooks": self.hooks, "made": self.made}
        apply(Change(path, read(path), json.dumps(said, indent=1).encode()))


def new_backup() -> Backup:
    """A folder of this run's own; it is made once there is something to keep."""
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
    return Backup(os.path.join(_base(), f"{stamp}-{os.getpid()}"))


def latest_backup() -> Backup | None:
    """The last run that changed something; None where there is none. SpipError if damaged."""
    for folder in sorted(_folders(), reverse=True):
        path = os.path.join(folder, _RECORD)
        content = read(path)
        if content is None:
            continue  # it was ended before it changed anything
        if not (_is_own(folder) and _is_own(path) and paths.is_own(os.path.realpath(folder))):
            raise SpipError(f"{path} was not written by you, so nothing is done by it")
        try:
            said = json.loads(content)
            return Backup(folder, list(said["files"]), list(said["hooks"]), list(said["made"]))
        except (ValueError, KeyError, TypeError) as error:
            hint = f"the files as they were lie beside it: {folder}"
            raise SpipError(f"{path} is damaged: {error}", hint) from error
    return None


def plan_restore(folder: str, each: Mapping[str, Any]) -> Change | None:
    """Return what brings one file back; None where it is as it was. SpipError if it can't be.

    A hook that came or went since is no change of somebody else's: it stays as it is now.
    """
    if os.path.dirname(each["backup"]) != folder or os.path.islink(each["backup"]):
        raise SpipError(f"{each['backup']} is not where backups are kept: {folder}")
    path, now, old = each["path"], read(each["path"]), read(each["backup"])
    if now is not None and _digest(now) == each["old"]:
        return None  # the run was ended before it changed this one, or it is back already
    if old is None or _digest(old) != each["old"]:
        raise SpipError(f"{each['backup']} is not what was kept of {path}")
    if now is None:
        raise SpipError("it was removed since", _command("cp", each["backup"], path))
    access, change = each["times"]
    if _digest(now) == each["new"]:
        return Change(path, now, old, times=(access, change))
    if _digest(_without_hook(now)) != each.get("bare"):
        raise SpipError("it was changed since", _command("diff", each["backup"], path))
    return Change(path, now, marked_block.with_block_of(old, now))


def _command(name: str, *paths: str) -> str:
    return joined([{"cp": "copy", "diff": "fc"}[name] if os.name == "nt" else name, *paths])


def _without_hook(content: bytes) -> bytes:
    """A file's content without the hook that spip itself may have put there."""
    try:
        return marked_block.without_block(content)
    except SpipError:
        return content


def discard_backup(kept: Backup) -> None:
    """Remove what was kept: it is back in place."""
    shutil.rmtree(kept.folder, ignore_errors=True)
    remove_folders(kept.made)


def _base() -> str:
    import platformdirs

    return os.path.join(platformdirs.user_data_dir("spip", appauthor=False), "fix")


def _folders() -> list[str]:
    base = _base()
    if not os.path.isdir(base):
        return []
    return [os.path.join(base, name) for name in os.listdir(base)]


def _is_own(path: str) -> bool:
    """Whether this user made it: another's record would name any file of this user's."""
    return sys.platform == "win32" or os.lstat(path).st_uid == os.geteuid()


def _write_private(path: str, content: bytes) -> None:
    """A backup may hold what its file held: passwords too."""
    try:
        handle = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
        )
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise SpipError(f"no backup can be kept: {path}: {error.strerror}") from error


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def undo(hook: HookCommand) -> int:
    """Take the hooks out that it installed, and bring its files back; 0 done, 1 not all of it.

    `hook` is the command `spip hook`.

    A file that was changed since stays as it is, is named, and is kept for another try; all others
    come back. Raises SpipError in another user's home, as root may have it under sudo: what is kept
    there is that user's.
    """
    shell_hooks.this_user()
    run = latest_backup()
    if run is None:
        print("nothing to undo: `--fix` has changed nothing, or all of it was undone")
        return 1
    while run.hooks:
        hook(["remove", run.hooks[-1]])
        run.hooks.pop()
        run.write()
    left = [each for each in reversed(run.files) if not _restore(run.folder, each)]
    if not left:
        discard_backup(run)
        return 0
    run.files = left[::-1]
    run.write()
    print(f"what was left can be undone once it is settled:  {command_line('doctor', '--undo')}")
    return 1


def _restore(folder: str, each: Mapping[str, Any]) -> bool:
    """Bring one file back, or say why not."""
    path = safe_line(each["path"])
    try:
        change = plan_restore(folder, each)
        if change:
            _apply(change, each["backup"])
            print(f"restored  {path}")
    except SpipError as error:
        print(f"not restored  {path}: {safe_line(error.message)}")
        if error.hint:
            print(f"  look at it:  {safe_line(error.hint)}")
        return False
    return True


def _apply(change: Change, backup: str) -> None:
    why = refusal(change.path)
    if why:
        raise SpipError(f"it {why}", f"as it was, it lies in {backup}")
    apply(change)
