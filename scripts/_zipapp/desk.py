"""The command line of `scripts/build_zipapp`: build the single file and the zip of wheels."""

from __future__ import annotations

import argparse
import hashlib
import os
from typing import TYPE_CHECKING

from _setup import environment as env
from _setup.ending import ended
from _zipapp import contents, pins, project, sums
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 6_500_000  # bytes of spip.pyz; the pages of docs/ are 115,000 of them


def main(arguments: Sequence[str]) -> int:
    """Build both files and print what they are; 0 if that was done."""
    options = _options(arguments)

    def run() -> int:
        os.makedirs(options.wheels, exist_ok=True)
        flit_core = pins.wheels(pins.BUILDING, options.wheels)["flit_core"]
        wheels = pins.wheels(pins.TRAVELLING, options.wheels)
        if not options.fetch:
            _build(options.out, project.wheel(flit_core), wheels)
        return 0

    return ended(run)


def _build(out: str, spip: tuple[str, dict[str, bytes]], wheels: dict[str, str]) -> None:
    os.makedirs(out, exist_ok=True)
    single = contents.single_file(spip[1], wheels)
    if len(single) > _MOST:
        raise SpipError(f"spip.pyz would have {len(single):,} bytes, more than {_MOST:,}")
    made = {"spip.pyz": single, "spip-wheels.zip": contents.zip_of_wheels(spip, wheels)}
    for name, data in made.items():
        _write(os.path.join(out, name), data, 0o755 if name.endswith(".pyz") else 0o644)
    with open(os.path.join(out, "SHA256SUMS"), "wb") as file:
        file.write(sums.text(made))


def _write(path: str, data: bytes, mode: int) -> None:
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.chmod(path + ".new", mode)
    os.replace(path + ".new", path)
    print(f"{path}\n  {len(data):,} bytes\n  SHA-256 {hashlib.sha256(data).hexdigest()}")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="build_zipapp",
        description="Build spip.pyz, and spip-wheels.zip for machines that are offline.",
    )
    parser.add_argument("--out", default=os.path.join(env.CHECKOUT, "dist"), metavar="FOLDER")
    parser.add_argument(
        "--wheels",
        default=os.path.join(env.CHECKOUT, ".cache", "zipapp"),
        metavar="FOLDER",
        help="where the pinned wheels lie, and where missing ones are put",
    )
    parser.add_argument("--fetch", action="store_true", help="only fetch the pinned wheels")
    return parser.parse_args(arguments)
