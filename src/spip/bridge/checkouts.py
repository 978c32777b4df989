"""Repositories that pip has git and its kin fetch: one that comes by a plain connection is met.

Only the address that pip was given is known here. What such a tool then fetches by itself (a
submodule, another host that a server sends it to) nobody sees.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from spip.bridge.run import Run

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


def is_plain(url: str) -> bool:
    """Whether what comes from there can be changed by anyone on the way."""
    return url.partition(":")[0].lower() in _PLAIN


def watch(module: "Any", run: "Run") -> None:
    """Extend `VersionControl.obtain`, by which every pip gets or updates a repository."""
    original = module.VersionControl.obtain

    def obtain(tool: "Any", dest: str, url: "Any", *args: "Any", **options: "Any") -> "Any":
        named = str(getattr(url, "secret", url))
        if is_plain(named):
            run.without_verification().own_ways.checkout(named)
        return original(tool, dest, url, *args, **options)

    module.VersionControl.obtain = obtain
