"""All that is hooked in pip, in one table, and what holds where pip has something of it no longer.

A nicety (wording, a few milliseconds) that isn't found, or whose own code fails, is a debug line,
and pip does what it does alone. A guard that isn't found, or that never ran, is noticed before
anything is sent: the run stops where the policy, a grant or a relaxation needs what the guard
holds. Elsewhere one line says so, and that pip goes on alone, with its own verification.
"""

import os
import sys
from importlib.machinery import PathFinder

from spip.bridge import import_hooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

    from spip.bridge.run import Run

GUARD, NICETY = "guard", "nicety"
# What a guard may hold: `own-ways`, `certifi` and `log` are said by a policy, `grants` are in
# force, `relaxed` is what goes without verification by pip's own ways.
_UNVERIFIED = frozenset(("own-ways", "log", "grants", "relaxed"))
_EVERYTHING = _UNVERIFIED | {"certifi"}


class Patch:
    """One attribute of pip's. `modules`: it is in one of them, by the version of pip."""

    def __init__(
        self, modules: "Tuple[str, ...]", attribute: str, purpose: str, holds: "Any" = ()
    ) -> None:
        self.modules = modules
        self.attribute = attribute
        self.purpose = purpose  # finishes the sentence "by which spip ..."
        self.holds = frozenset(holds)
        self.kind = GUARD if holds else NICETY

    @property
    def lack(self) -> str:
        """Finishes the sentence "pip ..." where it isn't there."""
        return "has no %s in %s" % (self.attribute, " or ".join(self.modules))


_CLI = "pip._internal.cli."
_REQUESTS = "pip._vendor.requests."
TABLE = {
    "session": Patch(
        (_CLI + "index_command", _CLI + "req_command"),
        "SessionCommandMixin._build_session",
        "gives pip its trust, and sees what its options relax",
        _EVERYTHING,
    ),
    "trusted host": Patch(
        ("pip._internal.network.session",),
        "PipSession.add_trusted_host",
        "names and logs each trusted host",
        ("own-ways", "log", "relaxed"),
    ),
    "send": Patch(
        (_REQUESTS + "adapters",),
        "HTTPAdapter.send",
        "sees each request, and why it failed",
        _UNVERIFIED,
    ),
    "wheel candidates": Patch(
        ("pip._internal.cache",),
        "Cache._get_candidates",
        "leaves out wheels that were built from what came unencrypted",
        ("own-ways", "log"),
    ),
    "checkout": Patch(
        ("pip._internal.vcs.versioncontrol",),
        "VersionControl.obtain",
        "names and logs each repository that comes unencrypted",
        ("own-ways", "log"),
    ),
    # From here on comfort: what these don't see is seen again, later or in fewer words.
    "truststore context": Patch(
        (_CLI + "index_command", _CLI + "req_command"),
        "_create_truststore_ssl_context",
        "has the system's store read once",
    ),
    "requirements line": Patch(
        ("pip._internal.req.req_file",),
        "handle_option_line",
        "knows the line that named an http index",
    ),
    "redirects": Patch(
        (_REQUESTS + "sessions",),
        "SessionRedirectMixin.resolve_redirects",
        "knows what redirected to plain http",
    ),
    "retries": Patch(
        ("pip._vendor.urllib3.util.retry",),
        "Retry.increment",
        "doesn't ask again what was refused for good",
    ),
    "managed": Patch(  # 23.0
        ("pip._internal.exceptions",),
        "ExternallyManagedEnvironment.__init__",
        "says where to install instead",
    ),
    "own version": Patch(
        ("pip._internal.self_outdated_check",),
        "pip_self_version_check",
        "leaves pip's look at its own version out of the finding",
    ),
    "own version, fetched": Patch(  # 26.3
        ("pip._internal.self_outdated_check",),
        "pip_self_version_check_fetch",
        "leaves pip's look at its own version out of the finding",
    ),
    "cached page": Patch(
        ("pip._vendor.cachecontrol.adapter",),
        "CacheControlAdapter.send",
        "knows which page came out of pip's cache",
    ),
    "not found": Patch(
        ("pip._internal.exceptions",),
        "DistributionNotFound.__init__",
        "knows what pip found nothing of",
    ),
    "install, may change pip": Patch(
        ("pip._internal.commands.install",),
        "protect_pip_from_modification_on_windows",
        "lets pip replace pip.exe, which doesn't run",
    ),
    "install": Patch(
        ("pip._internal.commands.install",),
        "install_given_reqs",
        "keeps spip.exe from being replaced while it runs",
    ),
    "uninstall, may change pip": Patch(
        ("pip._internal.commands.uninstall",),
        "protect_pip_from_modification_on_windows",
        "lets pip remove pip.exe, which doesn't run",
    ),
    "uninstall": Patch(
        ("pip._internal.commands.uninstall",),
        "UninstallCommand.run",
        "keeps spip.exe from being removed while it runs",
    ),
}
# The newest pip that the tests run, by the newest Python that it is for.
_KNOWN = (((3, 6), "21.3.1"), ((3, 7), "24.0"), ((3, 8), "25.0.1"), ((3, 9), "25.3"))
NEWEST = "26.3"


