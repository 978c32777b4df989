"""Repositories that pip has git and its kin fetch: one that comes by a plain connection is met.

Only the address that pip was given is known here. What such a tool then fetches by itself (a
submodule, another host that a server sends it to) nobody sees.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

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


def is_plain(url: str) -> bool:
    """Whether what comes from there can be changed by anyone on the way."""
    return url.partition(":")[0].lower() in _PLAIN


def started(args: "Any") -> "Iterator[str]":
    """The plain addresses that a program is about to fetch a repository from."""
    words = [str(word) for word in args] if isinstance(args, (list, tuple)) else []
    program = os.path.splitext(os.path.basename(words[0]))[0] if words else ""
    if program in _PROGRAMS:
        for word in words[1:]:
            scheme = word.partition("://")[0].lower()
            if "://" in word and (scheme in _PLAIN or scheme in _FETCHED_BY[program]):
                yield word if "+" in scheme else "%s+%s" % (program, word)
