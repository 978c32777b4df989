"""What a server serves: a site is a function from a request to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """One HTTP request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    sni: str | None = None
    client: str | None = None  # common name of the client's certificate

    @property
    def user_agent(self) -> str:
        """What the client calls itself."""
        return self.headers.get("user-agent", "")


@dataclass(frozen=True)
class Answer:
    """What a site says to a request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Site = Callable[[Request], Answer]


def hello(_: Request) -> Answer:
    """Answer anything with one line of text."""
    return Answer(body=b"hello\n", headers={"Content-Type": "text/plain"})


def redirect_to(url: str) -> Site:
    """Make a site that sends every path to one URL, or below it where the URL ends in a slash."""

    def site(request: Request) -> Answer:
        target = url + request.path.lstrip("/") if url.endswith("/") else url
        return Answer(302, headers={"Location": target})

    return site