class Patches:
    """What became of the table's entries in this run."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.used = []  # type: List[str]
        self.applied = set()  # type: set[str]
        self.faults = {}  # type: Dict[str, str]  # guards that don't hold, in words
        self.alone = False  # this pip goes on without spip's help
        self.held = False

    def use(self, name: str, wrapper: "Callable[[Any], Any]") -> None:
        """Have `wrapper(original)` in the place of this entry's attribute, once pip imported it."""
        self.used.append(name)
        for module in TABLE[name].modules:
            import_hooks.after(module, lambda found: self._apply(name, found, wrapper))

    def nicety(
        self, name: str, before: "Any" = None, after: "Any" = None
    ) -> "Callable[[Any], Any]":
        """A wrapper for `use`, whose own code can't harm pip.

        `before(given)` may return an exception that is to be raised in place of the call; `given`
        maps parameters to what they were given. `after(given, result)` returns the result.
        """

        def wrapper(original: "Any") -> "Any":
            def call(*args: "Any", **options: "Any") -> "Any":
                given = self.quietly(name, arguments, original, args, options)
                refusal = before and given and self.quietly(name, before, given)
                if refusal is not None and isinstance(refusal, BaseException):
                    raise refusal
                result = original(*args, **options)
                if after and given:
                    changed = self.quietly(name, after, given, result)
                    return result if changed is None else changed
                return result

            return call

        return wrapper

    def guard(self, name: str, before: "Any" = None, after: "Any" = None) -> "Any":
        """The same for a guard: where its own code fails, the run may have to stop."""

        def wrapper(original: "Any") -> "Any":
            def call(*args: "Any", **options: "Any") -> "Any":
                given = {}  # type: Dict[str, Any]
                try:
                    given = arguments(original, args, options)
                    if before:
                        before(given)
                except Exception as error:  # noqa: BLE001  # whatever pip has become
                    self.fail(name, error)
                result = original(*args, **options)
                try:
                    return after(given, result) if after else result
                except Exception as error:  # noqa: BLE001  # whatever pip has become
                    self.fail(name, error)
                    return result

            return call

        return wrapper

    def quietly(self, name: str, act: "Callable[..., Any]", *args: "Any") -> "Any":
        """What `act` returns; None, and a debug line, where it fails. A stop is none."""
        try:
            return act(*args)
        except Exception as error:
            if getattr(error, "by_spip", False):
                raise
            self.run.debug("without %s: %r" % (name, error))
            return None

    def fail(self, name: str, error: "Any") -> None:
        """A guard's own code failed: pip is not as it knows it. Raises pip's CommandError."""
        if getattr(error, "by_spip", False):
            raise error
        self.run.debug("%s: %r" % (name, error))
        self.faults.setdefault(
            name, "has another %s (%s)" % (TABLE[name].attribute, type(error).__name__)
        )
        self.hold()

    def hold(self) -> None:
        """Before anything leaves: stop, or go on alone, where a guard is missing.

        Raises pip's CommandError.
        """
        if not self.run.watches_connections():
            return
        for name in self.used:
            guards = TABLE[name].kind == GUARD
            # What becomes of a nicety is looked up for nobody but who wants to know.
            if name in self.applied or not (guards or self.run.plan["debug"]):
                continue
            if self._lacks(name):
                self.run.debug("pip " + TABLE[name].lack)
                if guards:
                    self.faults.setdefault(name, TABLE[name].lack)
        if self.faults:
            self._decide()

    def must_have_run(self, name: str, *, ran: bool) -> None:
        """Notice a guard that should have run by now. Raises pip's CommandError."""
        if not ran and name in self.used and self.run.watches_connections():
            self.faults.setdefault(name, "doesn't use %s" % TABLE[name].attribute)
            self.hold()

    def _apply(self, name: str, module: "Any", wrapper: "Callable[[Any], Any]") -> None:
        owner, _, attribute = TABLE[name].attribute.rpartition(".")
        holder = getattr(module, owner, None) if owner else module
        original = getattr(holder, attribute, None)
        if not callable(original):
            if name not in self.applied and self._lacks(name):
                self.run.debug("pip " + TABLE[name].lack)
            return
        self.applied.add(name)
        if getattr(original, "by_spip", False):
            return  # the same one, in a module that imports it
        wrapped = wrapper(original)
        wrapped.by_spip = True
        setattr(holder, attribute, wrapped)

    def _lacks(self, name: str) -> bool:
        """Whether this pip has no such attribute; a module that comes later may have it."""
        return all(module in sys.modules or not _exists(module) for module in TABLE[name].modules)

    def _decide(self) -> None:
        """Stop, or say once that this pip goes on alone."""
        needed = self.needed()
        for name in sorted(self.faults):
            if needed & TABLE[name].holds:
                self._stop(name)
        if not self.alone:
            self.alone = True
            alone = "session" in self.faults
            rest = "this pip runs alone, with its own verification" if alone else "that is left out"
            self.run.say(
                "%s %s, by which spip %s: %s"
                % (self._pip(), self._faults(), TABLE[min(self.faults)].purpose, rest)
            )

    def strict(self) -> bool:
        """Whether nothing may go without verification, since it would not be seen in time."""
        return not {"session", "trusted host", "send"}.isdisjoint(self.faults)

    def needed(self) -> "set[str]":
        """What has to be held in this run."""
        consent = self.run.plan["consent"]
        relaxed = self.run.unverified is not None or _asks_for_trusted_host(self.run)
        return {
            word
            for word, needed in (
                ("own-ways", not consent["own_ways"]),
                ("certifi", not consent["certifi"]),
                ("log", consent["log_demanded"]),
                ("grants", bool(consent["grants"])),
                ("relaxed", relaxed),
            )
            if needed
        }

    def _stop(self, name: str) -> None:
        consent = self.run.plan["consent"]
        policy = {"own-ways", "certifi", "log"} & self.needed() & TABLE[name].holds
        what = "what the policy %s says" % consent["policy"] if policy else "what isn't verified"
        self.run.without_verification().stop(
            [
                "stopped before anything is sent: %s %s, so spip can't hold %s"
                % (self._pip(), self._faults(), what),
                '  next: use a pip that spip knows:  "%s" -m pip install "pip==%s"'
                % (sys.executable, known()),
            ]
        )

    def _faults(self) -> str:
        return ", and ".join(self.faults[name] for name in sorted(self.faults))

    def _pip(self) -> str:
        pip = sys.modules.get("pip")
        where = os.path.dirname(getattr(pip, "__file__", None) or "")
        return "pip %s (%s)" % (self.run.pip or "of an unknown version", where)


