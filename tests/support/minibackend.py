"""The smallest PEP 517 backend: every `.py` file beside pyproject.toml goes into the wheel.

It is served as a wheel of its own, so that a build in isolation has to fetch it from the index.
A file `fetch-url` in the sdist names a URL that is downloaded with urllib while building; what
came is put into the wheel as `fetched.txt`. Runs on Python 3.6 and later.
"""
# ruff: noqa: UP006, UP032, UP035, UP045 - Python 3.6 knows nothing newer

import base64
import hashlib
import os
import urllib.request
import zipfile
from typing import Dict, List, Optional

Settings = Optional[Dict[str, str]]


def get_requires_for_build_wheel(config_settings: Settings = None) -> List[str]:
    """Nothing more than what pyproject.toml says."""
    del config_settings
    return []


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: Settings = None
) -> str:
    """Write the .dist-info folder; returns its name."""
    del config_settings
    name = _stem() + ".dist-info"
    os.makedirs(os.path.join(metadata_directory, name))
    for path, data in _information().items():
        with open(os.path.join(metadata_directory, path), "wb") as file:
            file.write(data)
    return name


def build_wheel(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: Optional[str] = None,
) -> str:
    """Write the wheel; returns its file name."""
    del config_settings, metadata_directory
    files = {path: _read(path) for path in sorted(os.listdir(".")) if path.endswith(".py")}
    if os.path.exists("fetch-url"):
        files["fetched.txt"] = _fetch(_read("fetch-url").decode().strip())
    files.update(_information())
    record = _stem() + ".dist-info/RECORD"
    lines = ["{},{},{}\n".format(path, _digest(data), len(data)) for path, data in files.items()]
    files[record] = "".join([*lines, record + ",,\n"]).encode()
    filename = _stem() + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return filename


def _information() -> Dict[str, bytes]:
    folder = _stem() + ".dist-info/"
    tag = b"Wheel-Version: 1.0\nGenerator: minibackend\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return {folder + "METADATA": _read("PKG-INFO"), folder + "WHEEL": tag}


def _stem() -> str:
    lines = _read("PKG-INFO").decode().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    return fields["Name"].replace("-", "_") + "-" + fields["Version"]


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=20) as answer:
        data = answer.read()
    return bytes(data)


def _digest(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return "sha256=" + digest.rstrip(b"=").decode()
