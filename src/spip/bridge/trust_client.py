"""Where the roots are that pip and its children get: asked of spip's home, once each."""

from spip import versions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    from spip.bridge.run import Run


class Roots:
    """The answers of one run."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.answers = {}  # type: Dict[Any, Dict[str, Any]]

    def beside(self, *, whole: bool) -> "Tuple[str, bool]":
        """Path of what pip is to trust beside the system's store (`whole`: the store as well).

        And whether no bundle could be made: then pip trusts more by itself. Raises CommandError.
        """
        named = self.run.cert or any(
            name in self.run.environ for name in self.run.plan["variables"]
        )
        if not (whole or named or self.run.plan["extra"]):
            ours, version = self.run.plan["certifi"]
            where, pips_version = _certifi_of_pip()
            as_new = versions.numbers(pips_version) >= versions.numbers(version)
            newest = where if where and as_new else ours
            return str(newest), False
        answer = self._answer({}, whole=whole)
        return answer["path"], answer["failed"]

    def bundles(self, own: "Dict[str, str]") -> "Optional[Dict[str, Any]]":
        """`path` of one file with every root of this machine; `tools`: one for each in `own`.

        Such a variable names a file of another tool's, whose roots are in its bundle as well.
        `lacking`: the settings of which the bundle lacks something. None: no bundle could be made.
        """
        answer = self._answer(own, whole=True)
        return None if answer["failed"] else answer

    def _answer(self, tools: "Dict[str, str]", *, whole: bool) -> "Dict[str, Any]":
        key = (whole, tuple(sorted(tools.items())))
        if key not in self.answers:
            self.answers[key] = self._ask(
                {
                    "cert": self.run.cert,
                    "whole": whole,
                    "pip_certifi": _certifi_of_pip()[0] or self.run.plan["certifi"][0],
                    "tools": tools,
                    "policy": self.run.plan["consent"]["policy_seen"],
                }
            )
        return self.answers[key]

    def _ask(self, question: "Dict[str, Any]") -> "Dict[str, Any]":
        answer = self.run.home.roots(self.run.environ, question)  # type: Dict[str, Any]
        if answer["failed"]:
            self._go_on_without(*answer["notices"])
            return answer
        for notice in answer["notices"]:
            self.run.say(notice)
        self.run.debug(
            "%s: %s" % ("merged bundle" if answer["merged"] else "bundle", answer["path"])
        )
        if answer["temporary"]:
            from spip.bridge.start import remove_at_exit

            remove_at_exit(answer["temporary"])
        return answer

    def _go_on_without(self, cause: str) -> None:
        consent = self.run.plan["consent"]
        if consent["certifi"]:
            self.run.say("%s; pip goes on with what it trusts itself" % cause)
            return
        # A session for pip's look at its own version would fail too.
        for options in self.run.options:
            options.disable_pip_version_check = True
        from spip.bridge import stop_run

        raise stop_run.error("%s, and %s forbids certifi" % (cause, consent["policy"]))


def _certifi_of_pip() -> "Tuple[str, str]":
    """Where it is and its version; nothing for a pip that has none."""
    try:
        from pip._vendor import certifi

        return str(certifi.where()), str(certifi.__version__)
    except (ImportError, AttributeError, OSError):
        return "", ""
