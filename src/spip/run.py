"""How a pip command flows: target, trust, handover, pip."""

from __future__ import annotations

import os
import sys

from spip import __version__
from spip import target as targets
from spip.standalone import single_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# pip's options that may stand before a command, and take the word that follows.
_WITH_VALUE = {
    *("--log", "--log-file", "--local-log", "--proxy", "--retries", "--timeout", "--cert"),
    *("--client-cert", "--trusted-host", "--cache-dir", "--exists-action", "--use-feature"),
    *("--use-deprecated", "--keyring-provider", "--default-timeout"),
}


def pip(arguments: list[str], *, by_module: bool, words: tuple[str, ...]) -> int | None:
    """Run pip with `arguments` in the target; its exit code. POSIX: may never return.

    `words` are spip's own, for the line that it says about itself.
    """
    environ = os.environ
    target = targets.resolve(environ, targets.this_home(), by_module=by_module)
    for notice in target.notices:
        print(f"spip: {_shown(notice)}", file=sys.stderr)
    if environ.get("SPIP_DEBUG"):
        print(f"spip: target {_shown(_acted_on(target, arguments, environ))}", file=sys.stderr)
    if _asks_about(arguments, environ) and sys.stdout.isatty():
        _introduce(target, environ, words)
    from spip import handover

    if environ.get("SPIP_DISABLE") == "1" and not handover.is_plain(environ):
        _tell_that_it_is_on()
    argv0 = _name_for_pip(sys.argv[0], arguments)
    program = _without_program(arguments, target, by_module=by_module)
    if target.python is not None:
        plan = handover.plan(environ, program)
        return handover.hand_over(target.python, argv0, arguments, plan)
    sys.argv[:] = [argv0, *arguments]
    if single_file.running is not None:
        from spip.standalone import expose

        expose.expose_beside_pip()
    from spip.bridge.run import run

    return run(handover.PlanHere(environ, program), handover.home_of_this_run())


def _shown(text: str) -> str:
    from spip import redact

    return redact.sentence(text)


def _acted_on(target: targets.Target, arguments: list[str], environ: Mapping[str, str]) -> str:
    """The target and its rule; pip itself may go on to another interpreter."""
    python = target.python or sys.executable
    option, named = _of_pips_own(arguments, environ)
    return f"{named} ({option}), by the pip for {python}" if named else f"{python} ({target.rule})"


def _of_pips_own(arguments: list[str], environ: Mapping[str, str]) -> tuple[str, str]:
    """(how, which) interpreter pip goes on to: its options before the command, then its variable.

    optparse takes any abbreviation that is not shared with another option.
    """
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            break
        name, joined, value = word.partition("=")
        if len(name) > len("--p") and "--python".startswith(name):
            return "pip's --python", value if joined else next(words, "")
        if word in _WITH_VALUE:
            next(words, "")
    return "PIP_PYTHON", "" if "--isolated" in arguments else environ.get("PIP_PYTHON", "")


def _tell_that_it_is_on() -> None:
    from spip.policy import in_force

    rules = in_force.policy_or_none()
    where = rules.path if rules else ""
    said = f"SPIP_DISABLE=1 is passed over: plain pip trusts certifi, which {where} forbids"
    print(f"spip: {said}", file=sys.stderr)


def _name_for_pip(argv0: str, arguments: list[str]) -> str:
    """Its usage text is to be pip's own, byte for byte; `completion` prints what to type.

    A link or a copy under another name (`pip`, `pip3`) keeps that name.
    """
    folder, name = os.path.split(argv0)
    kept = not name.startswith("spip") and single_file.running is None
    if kept or arguments[:1] == ["completion"]:
        return argv0
    return os.path.join(folder, "pip")


def _without_program(
    arguments: list[str], target: targets.Target, *, by_module: bool
) -> str | None:
    """Windows, started as spip.exe: the same command in a spelling that can replace spip.exe.

    "" where that isn't needed, since another environment is acted on.
    """
    if os.name != "nt" or by_module:
        return None
    if target.python is not None:
        return ""
    from spip import invocation

    return invocation.joined([sys.executable, "-m", "spip", *arguments])


def _asks_about(arguments: list[str], environ: Mapping[str, str]) -> bool:
    about = not arguments or arguments[0] in ("--version", "-V", "--help", "-h", "help")
    return about and "PIP_AUTO_COMPLETE" not in environ


def _introduce(target: targets.Target, environ: Mapping[str, str], words: tuple[str, ...]) -> None:
    from spip.trust import sources_in_force

    python = ["certifi"] if sources_in_force.takes_certifi() else []
    roots = [
        "the OS store",
        *python,
        *(name for name in sources_in_force.VARIABLES if environ.get(name)),
    ]
    where = f"{target.python or sys.executable} ({target.rule})"
    print(f"spip: spip {__version__} for {where}; roots: {', '.join(roots)}", file=sys.stderr)
    print(f"spip: its own words: {', '.join(words)}", file=sys.stderr)
