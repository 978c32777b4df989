"""Take the SHA-256 and the size of each file that comes without verification, as pip reads it."""

import hashlib

from spip import redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List


class Body:
    """The bytes of one answer, counted as pip reads them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.size = 0
        self.digest = hashlib.sha256()
        self.within = False  # urllib3's `stream` reads by its own `read`

    def count(self, data: "Any") -> None:
        """Take what pip was given."""
        self.digest.update(data)
        self.size += len(data)


class DownloadLog:
    """Files, not the index's pages: those are what a hash is of use for later."""

    def __init__(self) -> None:
        self.bodies = []  # type: List[Body]
        self.by_children = []  # type: List[Dict[str, Any]]  # what a build's pip reported

    def follow(self, answer: "Any") -> None:
        """Hash what will be read of a requests.Response; in 19.3 and in 26.3 it has a `raw`."""
        page = "html" in str(answer.request.headers.get("Accept", ""))
        if page or answer.status_code not in (200, 206) or answer.request.method != "GET":
            return
        body = self._body_of(answer)
        raw = answer.raw
        raw.stream = _stream(raw.stream, body)
        raw.read = _read(raw.read, body)

    def entries(self) -> "List[Dict[str, Any]]":
        """For the log: address (without secrets), SHA-256 and size in bytes of each."""
        own = [
            {"url": redact.cleaned(each.url), "sha256": each.digest.hexdigest(), "size": each.size}
            for each in self.bodies
            if each.size
        ]
        return own + self.by_children

    def _body_of(self, answer: "Any") -> Body:
        """A part that follows on what came before belongs to the same file (pip resumes)."""
        url = answer.url
        for body in self.bodies:
            starts = "bytes %d-" % body.size
            if body.url == url and str(answer.headers.get("Content-Range", "")).startswith(starts):
                return body
        self.bodies.append(Body(url))
        return self.bodies[-1]


def _read(original: "Any", body: Body) -> "Any":
    def read(*args: "Any", **options: "Any") -> "Any":
        data = original(*args, **options)
        if not body.within:
            body.count(data)
        return data

    return read


def _stream(original: "Any", body: Body) -> "Any":
    def stream(*args: "Any", **options: "Any") -> "Iterator[Any]":
        pieces = original(*args, **options)
        while True:
            body.within = True
            try:
                piece = next(pieces)
            except StopIteration:
                return
            finally:
                body.within = False
            body.count(piece)
            yield piece

    return stream
