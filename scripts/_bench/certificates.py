"""Make as many roots as the largest bundle that anyone might have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.authority import Authority, bundle

if TYPE_CHECKING:
    from pathlib import Path


def once(file: Path, count: int) -> Path:
    """Write that many different authorities into one PEM file, unless it is there; returns it."""
    if file.exists():
        return file
    authorities = [Authority(f"Example Root CA {number}") for number in range(count)]
    return bundle(file.parent, *authorities, name=file.name)
