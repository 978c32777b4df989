"""The guide for images, followed word for word where an image can be built without Docker.

`docker` is a script that has buildah do the same, without any privilege of its own (chroot); the
base image is made here from one of this machine's Pythons, and knows the index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs_guides import tried
from support import single_file
from support.authority import Authority
from support.index import Index, standard_artifacts
from support.interpreters import interpreter
from support.lacking import is_guides_job, lacking
from support.run import Result, run
from support.servers import TlsServer

_DOCKER = """\
#!/bin/sh
set -e
to="--storage-driver vfs --root {store} --runroot {store}/run"
case $1 in
build) shift; exec buildah $to build --isolation chroot --pull-never "$@" ;;
save) buildah $to push --quiet "$2" "docker-archive:{store}/saved.tar:$2" >&2
      cat {store}/saved.tar; rm {store}/saved.tar ;;
esac
"""


@pytest.fixture
def way(tmp_path: Path, authority: Authority) -> Iterator[Path]:
    """A folder as the guide wants it, with `docker` in `bin`, and the index while it lasts."""
    for name in ("buildah", "ldd"):
        if not shutil.which(name):
            lacking(f"no {name}, so that no image can be built", installable=is_guides_job())
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        lacking("not root on Linux, so that no image can be built", installable=is_guides_job())
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(_DOCKER.format(store=tmp_path / "store"))
    docker.chmod(0o755)
    app = tmp_path / "app"
    app.mkdir()
    (app / "company-root.pem").write_bytes(authority.pem)
    (app / "requirements.txt").write_text("demo\nneedsbuild\n")
    shutil.copy(single_file.built() / "spip.pyz", app)
    with TlsServer(authority.issue(), Index(standard_artifacts())) as index:
        _base(tmp_path / "base", index.url("/simple/"))
        _type(["docker build --tag python:3.13-slim ."], tmp_path / "base").passed()
        yield app
    shutil.rmtree(tmp_path / "store")  # half a gigabyte


def test_no_layer_holds_the_root(way: Path) -> None:
    (dockerfile,), (build,), (look,) = (tried("docker", n) for n in ("Dockerfile", "build", "look"))
    (way / "Dockerfile").write_text(dockerfile)
    built = _type([build], way).passed()
    assert "Successfully installed demo-1.0 needsbuild-1.0" in built.output
    assert _type([look], way).stdout.strip() == "0"
    # The counterpart: without the tmpfs mount, spip's cache stays in the layer, with the root.
    (way / "Dockerfile").write_text(re.sub(r".*type=tmpfs.*\n", "", dockerfile))
    _type([build], way).passed()
    assert int(_type([look], way).passed().stdout) > 0


def _type(blocks: list[str], folder: Path) -> Result:
    path = f"{folder.parent / 'bin'}:{os.defpath}:/usr/sbin:/sbin"
    script = "\n".join(["set -eu", *blocks])
    env = {"PATH": path, "TMPDIR": str(folder.parent)}
    return run(["/bin/bash", "-c", script], env=env, cwd=folder, timeout=300)


def _base(folder: Path, index: str) -> None:
    """Make the context of an image with a shell and a Python, as large as it has to be."""
    python = interpreter("3.13").path.resolve()
    prefix = python.parent.parent
    if prefix in (Path("/"), Path("/usr")):
        lacking("no CPython 3.13 in a folder of its own")
    root = folder / "root"
    left_out = shutil.ignore_patterns(
        "test", "idlelib", "*.a", "__pycache__", "ensurepip", "config-*"
    )
    shutil.copytree(prefix, Path(f"{root}{prefix}"), symlinks=True, ignore=left_out)
    programs = [Path("/bin/sh").resolve(), python, *prefix.rglob("lib-dynload/*.so")]
    for library in sorted({each for program in programs for each in _libraries(program)}):
        place = Path(f"{root}{library}")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, place)
    for name in ("bin", "tmp", "etc", "root", "usr/local/bin", "usr/bin"):
        (root / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(Path("/bin/sh").resolve(), root / "bin" / "sh")
    (root / "usr" / "local" / "bin" / "python").symlink_to(python)
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (folder / "Dockerfile").write_text(
        f"FROM scratch\nCOPY root/ /\nENV PATH=/usr/local/bin:/bin PIP_INDEX_URL={index}\n"
    )


def _libraries(program: Path) -> list[str]:
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    found: list[str] = re.findall(r"(/\S+) \(0x", said.stdout)
    return [library for library in found if "/lib-dynload/" not in library]
