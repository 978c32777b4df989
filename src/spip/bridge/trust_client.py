"""Ask the interpreter that spip is installed in for the bundle of roots, once for each question."""

import json
import subprocess

from spip import versions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    from spip.bridge.context import Context

_SECONDS = 120  # for 10,000 certificates on a busy machine with a network's home


class Home:
    """Answers `roots` as `spip.trust.resolve` does, by a subprocess of the home interpreter."""

    def __init__(self, command: "List[str]") -> None:
        self.command = command

    def roots(self, environ: "Dict[str, str]", question: "Dict[str, Any]") -> "Dict[str, Any]":
        """Ask; where spip's own Python fails, the answer says so as `resolve_bundle` does."""
        # PYTHONHOME and PYTHONPATH are meant for the target, so -I stands in the command.
        environ = {name: environ[name] for name in environ if name != "__PYVENV_LAUNCHER__"}
        asked = json.dumps(question).encode("ascii")
        try:
            said = subprocess.check_output(self.command, env=environ, input=asked, timeout=_SECONDS)
            return json.loads(said.decode("ascii"))  # type: ignore[no-any-return]
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            return {
                "path": question["pip_certifi"],
                "merged": False,
                "failed": True,
                "temporary": None,
                "notices": ["spip's own Python failed (%s)" % error],
                "tools": {},
            }


def bundle(context: "Context", *, include_os_store: bool) -> "Tuple[str, bool]":
    """Return the path of the roots that pip is to trust, beside the system's store or with it.

    And whether no bundle could be made: then pip trusts more by itself. Raises CommandError.
    """
    named = context.cert or any(name in context.environ for name in context.plan["variables"])
    if not (include_os_store or named or context.plan["extra"]):
        ours, version = context.plan["certifi"]
        of_pip, pips_version = _certifi_of_pip()
        is_newer = versions.numbers(pips_version) >= versions.numbers(version)
        newest = of_pip if of_pip and is_newer else ours
        return str(newest), False
    answer = _answer(context, {}, include_os_store=include_os_store)
    return answer["path"], answer["failed"]


def bundles(context: "Context", own: "Dict[str, str]") -> "Optional[Dict[str, Any]]":
    """`path` of one file with every root of this machine; `tools`: one for each in `own`.

    Such a variable names a file of another tool's, whose roots are in its bundle as well.
    `lacking`: the settings of which the bundle lacks something. None: no bundle could be made.
    """
    answer = _answer(context, own, include_os_store=True)
    return None if answer["failed"] else answer


def _answer(
    context: "Context", tools: "Dict[str, str]", *, include_os_store: bool
) -> "Dict[str, Any]":
    key = (include_os_store, tuple(sorted(tools.items())))
    if key not in context.bundle_answers:
        context.bundle_answers[key] = _ask(
            context,
            {
                "cert": context.cert,
                "whole": include_os_store,
                "pip_certifi": _certifi_of_pip()[0] or context.plan["certifi"][0],
                "tools": tools,
                "policy": context.plan["consent"]["policy_seen"],
            },
        )
    return context.bundle_answers[key]


def _ask(context: "Context", question: "Dict[str, Any]") -> "Dict[str, Any]":
    answer = context.home.roots(context.environ, question)  # type: Dict[str, Any]
    if answer["failed"]:
        _go_on_without(context, *answer["notices"])
        return answer
    for notice in answer["notices"]:
        context.say(notice)
    context.debug("%s: %s" % ("merged bundle" if answer["merged"] else "bundle", answer["path"]))
    if answer["temporary"]:
        from spip.bridge.inherited_text import remove_at_exit

        remove_at_exit(answer["temporary"])
    return answer


def _go_on_without(context: "Context", cause: str) -> None:
    consent = context.plan["consent"]
    if consent["certifi"]:
        context.say("%s; pip goes on with what it trusts itself" % cause)
        return
    # A session for pip's look at its own version would fail too.
    for options in context.options:
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
