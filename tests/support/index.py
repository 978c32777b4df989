"""A package index as a site for a server: PEP 503 pages, PEP 691 JSON where it is asked for."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from support.artifacts import Artifact, normalized, sdist, wheel
from support.sites import Answer, Request

if TYPE_CHECKING:
    from collections.abc import Iterable

_JSON = "application/vnd.pypi.simple.v1+json"
MANY = tuple(f"many-{number:02}" for number in range(30))


@cache
def standard_artifacts() -> tuple[Artifact, ...]:
    """Make what the tests install: `demo`, thirty small wheels, and an sdist with its backend."""
    source = Path(__file__).with_name("minibackend.py").read_text(encoding="utf-8")
    return (
        wheel("demo", scripts={"demo": "demo:main"}),
        *(wheel(project) for project in MANY),
        wheel("minibackend", modules={"minibackend.py": source}),
        sdist("needsbuild"),
    )


class Index:
    """A site with a simple index below /simple/ and its files below /files/.

    `files` is the URL that file links start with, for files on another host; `hashes` says
    whether links carry the file's SHA-256, `offers_json` whether JSON is known at all.
    """

    def __init__(
        self,
        artifacts: Iterable[Artifact] = (),
        *,
        files: str = "/files/",
        hashes: bool = True,
        offers_json: bool = True,
    ) -> None:
        self.artifacts = {artifact.filename: artifact for artifact in artifacts}
        self.files = files
        self.hashes = hashes
        self.offers_json = offers_json

    def add(self, artifact: Artifact) -> None:
        """Offer one more file, in place of one of the same name."""
        self.artifacts[artifact.filename] = artifact

    def __call__(self, request: Request) -> Answer:
        """Answer a request; query strings are of no interest."""
        kind, _, name = request.path.partition("?")[0].strip("/").partition("/")
        if kind == "files" and name in self.artifacts:
            body = self.artifacts[name].data
            return Answer(body=body, headers={"Content-Type": "application/octet-stream"})
        offered = [a for a in self.artifacts.values() if a.project == normalized(name)]
        if kind != "simple" or (name and not offered):
            return Answer(404, b"no such page\n", {"Content-Type": "text/plain"})
        if self.offers_json and _JSON in request.headers.get("accept", ""):
            return self._json(name, offered)
        return self._html(name, offered)

    def _html(self, name: str, offered: list[Artifact]) -> Answer:
        links = map(self._link, offered) if name else map(_project_link, self._projects())
        page = "\n".join(["<!DOCTYPE html><html><body>", *links, "</body></html>\n"])
        return Answer(body=page.encode(), headers={"Content-Type": "text/html"})

    def _json(self, name: str, offered: list[Artifact]) -> Answer:
        page: dict[str, object] = {"meta": {"api-version": "1.0"}}
        if name:
            page |= {"name": normalized(name), "files": [self._entry(a) for a in offered]}
        else:
            page |= {"projects": [{"name": project} for project in self._projects()]}
        return Answer(body=json.dumps(page).encode(), headers={"Content-Type": _JSON})

    def _projects(self) -> list[str]:
        return sorted({artifact.project for artifact in self.artifacts.values()})

    def _link(self, artifact: Artifact) -> str:
        fragment = f"#sha256={artifact.sha256}" if self.hashes else ""
        needed = artifact.requires_python.replace(">", "&gt;").replace("<", "&lt;")
        attribute = f' data-requires-python="{needed}"' if needed else ""
        target = f"{self.files}{artifact.filename}{fragment}"
        return f'<a href="{target}"{attribute}>{artifact.filename}</a><br>'

    def _entry(self, artifact: Artifact) -> dict[str, object]:
        entry: dict[str, object] = {
            "filename": artifact.filename,
            "url": f"{self.files}{artifact.filename}",
            "hashes": {"sha256": artifact.sha256} if self.hashes else {},
        }
        if artifact.requires_python:
            entry["requires-python"] = artifact.requires_python
        return entry


def _project_link(project: str) -> str:
    return f'<a href="/simple/{project}/">{project}</a><br>'
