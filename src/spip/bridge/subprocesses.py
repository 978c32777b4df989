"""What pip's children are told: the build's pip, the build backend, git, and the tools they call.

They only ever see environment variables, so the merged bundle goes under each name they read. It
is asked for when the first child starts: an install of wheels never builds it.
"""

import contextlib
import json
import os
import subprocess
import sys

from spip.bridge import env_vars, import_hooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Mapping, Optional, Set, Tuple

    from spip.bridge.audit_client import Report
    from spip.bridge.inherited_text import Inherited
    from spip.bridge.run import Run

    State = Dict[str, Tuple[int, int, int]]


class Children:
    """Completes the environment of each process that pip starts once it has a session."""

    def __init__(self, run: "Run", *, cert_on_command_line: bool) -> None:
        self.run = run
        self.cert_on_command_line = cert_on_command_line
        self.has_session = False
        self.aside = False  # what spip itself starts sees what the user set
        self.without_cache = False
        self.left = set()  # type: Set[str]  # the variables of which that was said
        self.told = {}  # type: Dict[Any, Dict[str, str]]

    def watch(self) -> None:
        """Wrap subprocess.Popen for the rest of this process, which runs nothing but pip."""
        original = subprocess.Popen.__init__

        def start(popen: "Any", args: "Any", *rest: "Any", **options: "Any") -> None:
            given = report = None
            if not self.aside:
                args, given, report = self._prepare(args, options)
            try:
                original(popen, args, *rest, **options)
            finally:
                if given is not None:
                    given.close()
            if report is not None:
                report.follow(popen, self.run.take)

        subprocess.Popen.__init__ = start  # type: ignore[method-assign, assignment]

    def _prepare(
        self, args: "Any", options: "Dict[str, Any]"
    ) -> "Tuple[Any, Optional[Inherited], Optional[Report]]":
        """What pip is about to start, and with which options of Popen's."""
        given = options.get("env")  # an empty one is meant to be empty
        environ = os.environ if given is None else given
        self._look_at(args)
        if self.has_session:
            options["env"] = environ = self.complete(dict(environ), args)
        if self.without_cache:
            options["env"] = environ = dict(environ, PIP_NO_CACHE_DIR="1")
            args = argument(args)
        if not self.run.watches_connections():
            return args, None, None

        if not is_pip(args):
            return args, None, None
        with self.left_alone():
            args, given, report = through_the_bridge(self.run, args, environ)
        given.give(options)
        return args, given, report

    def _look_at(self, args: "Any") -> None:
        """Judge what is started by its own words, whichever of pip's functions starts it."""
        run = self.run
        for url in started(args) if run.watches_connections() else ():
            run.without_verification().own_ways.checkout(url)
        if run.unverified is not None:
            run.unverified.child(args)
        if "--trusted-host" in words(args) and not is_pip(args):
            run.patches.must_have_run("session", ran=False)

    def complete(self, environ: "Dict[str, str]", args: "Any") -> "Dict[str, str]":
        """`environ`, with the merged bundle under each name that a child may read."""
        from spip.bridge import env_vars

        env_vars.drop(environ)
        with self.left_alone():  # what this asks for may start a process of its own
            own = env_vars.own_files(environ)
            found = self.run.trust.bundles(own)
            if found is None:  # as pip alone would have told it
                return dict(self.run.taken, **environ)
            bundle = found["path"]
            environ.update(self._of_other_tools(environ, bundle, own, found["tools"]))
            environ.update(dict.fromkeys(self._names(), bundle))
            if found["lacking"]:
                self._give_back(environ, args, found["lacking"])
        return environ

    def _give_back(self, environ: "Dict[str, str]", args: "Any", lacking: "Any") -> None:
        """A tool goes on with what it has alone; a pip is spip's, and has what this one has."""
        if is_pip(args):
            return
        for name in set(self._names()).intersection(env_vars.kept(self.run.environ, lacking)):
            del environ[name]
            if self.run.environ.get(name):
                environ[name] = self.run.environ[name]
                self._say_left(name)

    def _say_left(self, name: str) -> None:
        if name not in self.left:
            self.left.add(name)
            self.run.say(
                "%s is left as it is for what pip starts, "
                "since the bundle lacks something of what it names" % name
            )

    @contextlib.contextmanager
    def left_alone(self) -> "Iterator[None]":
        """What is started within gets the environment that it was given."""
        before, self.aside = self.aside, True
        try:
            yield
        finally:
            self.aside = before

    def _of_other_tools(
        self, environ: "Any", bundle: str, own: "Dict[str, str]", folded: "Dict[str, str]"
    ) -> "Dict[str, str]":
        """The same for each child in which the user's own variables are the same."""
        key = tuple(sorted(own.items()))
        if key not in self.told:
            self.told[key] = env_vars.of_other_tools(environ, bundle, folded)
        return self.told[key]

    def _names(self) -> "Any":
        # With a proxy of pip's own, pip 24.1 and newer reads no variable but those named PIP_.
        names = ["SSL_CERT_FILE"] if self.cert_on_command_line else list(env_vars.PIP_READS)
        return [*names, "PIP_CERT"]


