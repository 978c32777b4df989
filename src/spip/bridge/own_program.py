"""Windows can't replace a program that runs: stop before pip tries to change `spip.exe`.

pip has the same rule for `pip.exe`, which doesn't run here; so `spip install --upgrade pip` works.
"""

import re

from spip.bridge import imports

TYPE_CHECKING = False  # typing costs an import that pip may not need
if TYPE_CHECKING:
    from typing import Any, Iterable

_DISTRIBUTION = "spip-shim"


def guard(command: str) -> None:
    """`command` is what the user is to type instead, ready to be pasted.

    "" where the running `spip.exe` lies in another environment than the one that pip changes.
    """
    imports.after("pip._internal.commands.install", lambda module: _guard_install(module, command))
    imports.after(
        "pip._internal.commands.uninstall", lambda module: _guard_uninstall(module, command)
    )


def _guard_install(module: "Any", command: str) -> None:
    module.protect_pip_from_modification_on_windows = _allow
    if not command:
        return
    original = module.install_given_reqs

    def install_given_reqs(requirements: "Any", *args: "Any", **options: "Any") -> "Any":
        _refuse_own(command, (requirement.name or "" for requirement in requirements))
        return original(requirements, *args, **options)

    module.install_given_reqs = install_given_reqs


def _guard_uninstall(module: "Any", command: str) -> None:
    module.protect_pip_from_modification_on_windows = _allow
    if not command:
        return
    original = module.UninstallCommand.run

    def run(self: "Any", options: "Any", args: "Any") -> "Any":
        _refuse_own(command, args)
        return original(self, options, args)

    module.UninstallCommand.run = run


def _allow(modifying_pip: bool) -> None:  # noqa: FBT001  # called by this name
    """What pip asks before it changes itself: `pip.exe` doesn't run, so it may."""


def _refuse_own(command: str, requirements: "Iterable[str]") -> None:
    """Raise pip's CommandError, which pip prints with exit code 1, if spip is among them."""
    from pip._internal.exceptions import CommandError

    for requirement in requirements:
        name = re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]
        if re.sub(r"[-_.]+", "-", name).lower() == _DISTRIBUTION:
            raise CommandError("spip.exe can't replace itself while it runs; run:  %s" % command)
