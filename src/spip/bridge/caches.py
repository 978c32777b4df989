"""Switch pip's caches off for the rest of a run: HTTP, wheels, and those of pip's children.

What came over a connection that nobody verified would be used by later, verified runs.
"""

from spip.bridge import imports, other_pips

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    from spip.bridge.run import Run


def switch_off(run: "Run") -> None:
    """From here on: options that caches are made from, caches that were made, children."""
    for options in run.options:
        options.cache_dir = False
    if not run.children.without_cache:
        run.children.without_cache = True
        imports.after("pip._internal.cache", _forget_place)
        if run.report is not None:
            run.report.tell(unverified=True)


def _forget_place(module: "Any") -> None:
    """Take the folder from each wheel cache, also from those that pip holds already.

    A property of the class hides what an instance has. The cache of one run (`EphemWheelCache`)
    keeps its temporary folder: pip builds into it where there is no other.
    """
    module.WheelCache.cache_dir = property(lambda _: None, _ignore)
    module.SimpleWheelCache.cache_dir = property(lambda _: None, _ignore)
    module.EphemWheelCache.cache_dir = property(lambda cache: cache._temp_dir.path, _ignore)


def _ignore(cache: "Any", folder: "Any") -> None:
    """What pip's own `__init__` sets is not wanted."""


def argument(args: "Any") -> "Any":
    """A child's command; with `--no-cache-dir` if it is pip, since `--isolated` is deaf to PIP_."""
    if not other_pips.is_pip(args):
        return args
    return [*args[:2], "--no-cache-dir", *args[2:]]


def words(args: "Any") -> "List[str]":
    """A child's command as text."""
    return [str(word) for word in args] if isinstance(args, (list, tuple)) else [str(args)]
