"""Switch pip's caches off for the rest of a run: HTTP, wheels, and those of pip's children.

What came over a connection that nobody verified would be used by later, verified runs. They are
off by pip's own option and variable; and what is in them all the same is removed afterwards.
"""

import os
import sys

from spip.bridge import import_hooks, other_pips

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Tuple

    from spip.bridge.run import Run

    State = Dict[str, Tuple[int, int, int]]

_KINDS = ("http", "http-v2", "wheels")  # of a cache's folders; what else is there is pip's own


class Empty:
    """A cache of HTTP answers that keeps nothing."""

    def get(self, *_: "Any", **__: "Any") -> None:
        """What was kept."""

    set = delete = get_body = set_body = close = get


def switch_off(run: "Run") -> None:
    """From here on: options that caches are made from, caches that were made, children."""
    first = not run.children.without_cache
    if first:
        run.children.without_cache = True
        run.cached = _contents(run)
        os.environ["PIP_NO_CACHE_DIR"] = "1"
        import_hooks.after("pip._internal.cache", lambda it: _quietly(run, _forget_place, run, it))
        if run.report is not None:
            run.report.tell(unverified=True)
    for options in run.options:
        run.patches.quietly("the cache's option", options.without_cache)
    leave(run)


def leave(run: "Run") -> None:
    """Have the sessions that were made keep nothing of what they get."""
    if run.children.without_cache:
        for session in run.sessions:
            _quietly(run, _empty, session)


def _quietly(run: "Run", act: "Any", *args: "Any") -> None:
    run.patches.quietly("pip's caches", act, *args)


def _empty(session: "Any") -> None:
    for adapter in {id(each): each for each in session.adapters.values()}.values():
        if getattr(adapter, "cache", None) is not None:
            adapter.cache = adapter.controller.cache = Empty()


def _forget_place(run: "Run", module: "Any") -> None:
    """Take the folder from each wheel cache, also from those that pip holds already.

    A property of the class hides what an instance has. The cache of one run (`EphemWheelCache`)
    keeps its temporary folder: pip builds into it where there is no other.
    """

    def get(cache: "Any") -> "Any":
        folder = vars(cache).get("cache_dir")
        return None if folder and _is_within(folder, run.cache_folders) else folder

    def put(cache: "Any", folder: "Any") -> None:
        vars(cache)["cache_dir"] = folder

    module.Cache.cache_dir = property(get, put)


def _is_within(folder: str, others: "List[str]") -> bool:
    path = os.path.realpath(folder)
    return any((path + os.sep).startswith(os.path.realpath(each) + os.sep) for each in others)


def remove_what_came(run: "Run") -> None:
    """Compare what lies in pip's caches, and remove what this run put there nevertheless."""
    if run.cached is None:
        return
    before, run.cached = run.cached, None
    came = [path for path, state in _contents(run, before).items() if before.get(path) != state]
    for path in came:
        _remove(run, path)
    if came:
        run.say(
            "%d file%s came into pip's cache in this run, and %s removed: %s"
            % (
                len(came),
                "" if len(came) == 1 else "s",
                "was" if len(came) == 1 else "were",
                os.path.commonpath([os.path.dirname(path) for path in came]),
            )
        )


def _remove(run: "Run", path: str) -> None:
    try:
        os.remove(path)
    except OSError as error:
        run.say("%s came into pip's cache and can't be removed: %s" % (path, error.strerror))


def _contents(run: "Run", before: "Any" = None) -> "State":
    """The files in the caches that pip may use here, each with what changes when it is written."""
    if before is None:
        run.cache_folders = list(dict.fromkeys(_folders(run)))
    found = {}
    for folder in run.cache_folders:
        for kind in _KINDS:
            for path, _, names in os.walk(os.path.join(folder, kind)):
                for name in names:
                    file = os.path.join(path, name)
                    try:
                        state = os.lstat(file)
                    except OSError:
                        continue
                    found[file] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found


def _folders(run: "Run") -> "Iterator[str]":
    for options in run.options:
        if isinstance(options.cache_dir, str):
            yield os.path.abspath(options.cache_dir)
    environ = run.environ
    if environ.get("PIP_CACHE_DIR"):
        yield os.path.abspath(os.path.expanduser(environ["PIP_CACHE_DIR"]))
    home = os.path.expanduser("~")
    if os.name == "nt":
        yield os.path.join(environ.get("LOCALAPPDATA", home), "pip", "Cache")
    elif sys.platform == "darwin":
        yield os.path.join(home, "Library", "Caches", "pip")
    yield os.path.join(environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"), "pip")


def argument(args: "Any") -> "Any":
    """A child's command; with `--no-cache-dir` if it is pip, since `--isolated` is deaf to PIP_."""
    if not other_pips.is_pip(args):
        return args
    return [*args[:2], "--no-cache-dir", *args[2:]]
