"""Apply the table of patches to pip, and decide what holds where pip lacks one of its entries.

A nicety (wording, a few milliseconds) that isn't found, or whose own code fails, is a debug line,
and pip does what it does alone. A guard that isn't found, or that never ran, is noticed before
anything is sent: the run stops where the policy, a grant or a relaxation needs what the guard
holds. Elsewhere one line says so, and that pip goes on alone, with its own verification.
"""

import os
import sys
from importlib.machinery import PathFinder

from spip.bridge import import_hooks
from spip.bridge.patch_table import GUARD, TABLE, newest_known_pip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional

    from spip.bridge.context import Context


def quietly(context: "Context", name: str, act: "Callable[..., Any]", *args: "Any") -> "Any":
    """Return what `act` returns; None, and a debug line, where it fails. A stop is no failure."""
    try:
        return act(*args)
    except Exception as error:
        if getattr(error, "by_spip", False):
            raise
        context.debug("without %s: %r" % (name, error))
        return None


class Patches:
    """What became of the table's entries in this run."""

    def __init__(self, context: "Context") -> None:
        self.context = context
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
                given = quietly(self.context, name, arguments, original, args, options)
                refusal = before and given and quietly(self.context, name, before, given)
                if refusal is not None and isinstance(refusal, BaseException):
                    raise refusal
                result = original(*args, **options)
                if after and given:
                    changed = quietly(self.context, name, after, given, result)
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

    def fail(self, name: str, error: "Any") -> None:
        """A guard's own code failed: pip is not as it knows it. Raises pip's CommandError."""
        if getattr(error, "by_spip", False):
            raise error
        self.context.debug("%s: %r" % (name, error))
        self.faults.setdefault(
            name, "has another %s (%s)" % (TABLE[name].attribute, type(error).__name__)
        )
        self.hold()

    def hold(self) -> None:
        """Before anything leaves: stop, or go on alone, where a guard is missing.

        Raises pip's CommandError.
        """
        if not self.context.watches_connections():
            return
        for name in self.used:
            guards = TABLE[name].kind == GUARD
            # What becomes of a nicety is looked up for nobody but who wants to know.
            if name in self.applied or not (guards or self.context.plan["debug"]):
                continue
            if self._lacks(name):
                self.context.debug("pip " + TABLE[name].lack)
                if guards:
                    self.faults.setdefault(name, TABLE[name].lack)
        if self.faults:
            self._decide()

    def must_have_run(self, name: str, *, ran: bool) -> None:
        """Notice a guard that should have run by now. Raises pip's CommandError."""
        if not ran and name in self.used and self.context.watches_connections():
            self.faults.setdefault(name, "doesn't use %s" % TABLE[name].attribute)
            self.hold()

    def _apply(self, name: str, module: "Any", wrapper: "Callable[[Any], Any]") -> None:
        owner, _, attribute = TABLE[name].attribute.rpartition(".")
        holder = getattr(module, owner, None) if owner else module
        original = getattr(holder, attribute, None)
        if not callable(original):
            if name not in self.applied and self._lacks(name):
                self.context.debug("pip " + TABLE[name].lack)
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
            self.context.say(
                "%s %s, by which spip %s: %s"
                % (self._pip(), self._faults(), TABLE[min(self.faults)].purpose, rest)
            )

    def is_strict(self) -> bool:
        """Whether nothing may go without verification, since it would not be seen in time."""
        return not {"session", "trusted host", "send"}.isdisjoint(self.faults)

    def needed(self) -> "set[str]":
        """What has to be held in this run."""
        consent = self.context.plan["consent"]
        relaxed = self.context.relaxed or _asks_for_trusted_host(self.context)
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
        consent = self.context.plan["consent"]
        from spip.bridge import stop_run

        policy = {"own-ways", "certifi", "log"} & self.needed() & TABLE[name].holds
        what = "what the policy %s says" % consent["policy"] if policy else "what isn't verified"
        stop_run.stop(
            self.context,
            [
                "stopped before anything is sent: %s %s, so spip can't hold %s"
                % (self._pip(), self._faults(), what),
                '  next: use a pip that spip knows:  "%s" -m pip install "pip==%s"'
                % (sys.executable, newest_known_pip()),
            ],
        )

    def _faults(self) -> str:
        return ", and ".join(self.faults[name] for name in sorted(self.faults))

    def _pip(self) -> str:
        pip = sys.modules.get("pip")
        where = os.path.dirname(getattr(pip, "__file__", None) or "")
        return "pip %s (%s)" % (self.context.pip or "of an unknown version", where)


def arguments(function: "Any", args: "Any", options: "Any") -> "Dict[str, Any]":
    """What a function's parameters are given, by their names, wherever they stand.

    Raises AttributeError where it is none of Python's own.
    """
    function = getattr(function, "__wrapped__", function)
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    return dict(zip(names, args), **options)  # noqa: B905  # Python 3.10's


def _asks_for_trusted_host(context: "Context") -> bool:
    """Whether that can be told without pip. Its options may be abbreviated, down to `--tr`."""
    words = any(word.startswith("--tr") for word in context.arguments)
    return words or bool(context.environ.get("PIP_TRUSTED_HOST"))


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
