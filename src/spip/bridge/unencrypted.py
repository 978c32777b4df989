"""Tell which addresses come unencrypted: by scheme, in a command, among pip's options."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Tuple

# What nobody encrypts, among the schemes that pip knows.
_PLAIN = frozenset(
    (
        "http",
        *("git", "git+git", "git+http"),
        *("hg+http", "hg+static-http"),
        *("svn", "svn+http", "svn+svn"),
        *("bzr+ftp", "bzr+http"),
    )
)
# The programs that pip starts, and what they call the same.
_FETCHED_BY = {
    "git": ("http", "git"),
    "hg": ("http", "static-http"),
    "svn": ("http", "svn"),
    "bzr": ("http", "ftp"),
}
_PROGRAMS = frozenset(_FETCHED_BY)


def is_unencrypted(url: str) -> bool:
    """Whether what comes from there can be changed by anyone on the way."""
    return url.partition(":")[0].lower() in _PLAIN


def repositories(args: "Any") -> "Iterator[str]":
    """The plain addresses that a program is about to fetch a repository from."""
    words = [str(word) for word in args] if isinstance(args, (list, tuple)) else []
    program = os.path.splitext(os.path.basename(words[0]))[0] if words else ""
    if program in _PROGRAMS:
        for word in words[1:]:
            scheme = word.partition("://")[0].lower()
            if "://" in word and (scheme in _PLAIN or scheme in _FETCHED_BY[program]):
                yield word if "+" in scheme else "%s+%s" % (program, word)


def http_options(options: "Any") -> "Iterator[Tuple[str, str]]":
    """The http:// addresses among pip's options, each with the name that pip keeps it under."""
    for name in ("index_url", "extra_index_urls", "find_links"):
        value = getattr(options, name, None) or ()
        for url in (value,) if isinstance(value, str) else value:
            if str(url)[:5].lower() == "http:":
                yield name, url
