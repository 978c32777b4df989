"""Run what `scripts/test` checks, in order, once its environment is ready."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

from _setup import child, machine, network, pip, workflows
from _setup import environment as env
from _setup.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from _setup.choices import Choice

# A worker more than cores: most tests wait for a server, a disk or a clock some of their time.
_AT_ONCE = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal")
# What Windows never runs.
_POSIX = r"ownership/(mounts|namespaces|posix|principals)\.py"
_SCRIPTS = os.path.join(env.CHECKOUT, "scripts")


def announce(choice: Choice) -> None:
    """Say what comes, and how long that takes on two idle cores."""
    if choice.pip:
        say(f"set-up, lint, types, and the tests of the matrix with the pip of {choice.pip}")
    elif choice.quick:
        say("set-up, lint, types, unit tests: about a minute")
    elif choice.whole:
        say("set-up, lint, types, all tests and each row of their products: an hour or more")
    else:
        say("set-up, lint, types, all tests: 7 minutes with one Python, 18 with all that they want")


def run(choice: Choice) -> int:
    """Run them, also when one fails; pytest is the last. The end says what this machine lacks."""
    missing = _system_packages()
    if choice.pip:
        os.environ["SPIP_TEST_PIP"] = os.path.abspath(choice.pip)
    environ = network.cleaned(os.environ)
    if choice.whole:
        environ["SPIP_TEST_WIDE"] = "1"
    with contextlib.nullcontext(None) if choice.quick else _preparing() as preparing:
        failed = [" ".join(words) for words in _checks() if _call(_python(words), environ)]
        unlinted = _workflows(failed, environ)
        lacking = _wait(preparing) if preparing else ""
        if preparing and preparing.returncode:
            failed.append("the tests' own set-up")
    unit = [os.path.join("tests", "unit")] if choice.quick else []
    unit += ["-m", "matrix"] if choice.pip else []
    say("tests: pytest")
    code = _call(_python(["pytest", *_AT_ONCE, *unit, *choice.arguments]), environ)
    for needed in filter(None, (missing, unlinted, _as_sentence(lacking.splitlines()))):
        say(needed)
    if failed:
        say("failed before pytest: " + ", ".join(failed))
    return code or bool(failed)


def _python(words: Sequence[str]) -> list[str]:
    return [env.TEST.python, "-m", *words]


def _checks() -> Iterator[list[str]]:
    say("lint: ruff")
    yield ["ruff", "check"]
    yield ["ruff", "format", "--check"]
    say("types: mypy")
    yield ["mypy"]
    for platform in ("win32", "darwin"):
        # What can't be reached is right there: what the other systems do.
        how = ["--platform", platform, "--no-warn-unreachable", "--follow-imports=silent"]
        yield ["mypy", *how, "--exclude", _POSIX if platform == "win32" else "^$", "src"]
    # A script without a suffix is a module called __main__, and mypy takes one of that name.
    for name in filter(_is_script, sorted(os.listdir(_SCRIPTS))):
        yield ["mypy", os.path.join("scripts", name)]


def _workflows(failed: list[str], environ: Mapping[str, str]) -> str:
    """Lint the workflows; add to what failed. Return why it was skipped, "" for not at all."""
    say("workflows: actionlint")
    argv, why_not = workflows.command(os.environ)
    if argv and _call(argv, environ):
        failed.append("actionlint")
    return why_not


def _is_script(name: str) -> bool:
    return "." not in name and os.path.isfile(os.path.join(_SCRIPTS, name))


def _system_packages() -> str:
    """Install what the tests start, where a machine of CI's is root's; what is missing after it."""
    found = machine.manager()
    missing = machine.missing_packages(found) if found else []
    if not found or not missing:
        return ""
    if machine.may_install(os.environ):
        say("installing for the tests: " + " ".join(missing))
        if machine.install(found, missing):
            return ""
    return (
        f"tests were skipped that need {', '.join(missing)}; to have them: "
        f"{machine.command(found, missing)}"
    )


@contextlib.contextmanager
def _preparing() -> Iterator[subprocess.Popen[str]]:
    """Fetch the wheels and make the environments that the tests run on, beside what goes on here.

    The first time both take about as long, and the one waits for a network where the other counts.
    """
    say("the tests' environments: made once")
    folder = env.TEST.folder
    configured = pip.configuration(folder, os.environ)
    with tempfile.TemporaryDirectory(prefix="spip-") as place:
        bundle = os.path.join(place, "roots.pem")
        environ = pip.environment(folder, os.environ, configured, bundle)
        tests = os.path.join(env.CHECKOUT, "tests")
        argv, environ = [env.TEST.python, "-m", "support"], {**environ, "PYTHONPATH": tests}
        printed = subprocess.PIPE
        with subprocess.Popen(
            argv, cwd=env.CHECKOUT, env=environ, stdout=printed, text=True
        ) as process:
            yield process


def _wait(process: subprocess.Popen[str]) -> str:
    """Return what it printed: a line for each thing that it lacks."""
    if process.poll() is None:
        say("waiting for the tests' environments")
    return process.communicate()[0]


def _as_sentence(lacking: Sequence[str]) -> str:
    pythons = [name.partition(" ")[2] for name in lacking if name.startswith("CPython ")]
    said = f"tests were skipped that need {', '.join(lacking)}" if lacking else ""
    return f"{said}; to have the Pythons: pyenv install {' '.join(pythons)}" if pythons else said


def _call(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    return child.call(argv, environ, env.CHECKOUT)
