"""The tools of a developer's machine, each with a command that fetches from one TLS server."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from support.environments import find_uv
from support.index import Index, standard_artifacts
from support.run import clean_environment
from support.servers import TlsServer
from support.sites import Answer, Request

# What a test may be given on top of what this machine has: a folder with more programs.
_MORE = os.environ.get("SPIP_TEST_TOOLS", "")


@dataclass(frozen=True)
class Tool:
    """A program, and what it is told to fetch into an empty folder."""

    name: str
    words: Callable[[TlsServer, Path], list[str]]
    missing: Callable[[], str]

    def __str__(self) -> str:
        return self.name


class Everything:
    """A site that is an index, a git server (the plain kind), an npm and a cargo registry."""

    def __init__(self, folder: Path) -> None:
        self.index = Index(standard_artifacts())
        self.repository = repository(folder)
        self.base = ""  # of absolute URLs in the answers

    def __call__(self, request: Request) -> Answer:
        """Answer what the first part of the path is about."""
        path = request.path.partition("?")[0]
        first, _, rest = path.lstrip("/").partition("/")
        if first == "git":
            return self._git(rest)
        if first in {"npm", "cargo"}:
            return self._registry(first, rest)
        if first in {"simple", "files"}:
            return self.index(request)
        return Answer(body=b"hello\n", headers={"Content-Type": "text/plain"})

    def _git(self, name: str) -> Answer:
        file = self.repository / name.partition("/")[2]
        return Answer(body=file.read_bytes()) if file.is_file() else Answer(404)

    def _registry(self, kind: str, name: str) -> Answer:
        made = {"npm": _npm, "cargo": _cargo}[kind](name, self.base)
        return Answer(body=made) if made else Answer(404, b"{}")


def repository(folder: Path) -> Path:
    """Make a bare git repository that can be cloned as plain files; it holds a package."""
    work, bare = folder / "work", folder / "repository.git"
    work.mkdir(parents=True)
    (work / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["minibackend"]\nbuild-backend = "minibackend"\n'
    )
    (work / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: fromgit\nVersion: 1.0\n")
    (work / "fromgit.py").write_text("GENUINE = True\n")
    who = ["-c", "user.name=ann", "-c", "user.email=ann@corp.example"]
    for words in (
        ["init", "-q", "-b", "main", str(work)],
        ["-C", str(work), "add", "."],
        ["-C", str(work), *who, "commit", "-q", "-m", "A package"],
        ["clone", "-q", "--bare", str(work), str(bare)],
        ["-C", str(bare), "update-server-info"],
    ):
        subprocess.run(["git", *words], check=True, env=clean_environment(folder))
    return bare


def _tarball(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


_PACKAGE = _tarball({"package/package.json": '{"name": "demo", "version": "1.0.0"}'})
_CRATE = _tarball(
    {
        "demo-1.0.0/Cargo.toml": '[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n',
        "demo-1.0.0/src/lib.rs": "",
    }
)


def _npm(name: str, base: str) -> bytes:
    if name == "demo.tgz":
        return _PACKAGE
    if name != "demo":
        return b""
    digest = base64.b64encode(hashlib.sha512(_PACKAGE).digest()).decode()
    dist = {"tarball": f"{base}/npm/demo.tgz", "integrity": f"sha512-{digest}"}
    version = {"name": "demo", "version": "1.0.0", "dist": dist}
    tags = {"latest": "1.0.0"}
    return json.dumps({"name": "demo", "dist-tags": tags, "versions": {"1.0.0": version}}).encode()


def _cargo(name: str, base: str) -> bytes:
    if name == "config.json":
        return json.dumps({"dl": f"{base}/cargo/dl/{{crate}}"}).encode()
    if name == "dl/demo":
        return _CRATE
    if name != "de/mo/demo":
        return b""
    line = {
        "name": "demo",
        "vers": "1.0.0",
        "deps": [],
        "cksum": hashlib.sha256(_CRATE).hexdigest(),
        "features": {},
        "yanked": False,
    }
    return json.dumps(line).encode() + b"\n"


def program(name: str) -> str:
    """Return the path of a program; its name alone where there is none."""
    places = [_MORE, os.path.dirname(sys.executable), os.environ.get("PATH", "")]
    return shutil.which(name, path=os.pathsep.join(places)) or name


def _needs(name: str) -> Callable[[], str]:
    return lambda: "" if os.path.isabs(program(name)) else f"no {name} on PATH"


def _needs_module(name: str) -> Callable[[], str]:
    return lambda: "" if importlib.util.find_spec(name) else f"no {name} beside this Python"


def _git(server: TlsServer, _: Path) -> list[str]:
    return [program("git"), "clone", "-q", server.url("/git/repository.git"), "cloned"]


def _curl(server: TlsServer, _: Path) -> list[str]:
    return [program("curl"), "-sS", "--fail", server.url("/hello")]


def _node(server: TlsServer, _: Path) -> list[str]:
    code = f"fetch({server.url('/hello')!r}).then(a => a.text()).then(console.log)"
    return [program("node"), "-e", code]


def _npm_words(server: TlsServer, _: Path) -> list[str]:
    where = ["--registry", server.url("/npm/"), "--no-audit", "--no-fund", "--fetch-retries=0"]
    return [program("npm"), "install", *where, "demo"]


def _python(code: str) -> Callable[[TlsServer, Path], list[str]]:
    def words(server: TlsServer, _: Path) -> list[str]:
        return [sys.executable, "-c", code, server.url("/hello")]

    return words


def _uv(server: TlsServer, folder: Path) -> list[str]:
    where = ["--index-url", server.url("/simple/"), "--no-config", "--no-cache"]
    python = ["--python", sys.executable]
    return [find_uv(), "pip", "install", *where, *python, "--target", str(folder / "to"), "demo"]


def _poetry(server: TlsServer, folder: Path) -> list[str]:
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "ours"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
        'dependencies = ["demo"]\n[tool.poetry]\npackage-mode = false\n'
        f'[[tool.poetry.source]]\nname = "ours"\nurl = "{server.url("/simple/")}"\n'
        'priority = "primary"\n'
    )
    return [program("poetry"), "lock", "--no-interaction", "--no-cache"]


def _cargo_words(server: TlsServer, folder: Path) -> list[str]:
    (folder / "src").mkdir()
    (folder / "src" / "lib.rs").write_text("")
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "ours"\nversion = "1.0.0"\nedition = "2021"\n'
        '[dependencies]\ndemo = { version = "1", registry = "ours" }\n'
    )
    (folder / ".cargo").mkdir()
    (folder / ".cargo" / "config.toml").write_text(
        f'[registries.ours]\nindex = "sparse+{server.url("/cargo/")}"\n[net]\nretry = 0\n'
    )
    return [program("cargo"), "fetch"]


TOOLS = (
    Tool("git", _git, _needs("git")),
    Tool("curl", _curl, _needs("curl")),
    Tool("node", _node, _needs("node")),
    Tool("npm", _npm_words, _needs("npm")),
    Tool(
        "urllib",
        _python("import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read())"),
        lambda: "",
    ),
    Tool(
        "requests",
        _python("import sys, requests as r; r.get(sys.argv[1]).raise_for_status()"),
        _needs_module("requests"),
    ),
    Tool(
        "httpx",
        _python("import sys, httpx as r; r.get(sys.argv[1]).raise_for_status()"),
        _needs_module("httpx"),
    ),
    Tool("uv", _uv, lambda: "" if find_uv() else "no uv beside this Python or on PATH"),
    # Among the tests' own packages below Python 3.15 only: parts of it have to be compiled.
    Tool("poetry", _poetry, _needs("poetry")),
    Tool("cargo", _cargo_words, _needs("cargo")),
    Tool("conda", lambda s, _: ["conda", "search", "-c", s.url("/")], _needs("conda")),
    Tool("mamba", lambda s, _: ["mamba", "search", "-c", s.url("/")], _needs("mamba")),
)
