"""The build backend: flit's, and the pages of docs/ go along in the wheel, as one file.

So `spip explain` shows the pages of the site, offline, and there is no second copy of them to keep.
An editable install has none: it reads docs/ itself.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from flit_core import buildapi, wheel
from flit_core.buildapi import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]
_CHECKOUT = Path(__file__).resolve().parent.parent.parent


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build a wheel into that folder; its name. The hook of PEP 517."""
    wheel.WheelBuilder = _Builder
    name: str = buildapi.build_wheel(wheel_directory, config_settings, metadata_directory)
    return name


class _Builder(wheel.WheelBuilder):  # type: ignore[misc]  # flit_core has no annotations
    def copy_module(self) -> None:
        super().copy_module()
        pages = _pages()
        found = pages.read(str(_CHECKOUT / "docs"))
        with self._write_to_zip(f"spip/data/{pages.FILE}") as file:
            file.write(json.dumps(found, ensure_ascii=False, sort_keys=True))


def _pages() -> Any:
    """The module that reads pages, without the package around it: its libraries may be missing."""
    spec = importlib.util.spec_from_file_location(
        "pages", _CHECKOUT / "src" / "spip" / "data" / "pages.py"
    )
    if spec is None or spec.loader is None:
        raise ImportError("src/spip/data/pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
