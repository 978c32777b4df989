"""What the bridge needs to know, and how another interpreter is made to run it."""

from __future__ import annotations

import os
import sys

from spip.errors import SpipError
from spip.standalone import helper_process, single_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, NoReturn

    from spip.bridge.inherited_text import Inherited
    from spip.bridge.trust_client import Home
    from spip.trust.resolve import Answer, Question

# What the pip that comes with spip needs; a test compares it with that pip's metadata.
_OWN_PIP_NEEDS = (3, 10)


def plan(environ: Mapping[str, str], program: str | None = None) -> dict[str, Any]:
    """What holds for this run wherever pip runs. Plain values: it may travel as JSON.

    `program`: Windows, started as `spip.exe`: what `own_program.guard` takes.
    """
    return {
        **_at_once(environ, program),
        **_for_a_session(environ),
        **_for_another_process(),
        "consent": _consent(environ),
    }


class PlanHere(dict[str, "Any"]):
    """The same, for a pip that runs in this process.

    What only a session needs is found out when it is first asked for: `pip list` has none.
    """

    def __init__(self, environ: Mapping[str, str], program: str | None = None) -> None:
        super().__init__(_at_once(environ, program))
        self._environ = environ

    def __missing__(self, name: str) -> Any:
        if name == "consent":
            found = {name: _consent(self._environ)}
        elif name in ("names", "home", "starter"):
            found = _for_another_process()
        else:
            found = _for_a_session(self._environ)
        self.update(found)
        return found[name]


class HomeHere:
    """Answers in this process what `trust_client.Home` asks another; `pip list` asks nothing."""

    def roots(self, environ: Mapping[str, str], question: Question) -> Answer:
        """Say where the roots lie, as `trust.answer.roots` does."""
        from spip.trust.resolve import resolve_bundle

        return resolve_bundle(environ, question)


def home_of_this_run() -> Home | HomeHere:
    """Who answers `roots` for a pip that runs in this process.

    The single file: another process, since pip's plugins would find here what an answer imports.
    """
    if single_file.running is None:
        return HomeHere()
    from spip.bridge.trust_client import Home

    return Home(helper_process.command("spip.trust.resolve:main"))


def is_plain(environ: Mapping[str, str]) -> bool:
    """Whether plain pip is wanted, and may be had: it trusts certifi, which a policy may forbid."""
    if environ.get("SPIP_DISABLE") != "1":
        return False
    from spip.trust import sources_in_force

    return sources_in_force.takes_certifi()


def _at_once(environ: Mapping[str, str], program: str | None) -> dict[str, Any]:
    return {
        "plain": is_plain(environ),
        "debug": bool(environ.get("SPIP_DEBUG")),
        "program": program,
    }


def _for_a_session(environ: Mapping[str, str]) -> dict[str, Any]:
    from spip import invocation, stores
    from spip.trust import sources_in_force

    certifi = sources_in_force.own_certifi()
    os_bundle = stores.bundle_file()
    return {
        "finding": helper_process.command("spip.doctor.after_failure:main"),
        "spip": invocation.command_line(),
        "names_python": invocation.after_python(),
        "variables": sources_in_force.VARIABLES,
        "certifi": (certifi, sources_in_force.certifi_version(certifi)),
        "os_bundle": os_bundle,
        "extra": sources_in_force.has_extra(environ, os_bundle),
    }


def _for_another_process() -> dict[str, Any]:
    from spip.standalone import shipped_files

    return {
        "names": shipped_files.names(),
        "starter": shipped_files.starter(),
        "home": helper_process.command("spip.trust.resolve:main"),
    }


def _consent(environ: Mapping[str, str]) -> dict[str, Any]:
    from spip.policy import in_force

    found = in_force.for_session(environ)
    if is_plain(environ):
        found.update(grants=[], notices=[])
    return {**found, "record": helper_process.command("spip.policy.audit_server:main")}


def hand_over(python: str, argv0: str, arguments: list[str], plan: dict[str, Any]) -> int:
    """Run this spip's bridge and pip under `python`.

    POSIX: never returns. Windows, where exec returns at once and loses the exit code: a child,
    Ctrl-C left to it, its exit code returned.
    """
    from spip.standalone import shipped_files

    travelling = {**plan, "argv0": argv0, "temporary": shipped_files.temporary()}
    command, given = bridge_command(python, travelling, arguments)
    # macOS: the launcher would make the other interpreter believe that it is this one.
    os.environ.pop("__PYVENV_LAUNCHER__", None)
    given.stay()
    if os.name == "nt":
        return _child(command)
    return _exec(command)


def bridge_command(
    python: str, plan: dict[str, Any], arguments: Sequence[str]
) -> tuple[list[str], Inherited]:
    """Return the command that runs this spip's bridge under `python`, and what it inherits."""
    import json

    from spip.standalone import shipped_files

    travelling = {
        "temporary": None,
        "argv0": "pip",
        **plan,
        "pip": shipped_files.pip(),
        "pip_needs": _OWN_PIP_NEEDS,
        "runner": None,
        "folder": None,
    }
    given = _inherited(json.dumps(travelling))
    return [python, *plan["starter"], given.word, *arguments], given


def _inherited(text: str) -> Inherited:
    from spip.bridge.inherited_text import Inherited

    try:
        return Inherited(text)
    except OSError as error:
        raise SpipError(
            f"what another Python has to know can't be handed over: {error.strerror}",
            "make room in the folder for temporary files, or set TMPDIR to another one",
        ) from error


def _exec(command: list[str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execv(command[0], command)
    except OSError as error:
        raise SpipError(
            f"{command[0]} can't be started: {error.strerror}",
            "set SPIP_PYTHON to the path of a Python that starts",
        ) from error


def _child(command: list[str]) -> int:
    import subprocess

    from spip import foreground

    with subprocess.Popen(command) as process:
        return foreground.wait(process)
