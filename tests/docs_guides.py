"""What the guides tell a reader to type, as it stands there, and the world to type it in."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.run import Result, run
from support.wheelhouse import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from support.environments import Environment

GUIDES = CHECKOUT / "docs" / "guides"
_MARKED = re.compile(
    r"^<!-- (?P<mark>tried|validated)(?:: (?P<name>[\w.]+))? -->\n"
    r"```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def tried(
    guide: str, name: str | None = None, *, folder: Path = GUIDES, as_is: str = "tried"
) -> list[str]:
    """Return the blocks of a page that are marked as tried under that name, in order.

    `as_is`: the word of the mark; "validated" is what can't be run here.
    """
    page = (folder / f"{guide}.md").read_text("utf-8")
    found = [each for each in _MARKED.finditer(page) if each["mark"] == as_is]
    return [each["text"] for each in found if each["name"] == name]


def steps(workflow: str) -> Iterator[str]:
    """Yield what a pipeline's YAML has a shell run: `run:` with its lines, items of `script:`."""
    lines = workflow.splitlines()
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        word, _, rest = line.strip().removeprefix("- ").partition(": ")
        if word == "run" and rest != "|":
            yield rest
        elif word in {"run", "script:", "before_script:"}:
            block = []
            for below in lines[number + 1 :]:
                if len(below) - len(below.lstrip()) <= indent:
                    break
                if not below.strip().startswith("#") or word == "run":
                    block.append(below.strip().removeprefix("- "))
            yield "\n".join(block)


@dataclass
class Reader:
    """Somebody with a folder of downloads, a home of their own and one Python on PATH."""

    folder: Path
    home: Path
    python: Environment
    wrap: Callable[[Sequence[str]], list[str]]

    def types(self, blocks: Sequence[str], **env: str) -> Result:
        """Type blocks into one shell that stops at the first command that fails."""
        path = f"{self.python.scripts}:{self.home}/.local/bin:/usr/local/bin:{os.defpath}:/usr/sbin"
        script = "set -euo pipefail\n" + "\n".join(blocks)
        argv = self.wrap(["/bin/bash", "-c", script])
        return run(
            argv,
            env={"HOME": str(self.home), "PATH": path, **env},
            cwd=self.folder,
            timeout=300,
        )


def sums(folder: Path, *names: str) -> None:
    """Write SHA256SUMS, as the release has it: with a line for a file that isn't here too."""
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    digests["another-file.whl"] = "0" * 64
    lines = (f"{digest}  {name}\n" for name, digest in digests.items())
    (folder / "SHA256SUMS").write_text("".join(lines))


def changeable(folder: Path, *places: str) -> Callable[[Sequence[str]], list[str]]:
    """Return what runs a command that may change these folders of the system, for itself alone.

    What it changed lies below `folder`. It needs root.
    """
    lay = []
    for place in places:
        upper, work = (folder / kind / place.strip("/") for kind in ("upper", "work"))
        for each in (upper, work):
            each.mkdir(parents=True)
            each.chmod(0o755)
        options = f"lowerdir={place},upperdir={upper},workdir={work}"
        lay.append(shlex.join(["mount", "-t", "overlay", "overlay", "-o", options, place]))
    script = " && ".join([*lay, 'exec "$@"'])
    return lambda argv: ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh", *argv]
