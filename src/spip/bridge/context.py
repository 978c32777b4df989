"""Hold the values of one run of pip that the services of the bridge share."""

import contextlib
import os
import re
import sys

from spip import versions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

    from spip.bridge.child_pip import ChildReport

# optparse takes any abbreviation that is not shared with another option.
_CERT = re.compile(r"--ce(r(t)?)?(=|$)")


class Context:
    """What is known of this run. Who learns a value sets it here, for whoever needs it."""

    def __init__(self, plan: "Dict[str, Any]", home: "Any", arguments: "Sequence[str]") -> None:
        self.plan = plan
        self.home = home  # answers `roots(environ, question)`
        self.arguments = list(arguments)  # the user's, also where a build's pip runs
        self.environ = dict(os.environ)  # as the user set it; the session changes what pip sees
        self.hidden_env = {}  # type: Dict[str, str]  # variables that pip itself can't see any more
        self.cert = None  # type: Optional[str]  # pip's setting `cert`
        self.cert_on_command_line = any(_CERT.match(word) for word in self.arguments)
        self.pip = ""  # its version
        self.pip_version = (0,)  # type: Tuple[int, ...]
        self.options = []  # type: List[Any]  # of each session, as pip parsed them
        self.sessions = []  # type: List[Any]
        self.has_trusted_session = False  # from then on children get the merged bundle
        self.tls_contexts = {}  # type: Dict[str, Any]  # by bundle
        self.pinned = []  # type: List[Tuple[Any, str]]  # TLS contexts, and the one certificate
        self.bundle_answers = {}  # type: Dict[Any, Dict[str, Any]]
        self.requests_under_way = 0
        self.redirected_from = ""  # the URL whose answer is being followed
        self.relaxed = False  # whether anything was met that goes without verification
        self.stopped = False  # whether this run is to end with exit code 2
        self.without_cache = False
        self.cache_folders = []  # type: List[str]
        self.cache_before = None  # type: Any  # what lay in pip's caches when they were switched off
        self.starts_own = False  # whether what is started now is spip's own
        self.child_report = None  # type: Optional[ChildReport]  # only where this is a build's pip
        self.printed = set()  # type: Set[str]

    def watches_connections(self) -> bool:
        """Whether what goes without verification is looked at: plain pip's where policy asks."""
        consent = None if not self.plan["plain"] else self.plan["consent"]
        return consent is None or consent["log_demanded"] or not consent["own_ways"]

    def on_pip_imported(self, _: "Any" = None) -> None:
        """Record pip's version when pip has been imported."""
        self.pip = str(getattr(sys.modules.get("pip"), "__version__", ""))
        self.pip_version = versions.numbers(self.pip)[:2] or (0,)

    def say(self, text: str, *, again: bool = False) -> None:
        """Print one line on stderr, once a run; a build's pip has the pip that started it print."""
        if ":/" in text:
            from spip import redact

            text = redact.sentence(text)
        if text in self.printed and not again:
            return
        self.printed.add(text)
        if self.child_report is not None:
            self.child_report.add(say=text)
        else:
            sys.stderr.write("spip: %s\n" % text)

    def debug(self, text: str) -> None:
        """Print it where the user asked for each decision (`SPIP_DEBUG=1`)."""
        if self.plan["debug"]:
            self.say(text)


@contextlib.contextmanager
def own_processes(context: Context) -> "Iterator[None]":
    """Leave processes that are started within as they are: spip's own, with what the user set."""
    before, context.starts_own = context.starts_own, True
    try:
        yield
    finally:
        context.starts_own = before
