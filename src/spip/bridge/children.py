"""What pip's children are told: the build's pip, the build backend, git, and the tools they call.

They only ever see environment variables, so the merged bundle goes under each name they read. It
is asked for when the first child starts: an install of wheels never builds it.
"""

import contextlib
import os
import re
import subprocess
import sys

from spip.bridge import variables

TYPE_CHECKING = False  # typing costs an import that pip may not need
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator

    from spip.bridge.run import Run

# pip sets this for the interpreter that it hands over to (`--python`, `PIP_PYTHON`).
HANDED_OVER = "_PIP_RUNNING_IN_SUBPROCESS"
# optparse takes any abbreviation that is not shared with another option.
_PROXY = re.compile(r"--prox(y)?(=|$)")


class Children:
    """Completes the environment of each process that pip starts once it has a session."""

    def __init__(self, run: "Run", *, cert_on_command_line: bool) -> None:
        self.run = run
        self.cert_on_command_line = cert_on_command_line
        self.has_session = False
        self.aside = False  # what spip itself starts sees what the user set
        self.without_cache = False
        self.judged = False
        self.told = {}  # type: Dict[Any, Dict[str, str]]

    def watch(self) -> None:
        """Wrap subprocess.Popen for the rest of this process, which runs nothing but pip."""
        original = subprocess.Popen.__init__

        def start(popen: "Any", args: "Any", *rest: "Any", **options: "Any") -> None:
            environ = options.get("env") or os.environ
            if not self.aside:
                self._judge(args, environ)
            if self._is_meant(environ):
                options["env"] = environ = self.complete(dict(environ))
            if self.without_cache and not self.aside:
                from spip.bridge import caches

                options["env"] = dict(environ, PIP_NO_CACHE_DIR="1")
                args = caches.argument(args)
            original(popen, args, *rest, **options)

        subprocess.Popen.__init__ = start  # type: ignore[method-assign, assignment]

    def complete(self, environ: "Dict[str, str]") -> "Dict[str, str]":
        """`environ`, with the merged bundle under each name that a child may read."""
        with self.left_alone():  # what this asks for may start a process of its own
            own = variables.own_files(environ)
            found = self.run.bundles(own)
            if found is None:  # as pip alone would have told it
                return dict(self.run.taken, **environ)
            environ.update(self._of_other_tools(environ, found[0], own, found[1]))
            environ.update(dict.fromkeys(self._names(environ), found[0]))
        return environ

    @contextlib.contextmanager
    def left_alone(self) -> "Iterator[None]":
        """What is started within gets the environment that it was given."""
        before, self.aside = self.aside, True
        try:
            yield
        finally:
            self.aside = before

    def _judge(self, args: "Any", environ: "Any") -> None:
        """What a child may do without verification. Raises pip's CommandError if it may not."""
        if HANDED_OVER in environ and not self.judged:
            self.judged = True
            from spip.bridge import judge

            judge.before(self.run)
        elif self.run.unverified is not None:
            self.run.unverified.child(args)

    def _is_meant(self, environ: "Any") -> bool:
        if self.aside or self.run.plan["plain"]:
            return False
        return self.has_session or (HANDED_OVER in environ and _command() != "debug")

    def _of_other_tools(
        self, environ: "Any", bundle: str, own: "Dict[str, str]", folded: "Dict[str, str]"
    ) -> "Dict[str, str]":
        """The same for each child in which the user's own variables are the same."""
        key = tuple(sorted(own.items()))
        if key not in self.told:
            self.told[key] = variables.of_other_tools(environ, bundle, folded)
        return self.told[key]

    def _names(self, environ: "Dict[str, str]") -> "Any":
        names = ["SSL_CERT_FILE"] if self.cert_on_command_line else list(variables.PIP_READS)
        # With a proxy of pip's own, pip 24.1 and newer reads no variable but those named PIP_. They
        # show in `config list`, so the pip that pip hands over to gets none without need.
        if HANDED_OVER not in environ or _proxy_is_configured():
            names.append("PIP_CERT")
        return names


def _command() -> str:
    """pip's command, as pip's own parser finds it. `debug` prints the variables that we'd set."""
    from pip._internal.cli.main_parser import create_main_parser

    rest = create_main_parser().parse_args(sys.argv[1:])[1]
    return str(rest[0]) if rest else ""


def _proxy_is_configured() -> bool:
    """Whether `--proxy`, PIP_PROXY or a configuration file names a proxy."""
    from pip._internal.configuration import Configuration

    if any(_PROXY.match(word) for word in sys.argv[1:]):
        return True
    configuration = Configuration(isolated="--isolated" in sys.argv)
    configuration.load()
    return any(name.endswith(".proxy") for name, _ in pairs(configuration))


def pairs(configuration: "Any") -> "Iterator[Any]":
    """Yield (name, value) of each setting; from pip 25.1 on they lie one level deeper, by file."""
    for name, value in configuration.items():
        yield from value.items() if isinstance(value, dict) else ((name, value),)
