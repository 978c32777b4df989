"""The command line of `scripts/release`: make every file of a release, or the man page."""

from __future__ import annotations

import argparse
import os
import subprocess
from typing import TYPE_CHECKING

from _release import man_page, sbom, sdist
from _setup import environment as env
from _setup.ending import ended
from _zipapp import archive, contents, pins, project, sums
from spip import __version__
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Sequence


def release(arguments: Sequence[str]) -> int:
    """Make the files, print each with its SHA-256; 0 if that was done."""
    options = _options(arguments)

    def run() -> int:
        if options.man_page:
            man_page.write()
            return 0
        _see_to_version(options.tag)
        if not options.as_it_is:
            _see_to_cleanness()
        _make(options.out, options.wheels, with_bill=not options.without_bill)
        return 0

    return ended(run)


def _make(out: str, folder: str, *, with_bill: bool) -> None:
    os.makedirs(out, exist_ok=True)
    os.makedirs(folder, exist_ok=True)
    if os.listdir(out):
        raise SpipError(f"{out} is not empty; a release has nothing in it but its own files")
    flit_core = pins.wheels(pins.BUILDING, folder)["flit_core"]
    wheels = pins.wheels(pins.TRAVELLING, folder)
    spip = project.wheel(flit_core)
    made = {
        spip[0]: archive.packed(spip[1]),
        "spip.pyz": contents.single_file(spip[1], wheels),
        "spip-wheels.zip": contents.zip_of_wheels(spip, wheels),
        **sdist.made(flit_core),
        **({"spip.cdx.json": sbom.made()} if with_bill else {}),
    }
    made["SHA256SUMS"] = sums.text(made)
    for name, data in made.items():
        _write(os.path.join(out, name), data)
    print(made["SHA256SUMS"].decode(), end="")


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, 0o755 if path.endswith(".pyz") else 0o644)


def _see_to_version(tag: str) -> None:
    if tag and tag != f"v{__version__}":
        raise SpipError(
            f"the tag is {tag}, and src/spip/__init__.py says {__version__}",
            f"git tag v{__version__}",
        )


def _see_to_cleanness() -> None:
    """A release is made of what is committed, and of nothing that lies about."""
    asked = ["git", "-C", env.CHECKOUT, "status", "--porcelain"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode or done.stdout:
        raise SpipError(
            f"{env.CHECKOUT} holds what is not committed:\n{done.stdout or done.stderr}".rstrip(),
            "git status",
        )


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="release", description="Make everything that a release offers."
    )
    parser.add_argument("--out", default=os.path.join(env.CHECKOUT, "dist"), metavar="FOLDER")
    parser.add_argument(
        "--wheels",
        default=os.path.join(env.CHECKOUT, ".cache", "zipapp"),
        metavar="FOLDER",
        help="where the pinned wheels lie, and where missing ones are put",
    )
    parser.add_argument("--tag", default="", help="refuse where it isn't the version's")
    parser.add_argument(
        "--as-it-is", action="store_true", help="not a release: whatever is in the checkout"
    )
    parser.add_argument(
        "--man-page", action="store_true", help="only write the man page anew, into the checkout"
    )
    parser.add_argument(
        "--without-bill",
        action="store_true",
        help="not a release: no bill of materials, whose tool has to be fetched",
    )
    return parser.parse_args(arguments)