def known() -> str:
    """The newest pip for this Python that spip is known to work with."""
    here = sys.version_info[:2]
    return next((pip for newest, pip in _KNOWN if here <= newest), NEWEST)


def arguments(function: "Any", args: "Any", options: "Any") -> "Dict[str, Any]":
    """What a function's parameters are given, by their names, wherever they stand.

    Raises AttributeError where it is none of Python's own.
    """
    function = getattr(function, "__wrapped__", function)
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    return dict(zip(names, args), **options)  # noqa: B905  # Python 3.10's


def _asks_for_trusted_host(run: "Run") -> bool:
    """Whether that can be told without pip. Its options may be abbreviated, down to `--tr`."""
    words = any(word.startswith("--tr") for word in run.arguments)
    return words or bool(run.environ.get("PIP_TRUSTED_HOST"))


def _exists(module: str) -> bool:
    """Whether it could be imported; nothing is."""
    package, _, _ = module.rpartition(".")
    folders = _folders(package)
    return folders is not None and PathFinder.find_spec(module, folders) is not None


def _folders(package: str) -> "Optional[Any]":
    if package in sys.modules:
        return getattr(sys.modules[package], "__path__", None)
    parent = package.rpartition(".")[0]
    folders = _folders(parent) if parent else None
    spec = PathFinder.find_spec(package, folders) if folders is not None else None
    return spec.submodule_search_locations if spec is not None else None
