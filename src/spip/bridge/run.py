"""pip's own main, in this process, with trust taken care of on its way."""

import os
import re
import sys

from spip import versions
from spip.bridge import import_hooks, self_replacement, session
from spip.bridge.connection_guard import Departures
from spip.bridge.connections import Watch
from spip.bridge.externally_managed import Managed
from spip.bridge.patches import Patches
from spip.bridge.subprocesses import Children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

    from spip.bridge.audit_client import Report
    from spip.bridge.trust_client import Roots
    from spip.bridge.unverified import Unverified

# optparse takes any abbreviation that is not shared with another option.
_CERT = re.compile(r"--ce(r(t)?)?(=|$)")


class Run:
    """What the rooms of the bridge share during one run of pip."""

    def __init__(self, plan: "Dict[str, Any]", home: "Any", arguments: "Any") -> None:
        self.plan = plan
        self.home = home
        self.arguments = list(arguments)  # the user's, also where a build's pip runs
        self.environ = dict(os.environ)  # as the user set it; the session changes what pip sees
        self.cert = None  # type: Optional[str]
        self.taken = {}  # type: Dict[str, str]  # variables that pip itself doesn't see any more
        self.contexts = {}  # type: Dict[str, Any]
        self._trust = None  # type: Optional[Roots]
        self.said = set()  # type: set[str]
        self.pip = ""  # its version
        self.pip_version = (0,)  # type: Tuple[int, ...]
        self.options = []  # type: List[Any]  # of each session, as pip parsed them
        self.sessions = []  # type: List[Any]
        self.cached = None  # type: Any  # what lay in pip's caches when they were switched off
        self.cache_folders = []  # type: List[str]
        self.unverified = None  # type: Optional[Unverified]
        self.report = None  # type: Optional[Report]  # only where this is a build's pip
        self.cert_on_command_line = any(_CERT.match(word) for word in arguments)
        self.children = Children(self, cert_on_command_line=self.cert_on_command_line)
        self.watch = Watch(self)
        self.managed = Managed(self)
        self.patches = Patches(self)
        self.departures = Departures(self)

    @property
    def trust(self) -> "Roots":
        """Where the roots are; `pip list` never asks."""
        if self._trust is None:
            from spip.bridge.trust_client import Roots

            self._trust = Roots(self)
        return self._trust

    def without_verification(self) -> "Unverified":
        """What goes without verification in this run; most runs have none of it."""
        if self.unverified is None:
            from spip.bridge.unverified import Unverified

            self.unverified = Unverified(self)
        return self.unverified

    def watches_connections(self) -> bool:
        """Whether what goes without verification is looked at: plain pip's where policy asks."""
        consent = None if not self.plan["plain"] else self.plan["consent"]
        return consent is None or consent["log_demanded"] or not consent["own_ways"]

    def take(self, told: "List[Dict[str, Any]]") -> None:
        """What a build's pip had to tell."""
        if told:
            self.without_verification().take(told)

    def say(self, text: str, *, again: bool = False) -> None:
        """One line on stderr, once a run; of a build's pip it is said by the one that sees it."""
        if ":/" in text:
            from spip import redact

            text = redact.sentence(text)
        if text in self.said and not again:
            return
        self.said.add(text)
        if self.report is not None:
            self.report.tell(say=text)
        else:
            sys.stderr.write("spip: %s\n" % text)

    def know_pip(self, _: "Any") -> None:
        """Take the version, once pip is there."""
        self.pip = str(getattr(sys.modules.get("pip"), "__version__", ""))
        self.pip_version = versions.numbers(self.pip)[:2] or (0,)

    def debug(self, text: str) -> None:
        """The same, where the user asked for each decision (`SPIP_DEBUG=1`)."""
        if self.plan["debug"]:
            self.say(text)


def run(
    plan: "Dict[str, Any]", home: "Any", pip: "Optional[Callable[[], Any]]" = None
) -> "Optional[int]":
    """Run pip with sys.argv; the exit code as pip's main returns it.

    `plan` holds what `spip.handover.plan` says; `home` answers `roots(environ, question)`; `pip`
    runs another copy than the one that is found here.
    """
    if not plan["plain"]:
        session.collect_rarely()  # before pip's hundreds of modules come
    build = plan.get("build")
    this = Run(plan, home, build["argv"] if build else sys.argv[1:])
    if plan["program"] is not None:
        self_replacement.guard(this.patches, plan["program"])
    import_hooks.after("pip._internal.cli", this.know_pip)
    this.children.watch()
    this.departures.watch()
    this.watch.install(plain=plan["plain"])
    if not plan["plain"]:
        this.managed.watch()
    session.install(this, _build(this))
    return this.watch.tell_after(pip or _main())  # type: ignore[no-any-return]


def _build(this: "Run") -> "Callable[[Any, Any], Any]":
    """Who gives sessions their trust, and looks at what has none."""
    if not (this.plan["plain"] or this.plan.get("build")):
        return session.builder(this)
    from spip.bridge import passthrough_session

    return passthrough_session.builder(this)


def _main() -> "Any":
    """pip's console script's function: `cli` since 26.3, where `main` means "used as a library".

    A pip that has neither is run as `python -m pip` runs it.
    """
    if sys.warnoptions:
        from spip.bridge import warning_filters

        warning_filters.as_by_module()
    try:
        from pip._internal.cli import main
    except ImportError:  # before 20.0
        from pip._internal import main
    return getattr(main, "cli", None) or getattr(main, "main", None) or _run_module


def _run_module() -> None:
    import runpy

    runpy.run_module("pip", run_name="__main__")
