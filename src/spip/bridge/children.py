"""What pip's children are told: the build's pip, the build backend, git, and the tools they call.

They only ever see environment variables, so the merged bundle goes under each name they read. It
is asked for when the first child starts: an install of wheels never builds it.
"""

import contextlib
import os
import subprocess

from spip.bridge import variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, Optional, Set, Tuple

    from spip.bridge.inherited import Inherited
    from spip.bridge.report import Report
    from spip.bridge.run import Run


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
            from spip.bridge import caches

            options["env"] = environ = dict(environ, PIP_NO_CACHE_DIR="1")
            args = caches.argument(args)
        if not self.run.watches_connections():
            return args, None, None
        from spip.bridge import other_pips

        if not other_pips.is_pip(args):
            return args, None, None
        with self.left_alone():
            args, given, report = other_pips.through_the_bridge(self.run, args, environ)
        given.give(options)
        return args, given, report

    def _look_at(self, args: "Any") -> None:
        """Judge what is started by its own words, whichever of pip's functions starts it."""
        from spip.bridge import checkouts, other_pips

        run = self.run
        for url in checkouts.started(args) if run.watches_connections() else ():
            run.without_verification().own_ways.checkout(url)
        if run.unverified is not None:
            run.unverified.child(args)
        if "--trusted-host" in other_pips.words(args) and not other_pips.is_pip(args):
            run.patches.must_have_run("session", ran=False)

    def complete(self, environ: "Dict[str, str]", args: "Any") -> "Dict[str, str]":
        """`environ`, with the merged bundle under each name that a child may read."""
        from spip.bridge import empty_variables

        empty_variables.drop(environ)
        with self.left_alone():  # what this asks for may start a process of its own
            own = variables.own_files(environ)
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
        from spip.bridge import other_pips

        if other_pips.is_pip(args):
            return
        for name in set(self._names()).intersection(variables.kept(self.run.environ, lacking)):
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
            self.told[key] = variables.of_other_tools(environ, bundle, folded)
        return self.told[key]

    def _names(self) -> "Any":
        # With a proxy of pip's own, pip 24.1 and newer reads no variable but those named PIP_.
        names = ["SSL_CERT_FILE"] if self.cert_on_command_line else list(variables.PIP_READS)
        return [*names, "PIP_CERT"]
