"""Keep what was not verified out of pip's caches, and what lies in them out of such a run."""

import os
import sys

from spip.bridge import import_hooks
from spip.bridge.patches import quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Tuple

    from spip.bridge.context import Context

    State = Dict[str, Tuple[int, int, int]]

_KINDS = ("http", "http-v2", "wheels")  # of a cache's folders; what else is there is pip's own


class NoCache:
    """A cache of HTTP answers that keeps nothing."""

    def get(self, *_: "Any", **__: "Any") -> None:
        """What was kept."""

    set = delete = get_body = set_body = close = get


def switch_off(context: "Context") -> None:
    """From here on: options that caches are made from, caches that were made, children."""
    first = not context.without_cache
    if first:
        context.without_cache = True
        context.cache_before = _contents(context)
        os.environ["PIP_NO_CACHE_DIR"] = "1"
        import_hooks.after(
            "pip._internal.cache", lambda it: _quietly(context, _hide_folder, context, it)
        )
        if context.child_report is not None:
            context.child_report.add(unverified=True)
    for options in context.options:
        quietly(context, "the cache's option", options.without_cache)
    empty_sessions(context)


def empty_sessions(context: "Context") -> None:
    """Have the sessions that were made keep nothing of what they get."""
    if context.without_cache:
        for session in context.sessions:
            _quietly(context, _empty, session)


def _quietly(context: "Context", act: "Any", *args: "Any") -> None:
    quietly(context, "pip's caches", act, *args)


def _empty(session: "Any") -> None:
    for adapter in {id(each): each for each in session.adapters.values()}.values():
        if getattr(adapter, "cache", None) is not None:
            adapter.cache = adapter.controller.cache = NoCache()


def _hide_folder(context: "Context", module: "Any") -> None:
    """Take the folder from each wheel cache, also from those that pip holds already.

    A property of the class hides what an instance has. The cache of one run (`EphemWheelCache`)
    keeps its temporary folder: pip builds into it where there is no other.
    """

    def get(cache: "Any") -> "Any":
        folder = vars(cache).get("cache_dir")
        return None if folder and _is_within(folder, context.cache_folders) else folder

    def put(cache: "Any", folder: "Any") -> None:
        vars(cache)["cache_dir"] = folder

    module.Cache.cache_dir = property(get, put)


def _is_within(folder: str, others: "List[str]") -> bool:
    path = os.path.realpath(folder)
    return any((path + os.sep).startswith(os.path.realpath(other) + os.sep) for other in others)


def remove_additions(context: "Context") -> None:
    """Compare what lies in pip's caches, and remove what this run put there nevertheless."""
    if context.cache_before is None:
        return
    before, context.cache_before = context.cache_before, None
    added = [
        path for path, state in _contents(context, before).items() if before.get(path) != state
    ]
    for path in added:
        _remove(context, path)
    if added:
        context.say(
            "%d file%s came into pip's cache in this run, and %s removed: %s"
            % (
                len(added),
                "" if len(added) == 1 else "s",
                "was" if len(added) == 1 else "were",
                os.path.commonpath([os.path.dirname(path) for path in added]),
            )
        )


def _remove(context: "Context", path: str) -> None:
    try:
        os.remove(path)
    except OSError as error:
        context.say("%s came into pip's cache and can't be removed: %s" % (path, error.strerror))


def _contents(context: "Context", before: "Any" = None) -> "State":
    """The files in the caches that pip may use here, each with what changes when it is written."""
    if before is None:
        context.cache_folders = list(dict.fromkeys(_folders(context)))
    states = {}
    for folder in context.cache_folders:
        for kind in _KINDS:
            for path, _, names in os.walk(os.path.join(folder, kind)):
                for name in names:
                    file = os.path.join(path, name)
                    try:
                        state = os.lstat(file)
                    except OSError:
                        continue
                    states[file] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return states


def _folders(context: "Context") -> "Iterator[str]":
    for options in context.options:
        if isinstance(options.cache_dir, str):
            yield os.path.abspath(options.cache_dir)
    environ = context.environ
    if environ.get("PIP_CACHE_DIR"):
        yield os.path.abspath(os.path.expanduser(environ["PIP_CACHE_DIR"]))
    home = os.path.expanduser("~")
    if os.name == "nt":
        yield os.path.join(environ.get("LOCALAPPDATA", home), "pip", "Cache")
    elif sys.platform == "darwin":
        yield os.path.join(home, "Library", "Caches", "pip")
    yield os.path.join(environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"), "pip")