# pip sets this for the interpreter that it hands over to (`--python`, `PIP_PYTHON`).
HANDED_OVER = "_PIP_RUNNING_IN_SUBPROCESS"
# How pip starts itself: 19.3 (a folder), 21.2 to 22.1 (a copy in a zip), and 22.2 on.
_RUNNER = "__pip-runner__.py"
_STANDALONE = "__env_pip__.zip"
# What of the plan holds wherever pip runs; the rest is for one process.
_SHARED = (
    "plain",
    "debug",
    "program",
    "finding",
    "spip",
    "names_python",
    "variables",
    "certifi",
    "os_bundle",
    "extra",
    "consent",
    "names",
    "home",
    "starter",
)


def is_pip(args: "Any") -> bool:
    """Whether a command is one of pip's own: an interpreter, then the pip that runs here."""
    if not isinstance(args, (list, tuple)) or len(args) < 2:
        return False
    runner = str(args[1])
    known = os.path.basename(runner) in (_RUNNER, "pip") or _STANDALONE in runner
    return known or _is_runner(runner)


def _is_runner(path: str) -> bool:
    """Whether it is a file of pip's own folder, whatever pip calls it: nothing else is started."""
    pip = getattr(sys.modules.get("pip"), "__file__", None)
    here = os.path.dirname(os.path.abspath(path)) if path.endswith(".py") else ""
    return bool(pip and here and os.path.realpath(here) == os.path.realpath(os.path.dirname(pip)))


def words(args: "Any") -> "List[str]":
    """A child's command as text."""
    return [str(word) for word in args] if isinstance(args, (list, tuple)) else [str(args)]


def through_the_bridge(
    run: "Run", args: "Any", environ: "Mapping[str, str]"
) -> "Tuple[List[str], Inherited, Optional[Report]]":
    """The same command by way of `bridge.start`, what that inherits, what a build's pip will tell.

    It prints into what pip keeps to itself, while `--python` writes where everyone can see it.
    """
    from spip.bridge.audit_client import Report
    from spip.bridge.inherited_text import Inherited

    plan = {name: run.plan[name] for name in _SHARED}  # type: Dict[str, Any]
    plan.update(_copy(str(args[1])), argv0=str(args[1]), temporary=None)
    report = None
    if HANDED_OVER in run.environ or HANDED_OVER not in environ:
        report = Report.begun()
        # Its trust is in its environment, and no connection of it is ever relaxed.
        plan["names"] = {"spip": plan["names"]["spip"]}
        plan["program"] = None  # it changes nothing that runs
        plan["consent"] = dict(plan["consent"], grants=[], notices=[])
        plan["build"] = dict(_known(run), report=report.path, argv=run.arguments)
    given = Inherited(json.dumps(plan))
    return [str(args[0]), *plan["starter"], given.word, *map(str, args[2:])], given, report


def _copy(runner: str) -> "Dict[str, Optional[str]]":
    """Which copy of pip: its own runner, or where the pip that runs here lies.

    What is older than the runner is found in the runner's manner, by its name alone.
    """
    if runner.endswith(".py"):
        return {"runner": runner, "folder": None}
    import pip

    return {
        "runner": None,
        "folder": os.path.dirname(os.path.dirname(os.path.abspath(pip.__file__))),
    }


def _known(run: "Run") -> "Dict[str, Any]":
    """What has been named and logged already, and is told to that pip by words of its own."""
    if run.unverified is None:
        return {"named": [], "lines": []}
    return run.unverified.own_ways.known()


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
    if not is_pip(args):
        return args
    return [*args[:2], "--no-cache-dir", *args[2:]]
