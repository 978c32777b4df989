"""Whether what an index answered is an index's page (PEP 503, PEP 691), by the answer alone.

pip says "No matching distribution" of a login form, too. No request is made for this, and what
pip read is looked at once it is read; a misspelt project on a sound index is no finding.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Set, Tuple

LOGIN, FOREIGN, MISSING, REFUSED = "login", "foreign", "missing", "refused"
KEPT = "kept"  # a sound page, out of pip's cache: what came since is not on it
PASSED_OVER = "passed-over"  # an http address, where pip asks no host that isn't trusted
_HTML = ("text/html", "application/vnd.pypi.simple.v1+html", "application/xhtml+xml")
_JSON = "application/vnd.pypi.simple.v1+json"
_PASSWORD = re.compile(rb"<input\b[^>]*\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
# What indexes write on their pages, also on those that list nothing.
_OWN_WORDS = re.compile(rb"pypi:repository-version|>\s*(?:links for|simple index)", re.IGNORECASE)
# A link in the list of all projects leads to what it is called: <a href="/simple/demo/">demo</a>.
_PROJECT = re.compile(
    rb"<a\s[^>]*\bhref\s*=\s*[\"']?(?:[^\"'>]*/)?([\w.-]+)/?[\"']?[^>]*>\s*\1/?\s*<", re.IGNORECASE
)
_LOGINS = re.compile(r"(?i)[/.?&=](?:log[-_]?in|sign[-_]?in|sso|saml\d?|oauth\d?|authorize|auth)\b")
_ENDS = rb"[-_.][^<>\"'\s]*\.(?:whl|zip|tar\.gz|tar\.bz2|tar\.xz|tgz|egg|exe)\b"


def kind(status: int, content_type: str, body: bytes, project: str = "") -> str:
    """One of the names above, "" for an index's page; `project`: its page, else the list of all."""
    if status != 200:
        refused = status >= 400
        return (MISSING if status in (404, 410) else REFUSED) if refused else ""
    media = content_type.partition(";")[0].strip().lower()
    if media == _JSON:
        return "" if (b'"files"' if project else b'"projects"') in body else FOREIGN
    if media and media not in _HTML:
        return FOREIGN
    if _PASSWORD.search(body):
        return LOGIN
    lists = _lists(project, body) if project else _PROJECT.search(body)
    return "" if lists or _OWN_WORDS.search(body) else FOREIGN


def leads_to_login(location: str) -> bool:
    """Whether a redirect leads to a page that asks for a login, by its address."""
    return _LOGINS.search(location) is not None


def _lists(project: str, body: bytes) -> bool:
    """Whether a file of that project is on a page."""
    name = b"[-_.]+".join(re.escape(part.encode()) for part in re.split(r"[-_.]+", project))
    return re.search(rb"(?<![a-z0-9])" + name + _ENDS, body, re.IGNORECASE) is not None


def _is_named(project: str, said: str) -> bool:
    parts = "[-_.]+".join(re.escape(part) for part in re.split("[-_.]+", project))
    return re.search(r"(?<![\w.-])" + parts + r"(?![\w-])", said, re.IGNORECASE) is not None


class Pages:
    """What the indexes of one run answered. `indexes`: their URLs, as pip has them."""

    def __init__(self, indexes: "Iterable[str]") -> None:
        self._indexes = [url.rstrip("/") + "/" for url in indexes if url]
        self._odd = []  # type: List[Dict[str, Any]]
        self._sound = set()  # type: Set[str]
        self._last = None  # type: Optional[Tuple[Any, str, str]]
        self._kept = {}  # type: Dict[str, Dict[str, Any]]
        self.passed_over = []  # type: List[Dict[str, Any]]  # indexes that pip never asked

    def follow(self, url: str, answer: "Any", *, redirected: bool) -> None:
        """Take one answer; its body is there once pip asks for the next, or has ended."""
        index, project = self._asked(url)
        if redirected and self._last is not None:
            _, index, project = self._last
        else:
            self._judge()
        self._last = (answer, index, project) if project else None

    def keep(self, url: str, answer: "Any") -> None:
        """Take an answer that pip had kept and didn't ask for again."""
        index, project = self._asked(url)
        if project:
            made = answer.headers.get("Date") or "an unknown date"
            self._kept[project] = {"url": index, "project": project, "kind": KEPT, "status": made}

    def pass_over(self, url: str) -> None:
        """Take an address that pip doesn't ask, since it is http."""
        index, project = self._asked(url)
        page = {"url": index or url, "project": project, "kind": PASSED_OVER, "status": ""}
        if page["url"] not in [each["url"] for each in self.passed_over]:
            self.passed_over.append(page)

    def kept(self, not_found: str) -> "List[Dict[str, Any]]":
        """The kept pages of the project that pip found nothing of, by what pip says of it."""
        return [page for name, page in self._kept.items() if _is_named(name, not_found)]

    def odd(self) -> "List[Dict[str, Any]]":
        """The pages that are no index's, of projects for which no index had one."""
        self._judge()
        return [each for each in self._odd if each["project"] not in self._sound]

    def _asked(self, url: str) -> "Tuple[str, str]":
        for index in self._indexes:
            rest = url[len(index) :].rstrip("/")
            if url.startswith(index) and rest and "/" not in rest:
                return index, rest
        return "", ""

    def _judge(self) -> None:
        if self._last is None:
            return
        answer, index, project = self._last
        self._last = None
        body = getattr(answer, "_content", None)
        what = kind(
            answer.status_code,
            answer.headers.get("Content-Type", ""),
            body if isinstance(body, bytes) else b"",
            project,
        )
        if not what and answer.status_code == 200:
            self._sound.add(project)
        # A project that an index lacks is answered so too; it says nothing where pages are usual.
        if what and not (what == MISSING and "simple" in index):
            status = "%d %s" % (answer.status_code, answer.reason or "")
            self._odd.append({"url": index, "project": project, "kind": what, "status": status})
