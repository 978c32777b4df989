"""What is in spip.pyz and spip-wheels.zip, for programs: a CycloneDX bill of materials.

Made by CycloneDX's own tool from the pinned requirements; what it can't know, the version that
stands in the package and that all of it belongs to spip, is added.
"""

from __future__ import annotations

import json
import os
import subprocess

from _setup import build
from _setup import environment as env
from _zipapp import pins
from spip import __version__
from spip.errors import SpipError

TOOLS = env.Environment(os.path.join(env.CHECKOUT, ".cache", "release-venv"), ("release",), (25, 1))


def made() -> bytes:
    """Return it as JSON, the same bytes each time. SpipError where the tool fails."""
    build.ready(TOOLS, os.environ)
    return _completed(json.loads(_asked(TOOLS.python)))


def _asked(python: str) -> str:
    pyproject = os.path.join(env.CHECKOUT, "pyproject.toml")
    words = ["requirements", "--pyproject", pyproject, "--output-reproducible", pins.TRAVELLING]
    argv = [python, "-W", "ignore", "-m", "cyclonedx_py", *words]
    # The moment of the build would be in it, too.
    environ = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        argv, cwd=env.CHECKOUT, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SpipError(f"the bill of materials could not be made:\n{done.stderr}")
    return done.stdout


def _completed(bill: dict[str, object]) -> bytes:
    metadata, components = bill["metadata"], bill["components"]
    if not isinstance(metadata, dict) or not isinstance(components, list):
        raise SpipError("the bill of materials has no components")
    root = metadata["component"]
    root["version"] = __version__
    root["purl"] = f"pkg:pypi/{root['name']}@{__version__}"
    names = sorted(component["bom-ref"] for component in components)
    bill["dependencies"] = [
        {"ref": root["bom-ref"], "dependsOn": names},
        *({"ref": name} for name in names),
    ]
    return (json.dumps(bill, indent=2, sort_keys=True) + "\n").encode()
