"""A machine with files where administrators, agents and users put roots: laid over this one.

A private mount namespace lays prepared folders over this system's own, for one command and for
nothing else. It needs root: in a user namespace root's files would look like nobody's.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from support.os_store import OsStore
from support.run import Result, run


@dataclass
class Machine:
    """What is laid over this system. `store` is the operating system's own."""

    folder: Path
    store: OsStore
    home: Path
    also: list[str] = field(default_factory=list)  # further mounts, as shell commands

    def put(
        self, path: str, content: bytes, *, mode: int = 0o644, owner: int = 0, parent: int = 0o755
    ) -> str:
        """Put a file there; `parent` is the mode of the folder that it lies in."""
        place = Path(f"{self.folder}{path}")
        place.parent.mkdir(parents=True, exist_ok=True)
        for above in place.parents:
            if above == self.folder:
                break
            above.chmod(0o755)
        place.parent.chmod(parent)
        place.write_bytes(content)
        place.chmod(mode)
        os.chown(place, owner, owner)
        return path

    def wrap(self, argv: Sequence[str | os.PathLike[str]]) -> list[str]:
        """Return argv that runs the command on this machine."""
        tops = sorted(path.name for path in self.folder.iterdir())
        lay = [
            f"mkdir -p /{top} && "
            f"mount -t overlay overlay -o lowerdir={shlex.quote(f'{self.folder}/{top}')}:/{top} "
            f"/{top}"
            for top in tops
        ]
        script = " && ".join([*lay, *self.also, 'exec "$@"'])
        return ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh", *self.store.wrap(argv)]

    def run(self, argv: Sequence[str | os.PathLike[str]], stdin: str = "", **env: str) -> Result:
        """Run a command there, with a home that stays."""
        return run(self.wrap(argv), env={"HOME": str(self.home), **env}, stdin=stdin)


@cache
def missing() -> str:
    """Say what this system lacks for such a machine, or nothing."""
    if not sys.platform.startswith("linux"):
        return "no mount namespaces outside of Linux"
    if os.geteuid() != 0:
        return "not root, so that no file can belong to an administrator of the test's own machine"
    with TemporaryDirectory() as folder:
        below, over = Path(folder, "below"), Path(folder, "over")
        below.mkdir()
        over.mkdir()
        lay = f"mount -t overlay overlay -o lowerdir={below}:{over} {over}"
        done = run(["unshare", "-m", "/bin/sh", "-c", lay])
    return "" if done.code == 0 else f"no overlay can be mounted: {done.stderr.strip()}"
