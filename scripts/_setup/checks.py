"""What `scripts/test` checks, in order, once its environment stands."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from _setup import child, machine, network, pip
from _setup import environment as env
from _setup.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A worker more than cores: most tests wait for a server, a disk or a clock some of their time.
_AT_ONCE = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal")
_SCRIPTS = os.path.join(env.CHECKOUT, "scripts")


def run(arguments: Sequence[str]) -> int:
    """Run all of them, also when one fails; pytest is the last, with `arguments`."""
    _system_packages()
    environ = network.cleaned(os.environ)
    failed = [] if _prepare() == 0 else ["the tests' own set-up"]
    python = [env.TEST.python, "-m"]
    failed += [" ".join(w) for w in _checks() if _call([*python, *w], environ)]
    code = _call([*python, "pytest", *_AT_ONCE, *arguments], environ)
    if failed:
        say("failed before pytest: " + ", ".join(failed))
    return code or bool(failed)


def _checks() -> list[list[str]]:
    # A script without a suffix is a module called __main__, and mypy takes one of that name.
    scripts = [name for name in sorted(os.listdir(_SCRIPTS)) if _is_script(name)]
    return [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy"],
        *(["mypy", os.path.join("scripts", name)] for name in scripts),
    ]


def _is_script(name: str) -> bool:
    return "." not in name and os.path.isfile(os.path.join(_SCRIPTS, name))


def _system_packages() -> None:
    found = machine.manager()
    missing = machine.missing_packages(found) if found else []
    if not found or not missing:
        return
    say("installing for the tests: " + " ".join(missing))
    if not machine.install(found, missing):
        say(
            f"not allowed, or it failed; the tests that need them say so. To have them: "
            f"{machine.command(found, missing)}"
        )


def _prepare() -> int:
    """Fetch the wheels and make the environments that the tests run on; an exit code."""
    folder = env.TEST.folder
    configured = pip.configuration(folder, os.environ)
    with tempfile.TemporaryDirectory(prefix="spip-") as place:
        bundle = os.path.join(place, "roots.pem")
        environ = pip.environment(folder, os.environ, configured, bundle)
        tests = os.path.join(env.CHECKOUT, "tests")
        return _call([env.TEST.python, "-m", "support"], {**environ, "PYTHONPATH": tests})


def _call(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    return child.call(argv, environ, env.CHECKOUT)
