"""Give each process that pip starts the merged bundle: a build's pip, its backend, git, tools.

They only ever see environment variables, so the bundle goes under each name that they read. It is
asked for when the first of them starts: an install of wheels never builds it.
"""

import os
import subprocess
import sys

from spip.bridge.context import own_processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Set, Tuple

    from spip.bridge.child_pip import ChildReport
    from spip.bridge.context import Context
    from spip.bridge.inherited_text import Inherited
    from spip.bridge.patches import Patches
    from spip.bridge.relaxations import Relaxations

# How pip starts itself: 19.3 (a folder), 21.2 to 22.1 (a copy in a zip), and 22.2 on.
_RUNNER = "__pip-runner__.py"
_STANDALONE = "__env_pip__.zip"


class Children:
    """Completes the environment of each process that pip starts once it has a session."""

    def __init__(self, context: "Context", patches: "Patches", relaxations: "Relaxations") -> None:
        self.context = context
        self.patches = patches
        self.relaxations = relaxations
        self.left_as_set = set()  # type: Set[str]  # the variables of which that was said
        self.for_tools = {}  # type: Dict[Any, Dict[str, str]]

    def watch(self) -> None:
        """Wrap subprocess.Popen for the rest of this process, which runs nothing but pip."""
        original = subprocess.Popen.__init__

        def start(popen: "Any", args: "Any", *rest: "Any", **options: "Any") -> None:
            text = report = None
            if not self.context.starts_own:
                args, text, report = self._prepare(args, options)
            try:
                original(popen, args, *rest, **options)
            finally:
                if text is not None:
                    text.close()
            if report is not None:
                report.follow(popen, self.relaxations.merge_child_report)

        subprocess.Popen.__init__ = start  # type: ignore[method-assign, assignment]

    def _prepare(
        self, args: "Any", options: "Dict[str, Any]"
    ) -> "Tuple[Any, Optional[Inherited], Optional[ChildReport]]":
        """What pip is about to start, and with which options of Popen's."""
        context = self.context
        given = options.get("env")  # an empty one is meant to be empty
        environ = os.environ if given is None else given
        self._judge(args)
        if context.has_trusted_session:
            options["env"] = environ = self.complete(dict(environ), args)
        if context.without_cache:
            options["env"] = environ = dict(environ, PIP_NO_CACHE_DIR="1")
            args = without_cache(args)
        if not context.watches_connections() or not is_pip(args):
            return args, None, None
        from spip.bridge import child_pip

        with own_processes(context):
            known = self.relaxations.known()
            args, text, report = child_pip.through_the_bridge(context, args, environ, known)
        text.give(options)
        return args, text, report

    def _judge(self, args: "Any") -> None:
        """Judge what is started by its own words, whichever of pip's functions starts it."""
        from spip.bridge import unencrypted

        for url in unencrypted.repositories(args) if self.context.watches_connections() else ():
            self.relaxations.unverified().native.checkout(url)
        if self.relaxations.met is not None and is_pip(args):
            self.relaxations.met.begin_child(words(args))
        if "--trusted-host" in words(args) and not is_pip(args):
            self.patches.must_have_run("session", ran=False)

    def complete(self, environ: "Dict[str, str]", args: "Any") -> "Dict[str, str]":
        """`environ`, with the merged bundle under each name that a child may read."""
        from spip.bridge import env_vars, trust_client

        context = self.context
        env_vars.drop(environ)
        with own_processes(context):  # what this asks for may start a process
            own = env_vars.own_files(environ)
            answer = trust_client.bundles(context, own)
            if answer is None:  # as pip alone would have told it
                return dict(context.hidden_env, **environ)
            bundle = answer["path"]
            environ.update(self._of_other_tools(environ, bundle, own, answer["tools"]))
            environ.update(dict.fromkeys(self._names(), bundle))
            if answer["lacking"]:
                self._give_back(environ, args, answer["lacking"])
        return environ

    def _give_back(self, environ: "Dict[str, str]", args: "Any", lacking: "Any") -> None:
        """A tool goes on with what it has alone; a pip is spip's, and has what this one has."""
        if is_pip(args):
            return
        from spip.bridge import env_vars

        users = self.context.environ
        for name in set(self._names()).intersection(env_vars.kept(users, lacking)):
            del environ[name]
            if users.get(name):
                environ[name] = users[name]
                self._say_left(name)

    def _say_left(self, name: str) -> None:
        if name not in self.left_as_set:
            self.left_as_set.add(name)
            self.context.say(
                "%s is left as it is for what pip starts, "
                "since the bundle lacks something of what it names" % name
            )

    def _of_other_tools(
        self, environ: "Any", bundle: str, own: "Dict[str, str]", folded: "Dict[str, str]"
    ) -> "Dict[str, str]":
        """The same for each child in which the user's own variables are the same."""
        from spip.bridge import env_vars

        key = tuple(sorted(own.items()))
        if key not in self.for_tools:
            self.for_tools[key] = env_vars.of_other_tools(environ, bundle, folded)
        return self.for_tools[key]

    def _names(self) -> "List[str]":
        from spip.bridge import env_vars

        # With a proxy of pip's own, pip 24.1 and newer reads no variable but those named PIP_.
        read = ["SSL_CERT_FILE"] if self.context.cert_on_command_line else list(env_vars.PIP_READS)
        return [*read, "PIP_CERT"]


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


def without_cache(args: "Any") -> "Any":
    """A child's command; with `--no-cache-dir` if it is pip, since `--isolated` is deaf to PIP_."""
    if not is_pip(args):
        return args
    return [*args[:2], "--no-cache-dir", *args[2:]]
